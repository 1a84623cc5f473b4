using System.Text.Json.Nodes;
using Slipway.Api.Patches;
using Slipway.Api.Schemas;

namespace Slipway.Api.Tests.Patches;

/// <summary>Merging the difference of two documents into the first gives the second, for all documents. A failure names its seed.</summary>
public sealed class PatchLawsTests
{
    private static readonly Schema Pod = BuiltInKinds.Find("", "Pod")!.Schema;

    [Fact]
    public void Merging_a_difference_restores_the_other_document() => Each((random, what) =>
    {
        var (one, other) = (AnyValue(random, 3), AnyValue(random, 3));
        var patch = Difference((JsonObject)one, (JsonObject)other);
        Assert.True(JsonNode.DeepEquals(other, MergePatch.Apply(one, patch)), $"{what}: {Json.Text(one)} + {Json.Text(patch)}");
        Assert.True(JsonNode.DeepEquals(other, MergePatch.Apply(MergePatch.Apply(one, patch), patch)), what);
    });

    [Fact]
    public void Merging_a_strategic_difference_restores_the_other_document() => Each((random, what) =>
    {
        var (one, other) = (AnyPod(random), AnyPod(random));
        var patch = Strategic(one, other);
        var merged = StrategicMergePatch.Apply(one, patch, Pod);
        Assert.True(JsonNode.DeepEquals(other, merged), $"{what}: {Json.Text(one)}\n+ {Json.Text(patch)}\n= {Json.Text(merged)}\n! {Json.Text(other)}");
        Assert.True(JsonNode.DeepEquals(other, StrategicMergePatch.Apply(merged, patch, Pod)), what);
    });

    [Fact]
    public void Replacing_through_a_JSON_patch_and_back_restores_the_document() => Each((random, what) =>
    {
        var document = (JsonObject)AnyValue(random, 3);
        var operations = new JsonArray();
        var back = new JsonArray();
        foreach (var (name, value) in document)
        {
            operations.Add((JsonNode)new JsonObject { ["op"] = "test", ["path"] = "/" + name, ["value"] = value?.DeepClone() });
            operations.Add((JsonNode)new JsonObject { ["op"] = "move", ["from"] = "/" + name, ["path"] = $"/moved-{name}" });
            back.Add((JsonNode)new JsonObject { ["op"] = "copy", ["from"] = $"/moved-{name}", ["path"] = "/" + name });
            back.Add((JsonNode)new JsonObject { ["op"] = "remove", ["path"] = $"/moved-{name}" });
        }
        Assert.True(JsonNode.DeepEquals(document, JsonPatch.Apply(JsonPatch.Apply(document, operations), back)), what);
    });

    private static JsonNode AnyValue(Random random, int depth)
    {
        var map = new JsonObject();
        foreach (var name in "abcd")
        {
            if (random.Next(3) == 0) continue;
            map[name.ToString()] = random.Next(depth > 0 ? 5 : 3) switch
            {
                0 => random.Next(3),
                1 => random.Next(2) == 0,
                2 => random.GetString("uvw", 2),
                3 => new JsonArray(random.Next(2), AnyValue(random, depth - 1)),
                _ => AnyValue(random, depth - 1),
            };
        }
        return map;
    }

    private static JsonObject AnyPod(Random random)
    {
        var spec = new JsonObject();
        if (random.Next(2) == 0) spec["nodeName"] = random.GetString("uv", 1);
        if (random.Next(2) == 0) spec["tolerations"] = new JsonArray(new JsonObject { ["key"] = random.GetString("uv", 1) });
        var containers = Names("klmn").Select(name =>
        {
            var container = new JsonObject { ["name"] = name, ["image"] = random.GetString("uv", 1) };
            if (random.Next(2) == 0) container["env"] = new JsonArray([.. Names("XYZ").Select(n => (JsonNode)new JsonObject { ["name"] = n, ["value"] = random.GetString("uv", 1) })]);
            if (random.Next(2) == 0) container["command"] = new JsonArray(random.GetString("uv", 1));
            return (JsonNode)container;
        });
        spec["containers"] = new JsonArray([.. containers]);
        var metadata = new JsonObject { ["finalizers"] = new JsonArray([.. Names("pqr").Select(n => (JsonNode)n)]) };
        if (random.Next(2) == 0) metadata["labels"] = new JsonObject { [random.GetString("ab", 1)] = "v", ["c"] = random.GetString("uv", 1) };
        return new JsonObject { ["metadata"] = metadata, ["spec"] = spec };

        string[] Names(string letters)
        {
            var names = letters.Where(_ => random.Next(2) == 0).Append(letters[0]).Distinct().Select(l => l.ToString()).ToArray();
            random.Shuffle(names);
            return names;
        }
    }

    private static JsonObject Difference(JsonObject one, JsonObject other)
    {
        var patch = new JsonObject();
        foreach (var (name, value) in other)
        {
            if (value is JsonObject inner && one[name] is JsonObject old) patch[name] = Difference(old, inner);
            else if (!JsonNode.DeepEquals(value, one[name])) patch[name] = value?.DeepClone();
        }
        foreach (var (name, _) in one)
            if (!other.ContainsKey(name)) patch[name] = null;
        return patch;
    }

    // As kubectl makes it: items by key with directives, and the order of the whole list.
    private static JsonObject Strategic(JsonObject one, JsonObject other)
    {
        var patch = new JsonObject();
        foreach (var (name, value) in other)
        {
            if (value is JsonObject inner && one[name] is JsonObject old) patch[name] = Strategic(old, inner);
            else if (name is "containers" or "env" && one[name] is JsonArray before) Items(patch, name, before, (JsonArray)value!);
            else if (name == "finalizers" && one[name] is JsonArray values) Values(patch, name, values, (JsonArray)value!);
            else if (!JsonNode.DeepEquals(value, one[name])) patch[name] = value?.DeepClone();
        }
        foreach (var (name, _) in one)
            if (!other.ContainsKey(name)) patch[name] = null;
        return patch;
    }

    private static void Items(JsonObject patch, string name, JsonArray before, JsonArray after)
    {
        var old = before.ToDictionary(i => (string)i!["name"]!, i => (JsonObject)i!);
        var items = new JsonArray();
        foreach (var item in after.Cast<JsonObject>())
        {
            var key = (string)item["name"]!;
            var change = old.TryGetValue(key, out var known) ? Strategic(known, item) : (JsonObject)item.DeepClone();
            change["name"] = key;
            items.Add((JsonNode)change);
        }
        foreach (var gone in old.Keys.Except(after.Select(i => (string)i!["name"]!))) items.Add((JsonNode)new JsonObject { ["name"] = gone, ["$patch"] = "delete" });
        patch[name] = items;
        patch[$"$setElementOrder/{name}"] = new JsonArray([.. after.Select(i => (JsonNode)new JsonObject { ["name"] = (string)i!["name"]! })]);
    }

    private static void Values(JsonObject patch, string name, JsonArray before, JsonArray after)
    {
        var (old, wanted) = (before.Select(v => (string)v!).ToArray(), after.Select(v => (string)v!).ToArray());
        patch[name] = new JsonArray([.. wanted.Except(old).Select(v => (JsonNode)v)]);
        patch[$"$deleteFromPrimitiveList/{name}"] = new JsonArray([.. old.Except(wanted).Select(v => (JsonNode)v)]);
        patch[$"$setElementOrder/{name}"] = new JsonArray([.. wanted.Select(v => (JsonNode)v)]);
    }

    private static void Each(Action<Random, string> law)
    {
        for (var seed = 1; seed <= 300; seed++) law(new Random(seed), $"seed {seed}");
    }
}
