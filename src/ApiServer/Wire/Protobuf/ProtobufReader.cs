using System.Buffers.Binary;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.Api.Schemas;

namespace Slipway.ApiServer.Wire.Protobuf;

/// <summary>
/// Reads built-in objects in the protobuf form that Go clients send
/// (<see href="https://kubernetes.io/docs/reference/using-api/api-concepts/#protobuf-encoding"/>), by the field numbers of their schemas.
/// </summary>
internal static class ProtobufReader
{
    private const int MaxDepth = 100;

    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    /// <summary>Reads an object with its envelope.</summary>
    /// <param name="body">The bytes.</param>
    /// <param name="schemaOf">The schema of an API version and kind; null for what is not served in this form.</param>
    /// <exception cref="ApiException">400: not the protobuf form of an object; 415: a kind that has none.</exception>
    public static JsonObject Read(ReadOnlySpan<byte> body, Func<string, string, Schema?> schemaOf)
    {
        if (!body.StartsWith(ProtobufEnvelope.Magic)) throw Malformed("it does not begin with the mark of Kubernetes' protobuf form");
        try
        {
            string apiVersion = "", kind = "";
            ReadOnlySpan<byte> raw = default;
            var envelope = new WireReader(body[ProtobufEnvelope.Magic.Length..]);
            while (envelope.Next(out var number))
            {
                if (number == 1) (apiVersion, kind) = TypeMeta(envelope.Bytes);
                else if (number == 2) raw = envelope.Bytes;
            }
            var schema = schemaOf(apiVersion, kind)
                ?? throw new ApiException(415, "UnsupportedMediaType", $"the body of the request was in an unknown format - accepted media types include: {MediaTypes.Json}, {MediaTypes.Yaml}");
            var document = new JsonObject { ["apiVersion"] = apiVersion, ["kind"] = kind };
            ReadInto(document, raw, MessageLayout.Of(schema), 0);
            return document;
        }
        catch (ArgumentException e)
        {
            throw Malformed(e.Message);
        }
    }

    private static (string ApiVersion, string Kind) TypeMeta(ReadOnlySpan<byte> bytes)
    {
        string apiVersion = "", kind = "";
        var wire = new WireReader(bytes);
        while (wire.Next(out var number))
        {
            if (number == 1) apiVersion = Strict.GetString(wire.Bytes);
            else if (number == 2) kind = Strict.GetString(wire.Bytes);
        }
        return (apiVersion, kind);
    }

    private static void ReadInto(JsonObject target, ReadOnlySpan<byte> bytes, MessageLayout layout, int depth)
    {
        var wire = new WireReader(bytes);
        while (wire.Next(out var number))
            if (layout.Find(number) is { } field) ReadField(target, field, ref wire, depth);   // others are of a newer client
    }

    private static void ReadEmbedded(JsonObject target, ReadOnlySpan<byte> bytes, MessageField[] fields, int depth)
    {
        var wire = new WireReader(bytes);
        while (wire.Next(out var number))
            if (MessageLayout.Find(fields, number) is { } field) ReadField(target, field, ref wire, depth);
    }

    private static void ReadField(JsonObject target, MessageField field, ref WireReader wire, int depth)
    {
        if (depth > MaxDepth) throw Malformed("it is nested too deeply");
        if (field.Embedded is { } embedded)
        {
            Check(ref wire, 2, field);
            ReadEmbedded(target, wire.Bytes, embedded, depth + 1);
            return;
        }
        switch (field.Shape)
        {
            case FieldShape.Map:
                Check(ref wire, 2, field);
                ReadEntry(target.ObjectOrNew(field.Name), wire.Bytes, field, depth);
                break;
            case FieldShape.List:
                if (target[field.Name] is not JsonArray list) target[field.Name] = list = [];
                if (wire.Type == 2 && MessageField.WireType(field.Form) == 0) ReadPacked(list, wire.Bytes, field);
                else list.Add(Value(field, ref wire, depth));
                break;
            default:
                // The fields of a message may come in several parts.
                if (field.DropsZero && field.IsZero(wire.Bytes)) break;
                if (field.Form == FieldForm.Message && target[field.Name] is JsonObject begun) ReadInto(begun, wire.Bytes, field.Message, depth + 1);
                else if (Value(field, ref wire, depth) is { } value && !(field.DropsZero && IsZero(value, field.Form))) target[field.Name] = value;
                break;
        }
    }

    private static void ReadEntry(JsonObject map, ReadOnlySpan<byte> bytes, MessageField field, int depth)
    {
        var key = "";
        JsonNode? value = null;
        var wire = new WireReader(bytes);
        while (wire.Next(out var number))
        {
            if (number == 1) key = Strict.GetString(wire.Bytes);
            else if (number == 2) value = Value(field, ref wire, depth);
        }
        map[key] = value ?? Empty(field.Form);
    }

    private static JsonNode? Empty(FieldForm form) => form switch
    {
        FieldForm.Text or FieldForm.Bytes => (JsonNode)"",
        FieldForm.Texts => new JsonArray(),
        FieldForm.Message => new JsonObject(),
        _ => null,
    };

    private static void ReadPacked(JsonArray list, ReadOnlySpan<byte> bytes, MessageField field)
    {
        var wire = new WireReader(bytes);
        while (!wire.IsAtEnd) list.Add(Number(field, wire.Varint()));
    }

    private static JsonNode Number(MessageField field, ulong value) =>
        field.Form == FieldForm.Boolean ? value != 0 : field.IsInt32 ? (int)value : (long)value;

    private static void Check(ref WireReader wire, uint type, MessageField field)
    {
        if (wire.Type != type) throw Malformed($"wrong wire type {wire.Type} for field {field.Name}");
    }

    private static JsonNode? Value(MessageField field, ref WireReader wire, int depth)
    {
        Check(ref wire, MessageField.WireType(field.Form), field);
        switch (field.Form)
        {
            case FieldForm.Boolean or FieldForm.Integer: return Number(field, wire.Number);
            case FieldForm.Double: return BitConverter.Int64BitsToDouble(BinaryPrimitives.ReadInt64LittleEndian(wire.Bytes)) is var real && double.IsFinite(real) ? real : throw Malformed($"field {field.Name} is no finite number");
            case FieldForm.Text: return Strict.GetString(wire.Bytes);
            case FieldForm.Bytes: return Convert.ToBase64String(wire.Bytes);
            case FieldForm.Time: return Time(wire.Bytes, isMicro: false);
            case FieldForm.MicroTime: return Time(wire.Bytes, isMicro: true);
            case FieldForm.Quantity: return First(wire.Bytes) is { IsEmpty: false } text ? Strict.GetString(text) : "0";
            case FieldForm.IntOrString: return IntOrString(wire.Bytes);
            case FieldForm.Json: return First(wire.Bytes) is { IsEmpty: false } json ? DocumentReader.ParseJsonNode(json) : null;
            case FieldForm.Texts: return Texts(wire.Bytes, 1);
            case FieldForm.SchemaOrBoolean or FieldForm.SchemaOrList or FieldForm.SchemaOrTexts: return SchemaOr(field, wire.Bytes, depth + 1);
        }
        var inner = new JsonObject();
        ReadInto(inner, wire.Bytes, field.Message, depth + 1);
        return inner;
    }

    private static JsonNode? Time(ReadOnlySpan<byte> bytes, bool isMicro)
    {
        if (bytes.IsEmpty) return null;
        long seconds = 0, nanos = 0;
        var wire = new WireReader(bytes);
        while (wire.Next(out var number))
        {
            if (number == 1) seconds = (long)wire.Number;
            else if (number == 2) nanos = (int)wire.Number;
        }
        var time = DateTimeOffset.FromUnixTimeSeconds(seconds).AddTicks(nanos / 100);
        return isMicro ? Meta.FormatMicroTime(time) : Meta.FormatTime(time);
    }

    // The first field of a message that holds nothing else.
    private static ReadOnlySpan<byte> First(ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<byte> first = default;
        var wire = new WireReader(bytes);
        while (wire.Next(out var number))
            if (number == 1) first = wire.Bytes;
        return first;
    }

    private static JsonArray Texts(ReadOnlySpan<byte> bytes, int of)
    {
        var list = new JsonArray();
        var wire = new WireReader(bytes);
        while (wire.Next(out var number))
            if (number == of) list.Add((JsonNode)Strict.GetString(wire.Bytes));
        return list;
    }

    private static JsonNode IntOrString(ReadOnlySpan<byte> bytes)
    {
        ulong type = 0, whole = 0;
        var text = "";
        var wire = new WireReader(bytes);
        while (wire.Next(out var number))
        {
            if (number == 1) type = wire.Number;
            else if (number == 2) whole = wire.Number;
            else if (number == 3) text = Strict.GetString(wire.Bytes);
        }
        return type == 0 ? (int)whole : text;
    }

    private static JsonNode SchemaOr(MessageField field, ReadOnlySpan<byte> bytes, int depth)
    {
        if (depth > MaxDepth) throw Malformed("it is nested too deeply");
        var schemaNumber = field.Form == FieldForm.SchemaOrBoolean ? 2 : 1;
        JsonObject? schema = null;
        var list = new JsonArray();
        var allows = false;
        var wire = new WireReader(bytes);
        while (wire.Next(out var number))
        {
            if (number == schemaNumber) ReadInto(schema = [], wire.Bytes, field.Message, depth);
            else if (number == 1) allows = wire.Number != 0;
            else if (number == 2 && field.Form == FieldForm.SchemaOrTexts) list.Add((JsonNode)Strict.GetString(wire.Bytes));
            else if (number == 2)
            {
                var item = new JsonObject();
                ReadInto(item, wire.Bytes, field.Message, depth);
                list.Add((JsonNode)item);
            }
        }
        return schema ?? (field.Form == FieldForm.SchemaOrBoolean ? allows : (JsonNode)list);
    }

    private static bool IsZero(JsonNode value, FieldForm form) => value switch
    {
        JsonObject map => map.Count == 0,
        JsonArray => false,
        _ => form switch
        {
            FieldForm.Boolean => !value.GetValue<bool>(),
            FieldForm.Text or FieldForm.Bytes => value.GetValue<string>().Length == 0,
            FieldForm.Integer or FieldForm.Double or FieldForm.IntOrString => value.ToJsonString() is "0" or "\"\"",
            _ => false,
        },
    };

    private static ApiException Malformed(string why) => ApiException.BadRequest($"malformed protobuf: {why}");
}
