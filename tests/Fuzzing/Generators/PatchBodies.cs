using System.Text;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;

namespace Slipway.Fuzzing.Generators;

/// <summary>Patches of all four kinds, most of them wrong, of objects that may be there.</summary>
internal static class PatchBodies
{
    private static readonly string[] Pointers =
    [
        "", "/", "/-", "/metadata", "/metadata/name", "/metadata/labels", "/metadata/labels/a", "/metadata/annotations/a~1b", "/metadata/annotations/~2", "/metadata/resourceVersion", "/metadata/managedFields", "/metadata/finalizers/0", "/metadata/ownerReferences/-", "/spec", "/spec/containers",
        "/spec/containers/0", "/spec/containers/-", "/spec/containers/99999999999", "/spec/containers/-1", "/spec/containers/01", "/spec/containers/0/image", "/spec/replicas", "/data", "/data/a", "/status", "/kind", "/apiVersion", "a", "/a/b/c", "/spec/ports/0/port", "/spec/template",
        "/spec/template/spec/containers/0/env/-",
    ];

    private static readonly string[] Directives = ["$patch", "$retainKeys", "$setElementOrder/containers", "$setElementOrder/finalizers", "$deleteFromPrimitiveList/finalizers", "$setElementOrder/", "$unknown"];

    public static Draft Next(Random random)
    {
        var type = Corpus.Kind(random);
        var target = Corpus.Object(random, type);
        if (random.OneIn(6)) target += Corpus.Subresource(random, type) is { Length: > 0 } subresource ? subresource : "/status";
        return Of(random, new Draft("PATCH", target), () => Corpus.Document(random, type));
    }

    /// <summary>A patch of an object.</summary>
    public static Draft Of(Random random, Draft draft, Func<JsonObject> document)
    {
        if (random.OneIn(4)) draft = draft.With(Queries.Parameter(random));
        return random.Next(5) switch
        {
            0 => Sent(random, draft, Operations(random).ToJsonString(), MediaTypes.JsonPatch),
            1 => Sent(random, draft, Part(random, document()).ToJsonString(), MediaTypes.MergePatch),
            2 => Sent(random, draft, Directed(random, Part(random, document())).ToJsonString(), MediaTypes.StrategicMergePatch),
            3 => Sent(random, draft, random.Pick(["[]", "null", "1", "\"a\"", "{}", "{\"metadata\":null}", "{\"spec\":null}", "{\"metadata\":{\"name\":\"other\"}}", "{\"kind\":\"Other\"}", "[{}]", "[null]", "[[]]"]),
                random.Pick([MediaTypes.JsonPatch, MediaTypes.MergePatch, MediaTypes.StrategicMergePatch, MediaTypes.ApplyPatch])),
            _ => Applied(random, draft, Part(random, document())),
        };
    }

    private static Draft Sent(Random random, Draft draft, string json, string contentType) =>
        draft.With(random.OneIn(8) ? Spoiling.Json(random, json) : Encoding.UTF8.GetBytes(json), contentType);

    private static Draft Applied(Random random, Draft draft, JsonObject document)
    {
        if (!random.OneIn(8)) draft = draft.With($"fieldManager={random.Pick(["a", "b", "c", "kubectl", Uri.EscapeDataString(random.Pick(Vocabulary.Texts))])}");
        if (random.OneIn(2)) draft = draft.With("force=true");
        if (!random.OneIn(6)) document["metadata"] = new JsonObject { ["name"] = draft.Target.Split('?')[0].Split('/')[^1] };
        var yaml = DocumentWriter.ToYaml(document);
        return draft.With(random.OneIn(8) ? Spoiling.Yaml(random, yaml) : Encoding.UTF8.GetBytes(yaml), MediaTypes.ApplyPatch);
    }

    // A document of which some is left out, and some is wrong.
    private static JsonObject Part(Random random, JsonObject document)
    {
        if (random.OneIn(2)) document.Remove("apiVersion");
        if (random.OneIn(3)) document.Remove("spec");
        if (random.OneIn(2)) (document["metadata"] as JsonObject)?.Remove("name");
        return random.OneIn(4) ? document : Mutation.Mutated(random, document);
    }

    private static JsonObject Directed(Random random, JsonObject document)
    {
        if (random.OneIn(3)) return document;
        var maps = new List<JsonObject>();
        Collect(document, maps);
        random.Pick(maps)[random.Pick(Directives)] = random.Next(5) switch
        {
            0 => "delete",
            1 => "replace",
            2 => new JsonArray("a", "name"),
            3 => new JsonArray(new JsonObject { ["name"] = "c" }, null),
            _ => Mutation.Value(random),
        };
        return document;
    }

    private static void Collect(JsonNode? node, List<JsonObject> maps)
    {
        if (node is JsonObject map)
        {
            maps.Add(map);
            foreach (var (_, value) in map) Collect(value, maps);
        }
        else if (node is JsonArray list)
        {
            foreach (var value in list) Collect(value, maps);
        }
    }

    private static JsonArray Operations(Random random)
    {
        // Copies of copies, which double each time.
        if (random.OneIn(12)) return [.. Enumerable.Range(0, 40).Select(i => (JsonNode)new JsonObject { ["op"] = "copy", ["from"] = "", ["path"] = $"/metadata/annotations/k{i}" })];
        if (random.OneIn(100)) return [.. Enumerable.Range(0, 12_000).Select(_ => (JsonNode)new JsonObject { ["op"] = "test", ["path"] = "/kind", ["value"] = "x" })];
        return [.. Enumerable.Range(0, random.Few(1, 6)).Select(_ => (JsonNode?)Operation(random))];
    }

    private static JsonObject Operation(Random random)
    {
        var operation = new JsonObject { ["op"] = random.Pick(["add", "add", "remove", "replace", "move", "copy", "test", "ADD", ""]), ["path"] = random.Pick(Pointers) };
        if (!random.OneIn(5)) operation["value"] = Mutation.Value(random);
        if (random.OneIn(3) || operation["op"]!.ToString() is "move" or "copy") operation["from"] = random.Pick(Pointers);
        if (random.OneIn(12)) operation[random.Pick(["op", "path", "from", "value", "x"])] = Mutation.Value(random);
        return operation;
    }
}
