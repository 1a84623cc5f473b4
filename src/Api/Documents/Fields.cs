using System.Text.Json.Nodes;

namespace Slipway.Api.Documents;

/// <summary>
/// Tolerant reading of a document's fields: an absent field and one of another type both read as null, since
/// types are the schema's business and are checked before rules run.
/// </summary>
public static class Fields
{
    extension(JsonObject node)
    {
        /// <summary>The object at <paramref name="name"/>, or null.</summary>
        public JsonObject? Object(string name) => node[name] as JsonObject;

        /// <summary>The object at <paramref name="name"/>, put in when absent.</summary>
        public JsonObject ObjectOrNew(string name)
        {
            if (node[name] is JsonObject existing) return existing;
            var created = new JsonObject();
            node[name] = created;
            return created;
        }

        /// <summary>The list at <paramref name="name"/>, or null.</summary>
        public JsonArray? Array(string name) => node[name] as JsonArray;

        /// <summary>The objects of the list at <paramref name="name"/>; none when it is absent.</summary>
        public IEnumerable<JsonObject> Objects(string name) => node[name] is JsonArray list ? list.OfType<JsonObject>() : [];

        /// <summary>The text at <paramref name="name"/>, or null.</summary>
        public string? Text(string name) => node[name].AsText();

        /// <summary>The integer at <paramref name="name"/>, or null.</summary>
        public long? Integer(string name) => node[name].AsInteger();

        /// <summary>The boolean at <paramref name="name"/>, or null.</summary>
        public bool? Boolean(string name) => node[name].AsBoolean();

        /// <summary>The node at a dotted path such as <c>spec.nodeName</c>, or null.</summary>
        public JsonNode? At(string path)
        {
            JsonNode? current = node;
            foreach (var step in path.Split('.'))
            {
                if (current is not JsonObject inner) return null;
                current = inner[step];
            }
            return current;
        }
    }
}
