using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.Cli.Manifests;

namespace Slipway.Cli.Lint;

/// <summary>A document of a file, with the places of its fields.</summary>
/// <param name="File">The file.</param>
/// <param name="Document">The document.</param>
/// <param name="Prefix">Path of the document in the text: empty, or that of an item of a list.</param>
/// <param name="Positions">Where the fields of the text stand; null if that is not known.</param>
internal sealed partial record LintedDocument(string File, JsonObject Document, string Prefix, FieldPositions? Positions)
{
    /// <summary>Something that is to be said of a field.</summary>
    public Finding Find(string field, string message, bool isError = true) =>
        new(File, Positions?.Find(Prefix.Length == 0 ? field : $"{Prefix}.{field}"), field, message, isError);

    /// <summary>The documents of a text, and what keeps it from being read.</summary>
    public static (IReadOnlyList<LintedDocument> Documents, IReadOnlyList<Finding> Findings) Read(string file, byte[] text, bool isJson)
    {
        var duplicates = new List<string>();
        try
        {
            var whole = Encoding.UTF8.GetString(text);
            var documents = isJson ? [DocumentReader.ParseJson(text, duplicates)] : DocumentReader.ParseYaml(whole, duplicates);
            var positions = FieldPositions.Read(whole);
            return ([.. documents.SelectMany((d, i) => Open(file, d, positions.Count == documents.Count ? positions[i] : null))], [.. duplicates.Select(d => Refusal(file, d))]);
        }
        catch (ApiException e)
        {
            return ([], [Refusal(file, e.Message)]);
        }
    }

    private static IEnumerable<LintedDocument> Open(string file, JsonObject document, FieldPositions? positions) => document.Kind == "List" && document.Array("items") is { } items
        ? items.Select((item, i) => new LintedDocument(file, item as JsonObject ?? [], $"items[{i}]", positions))
        : [new(file, document, "", positions)];

    // The reader says the place in words.
    private static Finding Refusal(string file, string message) => Place().Match(message) is { Success: true } place
        ? new(file, new Position(int.Parse(place.Groups["line"].Value, null), place.Groups["column"] is { Success: true } column ? int.Parse(column.Value, null) : 1), "", message.Replace(place.Value, "", StringComparison.Ordinal), true)
        : new(file, null, "", message, true);

    [GeneratedRegex(@"^line (?<line>\d+): | at line (?<line>\d+), column (?<column>\d+)(?=:)")]
    private static partial Regex Place();
}
