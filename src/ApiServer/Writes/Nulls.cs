using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using Slipway.Api.Schemas;

namespace Slipway.ApiServer.Writes;

/// <summary>What null means in built-in kinds: that a property is absent, and that an item of a list is empty.</summary>
internal static class Nulls
{
    /// <summary>Takes out properties that are null, and puts empty values in the place of items that are.</summary>
    public static void Drop(JsonNode document, Schema schema)
    {
        if (DropProperties(document))
            FillItems(document, schema);
    }

    // Whether lists have items that are null: few have, and only these need the schema.
    private static bool DropProperties(JsonNode node)
    {
        var isListOpen = false;
        switch (node)
        {
            case JsonObject map:
                var hasNull = false;
                foreach (var (_, value) in map)
                {
                    if (value is null) hasNull = true;
                    else isListOpen |= DropProperties(value);
                }
                if (hasNull) map.RemoveWhere(property => property.Value is null);
                break;
            case JsonArray list:
                foreach (var item in list) isListOpen |= item is null || DropProperties(item);
                break;
        }
        return isListOpen;
    }

    private static void FillItems(JsonNode? node, Schema? schema)
    {
        switch (node)
        {
            case JsonObject map:
                foreach (var (name, value) in map)
                    FillItems(value, schema?.Properties.GetValueOrDefault(name) ?? schema?.AdditionalProperties);
                break;
            case JsonArray list:
                for (var i = 0; i < list.Count; i++)
                {
                    if (list[i] is null) list[i] = Empty(schema?.Items);
                    else FillItems(list[i], schema?.Items);
                }
                break;
        }
    }

    private static JsonNode? Empty(Schema? schema) => schema?.Type switch
    {
        "object" => new JsonObject(),
        "array" => new JsonArray(),
        "string" => "",
        "boolean" => false,
        "integer" or "number" => 0,
        _ => null,
    };
}
