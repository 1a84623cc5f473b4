using System.Text.Json.Nodes;
using Slipway.Api.Schemas;
using Slipway.Fuzzing.Documents;

namespace Slipway.Api.Tests.Documents;

/// <summary>Random documents of the built-in kinds, for laws that hold for all of them.</summary>
internal static class KindDocuments
{
    /// <summary>Tries a law on documents of every kind. Its text names seed and kind, for failures.</summary>
    public static void Each(int rounds, Action<Random, ResourceType, string> law)
    {
        for (var seed = 1; seed <= rounds; seed++)
            foreach (var type in BuiltInKinds.All) law(new Random(seed), type, $"seed {seed}, {type.ApiVersion} {type.Kind}");
    }

    /// <summary>A document whose lists hold no item twice, as those of stored objects do.</summary>
    public static JsonObject Any(Random random, ResourceType type)
    {
        var document = new RandomDocuments(random).Next(type.Schema, type.ApiVersion, type.Kind);
        Distinct(type.Schema, document);
        return document;
    }

    private static void Distinct(Schema? schema, JsonNode? node)
    {
        switch (node)
        {
            case JsonObject map:
                foreach (var (name, value) in map) Distinct(schema?.Properties.GetValueOrDefault(name) ?? schema?.AdditionalProperties, value);
                break;
            case JsonArray list:
                foreach (var item in list) Distinct(schema?.Items, item);
                string[] keys = schema switch
                {
                    { PatchMergeKey: { } key } => [key],
                    { ListMapKeys: { Count: > 0 } several } => [.. several],
                    _ => [],
                };
                var isSet = keys.Length == 0 && (schema?.ListType == "set" || schema?.PatchStrategy?.Contains("merge", StringComparison.Ordinal) == true);
                if (keys.Length == 0 && !isSet) break;
                var seen = new HashSet<string>();
                for (var i = list.Count - 1; i >= 0; i--)
                {
                    var identity = isSet ? list[i]?.ToJsonString() : list[i] is JsonObject item && item[keys[0]] is not null ? string.Join('|', keys.Select(k => item[k]?.ToJsonString())) : null;
                    if (identity is null || !seen.Add(identity)) list.RemoveAt(i);
                }
                break;
        }
    }
}
