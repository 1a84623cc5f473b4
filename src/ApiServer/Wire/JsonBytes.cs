using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.ApiServer.Wire;

/// <summary>Writes JSON nodes as compact UTF-8.</summary>
internal static class JsonBytes
{
    private static readonly JsonWriterOptions Options = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,   // bytes of text stay as clients sent them
        SkipValidation = true,
        MaxDepth = Nesting.MaxDepth,
    };

    public static byte[] Of(JsonNode? node)
    {
        using var buffer = new PooledBuffer(2048);
        Write(buffer, node);
        return buffer.WrittenSpan.ToArray();
    }

    public static void Write(IBufferWriter<byte> output, JsonNode? node)
    {
        using var writer = new Utf8JsonWriter(output, Options);
        if (node is null) writer.WriteNullValue();
        else node.WriteTo(writer);
    }

    /// <summary>Writes a document with line breaks and an indentation of two, and its numbers and texts as they are.</summary>
    public static void Indent(IBufferWriter<byte> output, ReadOnlySpan<byte> json)
    {
        if (json.IsEmpty) return;
        using (var writer = new Utf8JsonWriter(output, Options with { Indented = true, NewLine = "\n" }))
        {
            var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = Options.MaxDepth });
            using var document = JsonDocument.ParseValue(ref reader);
            document.WriteTo(writer);
        }
        output.Write("\n"u8);
    }

    /// <summary>A writer with the same options, for documents written by hand.</summary>
    public static Utf8JsonWriter Writer(IBufferWriter<byte> output) => new(output, Options);
}
