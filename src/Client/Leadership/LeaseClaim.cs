using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.Client;

/// <summary>What a candidate may write into the Lease that several claim, as client-go does, so that both can be candidates for one.</summary>
/// <param name="Candidate">Who claims it (<c>spec.holderIdentity</c>).</param>
/// <param name="Duration">For how long a claim that is not renewed keeps others away; whole seconds.</param>
internal sealed record LeaseClaim(string Candidate, TimeSpan Duration)
{
    /// <summary>The lease as the candidate would have it; null when it is another's. What it does not know of is kept.</summary>
    /// <param name="lease">The lease as it is.</param>
    /// <param name="hasExpired">Whether its holder has not renewed it for its whole duration.</param>
    /// <param name="now">The time.</param>
    public JsonObject? Next(JsonObject lease, bool hasExpired, DateTimeOffset now)
    {
        var spec = lease.Object("spec") ?? [];
        var holder = spec.Text("holderIdentity") ?? "";
        if (holder != Candidate && holder.Length > 0 && !hasExpired)
            return null;
        var next = lease.DeepClone().AsObject();
        spec = spec.DeepClone().AsObject();
        spec["holderIdentity"] = Candidate;
        spec["leaseDurationSeconds"] = (int)Duration.TotalSeconds;
        spec["renewTime"] = Meta.FormatMicroTime(now);
        if (holder != Candidate)
        {
            spec["acquireTime"] = Meta.FormatMicroTime(now);
            spec["leaseTransitions"] = lease.ContainsKey("spec") ? (spec.Integer("leaseTransitions") ?? 0) + 1 : 0;
        }
        next["spec"] = spec;
        return next;
    }

    /// <summary>The lease as its holder leaves it, for the next to take at once; null when it is another's.</summary>
    /// <param name="lease">The lease as it is.</param>
    /// <param name="now">The time.</param>
    public JsonObject? Release(JsonObject lease, DateTimeOffset now)
    {
        if (lease.Object("spec") is not { } spec || spec.Text("holderIdentity") != Candidate)
            return null;
        var next = lease.DeepClone().AsObject();
        spec = next.Object("spec")!;
        spec["holderIdentity"] = "";
        spec["leaseDurationSeconds"] = 1;
        spec["acquireTime"] = Meta.FormatMicroTime(now);
        spec["renewTime"] = Meta.FormatMicroTime(now);
        return next;
    }

    /// <summary>For how long the holder keeps others away since it renewed the lease.</summary>
    public static TimeSpan DurationOf(JsonObject lease) => TimeSpan.FromSeconds(lease.Object("spec")?.Integer("leaseDurationSeconds") ?? 0);
}
