using System.Text.Json.Nodes;

namespace Slipway.Flows;

/// <summary>Which attempts made an artifact and which have read it, with what they read and made themselves.</summary>
internal static class LedgerLineage
{
    /// <summary>How many runs are looked at, the newest that have to do with the artifact.</summary>
    public const int RunLimit = 100;

    /// <summary>The lineage of an artifact as the API shows it; null if no run of the namespace has to do with it.</summary>
    public static JsonObject? Of(LedgerReader ledger, string ns, string sha256)
    {
        var (madeBy, readBy) = (new JsonArray(), new JsonArray());
        var runs = ledger.RunsOfArtifact(ns, sha256, RunLimit + 1);
        if (runs.Count == 0)
            return null;
        var holders = ledger.DirectoriesWith(sha256).ToHashSet();
        foreach (var run in runs.Take(RunLimit))
        {
            foreach (var attempt in ledger.Attempts(run.Uid))
            {
                if (Made(attempt).Any(m => m.Sha256 == sha256 || holders.Contains(m.Sha256)))
                    madeBy.Add((JsonNode)Attempt(run, attempt, holders));
                if (attempt.Inputs.Any(i => i.Sha256 == sha256 || holders.Contains(i.Sha256)))
                    readBy.Add((JsonNode)Attempt(run, attempt, holders));
            }
        }

        return new JsonObject { ["sha256"] = sha256, ["madeBy"] = madeBy, ["readBy"] = readBy, ["complete"] = runs.Count <= RunLimit };
    }

    private static JsonObject Attempt(RunRecord run, AttemptRecord attempt, HashSet<string> holders) => new()
    {
        ["run"] = run.Name,
        ["flow"] = run.Flow,
        ["path"] = attempt.Path.Text,
        ["completionTime"] = AttemptJson.Time(attempt.End),
        ["inputs"] = new JsonArray([.. attempt.Inputs.Select(i => (JsonNode)Artifact("path", i.Path, i.Sha256, holders))]),
        ["outputs"] = new JsonArray([.. Made(attempt).Select(m => (JsonNode)Artifact("name", m.Name, m.Sha256, holders))]),
    };

    /// <summary>An artifact of an attempt; <c>holds</c> says that the one which was asked for lies in it.</summary>
    private static JsonObject Artifact(string field, string value, string sha256, HashSet<string> holders)
    {
        var artifact = new JsonObject { [field] = value, ["sha256"] = sha256 };
        if (holders.Contains(sha256))
            artifact["holds"] = true;
        return artifact;
    }

    private static IEnumerable<(string Name, string Sha256)> Made(AttemptRecord attempt) =>
        attempt.Files.Select(f => (f.Key, f.Value.Sha256)).Concat(attempt.Values.Select(v => (v.Key, v.Value.Sha256)));
}
