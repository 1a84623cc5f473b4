using System.Text;
using System.Text.Json;
using Slipway.Api.Documents;

namespace Slipway.ApiServer.Caching;

/// <summary>Reads one scalar out of a document without building it.</summary>
internal static class ScalarReader
{
    /// <summary>Text of the scalar at a dotted path; empty when it is absent, null, an object or a list.</summary>
    public static string Read(ReadOnlySpan<byte> json, string path)
    {
        var reader = new Utf8JsonReader(json, Nesting.Reader);
        reader.Read();
        foreach (var step in path.AsSpan().Split('.'))
        {
            if (reader.TokenType != JsonTokenType.StartObject || !Enter(ref reader, path.AsSpan()[step])) return "";
        }
        return reader.TokenType switch
        {
            JsonTokenType.String => reader.GetString()!,
            JsonTokenType.Number or JsonTokenType.True or JsonTokenType.False => Encoding.UTF8.GetString(reader.ValueSpan),
            _ => "",
        };
    }

    private static bool Enter(ref Utf8JsonReader reader, ReadOnlySpan<char> property)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var found = reader.ValueTextEquals(property);
            reader.Read();
            if (found) return true;
            reader.Skip();
        }
        return false;
    }
}
