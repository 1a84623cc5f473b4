using System.Buffers;
using System.Text;
using Slipway.ApiServer.Caching;
using Slipway.ApiServer.Catalog;

namespace Slipway.ApiServer.Reads;

/// <summary>What a list says about itself.</summary>
internal readonly record struct ListMeta(long Revision, string? Continue, long? Remaining);

/// <summary>Writes objects and lists in one of the views; made for one request.</summary>
internal abstract class Presenter
{
    /// <summary>Writes one object on its own.</summary>
    public abstract void WriteObject(IBufferWriter<byte> output, ObjectBytes bytes, long revision);

    /// <summary>Writes the beginning of a list, up to its first item.</summary>
    public abstract void WriteListStart(IBufferWriter<byte> output, ListMeta meta);

    /// <summary>Writes an item of a list.</summary>
    public abstract void WriteItem(IBufferWriter<byte> output, ObjectBytes bytes, long revision);

    /// <summary>Writes the end of a list.</summary>
    public virtual void WriteListEnd(IBufferWriter<byte> output) => output.Write("]}"u8);

    /// <summary>Writes the object of a bookmark.</summary>
    public abstract void WriteBookmark(IBufferWriter<byte> output, long revision, bool initialEventsEnd);

    /// <summary>Writes <c>kind</c>, <c>apiVersion</c> and list <c>metadata</c>, with the comma after them.</summary>
    protected static void WriteListHead(IBufferWriter<byte> output, string kind, string apiVersion, ListMeta meta)
    {
        var text = new StringBuilder($"{{\"kind\":\"{kind}\",\"apiVersion\":\"{apiVersion}\",\"metadata\":{{\"resourceVersion\":\"{meta.Revision}\"");
        if (meta.Continue is not null) text.Append($",\"continue\":\"{meta.Continue}\"");
        if (meta.Remaining is { } remaining) text.Append($",\"remainingItemCount\":{remaining}");
        text.Append("},");
        Encoding.UTF8.GetBytes(text.ToString(), output);
    }

    protected static void WriteBookmark(IBufferWriter<byte> output, string kind, string apiVersion, long revision, bool initialEventsEnd, string rest = "")
    {
        var annotations = initialEventsEnd ? ",\"annotations\":{\"k8s.io/initial-events-end\":\"true\"}" : "";
        Encoding.UTF8.GetBytes($$$"""{"kind":"{{{kind}}}","apiVersion":"{{{apiVersion}}}","metadata":{"resourceVersion":"{{{revision}}}","creationTimestamp":null{{{annotations}}}}{{{rest}}}}""", output);
    }
}

/// <summary>Whole objects, as they are stored.</summary>
internal sealed class WholePresenter(ServedResource resource) : Presenter
{
    public override void WriteObject(IBufferWriter<byte> output, ObjectBytes bytes, long revision) => bytes.Write(output, revision);

    public override void WriteListStart(IBufferWriter<byte> output, ListMeta meta)
    {
        WriteListHead(output, resource.ListKind, resource.Type.ApiVersion, meta);
        output.Write("\"items\":["u8);
    }

    public override void WriteItem(IBufferWriter<byte> output, ObjectBytes bytes, long revision) => bytes.Write(output, revision);

    public override void WriteBookmark(IBufferWriter<byte> output, long revision, bool initialEventsEnd) =>
        WriteBookmark(output, resource.Type.Kind, resource.Type.ApiVersion, revision, initialEventsEnd);
}

/// <summary>The metadata alone (<c>PartialObjectMetadata</c>).</summary>
internal sealed class MetadataPresenter(string metaVersion) : Presenter
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

    public override void WriteBookmark(IBufferWriter<byte> output, long revision, bool initialEventsEnd) =>
        WriteBookmark(output, "PartialObjectMetadata", $"meta.k8s.io/{metaVersion}", revision, initialEventsEnd);
}
