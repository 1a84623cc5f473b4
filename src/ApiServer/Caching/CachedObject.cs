using System.Text.Json.Nodes;
using Slipway.Api.Selectors;
using Slipway.Storage;

namespace Slipway.ApiServer.Caching;

/// <summary>
/// A stored record as the caches hold it. What selectors of fields need is read from the bytes at the first question and kept.
/// </summary>
internal sealed class CachedObject
{
    private readonly int _keyStart;
    private FieldValue[] _fields = [];
    private ObjectView? _view;
    private ObjectEncoding? _encoding;

    /// <param name="record">The record.</param>
    /// <param name="keyStart">Length of the resource's prefix within the key.</param>
    public CachedObject(StoreRecord record, int keyStart)
    {
        Record = record;
        _keyStart = keyStart;
        (var json, SchemaHash) = StoredValue.Split(record.Value);
        Bytes = ObjectBytes.Of(json);
    }

    public StoreRecord Record { get; }

    public string Key => Record.Key;

    public long Revision => Record.Revision;

    /// <summary>The document as it is stored.</summary>
    public ObjectBytes Bytes { get; }

    /// <summary>Names the schema that the document was written with; 0 for built-in kinds, whose stored form is the served one.</summary>
    public ulong SchemaHash { get; }

    /// <summary>API version of the document as it is stored.</summary>
    public string ApiVersion => ScalarReader.Read(Bytes.Json.Span, "apiVersion");

    /// <summary>The same object, at the same revision, with other bytes.</summary>
    public CachedObject With(byte[] value) => new(Record with { Value = value }, _keyStart);

    /// <summary>The namespace; empty for cluster-scoped objects.</summary>
    public ReadOnlySpan<char> Namespace => SlashIndex is var slash and >= 0 ? Record.Key.AsSpan(_keyStart, slash) : default;

    public ReadOnlySpan<char> Name => Record.Key.AsSpan(_keyStart + SlashIndex + 1);

    /// <summary>The labels; null when there are none. They are read anew for each who asks: few objects are asked for theirs, and then once.</summary>
    public JsonObject? Labels => LabelReader.Read(Bytes.Metadata);

    /// <summary>Whether its labels meet a selector.</summary>
    public bool IsSelectedBy(LabelSelector selector) => LabelReader.Matches(Bytes.Metadata, selector);

    private int SlashIndex => Record.Key.AsSpan(_keyStart).IndexOf('/');

    /// <summary>Text of the scalar at a dotted path; empty when there is none.</summary>
    public string Field(string path)
    {
        if (path == "metadata.name") return Name.ToString();
        if (path == "metadata.namespace") return Namespace.ToString();
        foreach (var (known, value) in _fields)
            if (known == path) return value;
        var read = ScalarReader.Read(Bytes.Json.Span, path);
        // Two readers may race: the loser's array is dropped and its field is read again another time.
        _fields = [.. _fields, new(path, read)];
        return read;
    }

    /// <summary>
    /// The document as <paramref name="owner"/> serves it, made by <paramref name="make"/> once for as long as the same owner asks.
    /// </summary>
    public ObjectBytes View(object owner, Func<CachedObject, ObjectBytes> make)
    {
        if (_view is { } view && view.Owner == owner) return view.Bytes;
        var made = make(this);
        _view = new(owner, made);
        return made;
    }

    /// <summary>
    /// The object in a form and at a revision, made by <paramref name="make"/> once for all who ask for the same one after the other, as the
    /// watchers of a change do. The bytes are kept only as long as the garbage collector leaves them.
    /// </summary>
    public byte[] Encoded(object form, long revision, Func<byte[]> make)
    {
        if (_encoding is { } known && known.Revision == revision && known.Form.Equals(form) && known.Bytes.TryGetTarget(out var bytes)) return bytes;
        var made = make();
        _encoding = new(form, revision, new(made));
        return made;
    }

    private readonly record struct FieldValue(string Path, string Value);

    private sealed record ObjectEncoding(object Form, long Revision, WeakReference<byte[]> Bytes);

    private sealed record ObjectView(object Owner, ObjectBytes Bytes);
}
