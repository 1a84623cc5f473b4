using System.Buffers;
using System.Text;
using Slipway.Api;
using Slipway.ApiServer.Caching;
using Slipway.ApiServer.Catalog;
using Slipway.ApiServer.Wire;

namespace Slipway.ApiServer.Reads;

/// <summary>Writes JSON in one of the views.</summary>
internal abstract class JsonPresenter(ServedResource resource) : Presenter(resource)
{
    public override string ContentType => MediaTypes.Json;

    public override string StreamContentType => MediaTypes.Json;

    public override IEnumerable<int> WriteList(IBufferWriter<byte> output, IReadOnlyList<CachedObject> items, ListMeta meta)
    {
        WriteListStart(output, meta);
        var unflushed = 0;
        for (var i = 0; i < items.Count; i++)
        {
            if (i > 0) output.Write(","u8);
            var bytes = Resource.View(items[i]);
            WriteItem(output, bytes, items[i].Revision);
            unflushed += bytes.Json.Length;
            if (unflushed < PieceBytes) continue;
            yield return unflushed;
            unflushed = 0;
        }
        output.Write("]}"u8);
    }

    public override void WriteEvent(IBufferWriter<byte> output, WatchType type, CachedObject item, long revision)
    {
        output.Write(type switch
        {
            WatchType.Added => "{\"type\":\"ADDED\",\"object\":"u8,
            WatchType.Modified => "{\"type\":\"MODIFIED\",\"object\":"u8,
            _ => "{\"type\":\"DELETED\",\"object\":"u8,
        });
        WriteEventObject(output, item, revision);
        output.Write("}\n"u8);
    }

    public override void WriteBookmark(IBufferWriter<byte> output, long revision, bool initialEventsEnd)
    {
        output.Write("{\"type\":\"BOOKMARK\",\"object\":"u8);
        WriteBookmarkObject(output, revision, initialEventsEnd);
        output.Write("}\n"u8);
    }

    public override void WriteError(IBufferWriter<byte> output, ApiException error)
    {
        output.Write("{\"type\":\"ERROR\",\"object\":"u8);
        StatusBody.Write(output, error);
        output.Write("}\n"u8);
    }

    /// <summary>Writes the beginning of a list, up to its first item.</summary>
    public abstract void WriteListStart(IBufferWriter<byte> output, ListMeta meta);

    /// <summary>Writes an item of a list.</summary>
    public abstract void WriteItem(IBufferWriter<byte> output, ObjectBytes bytes, long revision);

    /// <summary>Writes the object of an event.</summary>
    public virtual void WriteEventObject(IBufferWriter<byte> output, CachedObject item, long revision) => WriteObject(output, Resource.View(item), revision);

    /// <summary>Writes the object of a bookmark.</summary>
    public abstract void WriteBookmarkObject(IBufferWriter<byte> output, long revision, bool initialEventsEnd);

    /// <summary>Writes <c>kind</c>, <c>apiVersion</c> and list <c>metadata</c>, with the comma after them.</summary>
    protected static void WriteListHead(IBufferWriter<byte> output, string kind, string apiVersion, ListMeta meta)
    {
        Encoding.UTF8.GetBytes($"{{\"kind\":\"{kind}\",\"apiVersion\":\"{apiVersion}\",\"metadata\":", output);
        WriteListMeta(output, meta);
        output.Write(","u8);
    }

    /// <summary>Writes the metadata of a list.</summary>
    public static void WriteListMeta(IBufferWriter<byte> output, ListMeta meta)
    {
        var text = new StringBuilder($"{{\"resourceVersion\":\"{meta.Revision}\"");
        if (meta.Continue is not null) text.Append($",\"continue\":\"{meta.Continue}\"");
        if (meta.Remaining is { } remaining) text.Append($",\"remainingItemCount\":{remaining}");
        Encoding.UTF8.GetBytes(text.Append('}').ToString(), output);
    }

    protected static void WriteBookmarkObject(IBufferWriter<byte> output, string kind, string apiVersion, long revision, bool initialEventsEnd)
    {
        var annotations = initialEventsEnd ? ",\"annotations\":{\"k8s.io/initial-events-end\":\"true\"}" : "";
        Encoding.UTF8.GetBytes($$$"""{"kind":"{{{kind}}}","apiVersion":"{{{apiVersion}}}","metadata":{"resourceVersion":"{{{revision}}}","creationTimestamp":null{{{annotations}}}}}""", output);
    }
}

/// <summary>Whole objects, as they are stored.</summary>
internal sealed class WholePresenter(ServedResource resource) : JsonPresenter(resource)
{
    public override void WriteObject(IBufferWriter<byte> output, ObjectBytes bytes, long revision) => bytes.Write(output, revision);

    public override void WriteListStart(IBufferWriter<byte> output, ListMeta meta)
    {
        WriteListHead(output, Resource.ListKind, Resource.Type.ApiVersion, meta);
        output.Write("\"items\":["u8);
    }

    public override void WriteItem(IBufferWriter<byte> output, ObjectBytes bytes, long revision) => bytes.Write(output, revision);

    public override void WriteBookmarkObject(IBufferWriter<byte> output, long revision, bool initialEventsEnd) =>
        WriteBookmarkObject(output, Resource.Type.Kind, Resource.Type.ApiVersion, revision, initialEventsEnd);
}

/// <summary>The metadata alone (<c>PartialObjectMetadata</c>).</summary>
internal sealed class MetadataPresenter(ServedResource resource, string metaVersion) : JsonPresenter(resource)
{
    private readonly byte[] _head = Encoding.UTF8.GetBytes($$"""{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/{{metaVersion}}","metadata":""");

    public override void WriteObject(IBufferWriter<byte> output, ObjectBytes bytes, long revision)
    {
        output.Write(_head);
        bytes.WriteMetadata(output, revision);
        output.Write("}"u8);
    }

    public override void WriteListStart(IBufferWriter<byte> output, ListMeta meta)
    {
        WriteListHead(output, "PartialObjectMetadataList", $"meta.k8s.io/{metaVersion}", meta);
        output.Write("\"items\":["u8);
    }

    public override void WriteItem(IBufferWriter<byte> output, ObjectBytes bytes, long revision) => WriteObject(output, bytes, revision);

    public override void WriteBookmarkObject(IBufferWriter<byte> output, long revision, bool initialEventsEnd) =>
        WriteBookmarkObject(output, "PartialObjectMetadata", $"meta.k8s.io/{metaVersion}", revision, initialEventsEnd);
}
