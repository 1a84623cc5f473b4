using System.Text;
using System.Text.Json.Nodes;
using k8s.Models;
using Slipway.Api;
using Slipway.Api.Kinds;
using Slipway.Client;

namespace Slipway.Flows;

/// <summary>Brings ended attempts into the ledger, and lets their pods go afterwards.</summary>
internal sealed class AttemptRecorder(IApi api, Ledger ledger, ArtifactStore store, AttemptOutputs outputs, LogKeeper logs, TimeProvider clock)
{
    /// <summary>Records attempts that are not in the ledger yet, in one transaction, with the memory that was learnt from them.</summary>
    public async ValueTask RecordAsync(RunRecord run, RunDefinition definition, IReadOnlyList<V1Pod> ended, IReadOnlyList<HopelessPod> hopeless, CancellationToken cancellation, IReadOnlyDictionary<string, string>? lost = null)
    {
        if (await ReadAsync(run, definition, ended, hopeless, cancellation, lost) is { } write)
            await ledger.CommitAsync(write, cancellation);
    }

    /// <summary>What is to be recorded of attempts that are not in the ledger yet; null for nothing.</summary>
    /// <param name="run">Their run.</param>
    /// <param name="definition">What it works by.</param>
    /// <param name="ended">Pods whose attempts have ended.</param>
    /// <param name="hopeless">Pods that are given up.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <param name="lost">By the name of a pod: why what it left is not where the run keeps it.</param>
    public async ValueTask<LedgerWrite?> ReadAsync(
        RunRecord run, RunDefinition definition, IReadOnlyList<V1Pod> ended, IReadOnlyList<HopelessPod> hopeless, CancellationToken cancellation, IReadOnlyDictionary<string, string>? lost = null)
    {
        if (ended.Count == 0 && hopeless.Count == 0)
            return null;
        var known = ledger.Read.AttemptsOfOpenRun(run.Uid).SelectMany(a => a.Pods).ToHashSet();
        var fresh = new List<AttemptRecord>();
        var results = new List<CacheEntry>();
        var attempts = ended.Where(p => !known.Contains(p.Metadata.Name)).GroupBy(p => FlowNames.GangOf(p) ?? p.Metadata.Name).Select(g => (g.ToList(), (HopelessPod?)null))
            .Concat(hopeless.Select(h => (new List<V1Pod> { h.Pod }.Concat(h.Others).ToList(), (HopelessPod?)h)));
        foreach (var (pods, hopelessPod) in attempts)
        {
            if (!known.Contains(pods[0].Metadata.Name) && await ReadAsync(run, pods, definition, hopelessPod, cancellation) is { } attempt)
            {
                known.UnionWith(attempt.Pods);
                if (lost is not null && attempt.Pods.Select(p => lost.GetValueOrDefault(p)).FirstOrDefault(l => l is not null) is { } loss && attempt.Files.Count + attempt.Values.Count > 0)
                {
                    fresh.Add(Without(attempt, loss));
                    continue;
                }

                fresh.Add(attempt);
                if (Result(run, pods[0], attempt) is { } result)
                    results.Add(result);
            }
        }

        if (fresh.Count == 0)
            return null;
        var listed = await FileListing.AddAsync(fresh, definition, run.IsTest, store, cancellation);
        return new LedgerWrite(run, listed, Learnt(fresh, definition)) { Results = results, Directories = await DirectoriesAsync(listed, cancellation) };
    }

    /// <summary>An attempt of which nothing is kept: it has not succeeded, and says what is lost.</summary>
    private static AttemptRecord Without(AttemptRecord attempt, string loss) => attempt with
    {
        Reason = AttemptReason.Error,
        Message = $"{attempt.Path}: {string.Join(", ", attempt.Files.Keys.Concat(attempt.Values.Keys).Order(StringComparer.Ordinal))} {loss}",
        Files = new Dictionary<string, FileRecord>(),
        Values = new Dictionary<string, ValueRecord>(),
    };

    /// <summary>What lies in the directories that attempts left, as far as the ledger does not know it yet.</summary>
    private async ValueTask<List<DirectoryMembers>> DirectoriesAsync(IEnumerable<AttemptRecord> attempts, CancellationToken cancellation)
    {
        var found = new List<DirectoryMembers>();
        foreach (var directory in attempts.SelectMany(a => a.Files.Values).Where(f => f.IsDirectory && !ledger.Read.KnowsDirectory(f.Sha256)).DistinctBy(f => f.Sha256).ToList())
        {
            // The record must not wait for one that is damaged. What cannot be fetched now it waits for.
            if ((directory.Listing ?? await FileListing.ReadAsync(directory.Sha256, store, cancellation)) is { } files)
                found.Add(DirectoryMembers.Of(directory.Sha256, files));
        }

        return found;
    }

    /// <summary>The record of the attempt that pods are of; null if they are no flow pods.</summary>
    private async ValueTask<AttemptRecord?> ReadAsync(RunRecord run, List<V1Pod> pods, RunDefinition definition, HopelessPod? hopeless, CancellationToken cancellation)
    {
        var members = new List<(V1Pod Pod, AttemptRecord Record)>();
        foreach (var pod in pods)
        {
            var why = hopeless?.Pod == pod ? hopeless : null;
            if (AttemptReader.Read(pod, definition, run.Name, await SourcesAsync(pod, cancellation), clock.GetUtcNow(), why) is { } record)
                members.Add((pod, record));
        }

        if (members.Count == 0 || FlowNames.GangOf(pods[0]) is null)
            return members.Count == 0 ? null : members[0].Record;
        var first = members[0].Record;
        return GangRecord.Of(members, hopeless, replica => FlowNames.Pod(run.Name, run.Uid, first.Path, first.Number, replica));
    }

    /// <summary>The result of an attempt, if later ones may take it.</summary>
    private static CacheEntry? Result(RunRecord run, V1Pod pod, AttemptRecord attempt)
    {
        var digest = PodImage.IsPinned(attempt.Image) ? attempt.Image : attempt.ImageDigest;
        return attempt.Succeeded && digest is not null && pod.Metadata.Annotations?.TryGetValue(FlowNames.CacheAnnotation, out var text) == true && CacheIdentity.Parse(text) is { } identity
            ? new CacheEntry(identity.Key(digest), identity, run.Uid, run.Name, attempt.Path, attempt.Number, attempt.End) { Flow = run.Flow }
            : null;
    }

    /// <summary>Takes the finalizer from pods whose attempts are recorded, and keeps what they wrote before.</summary>
    /// <param name="run">Their run; null if it is not in the ledger.</param>
    /// <param name="pods">The pods.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task ReleaseAsync(RunRecord? run, IEnumerable<V1Pod> pods, CancellationToken cancellation) =>
        Task.WhenAll(pods.GroupBy(p => FlowNames.GangOf(p) ?? p.Metadata.Name).Select(attempt => ReleaseAttemptAsync(run, [.. attempt], cancellation)));

    private async Task ReleaseAttemptAsync(RunRecord? run, List<V1Pod> pods, CancellationToken cancellation)
    {
        if (run is not null && pods.TrueForAll(p => p.Metadata.Finalizers?.Contains(FlowNames.RecordedFinalizer) == true))
            await logs.KeepAsync(run, pods, cancellation);
        await Task.WhenAll(pods.Select(p => ReleaseAsync(p, cancellation)));
    }

    private async Task ReleaseAsync(V1Pod pod, CancellationToken cancellation)
    {
        var index = pod.Metadata.Finalizers?.IndexOf(FlowNames.RecordedFinalizer) ?? -1;
        if (index < 0)
            return;
        var patch = new JsonArray(
            new JsonObject { ["op"] = "test", ["path"] = $"/metadata/finalizers/{index}", ["value"] = FlowNames.RecordedFinalizer },
            new JsonObject { ["op"] = "remove", ["path"] = $"/metadata/finalizers/{index}" });
        try
        {
            await api.SendPatchAsync(FlowKinds.Pods, pod.Metadata.NamespaceProperty, pod.Metadata.Name, patch, MediaTypes.JsonPatch, cancellation: cancellation);
        }
        catch (ApiException e) when (e.Code is 404 or 409 or 422)
        {
            // The cache was behind: the finalizer is gone or has moved, and the change that says so is on its way.
        }
    }

    private async ValueTask<AttemptSources> SourcesAsync(V1Pod pod, CancellationToken cancellation)
    {
        var report = await outputs.ReportAsync(pod, cancellation);
        var inputs = AttemptReader.InputHash(pod) is { } manifest && await store.ReadAsync(manifest, cancellation) is { } content
            ? InputManifest.Parse(content)
            : null;
        var texts = new Dictionary<string, string>();
        foreach (var value in report?.Values.Values ?? [])
        {
            if (await store.ReadAsync(value.Sha256, cancellation) is { } text)
                texts[value.Sha256] = Encoding.UTF8.GetString(text);
        }

        return new AttemptSources(report, inputs, texts);
    }

    /// <summary>What an item that was killed for its memory will get from now on.</summary>
    private static List<LearntMemory> Learnt(IEnumerable<AttemptRecord> attempts, RunDefinition definition)
    {
        var learnt = new List<LearntMemory>();
        foreach (var attempt in attempts.Where(a => a.Reason == AttemptReason.OutOfMemory))
        {
            if (definition.Find(attempt.Path) is var (flow, task) && attempt.MemoryLimitBytes is { } had
                && MemoryPolicy.Next(had, new TaskSettings(task, flow.Defaults).OnOutOfMemory) is { } needed)
            {
                learnt.Add(new LearntMemory(attempt.Task, attempt.Item ?? "", needed));
            }
        }

        return learnt;
    }
}
