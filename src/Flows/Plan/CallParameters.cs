using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Api.Cel;
using Slipway.Api.Kinds;

namespace Slipway.Flows;

/// <summary>Works out the parameters of a call: those given by <c>with</c>, and the defaults for the others.</summary>
internal static class CallParameters
{
    /// <summary>Values by name; null and the problem if one has no value.</summary>
    public static Dictionary<string, CelValue>? For(FlowTask task, TaskGroup called, IReadOnlyDictionary<string, CelValue> scope, out string problem)
    {
        problem = "";
        var values = new Dictionary<string, CelValue>();
        foreach (var parameter in called.Params)
        {
            if (task.With is not { } with || !with.TryGetValue(parameter.Name, out var given))
            {
                if (parameter.Default is null)
                {
                    problem = $"with.{parameter.Name} is missing, and the parameter has no default";
                    return null;
                }

                values[parameter.Name] = CelJson.ToCel(parameter.Default);
                continue;
            }

            var value = Evaluate(given, scope);
            if (value is CelError error)
            {
                problem = $"with.{parameter.Name} has no value: {error.Message}; correct {CelJson.ToCompactJson(given)}";
                return null;
            }

            values[parameter.Name] = value;
        }

        return values;
    }

    /// <summary>The parameters as SLIPWAY_PARAMS has them: JSON, without those that are files.</summary>
    public static string Json(IReadOnlyDictionary<string, CelValue> parameters) => CelJson.ToCompactJson(new JsonObject(
        parameters.Where(p => !IsFile(p.Value)).Select(p => KeyValuePair.Create(p.Key, CelJson.ToJson(p.Value)))));

    private static bool IsFile(CelValue value) => value is FileValue || (value is CelList { Items: [var first, ..] } && IsFile(first));

    /// <summary>Any JSON with expressions in its texts; a text that is one expression keeps its value, files included.</summary>
    private static CelValue Evaluate(JsonNode? node, IReadOnlyDictionary<string, CelValue> scope)
    {
        switch (node)
        {
            case JsonValue text when text.GetValueKind() == JsonValueKind.String:
                return FlowTemplate.Parse(text.GetValue<string>()).Evaluate(scope);
            case JsonArray list:
                var items = list.Select(i => Evaluate(i, scope)).ToList();
                return items.Find(i => i is CelError) ?? new CelList(items);
            case JsonObject map:
                var entries = map.Select(e => KeyValuePair.Create(e.Key, Evaluate(e.Value, scope))).ToList();
                return entries.Find(e => e.Value is CelError).Value ?? new CelMap(entries);
            default:
                return CelJson.ToCel(node);
        }
    }
}
