using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.Api.Schemas;

/// <summary>Lists of type set hold each value once; lists of type map hold each combination of keys once.</summary>
internal static class ListUniqueness
{
    public static void CheckSet(JsonArray list, string path, List<StatusCause> causes)
    {
        for (var i = 1; i < list.Count; i++)
            if (list.Take(i).Any(other => JsonNode.DeepEquals(other, list[i]))) causes.Add(StatusCause.Duplicate($"{path}[{i}]", list[i].Shown()));
    }

    public static void CheckMap(Schema schema, JsonArray list, string path, List<StatusCause> causes)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < list.Count; i++)
        {
            if (list[i] is not JsonObject item) continue;
            var keys = new JsonObject(schema.ListMapKeys.Select(k => KeyValuePair.Create(k, (item[k] ?? schema.Items?.Properties.GetValueOrDefault(k)?.Default)?.DeepClone())));
            if (!seen.Add(keys.ToJsonString())) causes.Add(StatusCause.Duplicate($"{path}[{i}]", keys.Shown()));
        }
    }
}
