using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Api.Cel;

namespace Slipway.Api.Tests.Cel;

/// <summary>Values and types as the specification's cases write them; those of protobuf messages are not supported.</summary>
internal static class SpecificationValues
{
    public static CelEnvironment Environment(JsonObject test)
    {
        var environment = CelEnvironment.Everything.In(test["container"]?.GetValue<string>() ?? "");
        foreach (var declaration in test["typeEnv"]?.AsArray() ?? [])
        {
            var name = declaration!["name"]!.GetValue<string>();
            if (declaration["ident"] is { } variable) environment = environment.With(new CelVariable(name, Type(variable["type"]!)));
            if (declaration["function"] is { } function) environment = environment.WithFunctions(function["overloads"]!.AsArray().Select(o => Overload(name, o!)));
        }

        return environment;
    }

    public static CelType Type(JsonNode type)
    {
        var (kind, value) = type.AsObject().First();
        return (kind, value is JsonValue v && v.GetValueKind() == JsonValueKind.String ? v.GetValue<string>() : "") switch
        {
            ("primitive", "BOOL") => CelType.Bool,
            ("primitive", "INT64") => CelType.Int,
            ("primitive", "UINT64") => CelType.Uint,
            ("primitive", "DOUBLE") => CelType.Double,
            ("primitive", "STRING") => CelType.String,
            ("primitive", "BYTES") => CelType.Bytes,
            ("null", _) => CelType.Null,
            ("dyn", _) => CelType.Dyn,
            ("wellKnown", "TIMESTAMP") or ("messageType", "google.protobuf.Timestamp") => CelType.Timestamp,
            ("wellKnown", "DURATION") or ("messageType", "google.protobuf.Duration") => CelType.Duration,
            ("listType", _) => CelType.List(Type(value!["elemType"]!)),
            ("mapType", _) => CelType.Map(Type(value!["keyType"]!), Type(value["valueType"]!)),
            ("type", _) => CelType.TypeOf(Type(value!)),
            ("typeParam", var name) => CelType.Parameter(name),
            ("abstractType", _) => CelType.Opaque(value!["name"]!.GetValue<string>(), [.. (value["parameterTypes"]?.AsArray() ?? []).Select(p => Type(p!))]),
            _ => throw new NotSupportedException($"type {type.ToJsonString()}"),
        };
    }

    public static CelValue Value(JsonObject json)
    {
        var (kind, value) = json.First();
        return kind switch
        {
            "nullValue" => CelNull.Instance,
            "boolValue" => CelBool.Of(value!.GetValue<bool>()),
            "int64Value" => new CelInt(long.Parse(value!.GetValue<string>(), CultureInfo.InvariantCulture)),
            "uint64Value" => new CelUint(ulong.Parse(value!.GetValue<string>(), CultureInfo.InvariantCulture)),
            "doubleValue" => new CelDouble(Double(value!)),
            "stringValue" => new CelString(value!.GetValue<string>()),
            "bytesValue" => new CelBytes(Convert.FromBase64String(value!.GetValue<string>())),
            "typeValue" => new CelTypeValue(CelType.Opaque(value!.GetValue<string>())),
            "listValue" => new CelList([.. (value!["values"]?.AsArray() ?? []).Select(v => Value(v!.AsObject()))]),
            "mapValue" => new CelMap((value!["entries"]?.AsArray() ?? []).Select(e => KeyValuePair.Create(Value(e!["key"]!.AsObject()), Value(e["value"]!.AsObject())))),
            "objectValue" => Message(value!.AsObject()),
            _ => throw new NotSupportedException(kind),
        };
    }

    /// <summary>Whether two values are the same, types of numbers included; NaN is the same as NaN.</summary>
    public static bool IsSame(CelValue a, CelValue b) => (a, b) switch
    {
        (CelDouble x, CelDouble y) => x.Value.Equals(y.Value),
        (CelList x, CelList y) => x.Items.Count == y.Items.Count && x.Items.Zip(y.Items).All(p => IsSame(p.First, p.Second)),
        (CelMap x, CelMap y) => x.Count == y.Count && x.Keys.All(k => y.Get(k) is { } other && IsSame(x.Get(k)!, other)),
        _ => a.GetType() == b.GetType() && CelEquality.Instance.Equals(a, b),
    };

    private static CelValue Message(JsonObject json)
    {
        var value = json["value"]?.ToString() ?? "";
        return json["@type"]!.GetValue<string>() switch
        {
            "type.googleapis.com/google.protobuf.Duration" => CelDuration.Parse(value)!,
            "type.googleapis.com/google.protobuf.Timestamp" => CelTimestamp.Parse(value)!,
            var type => throw new NotSupportedException(type),
        };
    }

    private static double Double(JsonNode value) => value.GetValueKind() == JsonValueKind.Number
        ? double.Parse(value.ToJsonString(), CultureInfo.InvariantCulture)
        : value.GetValue<string>() switch
        {
            "Infinity" => double.PositiveInfinity,
            "-Infinity" => double.NegativeInfinity,
            _ => double.NaN,
        };

    private static CelOverload Overload(string name, JsonNode overload) => new(name, overload["overloadId"]!.GetValue<string>(),
        overload["isInstanceFunction"]?.GetValue<bool>() == true, [.. (overload["params"]?.AsArray() ?? []).Select(p => Type(p!))], Type(overload["resultType"]!),
        (_, _) => CelError.NoOverload);
}
