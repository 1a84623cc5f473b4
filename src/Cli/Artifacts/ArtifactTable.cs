using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Cli.Resources;
using Slipway.Cli.Runs;

namespace Slipway.Cli.Artifacts;

/// <summary>Artifacts as a table for people.</summary>
internal static class ArtifactTable
{
    /// <summary>A line for each artifact of a list of the API.</summary>
    public static string Of(IEnumerable<JsonObject> artifacts)
    {
        List<IReadOnlyList<string>> lines = [["RUN", "TASK/OUTPUT", "TYPE", "SIZE", "SHA256", "LEFT", "KEPT"]];
        lines.AddRange(artifacts.Select(a => (IReadOnlyList<string>)
        [
            (string)a["run"]!, RunRecordView.OutputName(a), (string)a["type"]!, RunRecordView.Size(a), ((string)a["sha256"]!)[..12], Local((string)a["completionTime"]!), (bool)a["kept"]! ? "yes" : "no",
        ]));
        return TableView.Pad(lines);
    }

    private static string Local(string time) => DateTimeOffset.Parse(time, CultureInfo.InvariantCulture).LocalDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
}
