using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Slipway.Client;

/// <summary>Writes request bodies that are no typed objects.</summary>
internal static class DocumentBytes
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static ReadOnlyMemory<byte> Of(JsonNode document)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, Options))
            document.WriteTo(writer);
        return buffer.WrittenMemory;
    }

    public static ReadOnlyMemory<byte> Of(DeleteOptions options)
    {
        var document = new JsonObject { ["apiVersion"] = "v1", ["kind"] = "DeleteOptions" };
        if (options.PropagationPolicy is { } policy)
            document["propagationPolicy"] = policy;
        if (options.GracePeriodSeconds is { } grace)
            document["gracePeriodSeconds"] = grace;
        if (options.Uid is not null || options.ResourceVersion is not null)
        {
            var preconditions = new JsonObject();
            if (options.Uid is { } uid)
                preconditions["uid"] = uid;
            if (options.ResourceVersion is { } version)
                preconditions["resourceVersion"] = version;
            document["preconditions"] = preconditions;
        }
        return Of(document);
    }
}
