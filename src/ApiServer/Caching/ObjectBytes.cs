using System.Buffers;
using System.Buffers.Text;
using System.Text.Json;
using Slipway.Api.Documents;

namespace Slipway.ApiServer.Caching;

/// <summary>
/// JSON of an object without its resource version, and where its metadata lies, so that output can splice the
/// version in without reading the document again.
/// </summary>
/// <param name="Json">The document.</param>
/// <param name="MetadataStart">Offset of the opening brace of <c>metadata</c>.</param>
/// <param name="MetadataLength">Length of <c>metadata</c>, braces included.</param>
internal readonly record struct ObjectBytes(ReadOnlyMemory<byte> Json, int MetadataStart, int MetadataLength)
{
    /// <summary>Finds the metadata of a document.</summary>
    /// <exception cref="JsonException">The bytes are not an object with metadata.</exception>
    public static ObjectBytes Of(ReadOnlyMemory<byte> json)
    {
        var reader = new Utf8JsonReader(json.Span, Nesting.Reader);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var found = reader.ValueTextEquals("metadata"u8);
            reader.Read();
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            if (found) return new(json, start, (int)reader.BytesConsumed - start);
        }
        throw new JsonException("a stored document has no metadata");
    }

    /// <summary>The metadata alone, without resource version.</summary>
    public ReadOnlySpan<byte> Metadata => Json.Span.Slice(MetadataStart, MetadataLength);

    /// <summary>Size of what <see cref="Write"/> writes, at most.</summary>
    public int MaxLength => Json.Length + 48;

    /// <summary>Writes the document with its resource version; revision 0, that of a dry run's new object, is none.</summary>
    public void Write(IBufferWriter<byte> output, long revision) => Splice(output, Json.Span, MetadataStart, revision);

    /// <summary>Writes the metadata object with its resource version.</summary>
    public void WriteMetadata(IBufferWriter<byte> output, long revision) => Splice(output, Metadata, 0, revision);

    /// <summary>The document with its resource version.</summary>
    public byte[] ToArray(long revision)
    {
        var output = new ArrayBufferWriter<byte>(MaxLength);
        Write(output, revision);
        return output.WrittenSpan.ToArray();
    }

    private static void Splice(IBufferWriter<byte> output, ReadOnlySpan<byte> json, int brace, long revision)
    {
        if (revision == 0)
        {
            output.Write(json);
            return;
        }
        var target = output.GetSpan(json.Length + 48);
        var at = brace + 1;
        json[..at].CopyTo(target);
        "\"resourceVersion\":\""u8.CopyTo(target[at..]);
        at += 19;
        Utf8Formatter.TryFormat(revision, target[at..], out var digits);
        at += digits;
        target[at++] = (byte)'"';
        if (json[brace + 1] != (byte)'}') target[at++] = (byte)',';
        json[(brace + 1)..].CopyTo(target[at..]);
        output.Advance(at + json.Length - brace - 1);
    }
}
