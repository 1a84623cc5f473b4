using System.Text.Json.Nodes;
using Slipway.Api.Schemas;

namespace Slipway.Api.Apply;

/// <summary>Puts an applied configuration over a live document: its leaves win, its lists of types set and map are merged in.</summary>
internal static class ConfigurationMerge
{
    /// <summary>The merged document. The arguments stay as they are.</summary>
    public static JsonObject Merge(Schema schema, JsonObject live, JsonObject configuration) =>
        (JsonObject)Both(schema, live, configuration, isRoot: true)!;

    private static JsonNode? Both(Schema? schema, JsonNode? live, JsonNode? configuration, bool isRoot)
    {
        var (one, other) = (Shapes.Of(schema, live), Shapes.Of(schema, configuration));
        // Null over a map or list that is owned by its parts takes nothing away.
        if (configuration is null && one != Shape.Leaf && live is JsonObject { Count: > 0 } or JsonArray { Count: > 0 }) return live.DeepClone();
        if (one != other || other == Shape.Leaf) return configuration?.DeepClone();
        return one == Shape.Map
            ? Fields(schema, (JsonObject)live!, (JsonObject)configuration!, isRoot)
            : Items(schema!, one, (JsonArray)live!, (JsonArray)configuration!);
    }

    private static JsonObject Fields(Schema? schema, JsonObject live, JsonObject configuration, bool isRoot)
    {
        var merged = new JsonObject();
        foreach (var (name, value) in live)
            merged[name] = configuration.TryGetPropertyValue(name, out var applied) ? Both(schema?.Find(name, isRoot), value, applied, false) : value?.DeepClone();
        foreach (var (name, value) in configuration)
            if (!live.ContainsKey(name)) merged[name] = value?.DeepClone();
        return merged;
    }

    // The order is the configuration's for what both have; what only the live list has stays before what it stood before.
    private static JsonArray Items(Schema schema, Shape shape, JsonArray live, JsonArray configuration)
    {
        var merged = new JsonArray();
        var (liveElements, elements) = (Shapes.ElementsOf(schema, shape, live), Shapes.ElementsOf(schema, shape, configuration));
        var applied = new HashSet<string>(elements, StringComparer.Ordinal);
        var lives = liveElements.Select((element, i) => (element, i)).GroupBy(e => e.element, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.ToList(), StringComparer.Ordinal);
        var shared = new Queue<string>(elements.Where(lives.ContainsKey));
        var done = new HashSet<string>(StringComparer.Ordinal);
        int l = 0, c = 0;
        while (l < live.Count || c < configuration.Count)
        {
            if (l < live.Count && c < configuration.Count)
            {
                if (liveElements[l] == elements[c])
                {
                    TakeConfigured(c++);
                    l++;
                    shared.TryDequeue(out _);
                    continue;
                }
                // A shared item, but not the one whose turn it is.
                if (applied.Contains(liveElements[l]) && shared.TryPeek(out var next) && next != liveElements[l])
                {
                    l++;
                    continue;
                }
            }
            if (l < live.Count)
            {
                if (!applied.Contains(liveElements[l]))
                {
                    merged.Add(live[l++]?.DeepClone());
                    continue;
                }
                if (done.Contains(liveElements[l])) l++;
            }
            if (c < configuration.Count)
            {
                if (shared.TryPeek(out var next) && next == elements[c]) shared.Dequeue();
                TakeConfigured(c++);
            }
        }
        return merged;

        void TakeConfigured(int index)
        {
            done.Add(elements[index]);
            // An item that the live list holds several times is replaced by the configuration's.
            merged.Add(lives.TryGetValue(elements[index], out var places) && places.Count == 1
                ? Both(schema.Items, live[places[0].i], configuration[index], false)
                : configuration[index]?.DeepClone());
        }
    }
}
