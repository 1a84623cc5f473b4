using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.Api.Quota;

/// <summary>A quota as admission and its recalculation read it.</summary>
/// <param name="Name">Name of the quota.</param>
/// <param name="Wanted">The limits in its specification.</param>
/// <param name="Hard">The limits in its status, which are the ones that hold: usage is known for them.</param>
/// <param name="Used">What is in use.</param>
/// <param name="Scopes">Which objects it counts.</param>
public sealed record QuotaState(string Name, ResourceAmounts Wanted, ResourceAmounts Hard, ResourceAmounts Used, IReadOnlyList<QuotaScope> Scopes)
{
    /// <summary>Reads a ResourceQuota.</summary>
    public static QuotaState Read(JsonObject quota)
    {
        var (spec, status) = (quota.Object("spec") ?? [], quota.Object("status") ?? []);
        return new(quota.Name, ResourceAmounts.Read(spec.Object("hard")), ResourceAmounts.Read(status.Object("hard")), ResourceAmounts.Read(status.Object("used")), QuotaScope.Read(spec));
    }

    /// <summary>Whether an object counts against this quota's amounts.</summary>
    public bool Covers(ResourceAmounts limits, string group, string plural, JsonObject document) =>
        limits.Names.Any(n => QuotaUsage.Concerns(n, group, plural)) && Scopes.All(s => s.Matches(group, plural, document));

    /// <summary>What is in use, counted anew over all objects.</summary>
    /// <param name="objects">The objects of each resource that the limits concern.</param>
    /// <param name="now">The time.</param>
    public ResourceAmounts Recount(IEnumerable<(string Group, string Plural, JsonObject Document)> objects, DateTimeOffset now)
    {
        var used = ResourceAmounts.Of(Wanted.Names.Select(n => KeyValuePair.Create(n, Quantity.Zero)));
        foreach (var (group, plural, document) in objects)
            if (Covers(Wanted, group, plural, document)) used = used.Plus(QuotaUsage.Of(group, plural, document, now).Where((name, _) => Wanted[name] is not null));
        return used;
    }
}
