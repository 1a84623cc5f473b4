using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Api.Cel;

namespace Slipway.Api.Kinds;

/// <summary>
/// What forEach can be: a list; one expression that gives a list; <c>{ range: { from, to, step } }</c>; <c>{ matrix: { NAME: list }, exclude: [...] }</c>. Each
/// part can be an expression.
/// </summary>
public static class ForEachRules
{
    private static readonly string[] RangeFields = ["from", "to", "step"];

    internal static void Check(string path, JsonNode? forEach, List<StatusCause> causes)
    {
        switch (forEach)
        {
            case null or JsonArray { Count: <= FlowRules.ItemLimit }:
                return;
            case JsonArray list:
                causes.Add(StatusCause.Invalid(path, $"{list.Count} items", $"must have no more than {FlowRules.ItemLimit} items"));
                return;
            case JsonValue when IsExpression(forEach):
                return;
            case JsonObject map when map.Count == 1 && map["range"] is JsonObject range:
                CheckRange($"{path}.range", range, causes);
                return;
            case JsonObject map when map["matrix"] is JsonObject { Count: > 0 } matrix && map.All(p => p.Key is "matrix" or "exclude"):
                CheckMatrix(path, matrix, map, causes);
                return;
            default:
                causes.Add(StatusCause.Invalid(path, CelJson.ToCompactJson(forEach), "must be a list, one expression that gives a list, such as ${{ tasks.ingest.values.months }}, { range: { from, to, step } }, or { matrix: { NAME: LIST }, exclude: [...] }"));
                return;
        }
    }

    private static void CheckRange(string path, JsonObject range, List<StatusCause> causes)
    {
        foreach (var (name, value) in range)
        {
            if (!RangeFields.Contains(name))
                causes.Add(StatusCause.Invalid($"{path}.{name}", CelJson.ToCompactJson(value), $"a range has from, to and step{NearestName.Hint(name, RangeFields)}"));
            else if (!IsExpression(value) && (!IsWhole(value, out var number) || (name == "step" && number == 0)))
                causes.Add(StatusCause.Invalid($"{path}.{name}", CelJson.ToCompactJson(value), $"must be a whole number{(name == "step" ? " other than 0" : "")} or one expression that gives one"));
        }

        if (!range.ContainsKey("to"))
            causes.Add(StatusCause.Required($"{path}.to", "the last number"));
        if (Literal("from", 0) is { } from && Literal("to", null) is { } to && Literal("step", 1) is { } step && step != 0 && ItemsOf(from, to, step) is var count && count > FlowRules.ItemLimit)
            causes.Add(StatusCause.Invalid(path, CelJson.ToCompactJson(range), $"gives {count} items, and must give no more than {FlowRules.ItemLimit}; group them"));

        long? Literal(string name, long? absent) => !range.TryGetPropertyValue(name, out var value) ? absent : IsWhole(value, out var number) ? number : null;
    }

    /// <summary>How many numbers a range has; both of its ends count.</summary>
    public static Int128 ItemsOf(long from, long to, long step) =>
        step > 0 ? to >= from ? ((Int128)to - from) / step + 1 : 0 : from >= to ? ((Int128)from - to) / -(Int128)step + 1 : 0;

    private static void CheckMatrix(string path, JsonObject matrix, JsonObject map, List<StatusCause> causes)
    {
        foreach (var (name, value) in matrix)
        {
            if (value is not JsonArray && !IsExpression(value))
                causes.Add(StatusCause.Invalid($"{path}.matrix.{name}", CelJson.ToCompactJson(value), "must be a list or one expression that gives a list"));
        }

        // What is left out counts: all combinations are made first.
        if (matrix.All(p => p.Value is JsonArray) && matrix.Aggregate((Int128)1, (product, p) => Int128.Min(product * ((JsonArray)p.Value!).Count, long.MaxValue)) is var count && count > FlowRules.ItemLimit)
            causes.Add(StatusCause.Invalid($"{path}.matrix", $"{count} combinations", $"must have no more than {FlowRules.ItemLimit} combinations; group them"));
        FlowTaskRules.CheckNames($"{path}.matrix", matrix.Select(p => p.Key), causes);
        if (!map.TryGetPropertyValue("exclude", out var exclude))
            return;
        if (exclude is not JsonArray entries)
        {
            causes.Add(StatusCause.Invalid($"{path}.exclude", CelJson.ToCompactJson(exclude), "must be a list of combinations to leave out, such as [{ a: 1 }]"));
            return;
        }

        for (var i = 0; i < entries.Count; i++)
        {
            if (entries[i] is not JsonObject { Count: > 0 } entry)
                causes.Add(StatusCause.Invalid($"{path}.exclude[{i}]", CelJson.ToCompactJson(entries[i]), "must be a map of names of the matrix, such as { a: 1 }"));
            else
                foreach (var (name, _) in entry.Where(e => !matrix.ContainsKey(e.Key)))
                    causes.Add(StatusCause.Invalid($"{path}.exclude[{i}].{name}", CelJson.ToCompactJson(entry), $"the matrix has no {name}{NearestName.Hint(name, matrix.Select(p => p.Key))}"));
        }
    }

    private static bool IsWhole(JsonNode? value, out long number)
    {
        number = 0;
        return value is JsonValue scalar && scalar.GetValueKind() == JsonValueKind.Number && long.TryParse(scalar.ToJsonString(), out number);
    }

    private static bool IsExpression(JsonNode? value)
    {
        if (value is not JsonValue text || text.GetValueKind() != JsonValueKind.String)
            return false;
        try
        {
            return FlowTemplate.Parse(text.GetValue<string>()).IsExpression;
        }
        catch (CelSyntaxException)
        {
            return true; // reported where expressions are
        }
    }
}
