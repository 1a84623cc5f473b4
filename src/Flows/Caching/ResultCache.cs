using Slipway.Api.Kinds;

namespace Slipway.Flows;

/// <summary>A result that may be taken again.</summary>
/// <param name="Key">What it depends on, with the image: 64 hexadecimal digits.</param>
/// <param name="Identity">What it depends on, in parts.</param>
/// <param name="Run">Uid of the run that made it.</param>
/// <param name="RunName">Name of that run.</param>
/// <param name="Path">The attempt that made it.</param>
/// <param name="Number">Number of that attempt.</param>
/// <param name="End">When it ended.</param>
public sealed record CacheEntry(string Key, CacheIdentity Identity, string Run, string RunName, TaskPath Path, int Number, DateTimeOffset End)
{
    /// <summary>Name of the flow whose run made it.</summary>
    public required string Flow { get; init; }
}

/// <summary>Takes earlier results for attempts that are about to be started, and says of the others why there is none.</summary>
internal sealed class ResultCache(Ledger ledger, KeptResults keptResults, TimeProvider clock)
{
    /// <summary>
    /// The records of those of the planned attempts whose result is there. The pods of the others learn why theirs is not, for their own
    /// records.
    /// </summary>
    /// <param name="ns">Namespace of the run.</param>
    /// <param name="artifacts">The declared store in which it keeps what it leaves; null for the node's own.</param>
    /// <param name="planned">The attempts.</param>
    /// <param name="cancellation">Gives up.</param>
    public async ValueTask<IReadOnlyList<AttemptRecord>> TakeAsync(string ns, string? artifacts, IReadOnlyList<PlannedPod> planned, CancellationToken cancellation)
    {
        var found = new List<(PlannedPod Plan, CachedTask Cached, CacheEntry? Entry, string Miss, AttemptRecord? Source)>();
        foreach (var plan in planned)
        {
            if (plan.Cached is not { } cached)
                continue;
            var (entry, miss) = Find(ns, cached);
            found.Add((plan, cached, entry, miss, entry is null ? null : ledger.Read.Attempt(entry.Run, entry.Path, entry.Number)));
        }

        // For all at once: in a declared store each question is a write.
        var kept = await keptResults.OfAsync(ns, artifacts, found.Select(f => f.Source).OfType<AttemptRecord>(), cancellation);
        var taken = new List<AttemptRecord>();
        foreach (var (plan, cached, entry, miss, source) in found)
        {
            if (entry is not null && source is not null && kept.IsSupersetOf(source.OutputHashes))
                taken.Add(Of(cached, source, entry));
            else
                plan.Pod.Metadata.Annotations[FlowNames.CacheMissAnnotation] = entry is null ? miss : $"not taken from the cache: what {entry.Path} of run {entry.RunName} left is not kept {(artifacts is null ? "any more" : $"in artifact store {artifacts}")}";
        }

        return taken;
    }

    private (CacheEntry? Entry, string Miss) Find(string ns, CachedTask cached)
    {
        var key = cached.Identity.Key(cached.Digest);
        if (ledger.Read.CacheEntry(ns, key) is { } entry)
        {
            return cached.MaxAge is { } age && entry.End + age < clock.GetUtcNow()
                ? (null, $"not taken from the cache: the result of run {entry.RunName} is older than maxAge")
                : (entry, "");
        }

        if (ledger.Read.NearestCacheEntry(ns, cached.Identity.Scope, cached.Path) is not { } nearest)
            return (null, "not taken from the cache: there is no earlier result");
        var differs = cached.Identity.DifferenceFrom(nearest.Identity);
        return (null, $"not taken from the cache: {(differs.Count == 0 ? "the image" : string.Join(", ", differs))} differ{(differs.Count > 1 ? "" : "s")} from run {nearest.RunName}");
    }

    private AttemptRecord Of(CachedTask cached, AttemptRecord source, CacheEntry entry)
    {
        var now = clock.GetUtcNow();
        return new AttemptRecord
        {
            Path = cached.Path,
            Number = cached.Number,
            Item = cached.Item,
            Pod = "",
            PodUid = "",
            Image = cached.Image,
            ImageDigest = cached.Digest,
            Command = source.Command,
            Params = cached.Params,
            Start = now,
            End = now,
            ExitCode = 0,
            Reason = AttemptReason.Succeeded,
            Message = $"taken from the cache: {entry.Path} of run {entry.RunName}",
            Inputs = source.Inputs,
            Files = source.Files,
            Values = source.Values,
        };
    }
}
