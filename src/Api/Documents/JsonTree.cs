using System.Text.Json;
using System.Text.Json.Nodes;

namespace Slipway.Api.Documents;

/// <summary>
/// Builds a document in one pass over its text. Unlike <see cref="JsonNode"/>'s own parser it reads values at once,
/// which is cheaper for a document that is walked several times, and finds what that parser leaves to later or
/// reports without a position: keys given twice, and escapes of half a surrogate pair.
/// </summary>
internal static class JsonTree
{
    /// <param name="utf8">The text.</param>
    /// <param name="duplicates">
    /// Where fields that are given twice go, as sentences with their paths; the last one counts. Null to refuse them.
    /// </param>
    /// <exception cref="JsonException">The text is malformed.</exception>
    /// <exception cref="ApiException">400 with line and column: a key is given twice, or half a surrogate pair.</exception>
    public static JsonNode? Read(ReadOnlySpan<byte> utf8, List<string>? duplicates = null)
    {
        var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = DocumentReader.MaxDepth });
        reader.Read();
        JsonNode? root;
        try
        {
            root = Value(ref reader, utf8, duplicates);
        }
        catch (InvalidOperationException)
        {
            throw Refuse(utf8, reader.TokenStartIndex, "a string holds half of a surrogate pair");
        }
        // Reads to the end, so that what follows the value is found.
        reader.Read();
        for (var i = 0; i < duplicates?.Count; i++) duplicates[i] = $"duplicate field \"{duplicates[i]}\"";
        return root;
    }

    private static JsonNode? Value(ref Utf8JsonReader reader, ReadOnlySpan<byte> utf8, List<string>? duplicates) => reader.TokenType switch
    {
        JsonTokenType.StartObject => Object(ref reader, utf8, duplicates),
        JsonTokenType.StartArray => Array(ref reader, utf8, duplicates),
        JsonTokenType.String => JsonValue.Create(reader.GetString()),
        // As an element a number keeps its text, and reads as any numeric type.
        JsonTokenType.Number => JsonValue.Create(JsonElement.ParseValue(ref reader)),
        JsonTokenType.True => JsonValue.Create(true),
        JsonTokenType.False => JsonValue.Create(false),
        _ => null,
    };

    private static JsonObject Object(ref Utf8JsonReader reader, ReadOnlySpan<byte> utf8, List<string>? duplicates)
    {
        var document = new JsonObject();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var start = reader.TokenStartIndex;
            var name = reader.GetString()!;
            reader.Read();
            var known = duplicates?.Count ?? 0;
            var value = Value(ref reader, utf8, duplicates);
            // Paths grow from their ends as the nesting unwinds, so that documents without duplicates pay nothing for them.
            for (var i = known; i < duplicates?.Count; i++) duplicates[i] = duplicates[i].StartsWith('[') ? name + duplicates[i] : $"{name}.{duplicates[i]}";
            if (document.TryAdd(name, value)) continue;
            if (duplicates is null) throw Refuse(utf8, start, $"the key \"{name}\" is given twice");
            duplicates.Add(name);
            document[name] = value;
        }
        return document;
    }

    private static JsonArray Array(ref Utf8JsonReader reader, ReadOnlySpan<byte> utf8, List<string>? duplicates)
    {
        var list = new JsonArray();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            var known = duplicates?.Count ?? 0;
            var value = Value(ref reader, utf8, duplicates);
            for (var i = known; i < duplicates?.Count; i++) duplicates[i] = $"[{list.Count}]{(duplicates[i].StartsWith('[') ? "" : ".")}{duplicates[i]}";
            list.Add(value);
        }
        return list;
    }

    private static ApiException Refuse(ReadOnlySpan<byte> utf8, long offset, string why)
    {
        var before = utf8[..(int)offset];
        var line = before.Count((byte)'\n') + 1;
        var column = before.Length - (before.LastIndexOf((byte)'\n') + 1) + 1;
        return ApiException.BadRequest($"malformed JSON at line {line}, column {column}: {why}");
    }
}
