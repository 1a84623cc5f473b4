using System.Text;
using Google.Protobuf;

namespace Slipway.Storage.Etcd;

/// <summary>Where the store's keys lie in etcd: all below a prefix, and beside them some that only the store itself knows.</summary>
/// <param name="prefix">The prefix; a slash at its end does not count, because every key begins with one.</param>
internal sealed class KeySpace(string prefix)
{
    /// <summary>Keys of a store contain no U+0000: what follows it is the store's own, and sorts before them.</summary>
    private const string Own = "/\0";

    private const string First = "/\u0001";

    private readonly string _root = prefix.TrimEnd('/');
    private readonly int _rootBytes = Encoding.UTF8.GetByteCount(prefix.TrimEnd('/'));

    /// <summary>Written for nothing but the event that it makes; see <see cref="EventBarrier"/>.</summary>
    public ByteString Barrier { get; } = ByteString.CopyFromUtf8(prefix.TrimEnd('/') + Own + "barrier");

    public ByteString Of(string key) => ByteString.CopyFromUtf8(_root + key);

    /// <summary>The store's key; null if it is not for its readers.</summary>
    public string? KeyOf(ByteString key)
    {
        var name = key.Span[_rootBytes..];
        return name is [(byte)'/', 0, ..] ? null : Encoding.UTF8.GetString(name);
    }

    /// <summary>The range of a page: see <see cref="IStore.ListAsync"/>.</summary>
    public (ByteString Start, ByteString End) Page(string prefix, string? after)
    {
        var start = KeyOrder.PageStart(prefix, after);
        return (Of(KeyOrder.Instance.Compare(start, First) < 0 ? First : start), EndOf(prefix));
    }

    /// <summary>The range of everything, the store's own keys included.</summary>
    public (ByteString Start, ByteString End) All => (Of("/"), EndOf("/"));

    /// <summary>The range of one key.</summary>
    public (ByteString Start, ByteString End) One(string key) => (Of(key), Of(KeyOrder.Successor(key)));

    /// <summary>What sorts just after every key with a prefix.</summary>
    private ByteString EndOf(string prefix)
    {
        var bytes = Encoding.UTF8.GetBytes(_root + (prefix.Length == 0 ? "/" : prefix));
        bytes[^1]++; // no byte of UTF-8 is 0xFF
        return UnsafeByteOperations.UnsafeWrap(bytes);
    }
}
