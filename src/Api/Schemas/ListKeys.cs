using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.Api.Schemas;

/// <summary>Finds the items of lists of type map by their keys.</summary>
internal static class ListKeys
{
    /// <summary>The keys of an item as a text; items of one list with the same text are the same item.</summary>
    public static string Of(JsonNode? item, Schema list) => string.Join('\0', list.ListMapKeys.Select(k => (item as JsonObject)?[k].Shown()));

    /// <summary>The items of a list by their keys.</summary>
    public static Dictionary<string, JsonNode> Index(JsonArray list, Schema schema)
    {
        var items = new Dictionary<string, JsonNode>(StringComparer.Ordinal);
        foreach (var item in list)
            if (item is not null) items[Of(item, schema)] = item;
        return items;
    }

    /// <summary>The item of a list with the keys of another; null if there is none.</summary>
    public static JsonNode? Find(JsonArray list, JsonNode? item, Schema schema)
    {
        var keys = Of(item, schema);
        return list.FirstOrDefault(i => Of(i, schema) == keys);
    }
}
