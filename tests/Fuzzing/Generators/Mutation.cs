using System.Text.Json.Nodes;

namespace Slipway.Fuzzing.Generators;

/// <summary>Changes documents so that what they say is wrong, or odd.</summary>
internal static class Mutation
{
    private static readonly string[] Numbers =
    [
        "0", "-1", "1", "-0", "0.0", "1.5", "1e2", "1e400", "-1e400", "1e-400", "2147483647", "2147483648", "-2147483649", "9223372036854775807", "9223372036854775808", "-9223372036854775809", "18446744073709551616",
        "1.00000000000000000000000000000001", "1E+2147483647", "123456789012345678901234567890123456789012345678901234567890",
    ];

    private static readonly string[] Keys =
    [
        "", " ", "a", "kind", "apiVersion", "metadata", "spec", "status", "name", "namespace", "$patch", "$retainKeys", "$setElementOrder/containers", "$deleteFromPrimitiveList/finalizers", "__proto__", "a/b", "a.b", "a~1b", "ü", "a\0b",
        "f:a", "k:{}", ".", new('k', 400),
    ];

    private static readonly string[] MetadataFields =
    [
        "name", "generateName", "namespace", "selfLink", "uid", "resourceVersion", "generation", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "labels", "annotations", "ownerReferences", "finalizers", "managedFields",
        "clusterName",
    ];

    /// <summary>The document with some changes. The argument is changed.</summary>
    public static JsonObject Mutated(Random random, JsonObject document)
    {
        for (var i = random.Few(1, 5); i > 0; i--) Change(random, document);
        return document;
    }

    /// <summary>A value that is seldom right.</summary>
    public static JsonNode? Value(Random random) => random.Next(16) switch
    {
        0 => null,
        1 => random.OneIn(2),
        2 or 3 or 4 => JsonNode.Parse(random.Pick(Numbers)),
        5 => new JsonObject(),
        6 => new JsonArray(),
        7 => new JsonArray(null, "a", 1),
        8 => new JsonObject { [random.Pick(Keys)] = random.Pick(Vocabulary.Texts) },
        9 => Nested(random, random.Pick([3, 20, 60, 70, 130, 240])),
        10 => new JsonArray([.. Enumerable.Range(0, random.Pick([2, 30, 300])).Select(i => (JsonNode)(i % 3))]),
        11 => new JsonObject(Enumerable.Range(0, random.Pick([2, 30, 300])).Select(i => KeyValuePair.Create($"k{i}", (JsonNode?)"v"))),
        12 when random.OneIn(20) => new string('z', random.Pick([20_000, 300_000])),
        _ => random.Pick(Vocabulary.Texts),
    };

    private static JsonNode Nested(Random random, int depth)
    {
        JsonNode value = "deep";
        var isList = random.OneIn(2);
        for (var i = 0; i < depth; i++) value = isList ? new JsonArray(value) : new JsonObject { ["a"] = value };
        return value;
    }

    private static void Change(Random random, JsonObject document)
    {
        if (random.OneIn(6))
        {
            if (document["metadata"] is JsonObject metadata) metadata[random.Pick(MetadataFields)] = random.OneIn(3) ? Metadata(random) : Value(random);
            return;
        }
        var places = new List<JsonNode>();
        Collect(document, places);
        switch (random.Pick(places))
        {
            case JsonObject map: ChangeMap(random, map); break;
            case JsonArray list: ChangeList(random, list); break;
        }
    }

    private static void ChangeMap(Random random, JsonObject map)
    {
        if (map.Count == 0 || random.OneIn(6))
        {
            map[random.Pick(Keys)] = Value(random);
            return;
        }
        var name = map.ElementAt(random.Next(map.Count)).Key;
        switch (random.Next(6))
        {
            case 0: map.Remove(name); break;
            case 1:
                var value = map[name]?.DeepClone();
                map.Remove(name);
                map[random.OneIn(2) ? name.ToUpperInvariant() : name + "s"] = value;
                break;
            case 2: map[name] = new JsonArray(map[name]?.DeepClone()); break;
            case 3: map[name] = map.ElementAt(random.Next(map.Count)).Value?.DeepClone(); break;
            default: map[name] = Value(random); break;
        }
    }

    private static void ChangeList(Random random, JsonArray list)
    {
        if (list.Count == 0 || random.OneIn(5)) list.Add(Value(random));
        else if (random.OneIn(3)) list.RemoveAt(random.Next(list.Count));
        else if (random.OneIn(2)) list.Add(list[random.Next(list.Count)]?.DeepClone());
        else list[random.Next(list.Count)] = Value(random);
    }

    private static JsonNode? Metadata(Random random) => random.Next(6) switch
    {
        0 => new JsonArray(new JsonObject { ["apiVersion"] = "v1", ["kind"] = "Pod", ["name"] = "minimal", ["uid"] = "x", ["controller"] = true, ["blockOwnerDeletion"] = true }),
        1 => new JsonArray("fuzz.example.com/hold", "orphan", "foregroundDeletion", "bad name", ""),
        2 => new JsonArray(new JsonObject { ["manager"] = "m", ["operation"] = random.Pick(["Apply", "Update", "X"]), ["apiVersion"] = "v1", ["time"] = "2026-01-01T00:00:00Z", ["fieldsType"] = "FieldsV1", ["fieldsV1"] = FieldsV1(random) }),
        3 => new JsonObject { [random.Pick(Vocabulary.Texts)] = random.Pick(Vocabulary.Texts) },
        4 => "2026-01-01T00:00:00Z",
        _ => random.Pick(Vocabulary.Texts),
    };

    private static JsonObject FieldsV1(Random random) => new() { [random.Pick(["f:spec", "f:metadata", "f:", "k:{\"name\":\"c\"}", "k:{", "v:1", "v:", "i:0", "i:x", ".", "x"])] = random.OneIn(2) ? new JsonObject { ["f:a"] = new JsonObject() } : Value(random) };

    private static void Collect(JsonNode? node, List<JsonNode> places)
    {
        switch (node)
        {
            case JsonObject map:
                places.Add(map);
                foreach (var (_, value) in map) Collect(value, places);
                break;
            case JsonArray list:
                places.Add(list);
                foreach (var value in list) Collect(value, places);
                break;
        }
    }
}
