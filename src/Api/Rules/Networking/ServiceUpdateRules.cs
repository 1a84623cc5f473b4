using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.Api.Rules.Networking;

/// <summary>What of a service may not change once the cluster has given it.</summary>
internal static class ServiceUpdateRules
{
    public static void Validate(JsonObject before, JsonObject after, List<StatusCause> causes)
    {
        Addresses(before, after, causes);
        Families(before, after, causes);
        if (before.Text("type") == "LoadBalancer" && after.Text("type") == "LoadBalancer" && before.Text("loadBalancerClass") != after.Text("loadBalancerClass"))
            causes.Add(StatusCause.Invalid("spec.loadBalancerClass", after["loadBalancerClass"].Shown(), "may not change once set"));
        if (ServiceNeeds.HealthCheckNodePort(before) && ServiceNeeds.HealthCheckNodePort(after)
            && before.Integer("healthCheckNodePort") is { } port and not 0 && after.Integer("healthCheckNodePort") != port)
            causes.Add(StatusCause.Forbidden("spec.healthCheckNodePort", "field is immutable"));
    }

    private static void Addresses(JsonObject before, JsonObject after, List<StatusCause> causes)
    {
        if (before.Text("type") == "ExternalName" || after.Text("type") == "ExternalName") return;
        if (ServiceNeeds.IsHeadless(before) && ServiceNeeds.IsHeadless(after)) return;
        var (was, now) = (Texts(before, "clusterIPs"), Texts(after, "clusterIPs"));
        var shown = (after["clusterIPs"] ?? new JsonArray()).Shown();
        if (was.Length == now.Length)
        {
            for (var i = 0; i < was.Length; i++)
                if (was[i] != now[i]) causes.Add(StatusCause.Invalid($"spec.clusterIPs[{i}]", shown, "may not change once set"));
            return;
        }
        if (was.Length > 0 && now.Length == 0) causes.Add(StatusCause.Invalid("spec.clusterIPs[0]", shown, "primary clusterIP can not be unset"));
        if (was.Length > 0 && now.Length > 0 && was[0] != now[0]) causes.Add(StatusCause.Invalid("spec.clusterIPs[0]", shown, "may not change once set"));
        if (was.Length > now.Length && now.Length == 1 && after.Text("ipFamilyPolicy") != "SingleStack")
            causes.Add(StatusCause.Invalid("spec.ipFamilyPolicy", after["ipFamilyPolicy"].Shown(), "must be set to 'SingleStack' when releasing the secondary clusterIP"));
    }

    private static void Families(JsonObject before, JsonObject after, List<StatusCause> causes)
    {
        if (before.Text("type") == "ExternalName" || after.Text("type") == "ExternalName") return;
        if (ServiceNeeds.IsHeadless(before) || ServiceNeeds.IsHeadless(after)) return;
        var (was, now) = (Texts(before, "ipFamilies"), Texts(after, "ipFamilies"));
        var shown = (after["ipFamilies"] ?? new JsonArray()).Shown();
        if (was.Length == now.Length)
        {
            for (var i = 0; i < was.Length; i++)
                if (was[i] != now[i]) causes.Add(StatusCause.Invalid("spec.ipFamilies[0]", shown, "may not change once set"));
            return;
        }
        if (was.Length > 0 && now.Length == 0) causes.Add(StatusCause.Invalid("spec.ipFamilies[0]", shown, "primary ipFamily can not be unset"));
        if (was.Length > 0 && now.Length > 0 && was[0] != now[0]) causes.Add(StatusCause.Invalid("spec.ipFamilies[0]", shown, "may not change once set"));
        if (was.Length > now.Length && now.Length == 1 && after.Text("ipFamilyPolicy") != "SingleStack")
            causes.Add(StatusCause.Invalid("spec.ipFamilyPolicy", after["ipFamilyPolicy"].Shown(), "must be set to 'SingleStack' when releasing the secondary ipFamily"));
    }

    private static string?[] Texts(JsonObject spec, string name) => [.. spec.Array(name)?.Select(v => v.AsText()) ?? []];
}
