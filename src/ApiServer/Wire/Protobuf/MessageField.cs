using System.Text;
using Slipway.Api.Schemas;

namespace Slipway.ApiServer.Wire.Protobuf;

/// <summary>How one value of a field is encoded.</summary>
internal enum FieldForm
{
    Boolean,
    Integer,
    Double,
    Text,

    /// <summary>Bytes, which are base64 text in JSON.</summary>
    Bytes,

    /// <summary>Seconds (1) and nanoseconds (2), which are RFC 3339 text in JSON.</summary>
    Time,
    MicroTime,

    /// <summary>Text (1).</summary>
    Quantity,

    /// <summary>Whether it is text (1), the number (2), the text (3).</summary>
    IntOrString,

    /// <summary>The bytes of JSON (1).</summary>
    Json,

    /// <summary>Repeated text (1): a list where no repeated field can be.</summary>
    Texts,

    /// <summary>Whether anything is allowed (1), a schema (2).</summary>
    SchemaOrBoolean,

    /// <summary>A schema (1), repeated schemas (2).</summary>
    SchemaOrList,

    /// <summary>A schema (1), repeated texts (2).</summary>
    SchemaOrTexts,

    Message,
}

/// <summary>How often a field's value occurs.</summary>
internal enum FieldShape { One, List, Map }

/// <summary>One field of a message, or a message whose fields are flat in JSON.</summary>
internal sealed class MessageField
{
    private const string SchemaProps = "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps";

    private readonly Schema? _value;
    private readonly bool _isPointer;
    private MessageLayout? _message;
    private byte[]? _zero;

    /// <summary>A field.</summary>
    /// <param name="owner">The schema that declares it.</param>
    /// <param name="number">Its number.</param>
    /// <param name="name">Its name in JSON.</param>
    /// <param name="schema">Its schema.</param>
    /// <param name="slot">Its place in the order in which the message's fields are written.</param>
    public MessageField(Schema owner, int number, string name, Schema schema, int slot)
    {
        Number = number;
        Name = name;
        NameBytes = Encoding.UTF8.GetBytes(name);
        Slot = slot;
        _isPointer = schema.Protobuf!.IsPointer;
        DropsZero = !_isPointer && !owner.Required.Contains(name);
        // The one list that is a message of its own although it is neither in a map nor in a list.
        var isWrapped = name == "verbs" && owner.Name?.EndsWith(".meta.v1.APIResource", StringComparison.Ordinal) == true;
        (Shape, _value) = schema switch
        {
            { Type: "object", AdditionalProperties: { } values } => (FieldShape.Map, values),
            { Type: "array", Items: { } items } when !isWrapped => (FieldShape.List, items),
            _ => (FieldShape.One, schema),
        };
        Form = FormOf(_value);
        IsInt32 = _value.Format == "int32";
    }

    /// <summary>A message whose fields are those of the outer one in JSON.</summary>
    public MessageField(int number, MessageField[] embedded) =>
        (Number, Name, NameBytes, Slot, Form, Embedded) = (number, "", [], -1, FieldForm.Message, embedded);

    public int Number { get; }

    public string Name { get; }

    public byte[] NameBytes { get; }

    public FieldForm Form { get; }

    public FieldShape Shape { get; }

    public int Slot { get; }

    public bool IsInt32 { get; }

    /// <summary>The fields of a message that is flat in JSON, by number; null for every other field.</summary>
    public MessageField[]? Embedded { get; }

    /// <summary>Whether the zero value means absence: it is on the wire all the same, where JSON leaves the field out.</summary>
    public bool DropsZero { get; }

    /// <summary>The message that a value is, or that its schema is.</summary>
    public MessageLayout Message => _message ??= MessageLayout.Of(Form == FieldForm.Message ? _value! : BuiltInKinds.SchemaOf(SchemaProps));

    /// <summary>What is written where the field is absent: its zero value unless it is a pointer, a list or a map.</summary>
    public byte[] Zero => _zero ??= MakeZero();

    /// <summary>Whether the bytes of a message are those that are written where it is absent.</summary>
    public bool IsZero(ReadOnlySpan<byte> message) => Form == FieldForm.Message && Zero.Length > message.Length && Zero.AsSpan().EndsWith(message) && MessageLayout.ZeroOf(Message.Fields).Length == message.Length;

    /// <summary>Number and wire type as they precede a value.</summary>
    public uint Tag => (uint)(Number << 3) | WireType(Form);

    /// <summary>The wire type of a form.</summary>
    public static uint WireType(FieldForm form) => form switch
    {
        FieldForm.Boolean or FieldForm.Integer => 0,
        FieldForm.Double => 1,
        _ => 2,
    };

    private byte[] MakeZero()
    {
        if (Embedded is not null) return WithTag(MessageLayout.ZeroOf(Embedded));
        if (Shape != FieldShape.One || _isPointer) return [];
        return Form switch
        {
            FieldForm.Boolean or FieldForm.Integer => [.. Varint(Tag), 0],
            FieldForm.Double => [.. Varint(Tag), 0, 0, 0, 0, 0, 0, 0, 0],
            FieldForm.Bytes or FieldForm.Texts => [],
            FieldForm.Quantity => WithTag([0x0a, 1, (byte)'0']),
            FieldForm.IntOrString => WithTag([0x08, 0, 0x10, 0, 0x1a, 0]),
            FieldForm.Message => WithTag(MessageLayout.ZeroOf(Message.Fields)),
            _ => WithTag([]),
        };
    }

    private byte[] WithTag(byte[] content) => [.. Varint(Tag), .. Varint((uint)content.Length), .. content];

    private static byte[] Varint(uint value)
    {
        using var bytes = new WireBuffer(16);
        bytes.Varint(value);
        return bytes.Written.ToArray();
    }

    private static FieldForm FormOf(Schema schema) => schema switch
    {
        { Format: "date-time" } => FieldForm.Time,
        { Format: "micro-time" } => FieldForm.MicroTime,
        { Format: "quantity" } => FieldForm.Quantity,
        { IntOrString: true } => FieldForm.IntOrString,
        { Type: "boolean" } => FieldForm.Boolean,
        { Type: "integer" } => FieldForm.Integer,
        { Type: "number" } => FieldForm.Double,
        { Type: "string", Format: "byte" } => FieldForm.Bytes,
        { Type: "string" } => FieldForm.Text,
        { Type: "array" } => FieldForm.Texts,
        _ => schema.Name?[(schema.Name.LastIndexOf('.') + 1)..] switch
        {
            "RawExtension" or "FieldsV1" or "JSON" => FieldForm.Json,
            "JSONSchemaPropsOrBool" => FieldForm.SchemaOrBoolean,
            "JSONSchemaPropsOrArray" => FieldForm.SchemaOrList,
            "JSONSchemaPropsOrStringArray" => FieldForm.SchemaOrTexts,
            _ => FieldForm.Message,
        },
    };
}
