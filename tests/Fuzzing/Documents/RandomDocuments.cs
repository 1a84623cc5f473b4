using System.Text.Json.Nodes;
using Slipway.Api.Schemas;

namespace Slipway.Fuzzing.Documents;

/// <summary>
/// Makes documents that follow a schema. Zero values appear only where they differ from absence: in pointers, and in fields that must be
/// there.
/// </summary>
internal sealed class RandomDocuments(Random random)
{
    private static readonly string[] Texts = ["a", "web-1", "ü \"quoted\" \\ \n\t", "汉字", "x/y.z", "0", new string('l', 200)];
    private int _budget;

    public JsonObject Next(Schema schema, string apiVersion, string kind)
    {
        _budget = 400;
        var document = Message(schema, 0);
        document["apiVersion"] = apiVersion;
        document["kind"] = kind;
        return document;
    }

    private JsonObject Message(Schema schema, int depth)
    {
        var target = new JsonObject();
        foreach (var (name, property) in schema.Properties.OrderBy(_ => random.Next()))
        {
            if (property.Protobuf is null) continue;
            // A quantity that is no pointer is always shown.
            var isRequired = schema.Required.Contains(name) || property is { Format: "quantity", Protobuf.IsPointer: false };
            if (!isRequired && (_budget-- < 0 || random.Next(depth + 2) > 1)) continue;
            if (depth > 12 && !isRequired) continue;
            var isPointer = property.Protobuf.IsPointer;
            if (Value(property, depth, mayBeZero: isPointer || isRequired) is not { } value) continue;
            if (value is JsonObject && IsZero(value) && !isPointer && !isRequired) continue;
            target[name] = value;
        }
        return target;
    }

    private JsonNode? Value(Schema schema, int depth, bool mayBeZero = true)
    {
        if (schema.Name?.EndsWith(".JSONSchemaPropsOrBool", StringComparison.Ordinal) == true) return random.Next(2) == 0 ? random.Next(2) == 0 : SchemaProps(depth);
        if (schema.Name?.EndsWith(".JSONSchemaPropsOrArray", StringComparison.Ordinal) == true) return random.Next(2) == 0 ? SchemaProps(depth) : new JsonArray(SchemaProps(depth), SchemaProps(depth));
        if (schema.Name?.EndsWith(".JSONSchemaPropsOrStringArray", StringComparison.Ordinal) == true) return random.Next(2) == 0 ? SchemaProps(depth) : new JsonArray("a", "b");
        if (schema is { Type: "array", Items: { } items }) return new JsonArray([.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => Value(items, depth + 1))]);
        if (schema is { Type: "object", AdditionalProperties: { } values })
        {
            var map = new JsonObject();
            for (var i = random.Next(1, 4); i > 0; i--) map[$"{Texts[random.Next(Texts.Length)]}{random.Next(100)}"] = Value(values, depth + 1);
            return map;
        }
        switch (schema)
        {
            case { Format: "date-time" }: return $"20{random.Next(10, 90)}-0{random.Next(1, 10)}-1{random.Next(10)}T0{random.Next(10)}:00:0{random.Next(10)}Z";
            case { Format: "micro-time" }: return $"1960-01-01T00:00:00.{random.Next(1_000_000):D6}Z";
            case { Format: "quantity" }: return $"{random.Next(1, 2000)}{(random.Next(2) == 0 ? "m" : "Gi")}";
            case { IntOrString: true }: return random.Next(2) == 0 ? random.Next(1, 70000) : "50%";
            case { Type: "boolean" }: return !mayBeZero || random.Next(2) == 0;
            case { Type: "integer", Format: "int64" }: return random.Next(4) == 0 && mayBeZero ? 0L : random.NextInt64(1, long.MaxValue) * (random.Next(2) * 2 - 1);
            case { Type: "integer" }: return random.Next(4) == 0 && mayBeZero ? 0 : random.Next(1, int.MaxValue) * (random.Next(2) * 2 - 1);
            case { Type: "number" }: return random.Next(1, 1000) / 8.0;
            case { Type: "string", Format: "byte" }: return Convert.ToBase64String([1, 2, .. new byte[random.Next(3)]]);
            case { Type: "string" }: return random.Next(8) == 0 && mayBeZero ? "" : Texts[random.Next(Texts.Length)];
        }
        if (schema.Properties.Count > 0) return Message(schema, depth + 1);
        return schema.PreserveUnknownFields && schema.Name?.EndsWith("Status", StringComparison.Ordinal) != true ? new JsonObject { ["f:a"] = new JsonObject { ["."] = new JsonArray(1, "ü\"", null, true, 1.50m) } } : new JsonObject();
    }

    private static bool IsZero(JsonNode? value) => value switch
    {
        JsonObject map => map.All(p => IsZero(p.Value)),
        JsonArray => false,
        _ => value?.ToJsonString() is null or "0" or "false" or "\"\"",
    };

    private JsonObject SchemaProps(int depth) => Message(BuiltInKinds.SchemaOf("io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps"), depth + 3);
}
