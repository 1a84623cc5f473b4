using System.Buffers;
using System.Buffers.Binary;
using Slipway.Api;
using Slipway.ApiServer.Caching;
using Slipway.ApiServer.Catalog;
using Slipway.ApiServer.Wire;
using Slipway.ApiServer.Wire.Protobuf;

namespace Slipway.ApiServer.Reads;

/// <summary>
/// Writes protobuf: whole objects of built-in kinds, or the metadata of any. A watch is a row of frames, each with its length in four
/// bytes, the greatest first (<see href="https://kubernetes.io/docs/reference/using-api/api-concepts/#protobuf-encoding"/>).
/// </summary>
internal sealed class ProtobufPresenter : Presenter
{
    private const int KeptBytes = 16 << 20;
    private const byte MetadataTag = 1 << 3 | 2, ItemsTag = 2 << 3 | 2;
    private const byte EventTypeTag = 1 << 3 | 2, EventObjectTag = 2 << 3 | 2, RawTag = 1 << 3 | 2;

    private static readonly ProtobufEnvelope Status = new("v1", "Status");

    private readonly JsonPresenter _json;
    private readonly MessageLayout _layout;
    private readonly bool _isPartial;
    private readonly ProtobufEnvelope _object, _list;
    private readonly object _form;

    private ProtobufPresenter(ServedResource resource, JsonPresenter json, MessageLayout layout, string apiVersion, string kind, string listKind, bool isPartial) : base(resource)
    {
        _json = json;
        _layout = layout;
        _isPartial = isPartial;
        _object = new(apiVersion, kind);
        _list = new(apiVersion, listKind);
        _form = new Form(resource, apiVersion, kind);
    }

    public override string ContentType => MediaTypes.Protobuf;

    public override string StreamContentType => MediaTypes.Protobuf + ";stream=watch";

    /// <summary>Whole objects of a built-in kind.</summary>
    public static ProtobufPresenter Whole(ServedResource resource) =>
        new(resource, new WholePresenter(resource), MessageLayout.Of(resource.Type.Schema), resource.Type.ApiVersion, resource.Type.Kind, resource.ListKind, isPartial: false);

    /// <summary>Metadata of any kind.</summary>
    public static ProtobufPresenter Partial(ServedResource resource, string metaVersion) =>
        new(resource, new MetadataPresenter(resource, metaVersion), ProtobufKinds.PartialMetadata, $"meta.k8s.io/{metaVersion}", "PartialObjectMetadata", "PartialObjectMetadataList", isPartial: true);

    public override void WriteObject(IBufferWriter<byte> output, ObjectBytes bytes, long revision)
    {
        using var writer = new ProtobufWriter();
        _object.Write(output, Message(writer, bytes, revision));
    }

    /// <inheritdoc/>
    /// <remarks>
    /// A list is preceded by its length. Its first items are kept until that is known; of what is beyond only the length is kept, and
    /// it is made once more, so that the memory that a list takes has a bound.
    /// </remarks>
    public override IEnumerable<int> WriteList(IBufferWriter<byte> output, IReadOnlyList<CachedObject> items, ListMeta meta)
    {
        using var writer = new ProtobufWriter();
        using var kept = new PooledBuffer(PieceBytes);
        WriteMeta(kept, writer, meta);
        long length = 0;
        var keptItems = 0;
        foreach (var item in items)
        {
            var message = Message(writer, Resource.View(item), item.Revision);
            if (kept.WrittenCount < KeptBytes)
            {
                WriteItem(kept, message);
                keptItems++;
            }
            else length += 1 + WireBuffer.VarintSize((uint)message.Length) + message.Length;
        }
        length += kept.WrittenCount;
        if (length > int.MaxValue) throw new ApiException(413, "RequestEntityTooLarge", "the list is larger than its protobuf form can be: ask for it in parts");

        _list.WriteStart(output, (int)length);
        for (var at = 0; at < kept.WrittenCount; at += PieceBytes)
        {
            output.Write(kept.WrittenSpan[at..Math.Min(at + PieceBytes, kept.WrittenCount)]);
            yield return PieceBytes;
        }
        var unflushed = 0;
        for (var i = keptItems; i < items.Count; i++)
        {
            var message = Message(writer, Resource.View(items[i]), items[i].Revision);
            WriteItem(output, message);
            unflushed += message.Length;
            if (unflushed < PieceBytes) continue;
            yield return unflushed;
            unflushed = 0;
        }
        ProtobufEnvelope.WriteEnd(output);
    }

    public override void WriteEvent(IBufferWriter<byte> output, WatchType type, CachedObject item, long revision)
    {
        // All watchers of this form share the bytes.
        var envelope = item.Encoded(_form, revision, () => Envelope(Resource.View(item), revision));
        WriteFrame(output, type switch { WatchType.Added => "ADDED"u8, WatchType.Modified => "MODIFIED"u8, _ => "DELETED"u8 }, envelope);
    }

    public override void WriteBookmark(IBufferWriter<byte> output, long revision, bool initialEventsEnd)
    {
        using var json = new PooledBuffer(256);
        _json.WriteBookmarkObject(json, revision, initialEventsEnd);
        WriteFrame(output, "BOOKMARK"u8, _object, _layout, json.WrittenSpan);
    }

    public override void WriteError(IBufferWriter<byte> output, ApiException error)
    {
        using var json = new PooledBuffer(512);
        StatusBody.Write(json, error);
        WriteFrame(output, "ERROR"u8, Status, ProtobufKinds.Status, json.WrittenSpan);
    }

    private byte[] Envelope(ObjectBytes bytes, long revision)
    {
        using var writer = new ProtobufWriter();
        var message = Message(writer, bytes, revision);
        var output = new ArrayBufferWriter<byte>(_object.SizeOf(message.Length));
        _object.Write(output, message);
        return output.WrittenSpan.ToArray();
    }

    private ReadOnlySpan<byte> Message(ProtobufWriter writer, ObjectBytes bytes, long revision) => _isPartial
        ? writer.Metadata(ProtobufKinds.ObjectMeta, bytes.Metadata, revision)
        : writer.Object(_layout, bytes.Json.Span, revision);

    private static void WriteMeta(PooledBuffer output, ProtobufWriter writer, ListMeta meta)
    {
        using var json = new PooledBuffer(256);
        JsonPresenter.WriteListMeta(json, meta);
        var message = writer.Object(ProtobufKinds.ListMeta, json.WrittenSpan);
        ProtobufEnvelope.WriteTag(output, MetadataTag, message.Length);
        output.Write(message);
    }

    private static void WriteItem(IBufferWriter<byte> output, ReadOnlySpan<byte> message)
    {
        ProtobufEnvelope.WriteTag(output, ItemsTag, message.Length);
        output.Write(message);
    }

    private static void WriteFrame(IBufferWriter<byte> output, ReadOnlySpan<byte> type, ProtobufEnvelope envelope, MessageLayout layout, ReadOnlySpan<byte> json)
    {
        using var writer = new ProtobufWriter();
        var message = writer.Object(layout, json);
        using var buffer = new PooledBuffer(envelope.SizeOf(message.Length));
        envelope.Write(buffer, message);
        WriteFrame(output, type, buffer.WrittenSpan);
    }

    private static void WriteFrame(IBufferWriter<byte> output, ReadOnlySpan<byte> type, ReadOnlySpan<byte> envelope)
    {
        var raw = 1 + WireBuffer.VarintSize((uint)envelope.Length) + envelope.Length;
        var length = 2 + type.Length + 1 + WireBuffer.VarintSize((uint)raw) + raw;
        BinaryPrimitives.WriteInt32BigEndian(output.GetSpan(4), length);
        output.Advance(4);
        ProtobufEnvelope.WriteTag(output, EventTypeTag, type.Length);
        output.Write(type);
        ProtobufEnvelope.WriteTag(output, EventObjectTag, raw);
        ProtobufEnvelope.WriteTag(output, RawTag, envelope.Length);
        output.Write(envelope);
    }

    /// <summary>Names an encoding of a resource's objects.</summary>
    private sealed record Form(ServedResource Resource, string ApiVersion, string Kind);
}
