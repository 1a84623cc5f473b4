using System.Buffers.Text;
using System.Text.Json.Nodes;
using Slipway.ApiServer.Wire;

namespace Slipway.ApiServer.Caching;

/// <summary>
/// The bytes of a record: the document's JSON, and for custom resources a line feed and the hash (16 hexadecimal digits) of the
/// schema that it was pruned and defaulted with. Where the hash is the current one, the bytes are served as they are.
/// </summary>
internal static class StoredValue
{
    private const int TrailerLength = 17;

    /// <summary>Makes the bytes of a document, which must not carry a resource version.</summary>
    public static byte[] Make(JsonObject document, ulong schemaHash)
    {
        if (schemaHash == 0) return JsonBytes.Of(document);
        using var buffer = new PooledBuffer(2048);
        JsonBytes.Write(buffer, document);
        var trailer = buffer.GetSpan(TrailerLength);
        trailer[0] = (byte)'\n';
        Utf8Formatter.TryFormat(schemaHash, trailer[1..], out _, new System.Buffers.StandardFormat('x', 16));
        buffer.Advance(TrailerLength);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Separates the document from the hash, which is 0 when there is none.</summary>
    public static (ReadOnlyMemory<byte> Json, ulong SchemaHash) Split(ReadOnlyMemory<byte> value)
    {
        var bytes = value.Span;
        if (bytes.Length <= TrailerLength || bytes[^TrailerLength] != (byte)'\n' || bytes[^1] == (byte)'}') return (value, 0);
        return Utf8Parser.TryParse(bytes[^16..], out ulong hash, out var read, 'x') && read == 16
            ? (value[..^TrailerLength], hash)
            : (value, 0);
    }
}
