using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Cli.Output;

namespace Slipway.Cli.Runs;

/// <summary>A value that a task wrote, shown as a table when it is a list of records.</summary>
internal static class RecordTable
{
    /// <summary>
    /// The header and rows of a JSON array of objects; null if the value is anything else. Columns are the properties in the order
    /// in which they first occur.
    /// </summary>
    public static IReadOnlyList<IReadOnlyList<string>>? From(JsonNode? value)
    {
        if (value is not JsonArray { Count: > 0 } records || records.Any(record => record is not JsonObject)) return null;
        var columns = records.SelectMany(record => record!.AsObject().Select(property => property.Key)).Distinct().ToList();
        return [[.. columns.Select(TerminalText.Escape)], .. records.Select(record => columns.Select(column => TerminalText.Escape(Text(record![column]))).ToList())];
    }

    /// <summary>The table as text: columns padded, numbers to the right.</summary>
    public static string Format(IReadOnlyList<IReadOnlyList<string>> table)
    {
        var widths = Enumerable.Range(0, table[0].Count).Select(column => table.Max(row => TerminalText.Width(row[column]))).ToList();
        var numeric = widths.Select((_, column) => table.Skip(1).All(row => row[column].Length == 0 || double.TryParse(row[column], CultureInfo.InvariantCulture, out double _))).ToList();
        return string.Concat(table.Select(row =>
            string.Join("  ", row.Select((cell, column) => numeric[column] ? cell.PadLeft(widths[column]) : TerminalText.Pad(cell, widths[column]))).TrimEnd() + "\n"));
    }

    private static string Text(JsonNode? value) => value switch
    {
        null => "",
        JsonValue scalar when scalar.GetValueKind() == JsonValueKind.String => scalar.GetValue<string>(),
        _ => value.ToJsonString(),
    };
}
