using System.Text;
using System.Text.Json.Nodes;
using Slipway.Cli.Output;

namespace Slipway.Cli.Resources;

/// <summary>A <c>meta.k8s.io/v1</c> Table as text, as kubectl prints it.</summary>
internal static class TableView
{
    /// <summary>What to send as <c>Accept</c> to get a Table.</summary>
    public const string Accept = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";

    /// <summary>The table's columns (the wide ones only if asked for), padded, with a header; a first column NAMESPACE if asked for.</summary>
    public static string Format(JsonObject table, bool wide = false, bool withNamespace = false)
    {
        var columns = table["columnDefinitions"]!.AsArray().Select((definition, index) => (Definition: definition!, Index: index))
            .Where(column => wide || ((int?)column.Definition["priority"] ?? 0) == 0).ToList();
        List<List<string>> lines = [[.. withNamespace ? ["NAMESPACE"] : Array.Empty<string>(), .. columns.Select(c => ((string)c.Definition["name"]!).ToUpperInvariant())]];
        foreach (var row in table["rows"]?.AsArray() ?? [])
        {
            var cells = row!["cells"]!.AsArray();
            lines.Add([
                .. withNamespace ? [(string?)row["object"]?["metadata"]?["namespace"] ?? ""] : Array.Empty<string>(),
                .. columns.Select(c => Text(cells[c.Index])),
            ]);
        }
        return Pad(lines);
    }

    /// <summary>Lines of cells, each column as wide as its widest cell.</summary>
    public static string Pad(IReadOnlyList<IReadOnlyList<string>> lines)
    {
        List<string[]> shown = [.. lines.Select(line => line.Select(TerminalText.Escape).ToArray())];
        var widths = Enumerable.Range(0, lines[0].Count).Select(column => shown.Max(line => TerminalText.Width(line[column]))).ToList();
        var text = new StringBuilder();
        foreach (var line in shown)
            text.Append(string.Join("   ", line.Select((cell, column) => TerminalText.Pad(cell, widths[column]))).TrimEnd()).Append('\n');
        return text.ToString();
    }

    private static string Text(JsonNode? cell) => cell is null ? "<none>" : cell is JsonValue value && value.TryGetValue<string>(out var text) ? text : cell.ToJsonString();
}
