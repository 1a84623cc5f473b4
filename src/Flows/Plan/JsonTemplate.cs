using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Api.Cel;
using Slipway.Api.Kinds;

namespace Slipway.Flows;

/// <summary>Any JSON with expressions in its texts; a text that is one expression keeps its value, files included.</summary>
internal static class JsonTemplate
{
    /// <summary>The value; an error if one of the expressions has one.</summary>
    /// <param name="node">The JSON.</param>
    /// <param name="scope">What expressions see.</param>
    /// <param name="escape">What to do with the parts of a text of the JSON, as <see cref="FlowTemplate"/> has it; null for nothing.</param>
    public static CelValue Evaluate(JsonNode? node, IReadOnlyDictionary<string, CelValue> scope, Func<JsonNode, Func<string, bool, string>?>? escape = null)
    {
        switch (node)
        {
            case JsonValue text when text.GetValueKind() == JsonValueKind.String:
                return FlowTemplate.Parse(text.GetValue<string>()).Evaluate(scope, escape?.Invoke(text));
            case JsonArray list:
                var items = list.Select(i => Evaluate(i, scope, escape)).ToList();
                return CelUnknown.Whole(new CelList(items), items);
            case JsonObject map:
                var entries = map.ToDictionary(e => e.Key, e => Evaluate(e.Value, scope, escape));
                return CelUnknown.Whole(new CelLazyMap(entries.Keys, name => entries[name]), entries.Values); // in their order
            default:
                return CelJson.ToCel(node);
        }
    }
}
