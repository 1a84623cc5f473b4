using System.Buffers;
using Slipway.Api;
using Slipway.ApiServer.Caching;
using Slipway.ApiServer.Catalog;

namespace Slipway.ApiServer.Reads;

/// <summary>What a list says about itself.</summary>
internal readonly record struct ListMeta(long Revision, string? Continue, long? Remaining);

/// <summary>Writes objects, lists and watch events of a resource in one representation; made for one request.</summary>
internal abstract class Presenter(ServedResource resource)
{
    /// <summary>How much of a list is written before it may be sent, in bytes.</summary>
    protected const int PieceBytes = 64 << 10;

    protected ServedResource Resource => resource;

    /// <summary>Media type of objects and lists.</summary>
    public abstract string ContentType { get; }

    /// <summary>Media type of a watch.</summary>
    public abstract string StreamContentType { get; }

    /// <summary>Writes one object on its own.</summary>
    public abstract void WriteObject(IBufferWriter<byte> output, ObjectBytes bytes, long revision);

    /// <summary>Writes a list; each element that is taken means that what was written so far may be sent.</summary>
    public abstract IEnumerable<int> WriteList(IBufferWriter<byte> output, IReadOnlyList<CachedObject> items, ListMeta meta);

    /// <summary>Writes an event of a watch that has an object.</summary>
    public abstract void WriteEvent(IBufferWriter<byte> output, WatchType type, CachedObject item, long revision);

    /// <summary>Writes a bookmark.</summary>
    public abstract void WriteBookmark(IBufferWriter<byte> output, long revision, bool initialEventsEnd);

    /// <summary>Writes the event that ends a watch that cannot go on.</summary>
    public abstract void WriteError(IBufferWriter<byte> output, ApiException error);
}
