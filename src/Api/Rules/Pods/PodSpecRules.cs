using System.Net;
using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Pods;

/// <summary>The rules of a pod's specification, in a pod or a template.</summary>
internal static class PodSpecRules
{
    public static void Validate(JsonObject spec, string path, List<StatusCause> causes)
    {
        var volumes = VolumeRules.Validate(spec, path, causes);
        var containers = new ContainerRules(causes, volumes);
        if (spec.Array("containers") is { Count: 0 }) causes.Add(StatusCause.Required($"{path}.containers"));
        foreach (var list in new[] { "containers", "initContainers", "ephemeralContainers" }) containers.Validate(spec, list, path);
        ResourceRules.Validate(spec.Object("resources"), $"{path}.resources", causes);

        Between(spec, "activeDeadlineSeconds", 1, int.MaxValue, path, causes);
        NotNegative(spec, "terminationGracePeriodSeconds", path, causes);
        Grammar(spec, "hostname", Names.LabelError, path, causes);
        Grammar(spec, "subdomain", Names.LabelError, path, causes);
        Grammar(spec, "serviceAccountName", Names.SubdomainError, path, causes);
        Grammar(spec, "nodeName", Names.SubdomainError, path, causes);
        Grammar(spec, "priorityClassName", Names.SubdomainError, path, causes);
        Grammar(spec, "runtimeClassName", Names.SubdomainError, path, causes);
        MetadataRules.ValidateLabels(spec.Object("nodeSelector"), $"{path}.nodeSelector", causes);
        Tolerations(spec, path, causes);
        Network(spec, path, causes);
        if (spec.Array("schedulingGates") is { Count: > 0 } && !string.IsNullOrEmpty(spec.Text("nodeName")))
            causes.Add(StatusCause.Forbidden($"{path}.nodeName", "cannot be set until all schedulingGates have been cleared"));
        if (spec.Object("securityContext") is { } security)
        {
            foreach (var name in new[] { "runAsUser", "runAsGroup", "fsGroup" }) Between(security, name, 0, int.MaxValue, $"{path}.securityContext", causes);
            if (spec.Boolean("shareProcessNamespace") == true && spec.Boolean("hostPID") == true)
                causes.Add(StatusCause.Invalid($"{path}.shareProcessNamespace", "true", "ShareProcessNamespace and HostPID cannot both be enabled"));
        }
    }

    private static void Tolerations(JsonObject spec, string path, List<StatusCause> causes)
    {
        var i = 0;
        foreach (var toleration in spec.Objects("tolerations"))
        {
            var at = $"{path}.tolerations[{i++}]";
            var exists = toleration.Text("operator") == "Exists";
            Grammar(toleration, "key", Names.QualifiedNameError, at, causes);
            if (string.IsNullOrEmpty(toleration.Text("key")) && !exists)
                causes.Add(StatusCause.Invalid($"{at}.operator", Quote(toleration.Text("operator") ?? ""), "operator must be Exists when `key` is empty, which means \"match all values and all keys\""));
            if (exists && !string.IsNullOrEmpty(toleration.Text("value")))
                causes.Add(StatusCause.Invalid($"{at}.operator", Quote(toleration.Text("value")!), "value must be empty when `operator` is 'Exists'"));
            if (!exists) Grammar(toleration, "value", Names.LabelValueError, at, causes);
            if (toleration["tolerationSeconds"] is not null && toleration.Text("effect") != "NoExecute")
                causes.Add(StatusCause.Invalid($"{at}.effect", Quote(toleration.Text("effect") ?? ""), "effect must be 'NoExecute' when `tolerationSeconds` is set"));
        }
    }

    private static void Network(JsonObject spec, string path, List<StatusCause> causes)
    {
        var i = 0;
        foreach (var alias in spec.Objects("hostAliases"))
        {
            var at = $"{path}.hostAliases[{i++}]";
            if (!IPAddress.TryParse(alias.Text("ip"), out _)) causes.Add(StatusCause.Invalid($"{at}.ip", Quote(alias.Text("ip") ?? ""), "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"));
        }
        if (spec.Text("dnsPolicy") == "None" && spec.Object("dnsConfig")?.Array("nameservers") is not { Count: > 0 })
            causes.Add(StatusCause.Required($"{path}.dnsConfig.nameservers", "must provide at least one DNS nameserver when `dnsPolicy` is None"));
        if (spec.Boolean("hostNetwork") != true) return;
        foreach (var (list, container, index) in new[] { "initContainers", "containers" }.SelectMany(l => spec.Objects(l).Select((c, n) => (l, c, n))))
        {
            var n = 0;
            foreach (var port in container.Objects("ports"))
            {
                var at = $"{path}.{list}[{index}].ports[{n++}]";
                if (port.Integer("hostPort") is { } host and not 0 && host != port.Integer("containerPort"))
                    causes.Add(StatusCause.Invalid($"{at}.hostPort", $"{host}", "must match `containerPort` when `hostNetwork` is true"));
            }
        }
    }
}
