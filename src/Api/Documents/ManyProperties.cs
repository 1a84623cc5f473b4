using System.Text.Json.Nodes;

namespace Slipway.Api.Documents;

/// <summary>Work on objects that may have very many properties.</summary>
public static class ManyProperties
{
    extension(JsonObject map)
    {
        /// <summary>
        /// Removes properties, in time linear in their number: properties have an order, so that removing one moves all after it.
        /// </summary>
        public void RemoveWhere(Func<KeyValuePair<string, JsonNode?>, bool> unwanted)
        {
            var kept = map.Where(property => !unwanted(property)).ToArray();
            if (kept.Length == map.Count) return;
            map.Clear();
            foreach (var (name, value) in kept) map.Add(name, value);
        }

        /// <summary>Removes the properties that are null in a patch, all at once.</summary>
        public void RemoveNulls(JsonObject patch)
        {
            if (patch.Any(static change => change.Value is null))
                map.RemoveWhere(property => patch.TryGetPropertyValue(property.Key, out var change) && change is null);
        }
    }
}
