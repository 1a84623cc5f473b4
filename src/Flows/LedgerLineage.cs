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
        foreach (var run in runs.Take(RunLimit))
        {
            foreach (var attempt in ledger.Attempts(run.Uid))
            {
                if (Made(attempt).Any(m => m.Sha256 == sha256))
                    madeBy.Add((JsonNode)Attempt(run, attempt));
                if (attempt.Inputs.Any(i => i.Sha256 == sha256))
                    readBy.Add((JsonNode)Attempt(run, attempt));
            }
        }

        return new JsonObject { ["sha256"] = sha256, ["madeBy"] = madeBy, ["readBy"] = readBy, ["complete"] = runs.Count <= RunLimit };
    }

    private static JsonObject Attempt(RunRecord run, AttemptRecord attempt) => new()
    {
        ["run"] = run.Name,
        ["flow"] = run.Flow,
        ["path"] = attempt.Path.Text,
        ["completionTime"] = AttemptJson.Time(attempt.End),
        ["inputs"] = AttemptJson.Inputs(attempt),
        ["outputs"] = new JsonArray([.. Made(attempt).Select(m => (JsonNode)new JsonObject { ["name"] = m.Name, ["sha256"] = m.Sha256 })]),
    };

    private static IEnumerable<(string Name, string Sha256)> Made(AttemptRecord attempt) =>
        attempt.Files.Select(f => (f.Key, f.Value.Sha256)).Concat(attempt.Values.Select(v => (v.Key, v.Value.Sha256)));
}
