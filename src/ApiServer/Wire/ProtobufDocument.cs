using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.Api.Schemas;

namespace Slipway.ApiServer.Wire;

/// <summary>
/// Reads built-in objects in the protobuf form that Go clients send
/// (<see href="https://kubernetes.io/docs/reference/using-api/api-concepts/#protobuf-encoding"/>), by the field numbers of their schemas.
/// </summary>
internal static class ProtobufDocument
{
    private const int MaxDepth = 100;

    private static readonly ConditionalWeakTable<IReadOnlyDictionary<string, Schema>, Fields> Known = [];

    private static ReadOnlySpan<byte> Magic => "k8s\0"u8;

    /// <summary>Reads an object with its envelope.</summary>
    /// <param name="body">The bytes.</param>
    /// <param name="schemaOf">The schema of an API version and kind; null for what is not served in this form.</param>
    /// <exception cref="ApiException">400: not the protobuf form of an object; 415: a kind that has none.</exception>
    public static JsonObject Read(ReadOnlySpan<byte> body, Func<string, string, Schema?> schemaOf)
    {
        if (!body.StartsWith(Magic)) throw Malformed("it does not begin with the mark of Kubernetes' protobuf form");
        try
        {
            string apiVersion = "", kind = "";
            ReadOnlySpan<byte> raw = default;
            var envelope = new Wire(body[Magic.Length..]);
            while (envelope.Next(out var number))
            {
                if (number == 1) (apiVersion, kind) = TypeMeta(envelope.Bytes);
                else if (number == 2) raw = envelope.Bytes;
            }
            var schema = schemaOf(apiVersion, kind)
                ?? throw new ApiException(415, "UnsupportedMediaType", $"{apiVersion} {kind} has no protobuf form: send {MediaTypes.Json}");
            var document = new JsonObject { ["apiVersion"] = apiVersion, ["kind"] = kind };
            ReadInto(document, raw, Fields.Of(schema), 0);
            return document;
        }
        catch (Exception e) when (e is IndexOutOfRangeException or ArgumentException or JsonException)
        {
            throw Malformed(e.Message);
        }
    }

    private static (string ApiVersion, string Kind) TypeMeta(ReadOnlySpan<byte> bytes)
    {
        string apiVersion = "", kind = "";
        var wire = new Wire(bytes);
        while (wire.Next(out var number))
        {
            if (number == 1) apiVersion = Encoding.UTF8.GetString(wire.Bytes);
            else if (number == 2) kind = Encoding.UTF8.GetString(wire.Bytes);
        }
        return (apiVersion, kind);
    }

    private static void ReadInto(JsonObject target, ReadOnlySpan<byte> bytes, Fields fields, int depth)
    {
        if (depth > MaxDepth) throw Malformed("it is nested too deeply");
        var wire = new Wire(bytes);
        while (wire.Next(out var number))
        {
            if (!fields.ByNumber.TryGetValue(number, out var field)) continue;   // from a newer client, or not of this form
            if (field.Embedded is { } embedded) ReadInto(target, wire.Bytes, embedded, depth + 1);
            else ReadField(target, field.Name, field.Schema!, ref wire, depth);
        }
    }

    private static void ReadField(JsonObject target, string name, Schema schema, ref Wire wire, int depth)
    {
        if (schema.AdditionalProperties is { } values && schema.Type == "object")
        {
            ReadEntry(target.ObjectOrNew(name), wire.Bytes, values, depth);
            return;
        }
        if (schema.Type == "array" && schema.Items is { } items)
        {
            if (target[name] is not JsonArray list) target[name] = list = [];
            list.Add(Value(items, ref wire, depth));
            return;
        }
        var value = Value(schema, ref wire, depth);
        // Without a pointer the zero value is on the wire where JSON would leave the field out.
        if (value is null || (schema.Protobuf is { IsPointer: false } && IsZero(value))) return;
        target[name] = value;
    }

    private static void ReadEntry(JsonObject map, ReadOnlySpan<byte> bytes, Schema values, int depth)
    {
        var key = "";
        JsonNode? value = null;
        var wire = new Wire(bytes);
        while (wire.Next(out var number))
        {
            if (number == 1) key = Encoding.UTF8.GetString(wire.Bytes);
            else if (number == 2) value = Value(values, ref wire, depth);
        }
        map[key] = value ?? "";
    }

    private static JsonNode? Value(Schema schema, ref Wire wire, int depth)
    {
        if (wire.IsNumber) return schema.Type == "boolean" ? wire.Number != 0 : (long)wire.Number;
        if (wire.Type == 1) return BitConverter.Int64BitsToDouble(BinaryPrimitives.ReadInt64LittleEndian(wire.Bytes));
        if (schema.Format is "date-time" or "micro-time") return Time(wire.Bytes, schema.Format == "micro-time");
        if (schema.Format == "quantity") return TextOf(wire.Bytes);
        if (schema.IntOrString) return IntOrString(wire.Bytes);
        if (schema.Type == "string") return schema.Format == "byte" ? Convert.ToBase64String(wire.Bytes) : Encoding.UTF8.GetString(wire.Bytes);
        if (schema.Properties.Count == 0) return Free(wire.Bytes);
        var inner = new JsonObject();
        ReadInto(inner, wire.Bytes, Fields.Of(schema), depth + 1);
        return inner;
    }

    private static JsonNode? Time(ReadOnlySpan<byte> bytes, bool isMicro)
    {
        long seconds = 0, nanos = 0;
        var wire = new Wire(bytes);
        while (wire.Next(out var number))
        {
            if (number == 1) seconds = (long)wire.Number;
            else if (number == 2) nanos = (int)wire.Number;
        }
        if (bytes.IsEmpty) return null;
        var time = DateTimeOffset.FromUnixTimeSeconds(seconds).AddTicks(nanos / 100);
        return isMicro ? Meta.FormatMicroTime(time) : Meta.FormatTime(time);
    }

    private static JsonNode? TextOf(ReadOnlySpan<byte> bytes)
    {
        var wire = new Wire(bytes);
        while (wire.Next(out var number))
            if (number == 1) return Encoding.UTF8.GetString(wire.Bytes);
        return "0";
    }

    private static JsonNode IntOrString(ReadOnlySpan<byte> bytes)
    {
        ulong type = 0, whole = 0;
        var text = "";
        var wire = new Wire(bytes);
        while (wire.Next(out var number))
        {
            if (number == 1) type = wire.Number;
            else if (number == 2) whole = wire.Number;
            else if (number == 3) text = Encoding.UTF8.GetString(wire.Bytes);
        }
        return type == 0 ? (int)whole : text;
    }

    // Raw JSON in a message of its own (RawExtension, FieldsV1, JSON), or a message without fields.
    private static JsonNode? Free(ReadOnlySpan<byte> bytes)
    {
        var wire = new Wire(bytes);
        while (wire.Next(out var number))
            if (number == 1 && !wire.IsNumber) return JsonNode.Parse(wire.Bytes);
        return new JsonObject();
    }

    private static bool IsZero(JsonNode value) => value.GetValueKind() switch
    {
        JsonValueKind.String => value.GetValue<string>().Length == 0,
        JsonValueKind.False => true,
        JsonValueKind.Number => value.ToJsonString() == "0",
        _ => false,
    };

    private static ApiException Malformed(string why) => ApiException.BadRequest($"malformed protobuf: {why}");

    /// <summary>Fields of a message by number.</summary>
    private sealed class Fields
    {
        public Dictionary<int, Field> ByNumber { get; } = [];

        public static Fields Of(Schema schema) => Known.GetValue(schema.Properties, static properties =>
        {
            var fields = new Fields();
            foreach (var (name, property) in properties)
            {
                if (property.Protobuf is not { } place) continue;
                var at = fields;
                foreach (var number in place.Numbers.Take(place.Numbers.Count - 1))
                {
                    if (!at.ByNumber.TryGetValue(number, out var outer)) at.ByNumber[number] = outer = new("", null, new Fields());
                    at = outer.Embedded!;
                }
                at.ByNumber[place.Numbers[^1]] = new(name, property, null);
            }
            return fields;
        });
    }

    /// <summary>A field, or a message whose fields are flat in JSON.</summary>
    private sealed record Field(string Name, Schema? Schema, Fields? Embedded);

    /// <summary>Reads the fields of a message one after the other.</summary>
    private ref struct Wire(ReadOnlySpan<byte> bytes)
    {
        private ReadOnlySpan<byte> _rest = bytes;

        /// <summary>Wire type of the field.</summary>
        public int Type { get; private set; }

        public readonly bool IsNumber => Type == 0;

        /// <summary>Value of a varint.</summary>
        public ulong Number { get; private set; }

        /// <summary>Bytes of any other field.</summary>
        public ReadOnlySpan<byte> Bytes { get; private set; }

        public bool Next(out int number)
        {
            number = 0;
            if (_rest.IsEmpty) return false;
            var tag = Varint();
            number = (int)(tag >> 3);
            Type = (int)(tag & 7);
            switch (Type)
            {
                case 0: Number = Varint(); break;
                case 1: Bytes = Take(8); break;
                case 2: Bytes = Take(checked((int)Math.Min(Varint(), int.MaxValue))); break;
                case 5: Bytes = Take(4); break;
                default: throw new ArgumentException($"wire type {Type} is not used");
            }
            return true;
        }

        private ulong Varint()
        {
            ulong value = 0;
            for (var shift = 0; shift < 64; shift += 7)
            {
                var part = _rest[0];
                _rest = _rest[1..];
                value |= (ulong)(part & 0x7f) << shift;
                if (part < 0x80) return value;
            }
            throw new ArgumentException("a number takes more than ten bytes");
        }

        private ReadOnlySpan<byte> Take(int count)
        {
            var taken = _rest[..count];
            _rest = _rest[count..];
            return taken;
        }
    }
}
