using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.Api.Rules.Networking;

/// <summary>
/// What the cluster has given a service (addresses, node ports) stays with it when a client leaves it out of an
/// update, and goes when the type no longer has a use for it.
/// </summary>
internal static class ServiceAllocations
{
    public static void Carry(JsonObject before, JsonObject after)
    {
        if (ServiceNeeds.ClusterIP(before) && ServiceNeeds.ClusterIP(after))
        {
            if (string.IsNullOrEmpty(after.Text("clusterIP"))) Copy(before, after, "clusterIP");
            if (after.Array("clusterIPs") is not { Count: > 0 } && after.Text("clusterIP") == before.Text("clusterIP")) Copy(before, after, "clusterIPs");
        }
        if (ServiceNeeds.NodePort(before) && ServiceNeeds.NodePort(after)) CarryNodePorts(before, after);
        if (ServiceNeeds.HealthCheckNodePort(before) && ServiceNeeds.HealthCheckNodePort(after) && after.Integer("healthCheckNodePort") is null or 0) Copy(before, after, "healthCheckNodePort");
        FollowClusterIP(before, after);
        if (ServiceNeeds.ClusterIP(before) && ServiceNeeds.ClusterIP(after))
        {
            foreach (var name in new[] { "ipFamilies", "ipFamilyPolicy" })
                if (after[name] is null) Copy(before, after, name);
        }
    }

    /// <summary>Takes out what has lost its meaning, unless the client changed it in the same update: then it is told.</summary>
    public static void Drop(JsonObject before, JsonObject after)
    {
        if (ServiceNeeds.ClusterIP(before) && !ServiceNeeds.ClusterIP(after))
        {
            if (Same(before, after, "clusterIP") && Same(before, after, "clusterIPs"))
            {
                after.Remove("clusterIP");
                after.Remove("clusterIPs");
            }
            foreach (var name in new[] { "ipFamilies", "ipFamilyPolicy", "internalTrafficPolicy" }) DropUnchanged(before, after, name);
        }
        if (ServiceNeeds.NodePort(before) && !ServiceNeeds.NodePort(after) && SameNodePorts(before, after))
            foreach (var port in after.Objects("ports")) port.Remove("nodePort");
        if (ServiceNeeds.HealthCheckNodePort(before) && !ServiceNeeds.HealthCheckNodePort(after)) DropUnchanged(before, after, "healthCheckNodePort");
        if (ServiceNeeds.ExternalTrafficPolicy(before) && !ServiceNeeds.ExternalTrafficPolicy(after)) DropUnchanged(before, after, "externalTrafficPolicy");
        if (before.Text("type") != "LoadBalancer" || after.Text("type") == "LoadBalancer") return;
        DropUnchanged(before, after, "allocateLoadBalancerNodePorts");
        DropUnchanged(before, after, "loadBalancerClass");
    }

    // Clients that know only of clusterIP change or clear that alone.
    private static void FollowClusterIP(JsonObject before, JsonObject after)
    {
        if (Same(before, after, "clusterIP") || !Same(before, after, "clusterIPs")) return;
        if (after.Text("clusterIP") is { Length: > 0 } changed) after["clusterIPs"] = new JsonArray(changed);
        else after.Remove("clusterIPs");
    }

    private static void CarryNodePorts(JsonObject before, JsonObject after)
    {
        var given = before.Objects("ports").Where(p => p.Integer("nodePort") is not (null or 0)).ToList();
        var taken = after.Objects("ports").Select(p => p.Integer("nodePort") ?? 0).ToHashSet();
        foreach (var port in after.Objects("ports"))
        {
            if (port.Integer("nodePort") is not (null or 0)) continue;
            var was = given.Find(p => p.Integer("port") == port.Integer("port") && p.Text("protocol") == port.Text("protocol"));
            if (was is not null && taken.Add(was.Integer("nodePort")!.Value)) port["nodePort"] = was["nodePort"]!.DeepClone();
        }
    }

    private static bool SameNodePorts(JsonObject before, JsonObject after)
    {
        var had = before.Objects("ports").Select(p => p.Integer("nodePort") ?? 0).ToHashSet();
        return after.Objects("ports").All(p => p.Integer("nodePort") is null or 0 || had.Contains(p.Integer("nodePort")!.Value));
    }

    private static bool Same(JsonObject before, JsonObject after, string name) => JsonNode.DeepEquals(before[name], after[name]);

    private static void DropUnchanged(JsonObject before, JsonObject after, string name)
    {
        if (Same(before, after, name)) after.Remove(name);
    }

    private static void Copy(JsonObject before, JsonObject after, string name)
    {
        if (before[name] is { } value) after[name] = value.DeepClone();
    }
}
