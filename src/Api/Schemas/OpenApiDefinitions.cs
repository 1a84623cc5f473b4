using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.Api.Schemas;

/// <summary>Puts generated definitions together as OpenAPI text, reading the resources anew each time.</summary>
internal static class OpenApiDefinitions
{
    private const string ReferencePrefix = "#/components/schemas/";
    private const string Patch = "io.k8s.apimachinery.pkg.apis.meta.v1.Patch";

    /// <summary>The definitions named by <paramref name="roots"/> and all that they refer to, sorted by name.</summary>
    public static JsonObject Closure(IEnumerable<string> roots)
    {
        var files = new Dictionary<string, (JsonObject Schemas, JsonObject Texts)>(StringComparer.Ordinal);
        var found = new SortedDictionary<string, JsonObject>(StringComparer.Ordinal);
        var pending = new Stack<string>(roots);
        while (pending.TryPop(out var name))
        {
            if (found.ContainsKey(name)) continue;
            if (name == Patch)
            {
                found[name] = new JsonObject { ["description"] = "Patch is provided to give a concrete name and type to the Kubernetes PATCH request body.", ["type"] = "object" };
                continue;
            }
            var file = SchemaLibrary.FileOf(name);
            if (!files.TryGetValue(file, out var data)) files[file] = data = (SchemaLibrary.ReadSchemas(file), SchemaLibrary.ReadDescriptions(file));
            if (data.Schemas.Object(name) is not { } schema) throw new InvalidOperationException($"the schema data has no definition {name}");
            found[name] = Described((JsonObject)schema.DeepClone(), data.Texts.Object(name));
            SortEnumerations(found[name]);
            foreach (var reference in References(schema)) pending.Push(reference);
        }
        return new JsonObject(found.Select(d => KeyValuePair.Create(d.Key, (JsonNode?)d.Value)));
    }

    private static JsonObject Described(JsonObject schema, JsonObject? texts)
    {
        if (texts?.Text("") is { Length: > 0 } own) schema.Insert(0, "description", own);
        foreach (var (field, property) in schema.Object("properties") ?? [])
        {
            var described = (JsonObject)property!;
            if (texts?.Text(field) is { Length: > 0 } text) described.Insert(0, "description", text);
            described.Remove("x-slipway-protobuf");   // how the field travels in protobuf is the server's own business
        }
        return schema;
    }

    // Kubernetes publishes values in the order of their text, whatever the order in which they are declared and told of.
    private static void SortEnumerations(JsonNode? node)
    {
        if (node is JsonArray items)
        {
            foreach (var item in items) SortEnumerations(item);
            return;
        }
        foreach (var (name, value) in node as JsonObject ?? [])
        {
            if (name == "enum" && value is JsonArray values && values.All(v => v.AsText() is not null))
            {
                string[] sorted = [.. values.Select(v => v.AsText()!).Order(StringComparer.Ordinal)];
                values.Clear();
                foreach (var text in sorted) values.Add((JsonNode)text);
            }
            else SortEnumerations(value);
        }
    }

    private static IEnumerable<string> References(JsonNode? node) => node switch
    {
        JsonObject o => o.SelectMany(p => p.Key == "$ref" && p.Value.AsText() is { } reference ? [reference[ReferencePrefix.Length..]] : References(p.Value)),
        JsonArray a => a.SelectMany(References),
        _ => [],
    };
}
