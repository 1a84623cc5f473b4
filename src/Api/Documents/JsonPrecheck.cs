using System.Text.Json;

namespace Slipway.Api.Documents;

/// <summary>
/// Looks for what <see cref="System.Text.Json"/> finds without a position, or only when a value is read:
/// keys given twice, and escapes of half a surrogate pair.
/// </summary>
internal static class JsonPrecheck
{
    /// <exception cref="ApiException">400 with line and column.</exception>
    public static void Check(ReadOnlySpan<byte> utf8)
    {
        var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = DocumentReader.MaxDepth });
        var names = new Stack<HashSet<string>>();
        try
        {
            while (reader.Read())
            {
                switch (reader.TokenType)
                {
                    case JsonTokenType.StartObject:
                        names.Push(new HashSet<string>(StringComparer.Ordinal));
                        break;
                    case JsonTokenType.EndObject:
                        names.Pop();
                        break;
                    case JsonTokenType.PropertyName:
                        var name = reader.GetString()!;
                        if (!names.Peek().Add(name)) throw Refuse(utf8, reader.TokenStartIndex, $"the key \"{name}\" is given twice");
                        break;
                    case JsonTokenType.String when reader.ValueIsEscaped:
                        _ = reader.GetString();
                        break;
                }
            }
        }
        catch (JsonException)
        {
            // The parser proper refuses the same text, with its position.
        }
        catch (InvalidOperationException)
        {
            throw Refuse(utf8, reader.TokenStartIndex, "a string holds half of a surrogate pair");
        }
    }

    private static ApiException Refuse(ReadOnlySpan<byte> utf8, long offset, string why)
    {
        var before = utf8[..(int)offset];
        var line = before.Count((byte)'\n') + 1;
        var column = before.Length - (before.LastIndexOf((byte)'\n') + 1) + 1;
        return ApiException.BadRequest($"malformed JSON at line {line}, column {column}: {why}");
    }
}
