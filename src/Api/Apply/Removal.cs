using System.Text.Json.Nodes;
using Slipway.Api.Schemas;

namespace Slipway.Api.Apply;

/// <summary>Takes fields and items out of a document.</summary>
internal static class Removal
{
    /// <summary>The document without the members of a set; maps and lists that are left empty by it go too. The argument stays as it is.</summary>
    public static JsonObject Of(Schema schema, JsonObject document, FieldSet set) => set.IsEmpty
        ? (JsonObject)document.DeepClone()
        : (JsonObject)(Without(schema, document, set, isRoot: true) ?? new JsonObject());

    private static JsonNode? Without(Schema? schema, JsonNode? value, FieldSet set, bool isRoot)
    {
        switch (Shapes.Of(schema, value))
        {
            case Shape.Map when value is JsonObject { Count: > 0 } map:
                var rest = new JsonObject();
                foreach (var (name, inner) in map)
                {
                    var entry = set["f:" + name];
                    if (entry.IsMember) continue;
                    if (entry.Below is null) rest[name] = inner?.DeepClone();
                    else if (Without(schema?.Find(name, isRoot), inner, entry.Below, false) is { } kept) rest[name] = kept;
                }
                return rest.Count > 0 ? rest : null;
            case Shape.Set or Shape.Keyed when value is JsonArray { Count: > 0 } list:
                var shape = Shapes.Of(schema, value);
                var elements = Shapes.ElementsOf(schema, shape, list);
                var left = new JsonArray();
                for (var i = 0; i < list.Count; i++)
                {
                    var entry = set[elements[i]];
                    if (entry.IsMember) continue;
                    if (entry.Below is null) left.Add(list[i]?.DeepClone());
                    else if (Without(schema!.Items, list[i], entry.Below, false) is { } kept) left.Add(kept);
                }
                return left.Count > 0 ? left : null;
            default:
                return value is JsonObject or JsonArray ? null : value?.DeepClone();
        }
    }
}
