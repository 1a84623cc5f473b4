using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Pods;

/// <summary>The rules of a pod's specification, in a pod or a template.</summary>
internal static class PodSpecRules
{
    /// <summary>Checks a template's specification.</summary>
    public static void Validate(JsonObject spec, string path, List<StatusCause> causes) => Validate(spec, isPod: false, "", path, causes);

    /// <summary>Checks a specification: a pod's, for which some rules are stricter and names of its own claims follow from its name, or a template's.</summary>
    public static void Validate(JsonObject spec, bool isPod, string podName, string path, List<StatusCause> causes)
    {
        var scope = PodScope.Of(spec, isPod, podName);
        VolumeRules.Validate(spec, scope, path, causes);
        ResourceClaims(spec, path, causes);
        new ContainerRules(scope, causes).Validate(spec, path);
        PodResourceRules.Validate(spec, path, causes);
        HostPortRules.InHostNetwork(spec, isPod, path, causes);
        Supported(spec, "restartPolicy", ["Always", "OnFailure", "Never"], path, causes);
        MetadataRules.ValidateLabels(spec.Object("nodeSelector"), $"{path}.nodeSelector", causes);
        SecurityRules.Pod(spec, path, causes);
        AffinityRules.Validate(spec.Object("affinity"), $"{path}.affinity", causes);
        PodNetworkRules.Dns(spec, path, causes);
        ReadinessGates(spec, path, causes);
        SchedulingRules.Gates(spec.Array("schedulingGates"), $"{path}.schedulingGates", causes);
        SchedulingRules.Spread(spec.Array("topologySpreadConstraints"), $"{path}.topologySpreadConstraints", causes);
        WindowsRules.HostProcesses(spec, path, causes);
        Between(spec, "activeDeadlineSeconds", 1, int.MaxValue, path, causes);
        NotNegative(spec, "terminationGracePeriodSeconds", path, causes);
        foreach (var name in (ReadOnlySpan<string>)["hostname", "subdomain"]) Grammar(spec, name, Names.LabelError, path, causes);
        foreach (var name in (ReadOnlySpan<string>)["serviceAccountName", "nodeName", "priorityClassName", "runtimeClassName"]) Grammar(spec, name, Names.SubdomainError, path, causes);
        HostnameOverride(spec, path, causes);
        SchedulingRules.Tolerations(spec.Array("tolerations"), $"{path}.tolerations", causes);
        PodNetworkRules.HostAliases(spec, path, causes);
        Supported(spec, "preemptionPolicy", ["PreemptLowerPriority", "Never"], path, causes);
        foreach (var (name, value) in spec.Object("overhead") ?? []) ResourceRules.Amount(name, value, ResourceNames.ContainerError, $"{path}.overhead.limits[{name}]", causes);
        OperatingSystemRules.Validate(spec, path, causes);
    }

    private static void ReadinessGates(JsonObject spec, string path, List<StatusCause> causes)
    {
        var i = 0;
        foreach (var gate in spec.Objects("readinessGates"))
        {
            var type = gate.Text("conditionType") ?? "";
            if (Names.QualifiedNameError(type) is { } error) causes.Add(StatusCause.Invalid($"{path}.readinessGates[{i}].conditionType", Quote(type), error));
            i++;
        }
    }

    private static void HostnameOverride(JsonObject spec, string path, List<StatusCause> causes)
    {
        if (spec.Text("hostnameOverride") is not { } name) return;
        Grammar(spec, "hostnameOverride", Names.SubdomainError, path, causes);
        if (name.Length > 64) causes.Add(TooLong($"{path}.hostnameOverride", 64));
        if (spec.Boolean("setHostnameAsFQDN") == true) causes.Add(StatusCause.Forbidden($"{path}.setHostnameAsFQDN", "may not be true when `hostnameOverride` is specified"));
        if (spec.Boolean("hostNetwork") == true) causes.Add(StatusCause.Forbidden($"{path}.hostNetwork", "may not be true when `hostnameOverride` is specified"));
    }

    private static void ResourceClaims(JsonObject spec, string path, List<StatusCause> causes)
    {
        if (spec.Array("resourceClaims") is not { Count: > 0 } claims) return;
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < claims.Count; i++)
        {
            if (claims[i] is not JsonObject claim) continue;
            var at = $"{path}.resourceClaims[{i}]";
            if (Required(claim, "name", at, causes))
            {
                if (!names.Add(claim.Text("name")!)) causes.Add(StatusCause.Duplicate($"{at}.name", Quote(claim.Text("name")!)));
                else Grammar(claim, "name", Names.LabelError, at, causes);
            }
            var (own, template) = (claim.Text("resourceClaimName"), claim.Text("resourceClaimTemplateName"));
            if (own is not null && template is not null) causes.Add(StatusCause.Invalid(at, claim.Shown(), "at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified"));
            if (own is null && template is null) causes.Add(StatusCause.Invalid(at, claim.Shown(), "must specify one of: `resourceClaimName`, `resourceClaimTemplateName`"));
            foreach (var name in (ReadOnlySpan<string>)["resourceClaimName", "resourceClaimTemplateName"])
                if (claim.Text(name) is { } value && Names.SubdomainError(value) is { } error) causes.Add(StatusCause.Invalid($"{at}.{name}", Quote(value), error));
        }
    }
}
