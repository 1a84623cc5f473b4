using System.Text.Json.Nodes;
using Slipway.Api.Kinds;

namespace Slipway.Flows;

/// <summary>Which artifacts are asked for.</summary>
public sealed record ArtifactFilter
{
    /// <summary>Only those of runs like these; its limit counts artifacts.</summary>
    public required RunFilter Runs { get; init; }

    /// <summary>Only those of this run; of all when null.</summary>
    public RunRecord? Run { get; init; }

    /// <summary>Only those of this task, of its items and of what it calls; of all when null.</summary>
    public TaskPath? Task { get; init; }
}

/// <summary>What tasks have left, newest runs first.</summary>
internal static class LedgerArtifacts
{
    /// <summary>How many runs are looked at, the newest.</summary>
    public const int RunLimit = 1000;

    private const int Page = 100;

    /// <summary>Artifacts as the API shows them.</summary>
    /// <param name="ledger">The records.</param>
    /// <param name="ns">The namespace; all of them when null.</param>
    /// <param name="filter">Which.</param>
    /// <param name="isKept">Whether the artifact of a hash is in the store.</param>
    public static IEnumerable<JsonObject> Of(LedgerReader ledger, string? ns, ArtifactFilter filter, Func<string, bool> isKept)
    {
        // Most of the runs of a flow worked by the same definition, which costs more to read than what they have left.
        var definitions = new Dictionary<(string Spec, string Flows), RunDefinition>();
        return (filter.Run is { } run ? [run] : Runs(ledger, ns, filter.Runs)).SelectMany(r => Of(ledger, r, DefinitionOf(r), filter.Task, isKept)).Take(filter.Runs.Limit);

        RunDefinition DefinitionOf(RunRecord record) =>
            definitions.TryGetValue((record.Spec, record.Flows), out var known) ? known : definitions[(record.Spec, record.Flows)] = RunStarter.DefinitionOf(record);
    }

    private static IEnumerable<RunRecord> Runs(LedgerReader ledger, string? ns, RunFilter filter)
    {
        RunRecord? last = null;
        for (var seen = 0; seen < RunLimit; seen += Page)
        {
            var page = ledger.Runs(ns, filter with { Limit = Page, After = last });
            foreach (var run in page)
                yield return last = run;
            if (page.Count < Page)
                yield break;
        }
    }

    private static IEnumerable<JsonObject> Of(LedgerReader ledger, RunRecord run, RunDefinition definition, TaskPath? task, Func<string, bool> isKept)
    {
        var name = task?.Names.First();
        if (name is not null && definition.Flow.Tasks.Count > 0 && !definition.Flow.AllTasks.Any(t => t.Name == name))
            return [];
        var attempts = ledger.Attempts(run.Uid);
        // A value of outputs is worked out, and kept as long as the record.
        var results = from result in LedgerResults.Of(run, definition, attempts, name)
                      where task is null || (result.Path is { } path && task.Covers(path))
                      where result.File is not null || result.Json is not null
                      select Shown(run, result.Shown(), result.End, hash => result.File is null || isKept(hash));
        return results.Concat(
            from attempt in attempts
            where attempt.Succeeded && task?.Covers(attempt.Path) != false
            from artifact in attempt.Files.Select(f => (f.Key, Type: f.Value.IsDirectory ? "Directory" : "File", Output: AttemptJson.File(f.Value)))
                .Concat(attempt.Values.Select(v => (v.Key, Type: "Value", Output: new JsonObject { ["sha256"] = v.Value.Sha256 })))
            select Shown(run, With(attempt.Path, artifact.Key, artifact.Type, artifact.Output), attempt.End, isKept));
    }

    private static JsonObject With(TaskPath path, string name, string type, JsonObject output)
    {
        var left = new JsonObject { ["path"] = path.Text, ["name"] = name, ["type"] = type };
        foreach (var (field, value) in output)
            left[field] = value?.DeepClone();
        return left;
    }

    private static JsonObject Shown(RunRecord run, JsonObject left, DateTimeOffset end, Func<string, bool> isKept)
    {
        var shown = new JsonObject
        {
            ["namespace"] = run.Namespace,
            ["run"] = run.Name,
            ["runUid"] = run.Uid,
            ["flow"] = run.Flow,
            ["path"] = null,
            ["name"] = null,
            ["type"] = null,
            ["completionTime"] = AttemptJson.Time(end),
            ["kept"] = isKept(left["sha256"]!.GetValue<string>()),
        };
        foreach (var (field, value) in left)
            shown[field] = value?.DeepClone();
        return shown;
    }
}
