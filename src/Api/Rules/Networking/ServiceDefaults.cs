using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Networking;

/// <summary>The defaults of services.</summary>
internal static class ServiceDefaults
{
    private const int AffinitySeconds = 10_800;

    public static void Apply(JsonObject document)
    {
        var spec = document.ObjectOrNew("spec");
        SetDefault(spec, "type", "ClusterIP");
        SetDefault(spec, "sessionAffinity", "None");
        if (spec.Text("sessionAffinity") == "None") spec.Remove("sessionAffinityConfig");
        if (spec.Text("sessionAffinity") == "ClientIP" && spec.At("sessionAffinityConfig.clientIP.timeoutSeconds") is null)
            spec["sessionAffinityConfig"] = new JsonObject { ["clientIP"] = new JsonObject { ["timeoutSeconds"] = AffinitySeconds } };
        foreach (var port in spec.Objects("ports"))
        {
            SetDefault(port, "protocol", "TCP");
            if ((port["targetPort"] is null || port.Integer("targetPort") == 0 || port.Text("targetPort") == "") && port["port"] is { } number) port["targetPort"] = number.DeepClone();
        }
        var type = spec.Text("type");
        if (ServiceNeeds.ExternalTrafficPolicy(spec)) SetDefault(spec, "externalTrafficPolicy", "Cluster");
        if (type is "NodePort" or "LoadBalancer" or "ClusterIP") SetDefault(spec, "internalTrafficPolicy", "Cluster");
        if (type != "LoadBalancer") return;
        SetDefault(spec, "allocateLoadBalancerNodePorts", true);
        foreach (var ingress in document.Object("status")?.Object("loadBalancer")?.Objects("ingress") ?? [])
            if (!string.IsNullOrEmpty(ingress.Text("ip"))) SetDefault(ingress, "ipMode", "VIP");
    }

    /// <summary>
    /// The address families, which depend on the addresses that are asked for. A cluster of one family gives every
    /// service that one; a headless service without a selector gets both, as its endpoints may be of any.
    /// </summary>
    public static void ApplyFamilies(JsonObject spec)
    {
        if (spec.Array("clusterIPs") is not { Count: > 0 } && spec.Text("clusterIP") is { Length: > 0 } single) spec["clusterIPs"] = new JsonArray(single);
        if (spec.Text("type") == "ExternalName") return;
        var isFree = ServiceNeeds.IsHeadless(spec) && spec.Object("selector") is not { Count: > 0 };
        if (spec.Array("ipFamilies") is not { Count: > 0 })
        {
            var families = new JsonArray();
            foreach (var address in spec.Array("clusterIPs") ?? [])
                if (address.AsText() is { } text and not "None") families.Add((JsonNode)(text.Contains(':') ? "IPv6" : "IPv4"));
            if (families.Count == 0)
            {
                families.Add((JsonNode)"IPv4");
                if (isFree && spec.Text("ipFamilyPolicy") != "SingleStack") families.Add((JsonNode)"IPv6");
            }
            spec["ipFamilies"] = families;
        }
        if (spec["ipFamilyPolicy"] is null) spec["ipFamilyPolicy"] = spec.Array("ipFamilies") is { Count: > 1 } ? "RequireDualStack" : "SingleStack";
    }
}

/// <summary>Which fields the type of a service gives a meaning.</summary>
internal static class ServiceNeeds
{
    public static bool IsHeadless(JsonObject spec) => spec.Text("clusterIP") == "None";

    public static bool ClusterIP(JsonObject spec) => spec.Text("type") is "ClusterIP" or "NodePort" or "LoadBalancer";

    public static bool NodePort(JsonObject spec) =>
        spec.Text("type") == "NodePort" || (spec.Text("type") == "LoadBalancer" && spec.Boolean("allocateLoadBalancerNodePorts") != false);

    public static bool HealthCheckNodePort(JsonObject spec) =>
        spec.Text("type") == "LoadBalancer" && spec.Text("externalTrafficPolicy") == "Local";

    public static bool ExternalTrafficPolicy(JsonObject spec) =>
        spec.Text("type") is "NodePort" or "LoadBalancer" || (spec.Text("type") == "ClusterIP" && spec.Array("externalIPs") is { Count: > 0 });
}
