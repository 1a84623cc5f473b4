using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.Api.Quota;

/// <summary>One write as quotas see it.</summary>
/// <param name="Group">API group of the resource.</param>
/// <param name="Plural">Name of the resource.</param>
/// <param name="Document">The object.</param>
/// <param name="Old">The object as it is stored; null for a creation.</param>
/// <param name="Now">The time.</param>
public sealed record QuotaRequest(string Group, string Plural, JsonObject Document, JsonObject? Old, DateTimeOffset Now);

/// <summary>Decides whether a write fits a quota. Messages are Kubernetes' own.</summary>
public static class QuotaCheck
{
    private static readonly string[] Demanded = ["cpu", "memory", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory"];

    /// <summary>What a write adds to a quota's usage; empty when it does not concern the quota.</summary>
    public static ResourceAmounts Increase(QuotaState quota, QuotaRequest request)
    {
        if (!quota.Covers(quota.Hard, request.Group, request.Plural, request.Document)) return ResourceAmounts.None;
        var usage = QuotaUsage.Of(request.Group, request.Plural, Asked(request), request.Now);
        if (request.Old is { } old && quota.Covers(quota.Hard, request.Group, request.Plural, old))
            usage = usage.Increase(QuotaUsage.Of(request.Group, request.Plural, old, request.Now));
        return usage.Where((name, amount) => amount.Sign != 0 && quota.Hard[name] is not null);
    }

    // That its node could not give what a pod asked for before says nothing of what it asks for now.
    private static JsonObject Asked(QuotaRequest request)
    {
        if (request is not { Group: "", Plural: "pods", Old: { } old, Document: var pod } || JsonNode.DeepEquals(old["spec"], pod["spec"])) return request.Document;
        pod = (JsonObject)pod.DeepClone();
        pod.Object("status")?.Remove("conditions");
        return pod;
    }

    /// <summary>Why a write may not be made; null when it may.</summary>
    public static string? Refusal(QuotaState quota, QuotaRequest request)
    {
        if (!quota.Covers(quota.Hard, request.Group, request.Plural, request.Document)) return null;
        string[] limited = [.. quota.Hard.Names.Where(n => QuotaUsage.Concerns(n, request.Group, request.Plural))];
        if (request is { Group: "", Plural: "pods" } && Unspecified(request.Document, limited) is { } missing) return $"failed quota: {quota.Name}: must specify {missing}";
        if (limited.Any(n => quota.Used[n] is null)) return $"status unknown for quota: {quota.Name}, resources: {string.Join(',', limited)}";

        var requested = Increase(quota, request);
        var exceeded = requested.Where((name, amount) => amount + (quota.Used[name] ?? Quantity.Zero) > quota.Hard[name]!.Value);
        return exceeded.IsEmpty
            ? null
            : $"exceeded quota: {quota.Name}, requested: {exceeded}, used: {quota.Used.Where((n, _) => exceeded[n] is not null)}, limited: {quota.Hard.Where((n, _) => exceeded[n] is not null)}";
    }

    // Who limits CPU or memory must know them of each container.
    private static string? Unspecified(JsonObject pod, string[] limited)
    {
        var spec = pod.Object("spec") ?? [];
        string[] demanded = [.. limited.Where(Demanded.Contains)];
        if (demanded.Length == 0) return null;
        var whole = Names(spec);
        var missing = new SortedDictionary<string, SortedSet<string>>(StringComparer.Ordinal);
        foreach (var container in spec.Objects("containers").Concat(spec.Objects("initContainers")))
        {
            var given = Names(container);
            foreach (var name in demanded.Where(n => !given.Contains(n) && !whole.Contains(n)))
            {
                if (!missing.TryGetValue(name, out var containers)) missing[name] = containers = new(StringComparer.Ordinal);
                containers.Add(container.Text("name") ?? "");
            }
        }
        return missing.Count == 0 ? null : string.Join("; ", missing.Select(m => $"{m.Key} for: {string.Join(',', m.Value)}"));

        static HashSet<string> Names(JsonObject holder) => [.. QuotaUsage.Computing(PodAmounts.Of(holder, "requests"), PodAmounts.Of(holder, "limits")).Names];
    }
}
