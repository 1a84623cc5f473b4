using System.Text.Json.Nodes;

namespace Slipway.ApiServer.Writes;

/// <summary>Takes out properties that are null, which in built-in kinds means that they are absent.</summary>
internal static class Nulls
{
    public static void Drop(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject map:
                List<string>? absent = null;
                foreach (var (name, value) in map)
                {
                    if (value is null) (absent ??= []).Add(name);
                    else Drop(value);
                }
                foreach (var name in absent ?? []) map.Remove(name);
                break;
            case JsonArray list:
                foreach (var item in list) Drop(item);
                break;
        }
    }
}
