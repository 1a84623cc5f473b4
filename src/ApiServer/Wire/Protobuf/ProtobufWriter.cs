using System.Buffers;
using System.Buffers.Text;
using System.Text.Json;
using Slipway.Api.Documents;

namespace Slipway.ApiServer.Wire.Protobuf;

/// <summary>
/// Turns the JSON of built-in objects into their protobuf form, in one pass over the bytes and byte for byte as Kubernetes writes
/// it: fields by number, maps by key, and the zero value of every field that is neither a pointer, a list nor a map.
/// </summary>
/// <remarks>
/// The values of a message are written as they come; when it ends they are put in order. Not for use by several threads.
/// </remarks>
internal sealed class ProtobufWriter : IDisposable
{
    private readonly WireBuffer _work = new(4096);
    private readonly WireBuffer _sorted = new(4096);
    private readonly List<Segment> _segments = [];
    private readonly List<Entry> _entries = [];

    /// <summary>The message of an object.</summary>
    /// <param name="layout">Its fields.</param>
    /// <param name="json">The object.</param>
    /// <param name="revision">The resource version to put into its metadata; negative for none.</param>
    /// <returns>The bytes, valid until the next call.</returns>
    public ReadOnlySpan<byte> Object(MessageLayout layout, ReadOnlySpan<byte> json, long revision = -1)
    {
        Start(json, out var reader);
        WriteMessage(ref reader, layout, revision, isRoot: true);
        return _work.Written;
    }

    /// <summary>The message <c>PartialObjectMetadata</c>.</summary>
    /// <param name="layout">The fields of metadata.</param>
    /// <param name="metadata">The metadata.</param>
    /// <param name="revision">The resource version to put in.</param>
    /// <returns>The bytes, valid until the next call.</returns>
    public ReadOnlySpan<byte> Metadata(MessageLayout layout, ReadOnlySpan<byte> metadata, long revision)
    {
        const byte metadataTag = 1 << 3 | 2;
        Start(metadata, out var reader);
        _work.Byte(metadataTag);
        WriteMessage(ref reader, layout, revision, isRoot: false);
        _work.Delimit(1);
        return _work.Written;
    }

    public void Dispose()
    {
        _work.Dispose();
        _sorted.Dispose();
    }

    private void Start(ReadOnlySpan<byte> json, out Utf8JsonReader reader)
    {
        _work.Clear();
        _segments.Clear();
        _entries.Clear();
        reader = new Utf8JsonReader(json, Nesting.Reader);
        reader.Read();
    }

    // The revision goes into the metadata of the root, or, of a message that is no root, into the message itself.
    private void WriteMessage(ref Utf8JsonReader reader, MessageLayout layout, long revision = -1, bool isRoot = false)
    {
        var start = _work.Length;
        var first = _segments.Count;
        if (reader.TokenType != JsonTokenType.StartObject) reader.Skip();
        else
        {
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var field = FieldOf(ref reader, layout);
                reader.Read();
                if (field is null || reader.TokenType == JsonTokenType.Null)
                {
                    reader.Skip();
                    continue;
                }
                var at = _work.Length;
                if (isRoot && revision >= 0 && field.Name == "metadata") WriteMetadata(ref reader, field, revision);
                else WriteField(ref reader, field);
                if (_work.Length > at) _segments.Add(new(field.Slot, at, _work.Length));
            }
        }
        if (revision > 0 && !isRoot) WriteRevision(layout, revision);
        Arrange(layout, start, first);
    }

    private static MessageField? FieldOf(ref Utf8JsonReader reader, MessageLayout layout)
    {
        if (!reader.ValueIsEscaped) return layout.Find(reader.ValueSpan);
        Span<byte> name = stackalloc byte[256];
        return reader.ValueSpan.Length <= name.Length ? layout.Find(name[..reader.CopyString(name)]) : null;
    }

    private void WriteMetadata(ref Utf8JsonReader reader, MessageField field, long revision)
    {
        _work.Varint(field.Tag);
        var at = _work.Length;
        WriteMessage(ref reader, field.Message, revision);
        _work.Delimit(at);
    }

    private void WriteRevision(MessageLayout layout, long revision)
    {
        if (layout.Find("resourceVersion"u8) is not { } field) return;
        var at = _work.Length;
        Span<byte> digits = stackalloc byte[20];
        Utf8Formatter.TryFormat(revision, digits, out var count);
        _work.Varint(field.Tag);
        _work.Delimited(digits[..count]);
        _segments.Add(new(field.Slot, at, _work.Length));
    }

    private void Arrange(MessageLayout layout, int start, int first)
    {
        var segments = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_segments)[first..];
        SortBySlot(segments);
        _sorted.Clear();
        var next = 0;
        Emit(layout.Fields, segments, ref next);
        _work.Replace(start, _sorted.Written);
        _segments.RemoveRange(first, _segments.Count - first);
    }

    private void Emit(MessageField[] fields, ReadOnlySpan<Segment> segments, ref int next)
    {
        foreach (var field in fields)
        {
            if (field.Embedded is { } embedded)
            {
                _sorted.Varint(field.Tag);
                var at = _sorted.Length;
                Emit(embedded, segments, ref next);
                _sorted.Delimit(at);
            }
            else if (next < segments.Length && segments[next].Slot == field.Slot)
            {
                for (; next < segments.Length && segments[next].Slot == field.Slot; next++) _sorted.Bytes(_work[segments[next].Start, segments[next].End]);
            }
            else _sorted.Bytes(field.Zero);
        }
    }

    // There are few, and they are often nearly in order.
    private static void SortBySlot(Span<Segment> segments)
    {
        for (var i = 1; i < segments.Length; i++)
        {
            var moved = segments[i];
            var j = i - 1;
            for (; j >= 0 && segments[j].Slot > moved.Slot; j--) segments[j + 1] = segments[j];
            segments[j + 1] = moved;
        }
    }

    private void WriteField(ref Utf8JsonReader reader, MessageField field)
    {
        switch (field.Shape)
        {
            case FieldShape.One: WriteValue(ref reader, field, field.Tag); break;
            case FieldShape.Map: WriteMap(ref reader, field); break;
            case FieldShape.List when reader.TokenType == JsonTokenType.StartArray:
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray) WriteValue(ref reader, field, field.Tag);
                break;
            default: reader.Skip(); break;
        }
    }

    private void WriteMap(ref Utf8JsonReader reader, MessageField field)
    {
        const byte keyTag = 1 << 3 | 2;
        const int valueNumber = 2 << 3;
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return;
        }
        var start = _work.Length;
        var first = _entries.Count;
        var inOrder = true;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var at = _work.Length;
            _work.Byte(keyTag);
            WriteText(ref reader);
            var keyEnd = _work.Length;
            reader.Read();
            if (reader.TokenType == JsonTokenType.Null) _work.Bytes([valueNumber | 2, 0]);   // the value is there, and empty
            else WriteValue(ref reader, field, valueNumber | MessageField.WireType(field.Form));
            var entry = new Entry(at, keyEnd, _work.Length);
            inOrder &= _entries.Count == first || KeyOf(_entries[^1]).SequenceCompareTo(KeyOf(entry)) < 0;
            _entries.Add(entry);
        }
        if (!inOrder) _entries.Sort(first, _entries.Count - first, Comparer<Entry>.Create((a, b) => KeyOf(a).SequenceCompareTo(KeyOf(b))));
        _sorted.Clear();
        foreach (var entry in System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_entries)[first..])
        {
            _sorted.Varint((uint)(field.Number << 3 | 2));
            _sorted.Delimited(_work[entry.Start, entry.End]);
        }
        _work.Replace(start, _sorted.Written);
        _entries.RemoveRange(first, _entries.Count - first);
    }

    // Without tag and length: the length of what is compared differs only where the texts do.
    private ReadOnlySpan<byte> KeyOf(Entry entry)
    {
        var at = entry.Start + 1;
        while (_work[at, at + 1][0] >= 0x80) at++;
        return _work[at + 1, entry.KeyEnd];
    }

    private void WriteValue(ref Utf8JsonReader reader, MessageField field, uint tag)
    {
        if (!Fits(field.Form, reader.TokenType))
        {
            reader.Skip();
            return;
        }
        _work.Varint(tag);
        switch (field.Form)
        {
            case FieldForm.Boolean: _work.Byte(reader.GetBoolean() ? (byte)1 : (byte)0); return;
            case FieldForm.Integer: _work.Varint((ulong)Integer(ref reader)); return;
            case FieldForm.Double: _work.Fixed64(BitConverter.DoubleToInt64Bits(reader.GetDouble())); return;
            case FieldForm.Text: WriteText(ref reader); return;
        }
        var at = _work.Length;
        switch (field.Form)
        {
            case FieldForm.Bytes: WriteBytes(ref reader); break;
            case FieldForm.Time: WriteTime(ref reader, isMicro: false); break;
            case FieldForm.MicroTime: WriteTime(ref reader, isMicro: true); break;
            case FieldForm.Quantity: WriteQuantity(ref reader); break;
            case FieldForm.IntOrString: WriteIntOrString(ref reader); break;
            case FieldForm.Json: WriteJson(ref reader); break;
            case FieldForm.Texts: WriteTexts(ref reader, 1); break;
            case FieldForm.Message: WriteMessage(ref reader, field.Message); break;
            default: WriteSchemaOr(ref reader, field); break;
        }
        _work.Delimit(at);
    }

    // Stored documents have been validated; what does not fit all the same is left out instead of failing a whole list.
    private static bool Fits(FieldForm form, JsonTokenType token) => form switch
    {
        FieldForm.Boolean => token is JsonTokenType.True or JsonTokenType.False,
        FieldForm.Integer or FieldForm.Double => token == JsonTokenType.Number,
        FieldForm.Text or FieldForm.Bytes or FieldForm.Time or FieldForm.MicroTime => token == JsonTokenType.String,
        FieldForm.Quantity or FieldForm.IntOrString => token is JsonTokenType.String or JsonTokenType.Number,
        FieldForm.Texts => token == JsonTokenType.StartArray,
        FieldForm.Message => token == JsonTokenType.StartObject,
        _ => true,
    };

    private static long Integer(ref Utf8JsonReader reader) => reader.TryGetInt64(out var whole) ? whole : (long)reader.GetDouble();

    private void WriteText(ref Utf8JsonReader reader)
    {
        if (!reader.ValueIsEscaped)
        {
            _work.Delimited(reader.ValueSpan);
            return;
        }
        var at = _work.Length;
        _work.Advance(reader.CopyString(_work.Room(reader.ValueSpan.Length)));
        _work.Delimit(at);
    }

    private void WriteBytes(ref Utf8JsonReader reader)
    {
        if (reader.ValueIsEscaped)
        {
            if (reader.TryGetBytesFromBase64(out var unescaped)) _work.Bytes(unescaped);
            return;
        }
        var room = _work.Room(Base64.GetMaxDecodedFromUtf8Length(reader.ValueSpan.Length));
        if (Base64.DecodeFromUtf8(reader.ValueSpan, room, out _, out var written) == OperationStatus.Done) _work.Advance(written);
    }

    private void WriteTime(ref Utf8JsonReader reader, bool isMicro)
    {
        if (!reader.TryGetDateTimeOffset(out var time)) return;
        var ticks = time.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks;
        var seconds = (long)Math.Floor((decimal)ticks / TimeSpan.TicksPerSecond);
        var micros = (ticks - seconds * TimeSpan.TicksPerSecond) / TimeSpan.TicksPerMicrosecond;
        _work.Byte(1 << 3);
        _work.Varint((ulong)seconds);
        _work.Byte(2 << 3);
        _work.Varint(isMicro ? (ulong)micros * 1000 : 0);   // times of whole seconds have none
    }

    private void WriteQuantity(ref Utf8JsonReader reader)
    {
        _work.Byte(1 << 3 | 2);
        if (reader.TokenType == JsonTokenType.String) WriteText(ref reader);
        else _work.Delimited(reader.ValueSpan);
    }

    private void WriteIntOrString(ref Utf8JsonReader reader)
    {
        var isText = reader.TokenType == JsonTokenType.String;
        _work.Byte(1 << 3);
        _work.Byte(isText ? (byte)1 : (byte)0);
        _work.Byte(2 << 3);
        _work.Varint(isText ? 0 : (ulong)Integer(ref reader));
        _work.Byte(3 << 3 | 2);
        if (isText) WriteText(ref reader);
        else _work.Byte(0);
    }

    private void WriteJson(ref Utf8JsonReader reader)
    {
        _work.Byte(1 << 3 | 2);
        var at = _work.Length;
        CopyJson(ref reader);
        _work.Delimit(at);
    }

    // The text of a value as it stands: scalars are one token, and what has a beginning and an end is copied token by token.
    private void CopyJson(ref Utf8JsonReader reader)
    {
        var depth = 0;
        var needsComma = false;
        do
        {
            var token = reader.TokenType;
            if (token is JsonTokenType.EndObject or JsonTokenType.EndArray)
            {
                _work.Byte(token == JsonTokenType.EndObject ? (byte)'}' : (byte)']');
                depth--;
                needsComma = true;
                continue;
            }
            if (needsComma) _work.Byte((byte)',');
            needsComma = true;
            switch (token)
            {
                case JsonTokenType.StartObject or JsonTokenType.StartArray:
                    _work.Byte(token == JsonTokenType.StartObject ? (byte)'{' : (byte)'[');
                    depth++;
                    needsComma = false;
                    break;
                case JsonTokenType.PropertyName or JsonTokenType.String:
                    _work.Byte((byte)'"');
                    _work.Bytes(reader.ValueSpan);
                    _work.Byte((byte)'"');
                    if (token == JsonTokenType.String) break;
                    _work.Byte((byte)':');
                    needsComma = false;
                    break;
                default: _work.Bytes(reader.ValueSpan); break;
            }
        }
        while (depth > 0 && reader.Read());
    }

    private void WriteTexts(ref Utf8JsonReader reader, int number)
    {
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.String)
            {
                reader.Skip();
                continue;
            }
            _work.Varint((uint)(number << 3 | 2));
            WriteText(ref reader);
        }
    }

    private void WriteSchemaOr(ref Utf8JsonReader reader, MessageField field)
    {
        var isSchema = reader.TokenType == JsonTokenType.StartObject;
        var isList = reader.TokenType == JsonTokenType.StartArray;
        switch (field.Form)
        {
            case FieldForm.SchemaOrBoolean:
                _work.Byte(1 << 3);
                _work.Byte(isSchema || reader.TokenType == JsonTokenType.True ? (byte)1 : (byte)0);
                if (isSchema) WriteSchema(ref reader, field, 2);
                break;
            case FieldForm.SchemaOrList when isList:
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray) WriteSchema(ref reader, field, 2);
                break;
            case FieldForm.SchemaOrTexts when isList: WriteTexts(ref reader, 2); break;
            default:
                if (isSchema) WriteSchema(ref reader, field, 1);
                else reader.Skip();
                break;
        }
    }

    private void WriteSchema(ref Utf8JsonReader reader, MessageField field, int number)
    {
        _work.Byte((byte)(number << 3 | 2));
        var at = _work.Length;
        WriteMessage(ref reader, field.Message);
        _work.Delimit(at);
    }

    /// <summary>A value with its tag, and the place in the order that its field has.</summary>
    private readonly record struct Segment(int Slot, int Start, int End);

    /// <summary>An entry of a map: key, then value.</summary>
    private readonly record struct Entry(int Start, int KeyEnd, int End);
}
