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
    /// <exception cref="JsonException">The text is malformed.</exception>
    /// <exception cref="ApiException">400 with line and column: a key is given twice, or half a surrogate pair.</exception>
    public static JsonNode? Read(ReadOnlySpan<byte> utf8)
    {
        var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = DocumentReader.MaxDepth });
        reader.Read();
        JsonNode? root;
        try
        {
            root = Value(ref reader, utf8);
        }
        catch (InvalidOperationException)
        {
            throw Refuse(utf8, reader.TokenStartIndex, "a string holds half of a surrogate pair");
        }
        // Reads to the end, so that what follows the value is found.
        reader.Read();
        return root;
    }

    private static JsonNode? Value(ref Utf8JsonReader reader, ReadOnlySpan<byte> utf8) => reader.TokenType switch
    {
        JsonTokenType.StartObject => Object(ref reader, utf8),
        JsonTokenType.StartArray => Array(ref reader, utf8),
        JsonTokenType.String => JsonValue.Create(reader.GetString()),
        // As an element a number keeps its text, and reads as any numeric type.
        JsonTokenType.Number => JsonValue.Create(JsonElement.ParseValue(ref reader)),
        JsonTokenType.True => JsonValue.Create(true),
        JsonTokenType.False => JsonValue.Create(false),
        _ => null,
    };

    private static JsonObject Object(ref Utf8JsonReader reader, ReadOnlySpan<byte> utf8)
    {
        var document = new JsonObject();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var start = reader.TokenStartIndex;
            var name = reader.GetString()!;
            reader.Read();
            if (!document.TryAdd(name, Value(ref reader, utf8))) throw Refuse(utf8, start, $"the key \"{name}\" is given twice");
        }
        return document;
    }

    private static JsonArray Array(ref Utf8JsonReader reader, ReadOnlySpan<byte> utf8)
    {
        var list = new JsonArray();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray) list.Add(Value(ref reader, utf8));
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
