using System.Text.Json.Nodes;

namespace Slipway.Api.Documents;

/// <summary>Work on objects that may have very many properties.</summary>
public static class ManyProperties
{
    /// <summary>From how many properties on their order matters less than the time that it takes to keep it.</summary>
    private const int Many = 256;

    extension(JsonObject map)
    {
        /// <summary>
        /// Removes properties, in time linear in their number: properties have an order, so that removing one moves all after it.
        /// </summary>
        public void RemoveWhere(Func<KeyValuePair<string, JsonNode?>, bool> unwanted)
        {
            // Mostly nothing is: then nothing is allocated.
            List<KeyValuePair<string, JsonNode?>>? kept = null;
            var passed = 0;
            foreach (var property in map)
            {
                if (unwanted(property)) kept ??= [.. map.Take(passed)];
                else kept?.Add(property);
                passed++;
            }
            if (kept is null) return;
            map.Clear();
            foreach (var (name, value) in kept) map.Add(name, value);
        }

        /// <summary>Removes one property of perhaps many to be removed: where there are very many, the last one takes its place, and no other moves.</summary>
        public void RemoveOne(string name)
        {
            if (map.Count < Many)
            {
                map.Remove(name);
                return;
            }
            if (map.IndexOf(name) is var at && at < 0) return;
            var last = map.GetAt(map.Count - 1);
            map.RemoveAt(map.Count - 1);
            if (at < map.Count) map.SetAt(at, last.Key, last.Value);
        }

        /// <summary>Removes the properties that are null in a patch, all at once.</summary>
        public void RemoveNulls(JsonObject patch)
        {
            if (patch.Any(static change => change.Value is null))
                map.RemoveWhere(property => patch.TryGetPropertyValue(property.Key, out var change) && change is null);
        }
    }
}
