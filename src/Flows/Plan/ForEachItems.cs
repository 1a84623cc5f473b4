using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Api.Cel;
using Slipway.Api.Kinds;

namespace Slipway.Flows;

/// <summary>Works out the items of a forEach, in order.</summary>
internal static class ForEachItems
{
    /// <summary>The items; null and the problem if there are none to be had. Of a list that is not known, one that is not known either.</summary>
    public static IReadOnlyList<CelValue>? Of(JsonNode forEach, IReadOnlyDictionary<string, CelValue> scope, out string problem)
    {
        problem = "";
        var items = forEach switch
        {
            JsonObject map when map["range"] is JsonObject range => Range(range, scope, out problem),
            JsonObject map => Matrix(map, scope, out problem),
            _ => Items("forEach", JsonTemplate.Evaluate(forEach, scope), "forEach or the task that writes the value", out problem),
        };
        if (items is { Count: > FlowRules.ItemLimit })
        {
            problem = TooMany(items.Count);
            return null;
        }

        return items;
    }

    /// <summary>Whether an item stands for a number of others that is not known.</summary>
    public static bool IsUnknown(CelValue? item) => item is CelUnknown || (item is CelMap map && map.Keys.Any(k => map.Get(k) is CelUnknown));

    private static string TooMany(Int128 count) => $"forEach has {count} items, and can have {FlowRules.ItemLimit}; group them";

    private static List<CelValue>? Range(JsonObject range, IReadOnlyDictionary<string, CelValue> scope, out string problem)
    {
        problem = "";
        if (JsonTemplate.Evaluate(range, scope) is CelUnknown unknown)
            return [unknown];
        if (Number("from", 0, out problem) is not { } from || Number("to", 0, out problem) is not { } to || Number("step", 1, out problem) is not { } step)
            return null;
        if (step == 0)
        {
            problem = "forEach.range.step is 0; choose another";
            return null;
        }

        if (ForEachRules.ItemsOf(from, to, step) is var count && count > FlowRules.ItemLimit)
        {
            problem = TooMany(count);
            return null;
        }

        return [.. Enumerable.Range(0, (int)count).Select(i => new CelInt(from + i * step))];

        long? Number(string name, long absent, out string problem)
        {
            problem = "";
            if (!range.TryGetPropertyValue(name, out var node))
                return absent;
            switch (JsonTemplate.Evaluate(node, scope))
            {
                case CelInt number:
                    return number.Value;
                case CelDouble number when number.Value == Math.Floor(number.Value) && Math.Abs(number.Value) < 1L << 53:
                    return (long)number.Value;
                case CelString text when long.TryParse(text.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number):
                    return number; // a parameter from the command line, perhaps
                case var other:
                    problem = $"forEach.range.{name} must be a whole number, but is {(other is CelError error ? $"wrong: {error.Message}" : other.ToString())}; correct it";
                    return null;
            }
        }
    }

    private static List<CelValue>? Matrix(JsonObject map, IReadOnlyDictionary<string, CelValue> scope, out string problem)
    {
        problem = "";
        List<List<KeyValuePair<string, CelValue>>> combinations = [[]];
        foreach (var (name, node) in map["matrix"] as JsonObject ?? [])
        {
            if (Items($"forEach.matrix.{name}", JsonTemplate.Evaluate(node, scope), "it", out problem) is not { } values)
                return null;
            if ((long)combinations.Count * values.Count > FlowRules.ItemLimit)
            {
                problem = $"forEach.matrix has more than {FlowRules.ItemLimit} combinations; group them";
                return null;
            }

            combinations = [.. combinations.SelectMany(c => values.Select(v => (List<KeyValuePair<string, CelValue>>)[.. c, KeyValuePair.Create(name, v)]))];
        }

        var excluded = JsonTemplate.Evaluate(map["exclude"] ?? new JsonArray(), scope);
        if (Items("forEach.exclude", excluded, "it", out problem) is not { } entries)
            return null;
        return [.. combinations.Where(c => !entries.OfType<CelMap>().Any(e => IsLeftOut(c, e))).Select(c => (CelValue)new CelLazyMap([.. c.Select(e => e.Key)], name => c.Find(e => e.Key == name).Value))];
    }

    private static bool IsLeftOut(List<KeyValuePair<string, CelValue>> combination, CelMap entry) =>
        combination.Count(c => entry.Get(new CelString(c.Key)) is { } value && CelEquality.Instance.Equals(value, c.Value)) == entry.Count;

    private static IReadOnlyList<CelValue>? Items(string field, CelValue value, string toCorrect, out string problem)
    {
        problem = "";
        if (value is CelList list)
            return list.Items;
        if (value is CelUnknown)
            return [value];
        problem = $"{field} must be a list, but is {(value is CelError error ? $"wrong: {error.Message}" : value.TypeName)}; correct {toCorrect}";
        return null;
    }
}
