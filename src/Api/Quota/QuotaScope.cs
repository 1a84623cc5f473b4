using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.Api.Quota;

/// <summary>Which objects a quota counts (<see href="https://kubernetes.io/docs/concepts/policy/resource-quotas/#quota-scopes"/>).</summary>
/// <param name="Name">Name of the scope, such as <c>BestEffort</c>.</param>
/// <param name="Operator"><c>In</c>, <c>NotIn</c>, <c>Exists</c>, <c>DoesNotExist</c>.</param>
/// <param name="Values">Values for the first two.</param>
public sealed record QuotaScope(string Name, string Operator, IReadOnlyList<string> Values)
{
    /// <summary>The scopes of a quota: all must match.</summary>
    public static IReadOnlyList<QuotaScope> Read(JsonObject spec) =>
    [
        .. spec.Array("scopes")?.Select(s => new QuotaScope(s.AsText() ?? "", "Exists", [])) ?? [],
        .. (spec.Object("scopeSelector") ?? []).Objects("matchExpressions").Select(e => new QuotaScope(
            e.Text("scopeName") ?? "", e.Text("operator") ?? "Exists", [.. e.Array("values")?.Select(v => v.AsText() ?? "") ?? []])),
    ];

    /// <summary>Whether an object is within the scope; only pods and claims have scopes.</summary>
    public bool Matches(string group, string plural, JsonObject document) => (group, plural) switch
    {
        ("", "pods") => MatchesPod(document.Object("spec") ?? []),
        ("", "persistentvolumeclaims") => Name == "VolumeAttributesClass" && Selects(document.Object("spec")?.Text("volumeAttributesClassName")),
        _ => false,
    };

    private bool MatchesPod(JsonObject spec) => Name switch
    {
        "Terminating" => spec.Integer("activeDeadlineSeconds") is >= 0,
        "NotTerminating" => spec.Integer("activeDeadlineSeconds") is null,
        "BestEffort" => IsBestEffort(spec),
        "NotBestEffort" => !IsBestEffort(spec),
        "PriorityClass" => Selects(spec.Text("priorityClassName")),
        "CrossNamespacePodAffinity" => ReachesOtherNamespaces(spec),
        _ => false,
    };

    private bool Selects(string? value) => Operator switch
    {
        "In" => !string.IsNullOrEmpty(value) && Values.Contains(value),
        "NotIn" => string.IsNullOrEmpty(value) || !Values.Contains(value),
        "DoesNotExist" => string.IsNullOrEmpty(value),
        _ => !string.IsNullOrEmpty(value),
    };

    private static bool IsBestEffort(JsonObject spec) =>
        spec.Objects("initContainers").Concat(spec.Objects("containers")).All(c => !AsksFor(c)) && !AsksFor(spec);

    private static bool AsksFor(JsonObject holder) => new[] { "requests", "limits" }.Any(which =>
    {
        var amounts = ResourceAmounts.Read(holder.Object("resources")?.Object(which));
        return amounts["cpu"] is { Sign: > 0 } || amounts["memory"] is { Sign: > 0 };
    });

    private static bool ReachesOtherNamespaces(JsonObject spec)
    {
        var affinity = spec.Object("affinity") ?? [];
        return new[] { "podAffinity", "podAntiAffinity" }.Select(n => affinity.Object(n) ?? []).SelectMany(a =>
            a.Objects("requiredDuringSchedulingIgnoredDuringExecution")
                .Concat(a.Objects("preferredDuringSchedulingIgnoredDuringExecution").Select(p => p.Object("podAffinityTerm") ?? [])))
            .Any(term => term.Array("namespaces") is { Count: > 0 } || term["namespaceSelector"] is not null);
    }
}
