using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.Api.Conversions;

/// <summary>Metrics of autoscaling/v1, as its annotations hold them: flat, where autoscaling/v2 nests metric and target.</summary>
internal static class MetricV1
{
    /// <summary>A metric of v2 in the form of v1.</summary>
    /// <param name="metric">A metric, or its state.</param>
    /// <param name="place"><c>target</c> for a metric, <c>current</c> for its state.</param>
    public static JsonObject FromV2(JsonObject metric, string place)
    {
        var type = metric.Text("type") ?? "";
        var source = SourceOf(metric, type);
        var flat = new JsonObject();
        foreach (var name in (ReadOnlySpan<string>)["name", "container"]) Copy(source, name, flat, name);
        Copy(source, "describedObject", flat, "target");
        if (source.Object("metric") is { } named)
        {
            Copy(named, "name", flat, "metricName");
            Copy(named, "selector", flat, SelectorOf(type));
        }
        foreach (var (nested, name) in ValuesOf(type, place)) Copy(source.Object(place) ?? [], nested, flat, name);
        return new() { ["type"] = type, [FieldOf(type)] = flat };
    }

    /// <summary>A metric of v1 in the form of v2.</summary>
    public static JsonObject ToV2(JsonObject metric, string place)
    {
        var type = metric.Text("type") ?? "";
        var flat = SourceOf(metric, type);
        var source = new JsonObject();
        foreach (var name in (ReadOnlySpan<string>)["name", "container"]) Copy(flat, name, source, name);
        Copy(flat, "target", source, "describedObject");
        if (flat["metricName"] is not null)
        {
            var named = source.ObjectOrNew("metric");
            Copy(flat, "metricName", named, "name");
            Copy(flat, SelectorOf(type), named, "selector");
        }
        var values = new JsonObject();
        foreach (var (nested, name) in ValuesOf(type, place)) Copy(flat, name, values, nested);
        if (place == "target")
        {
            var kind = KindOf(type, values);
            values.Insert(0, "type", kind);
            // Go writes the value of an object's metric even where only its average is meant.
            if (kind == "AverageValue" && values["value"]?.AsText() == "0") values.Remove("value");
        }
        source[place] = values;
        return new() { ["type"] = type, [FieldOf(type)] = source };
    }

    private static string KindOf(string type, JsonObject values) => type switch
    {
        "Object" => values["averageValue"] is null ? "Value" : "AverageValue",
        "External" => values["value"] is null ? "AverageValue" : "Value",
        "Pods" => "AverageValue",
        _ => values["averageUtilization"] is null ? "AverageValue" : "Utilization",
    };

    // Name in v2 and name in v1.
    private static (string Nested, string Flat)[] ValuesOf(string type, string place) =>
    [
        ("averageUtilization", place + "AverageUtilization"),
        ("averageValue", type == "Object" ? "averageValue" : place + "AverageValue"),
        ("value", place + "Value"),
    ];

    private static string SelectorOf(string type) => type == "External" ? "metricSelector" : "selector";

    private static string FieldOf(string type) => type.Length == 0 ? "unknown" : char.ToLowerInvariant(type[0]) + type[1..];

    private static JsonObject SourceOf(JsonObject metric, string type) => metric.Object(FieldOf(type)) ?? [];

    private static void Copy(JsonObject from, string name, JsonObject to, string newName)
    {
        if (from[name] is { } value) to[newName] = value.DeepClone();
    }
}
