using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Cli.Resources;
using Slipway.Cli.Runs;

namespace Slipway.Cli.Artifacts;

/// <summary>Artifacts as a table for people.</summary>
internal static class ArtifactTable
{
    /// <summary>A line for each artifact of a list of the API; a first column NAMESPACE if asked for.</summary>
    public static string Of(IEnumerable<JsonObject> artifacts, bool withNamespace)
    {
        List<IReadOnlyList<string>> lines = [[.. withNamespace ? ["NAMESPACE"] : Array.Empty<string>(), "RUN", "TASK/OUTPUT", "TYPE", "SIZE", "SHA256", "LEFT", "KEPT"]];
        lines.AddRange(artifacts.Select(a => (IReadOnlyList<string>)
        [
            .. withNamespace ? [(string)a["namespace"]!] : Array.Empty<string>(), (string)a["run"]!, RunRecordView.OutputName(a), (string)a["type"]!, RunRecordView.Size(a), ((string)a["sha256"]!)[..12], Local((string)a["completionTime"]!), (bool)a["kept"]! ? "yes" : "no",
        ]));
        return TableView.Pad(lines);
    }

    private static string Local(string time) => DateTimeOffset.Parse(time, CultureInfo.InvariantCulture).LocalDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
}
