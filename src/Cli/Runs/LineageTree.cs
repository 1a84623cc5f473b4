using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Cli.Output;

namespace Slipway.Cli.Runs;

/// <summary>Where an artifact comes from and what was made of it, as a text: each level stands two spaces further in.</summary>
/// <param name="lineage">Reads the lineage of an artifact by its hash; null if there is none.</param>
internal sealed class LineageTree(Func<string, Task<JsonObject?>> lineage)
{
    private readonly StringBuilder text = new();
    private readonly HashSet<string> shown = [];

    /// <summary>The text of an artifact's lineage, <paramref name="depth"/> levels in each direction.</summary>
    public async Task<string> DrawAsync(JsonObject root, int depth)
    {
        var sha256 = (string)root["sha256"]!;
        text.Append(CultureInfo.InvariantCulture, $"{sha256}\n");
        await UpAsync(root, sha256, depth, 1);
        shown.Clear();
        await DownAsync(root, sha256, depth, 1);
        if (root["complete"]?.GetValue<bool>() == false)
            text.Append("Only the newest 100 runs that have to do with it are shown.\n");
        return text.ToString();
    }

    private async Task UpAsync(JsonObject artifact, string sha256, int depth, int level)
    {
        // What was made the same more than once, from the same, is one origin.
        foreach (var attempt in Attempts(artifact, "madeBy").DistinctBy(a => $"{a["flow"]}/{a["path"]}/{a["inputs"]!.ToJsonString()}"))
        {
            Line(level, $"made by {Name(attempt)} as {Names(attempt["outputs"], "name", sha256)}");
            foreach (var input in attempt["inputs"]!.AsArray())
            {
                var (path, hash) = ((string)input!["path"]!, (string)input["sha256"]!);
                Line(level + 1, $"from {path} {Short(hash)}");
                if (depth > 1 && shown.Add(hash) && await lineage(hash) is { } origin)
                    await UpAsync(origin, hash, depth - 1, level + 2);
            }
        }
    }

    private async Task DownAsync(JsonObject artifact, string sha256, int depth, int level)
    {
        foreach (var attempt in Attempts(artifact, "readBy"))
        {
            Line(level, $"read by {Name(attempt)} at {Names(attempt["inputs"], "path", sha256)}");
            foreach (var output in attempt["outputs"]!.AsArray())
            {
                var hash = (string)output!["sha256"]!;
                Line(level + 1, $"which made {output["name"]} {Short(hash)}");
                if (depth > 1 && shown.Add(hash) && await lineage(hash) is { } further)
                    await DownAsync(further, hash, depth - 1, level + 2);
            }
        }
    }

    private static IEnumerable<JsonObject> Attempts(JsonObject artifact, string side) => artifact[side]!.AsArray().Select(a => a!.AsObject());

    private static string Name(JsonObject attempt) =>
        $"{attempt["path"]} of run {attempt["run"]}, {attempt["completionTime"]},";

    // Of a directory that the artifact lies in, the path goes on.
    private static string Names(JsonNode? items, string field, string sha256) =>
        string.Join(", ", items!.AsArray().Where(i => (string)i!["sha256"]! == sha256 || i["holds"] is not null).Select(i => (string)i![field]! + (i["holds"] is null ? "" : "/…")));

    private static string Short(string sha256) => sha256.Length > 12 ? sha256[..12] : sha256;

    private void Line(int level, string line) => text.Append(' ', 2 * level).Append(TerminalText.Escape(line)).Append('\n');
}
