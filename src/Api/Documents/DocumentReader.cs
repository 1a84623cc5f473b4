using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Unicode;

namespace Slipway.Api.Documents;

/// <summary>
/// Reads documents from JSON and YAML. Number text is kept as written. Malformed input and duplicate keys are
/// refused as 400 <c>BadRequest</c> with line and column, both counted from 1; where a caller gives a list for them, duplicate keys
/// are noted there instead, as sentences, and the last one counts.
/// </summary>
public static class DocumentReader
{
    /// <summary>Nesting that is still read; deeper input is refused, so that no recursion can exhaust the stack.</summary>
    internal const int MaxDepth = 256;

    /// <summary>Reads one JSON object.</summary>
    /// <exception cref="ApiException">400: not JSON, not an object, or a key is given twice.</exception>
    public static JsonObject ParseJson(ReadOnlySpan<byte> utf8, List<string>? duplicates = null) =>
        ParseJsonNode(utf8, duplicates) as JsonObject ?? throw ApiException.BadRequest("the body must be a JSON object");

    /// <summary>Reads any JSON value, such as the array of a JSON patch.</summary>
    /// <exception cref="ApiException">400: not JSON, or a key is given twice.</exception>
    public static JsonNode? ParseJsonNode(ReadOnlySpan<byte> utf8, List<string>? duplicates = null)
    {
        if (utf8.StartsWith("\uFEFF"u8)) utf8 = utf8[3..];
        if (utf8.IsEmpty) throw ApiException.BadRequest("the body is empty: a JSON document was expected");
        if (!Utf8.IsValid(utf8)) throw ApiException.BadRequest("the body is not valid UTF-8");
        try
        {
            return JsonTree.Read(utf8, duplicates);
        }
        catch (JsonException e)
        {
            throw ApiException.BadRequest($"malformed JSON{At(e)}: {Reason(e.Message)}");
        }
    }

    /// <summary>Reads the documents of a YAML text, leaving out empty ones.</summary>
    /// <exception cref="ApiException">400: not YAML, a document is not a mapping, or a key is given twice.</exception>
    public static IReadOnlyList<JsonObject> ParseYaml(string text, List<string>? duplicates = null) => YamlReader.ReadAll(text, duplicates);

    /// <summary>Reads one document in the format that its media type names; an absent type means JSON.</summary>
    /// <exception cref="ApiException">400 for malformed input; 415 for a media type that is neither JSON nor YAML.</exception>
    public static JsonObject Parse(ReadOnlyMemory<byte> body, string contentType, List<string>? duplicates = null)
    {
        var type = contentType.Split(';')[0].Trim();
        if (type.Length == 0 || type == MediaTypes.Json || type.EndsWith("+json", StringComparison.Ordinal)) return ParseJson(body.Span, duplicates);
        if (type != MediaTypes.Yaml && type != "text/yaml" && type != "application/x-yaml" && !type.EndsWith("+yaml", StringComparison.Ordinal))
            throw new ApiException(415, "UnsupportedMediaType", $"the media type \"{type}\" is not served: send {MediaTypes.Json} or {MediaTypes.Yaml}");
        if (!Utf8.IsValid(body.Span)) throw ApiException.BadRequest("the body is not valid UTF-8");
        var documents = ParseYaml(Encoding.UTF8.GetString(body.Span), duplicates);
        return documents.Count == 1 ? documents[0] : throw ApiException.BadRequest($"the body must hold one YAML document, not {documents.Count}");
    }

    private static string At(JsonException e) => e.LineNumber is { } line ? $" at line {line + 1}, column {(e.BytePositionInLine ?? 0) + 1}" : "";

    // The library appends its own position, counted from 0, which would contradict ours.
    private static string Reason(string message)
    {
        var cut = message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return (cut < 0 ? message : message[..cut]).TrimEnd('.', ' ');
    }
}
