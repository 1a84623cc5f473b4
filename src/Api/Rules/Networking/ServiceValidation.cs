using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Networking;

/// <summary>The rules of a service's specification.</summary>
internal static class ServiceValidation
{
    private const string SourceRanges = "service.beta.kubernetes.io/load-balancer-source-ranges";
    private const string Topology = "service.kubernetes.io/topology-mode";
    private const int MaxAffinitySeconds = 86_400;
    private static readonly string[] Types = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];
    private static readonly string[] Distributions = ["PreferClose", "PreferSameNode", "PreferSameZone"];

    public static void Validate(JsonObject document, List<StatusCause> causes)
    {
        var spec = document.Object("spec") ?? [];
        var type = spec.Text("type");
        if (document.Annotations is { } annotations && annotations.Text(Topology) is { } mode && annotations.Text(ServiceWarnings.TopologyHints) is { } hints && mode != hints)
            causes.Add(StatusCause.Invalid($"metadata.annotations[{Topology}]", Quote(mode), $"must match annotations[{ServiceWarnings.TopologyHints}] when both are specified"));
        if (spec.Array("ports") is not { Count: > 0 } && !ServiceNeeds.IsHeadless(spec) && type != "ExternalName") causes.Add(StatusCause.Required("spec.ports"));
        if (type is "LoadBalancer" or "NodePort" && ServiceNeeds.IsHeadless(spec)) causes.Add(StatusCause.Invalid("spec.clusterIPs[0]", "\"None\"", $"may not be set to 'None' for {type} services"));
        if (type == "ExternalName") ExternalName(spec, causes);
        Ports(spec, causes);
        MetadataRules.ValidateLabels(spec.Object("selector"), "spec.selector", causes);
        Affinity(spec, causes);
        if (type != "ExternalName") ServiceAddressRules.Validate(spec, causes);
        var external = spec.Array("externalIPs");
        for (var i = 0; i < (external?.Count ?? 0); i++)
        {
            var address = external![i].AsText() ?? "";
            if (AddressError(address) is { } error) causes.Add(StatusCause.Invalid($"spec.externalIPs[{i}]", Quote(address), error));
            else EndpointAddressRules.Ordinary(address, $"spec.externalIPs[{i}]", causes);
        }
        RequiredSupported(spec, "type", Types, "spec", causes);
        LoadBalancer(document, spec, causes);
        Traffic(spec, causes);
    }

    private static void ExternalName(JsonObject spec, List<StatusCause> causes)
    {
        foreach (var name in (ReadOnlySpan<string>)["clusterIPs", "ipFamilies"])
            if (spec.Array(name) is { Count: > 0 }) causes.Add(StatusCause.Forbidden($"spec.{name}", "may not be set for ExternalName services"));
        if (spec["ipFamilyPolicy"] is not null) causes.Add(StatusCause.Forbidden("spec.ipFamilyPolicy", "may not be set for ExternalName services"));
        var name2 = spec.Text("externalName") ?? "";
        var cname = name2.EndsWith('.') ? name2[..^1] : name2;
        if (cname.Length == 0) causes.Add(StatusCause.Required("spec.externalName"));
        else if (Names.SubdomainError(cname) is { } error) causes.Add(StatusCause.Invalid("spec.externalName", Quote(cname), error));
    }

    private static void Ports(JsonObject spec, List<StatusCause> causes)
    {
        if (spec.Array("ports") is not { Count: > 0 } ports) return;
        var (names, numbers, nodes) = (new HashSet<string>(StringComparer.Ordinal), new HashSet<(string, long)>(), new HashSet<(string, long)>());
        for (var i = 0; i < ports.Count; i++)
        {
            if (ports[i] is not JsonObject port) continue;
            var at = $"spec.ports[{i}]";
            var protocol = port.Text("protocol") ?? "";
            if (ports.Count > 1 && string.IsNullOrEmpty(port.Text("name"))) causes.Add(StatusCause.Required($"{at}.name"));
            Grammar(port, "name", Names.LabelError, at, causes);
            if (port.Text("name") is { Length: > 0 } name && !names.Add(name)) causes.Add(StatusCause.Duplicate($"{at}.name", Quote(name)));
            var number = port.Integer("port") ?? 0;
            if (number is < 1 or > 65535) causes.Add(StatusCause.Invalid($"{at}.port", $"{number}", "must be between 1 and 65535, inclusive"));
            RequiredSupported(port, "protocol", ["SCTP", "TCP", "UDP"], at, causes);
            PortNumberOrName(port["targetPort"], $"{at}.targetPort", causes);
            Grammar(port, "appProtocol", Names.QualifiedNameError, at, causes);
            var node = port.Integer("nodePort") ?? 0;
            if (node != 0 && spec.Text("type") == "ClusterIP") causes.Add(StatusCause.Forbidden($"{at}.nodePort", "may not be used when `type` is 'ClusterIP'"));
            if (node != 0 && !nodes.Add((protocol, node))) causes.Add(StatusCause.Duplicate($"{at}.nodePort", $"{node}"));
            if (!numbers.Add((protocol, number))) causes.Add(StatusCause.Duplicate(at, new JsonObject { ["protocol"] = protocol, ["port"] = number }.Shown()));
        }
    }

    private static void Affinity(JsonObject spec, List<StatusCause> causes)
    {
        RequiredSupported(spec, "sessionAffinity", ["ClientIP", "None"], "spec", causes);
        if (spec.Text("sessionAffinity") == "None" && spec["sessionAffinityConfig"] is not null) causes.Add(StatusCause.Forbidden("spec.sessionAffinityConfig", "must not be set when session affinity is None"));
        if (spec.Text("sessionAffinity") != "ClientIP") return;
        if (spec.Object("sessionAffinityConfig")?.Object("clientIP")?.Integer("timeoutSeconds") is not { } seconds) causes.Add(StatusCause.Required("spec.sessionAffinityConfig", "when session affinity type is ClientIP"));
        else if (seconds is <= 0 or > MaxAffinitySeconds) causes.Add(StatusCause.Invalid("spec.sessionAffinityConfig.clientIP.timeoutSeconds", $"{seconds}", $"must be greater than 0 and less than {MaxAffinitySeconds}"));
    }

    private static void LoadBalancer(JsonObject document, JsonObject spec, List<StatusCause> causes)
    {
        var isBalanced = spec.Text("type") == "LoadBalancer";
        if (spec.Array("loadBalancerSourceRanges") is { Count: > 0 } ranges)
        {
            if (!isBalanced) causes.Add(StatusCause.Forbidden("spec.LoadBalancerSourceRanges", "may only be used when `type` is 'LoadBalancer'"));
            for (var i = 0; i < ranges.Count; i++)
                if (BlockError(ranges[i].AsText()?.Trim() ?? "") is { } error) causes.Add(StatusCause.Invalid($"spec.LoadBalancerSourceRanges[{i}]", Quote(ranges[i].AsText()?.Trim() ?? ""), error));
        }
        else if (document.Annotations?.Text(SourceRanges) is { } annotation)
        {
            var at = $"metadata.annotations[{SourceRanges}]";
            if (!isBalanced) causes.Add(StatusCause.Forbidden(at, "may only be used when `type` is 'LoadBalancer'"));
            foreach (var range in annotation.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
                if (BlockError(range) is { } error) causes.Add(StatusCause.Invalid(at, Quote(range), error));
        }
        if (!isBalanced)
        {
            foreach (var name in (ReadOnlySpan<string>)["allocateLoadBalancerNodePorts", "loadBalancerClass"])
                if (spec[name] is not null) causes.Add(StatusCause.Forbidden($"spec.{name}", "may only be used when `type` is 'LoadBalancer'"));
            return;
        }
        if (spec["allocateLoadBalancerNodePorts"] is null) causes.Add(StatusCause.Required("allocateLoadBalancerNodePorts"));
        if (spec.Text("loadBalancerClass") is { } balancer && Names.QualifiedNameError(balancer) is { } problem) causes.Add(StatusCause.Invalid("spec.loadBalancerClass", Quote(balancer), problem));
    }

    private static void Traffic(JsonObject spec, List<StatusCause> causes)
    {
        if (ServiceNeeds.ExternalTrafficPolicy(spec)) RequiredSupported(spec, "externalTrafficPolicy", ["Cluster", "Local"], "spec", causes);
        else if (!string.IsNullOrEmpty(spec.Text("externalTrafficPolicy"))) causes.Add(StatusCause.Invalid("spec.externalTrafficPolicy", Quote(spec.Text("externalTrafficPolicy")!), "may only be set for externally-accessible services"));
        var check = spec.Integer("healthCheckNodePort") ?? 0;
        if (check != 0 && !ServiceNeeds.HealthCheckNodePort(spec)) causes.Add(StatusCause.Invalid("spec.healthCheckNodePort", $"{check}", "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'"));
        else if (check is < 0 or > 65535) causes.Add(StatusCause.Invalid("spec.healthCheckNodePort", $"{check}", "must be between 1 and 65535, inclusive"));
        if (ServiceNeeds.ClusterIP(spec)) Required(spec, "internalTrafficPolicy", "spec", causes);
        Supported(spec, "internalTrafficPolicy", ["Cluster", "Local"], "spec", causes);
        Supported(spec, "trafficDistribution", Distributions, "spec", causes);
    }
}
