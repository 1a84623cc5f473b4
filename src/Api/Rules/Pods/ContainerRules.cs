using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Pods;

/// <summary>The rules of the three lists of containers of a pod.</summary>
/// <param name="scope">What the containers may refer to.</param>
/// <param name="causes">Where findings go.</param>
internal sealed class ContainerRules(PodScope scope, List<StatusCause> causes)
{
    // Ephemeral containers are no part of a workload, and have none of what one needs.
    private static readonly string[] NotEphemeral = ["ports", "resources", "livenessProbe", "readinessProbe", "startupProbe", "lifecycle", "resizePolicy", "restartPolicy", "restartPolicyRules"];

    // Names are unique over all lists of containers of a pod.
    private readonly HashSet<string> names = new(StringComparer.Ordinal);

    public void Validate(JsonObject spec, string path)
    {
        if (spec.Array("containers") is not { Count: > 0 } regular)
        {
            causes.Add(StatusCause.Required($"{path}.containers"));
        }
        else
        {
            for (var i = 0; i < regular.Count; i++)
                if (regular[i] is JsonObject container) Regular(container, $"{path}.containers[{i}]");
            HostPortRules.Conflicts(regular, $"{path}.containers", causes);
        }
        var index = 0;
        foreach (var container in spec.Objects("initContainers"))
        {
            Init(container, $"{path}.initContainers[{index}]");
            HostPortRules.Conflicts([container.DeepClone()], $"{path}.initContainers", causes);
            index++;
        }
        if (spec.Array("ephemeralContainers") is not { Count: > 0 } ephemeral) return;
        var targets = names.ToHashSet(StringComparer.Ordinal);
        for (var i = 0; i < ephemeral.Count; i++)
            if (ephemeral[i] is JsonObject container) Ephemeral(container, targets, $"{path}.ephemeralContainers[{i}]");
    }

    private void Regular(JsonObject container, string path)
    {
        Common(container, path);
        Handlers(container, path);
        RestartPolicy(container, path);
    }

    private void Init(JsonObject container, string path)
    {
        Common(container, path);
        RestartPolicy(container, path);
        if (container.Text("restartPolicy") == "Always")
        {
            Handlers(container, path);
            return;
        }
        foreach (var name in (ReadOnlySpan<string>)["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"])
            if (container[name] is not null) causes.Add(StatusCause.Forbidden($"{path}.{name}", "may not be set for init containers without restartPolicy=Always"));
    }

    private void Ephemeral(JsonObject container, HashSet<string> targets, string path)
    {
        Common(container, path);
        if (container.Text("targetContainerName") is { Length: > 0 } target && !targets.Contains(target)) causes.Add(NotFound($"{path}.targetContainerName", target));
        foreach (var name in NotEphemeral)
            if (container[name] is not (null or JsonObject { Count: 0 } or JsonArray { Count: 0 })) causes.Add(StatusCause.Forbidden($"{path}.{name}", "cannot be set for an Ephemeral Container"));
        var i = 0;
        foreach (var mount in container.Objects("volumeMounts"))
        {
            foreach (var name in (ReadOnlySpan<string>)["subPath", "subPathExpr"])
                if (!string.IsNullOrEmpty(mount.Text(name))) causes.Add(StatusCause.Forbidden($"{path}.volumeMounts[{i}].{name}", "cannot be set for an Ephemeral Container"));
            i++;
        }
    }

    private void Common(JsonObject container, string path)
    {
        if (Required(container, "name", path, causes))
        {
            Grammar(container, "name", Names.LabelError, path, causes);
            if (!names.Add(container.Text("name")!)) causes.Add(StatusCause.Duplicate($"{path}.name", Quote(container.Text("name")!)));
        }
        if (container.Text("image") is { Length: > 0 } image)
        {
            if (scope.IsPod && (char.IsWhiteSpace(image[0]) || char.IsWhiteSpace(image[^1]))) causes.Add(StatusCause.Invalid($"{path}.image", Quote(image), "must not have leading or trailing whitespace"));
        }
        else
        {
            causes.Add(StatusCause.Required($"{path}.image"));
        }
        Supported(container, "terminationMessagePolicy", ["File", "FallbackToLogsOnError"], path, causes);
        Supported(container, "imagePullPolicy", ["Always", "IfNotPresent", "Never"], path, causes);
        Ports(container, path);
        EnvironmentRules.Validate(container, path, causes);
        MountRules.Validate(container, scope, path, causes);
        ResourceRules.Validate(container.Object("resources"), $"{path}.resources", causes);
        ResourceRules.Claims(container.Object("resources"), scope.Claims, $"{path}.resources.claims", causes);
        ResizePolicy(container, path);
        SecurityRules.Container(container.Object("securityContext"), scope, $"{path}.securityContext", causes);
    }

    private void Handlers(JsonObject container, string path)
    {
        if (container.Object("lifecycle") is { } lifecycle) HandlerRules.Lifecycle(lifecycle, scope, $"{path}.lifecycle", causes);
        foreach (var name in (ReadOnlySpan<string>)["livenessProbe", "readinessProbe", "startupProbe"])
            if (container.Object(name) is { } probe) HandlerRules.Probe(probe, name, scope, $"{path}.{name}", causes);
    }

    private void Ports(JsonObject container, string path)
    {
        if (container.Array("ports") is not { Count: > 0 } ports) return;
        var portNames = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < ports.Count; i++)
        {
            if (ports[i] is not JsonObject port) continue;
            var at = $"{path}.ports[{i}]";
            if (port.Text("name") is { Length: > 0 } name)
            {
                if (Names.PortNameError(name) is { } error) causes.Add(StatusCause.Invalid($"{at}.name", Quote(name), error));
                else if (!portNames.Add(name)) causes.Add(StatusCause.Duplicate($"{at}.name", Quote(name)));
            }
            if (port.Integer("containerPort") is null or 0) causes.Add(StatusCause.Required($"{at}.containerPort"));
            else Between(port, "containerPort", 1, 65535, at, causes);
            if (port.Integer("hostPort") is not (null or 0)) Between(port, "hostPort", 1, 65535, at, causes);
            Supported(port, "protocol", ["SCTP", "TCP", "UDP"], at, causes);
        }
    }

    private void RestartPolicy(JsonObject container, string path)
    {
        var rules = container.Array("restartPolicyRules");
        Supported(container, "restartPolicy", ["Always", "Never", "OnFailure"], path, causes);
        if (rules is not { Count: > 0 }) return;
        if (string.IsNullOrEmpty(container.Text("restartPolicy"))) causes.Add(StatusCause.Required($"{path}.restartPolicy", "must specify restartPolicy when restart rules are used"));
        AtMost(rules, 20, $"{path}.restartPolicyRules", causes);
        for (var i = 0; i < rules.Count; i++)
        {
            if (rules[i] is not JsonObject rule) continue;
            var at = $"{path}.restartPolicyRules[{i}]";
            RequiredSupported(rule, "action", ["Restart", "RestartAllContainers"], at, causes);
            if (rule.Object("exitCodes") is not { } codes)
            {
                causes.Add(StatusCause.Required($"{at}.exitCodes", "must be specified"));
                continue;
            }
            RequiredSupported(codes, "operator", ["In", "NotIn"], $"{at}.exitCodes", causes);
            AtMost(codes.Array("values"), 255, $"{at}.exitCodes.values", causes);
            if (codes.Array("values") is not { Count: > 0 }) causes.Add(StatusCause.Required($"{at}.exitCodes.values", "at least one value is required"));
        }
    }

    private void ResizePolicy(JsonObject container, string path)
    {
        if (container.Array("resizePolicy") is not { Count: > 0 } policies) return;
        var at = $"{path}.resizePolicy";
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < policies.Count; i++)
        {
            if (policies[i] is not JsonObject policy) continue;
            var (resource, restart) = (policy.Text("resourceName") ?? "", policy.Text("restartPolicy") ?? "");
            if (!seen.Add(resource)) causes.Add(StatusCause.Duplicate($"{at}[{i}]", Quote(resource)));
            One(resource, ["cpu", "memory"]);
            One(restart, ["NotRequired", "RestartContainer"]);
            if (scope.RestartPolicy == "Never" && restart != "NotRequired") causes.Add(StatusCause.Invalid(at, Quote(restart), "must be 'NotRequired' when `restartPolicy` is 'Never'"));
        }

        void One(string value, string[] supported)
        {
            if (value.Length == 0) causes.Add(StatusCause.Required(at));
            else if (!supported.Contains(value)) causes.Add(StatusCause.NotSupported(at, Quote(value), supported));
        }
    }
}
