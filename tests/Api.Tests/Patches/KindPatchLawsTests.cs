using System.Text.Json.Nodes;
using Slipway.Api.Patches;
using Slipway.Api.Schemas;
using Slipway.Api.Tests.Documents;

namespace Slipway.Api.Tests.Patches;

/// <summary>A patch made of the difference of two documents makes the second of the first: for each kind, with its own merge keys.</summary>
public sealed class KindPatchLawsTests
{
    [Fact]
    public void A_merge_patch_restores() => Pairs((type, one, other, what) =>
    {
        var patch = Difference(one, other);
        Holds(other, MergePatch.Apply(one, patch), patch, what);
    });

    [Fact]
    public void A_JSON_patch_restores() => Pairs((type, one, other, what) =>
    {
        var patch = new JsonArray();
        Operations(patch, "", one, other);
        Holds(other, JsonPatch.Apply(one, patch), patch, what);
    });

    [Fact]
    public void A_strategic_merge_patch_restores() => Pairs((type, one, other, what) =>
    {
        var patch = Strategic(one, other, type.Schema);
        var merged = StrategicMergePatch.Apply(one, patch, type.Schema);
        Holds(other, merged, patch, what);
        Holds(other, StrategicMergePatch.Apply(merged, patch, type.Schema), patch, what + ", twice");
    });

    private static void Holds(JsonNode expected, JsonNode? actual, JsonNode patch, string what) =>
        Assert.True(JsonNode.DeepEquals(expected, actual), $"{what}\nwanted {expected.ToJsonString()}\ngot    {actual?.ToJsonString()}\npatch  {patch.ToJsonString()}");

    private static void Pairs(Action<ResourceType, JsonObject, JsonObject, string> law) =>
        KindDocuments.Each(5, (random, type, what) => law(type, KindDocuments.Any(random, type), KindDocuments.Any(random, type), what));

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

    private static void Operations(JsonArray patch, string path, JsonObject one, JsonObject other)
    {
        foreach (var (name, value) in other)
        {
            var at = $"{path}/{name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal)}";
            if (value is JsonObject inner && one[name] is JsonObject old) Operations(patch, at, old, inner);
            else if (!one.ContainsKey(name)) patch.Add((JsonNode)new JsonObject { ["op"] = "add", ["path"] = at, ["value"] = value?.DeepClone() });
            else if (!JsonNode.DeepEquals(value, one[name])) patch.Add((JsonNode)new JsonObject { ["op"] = "replace", ["path"] = at, ["value"] = value?.DeepClone() });
        }
        foreach (var (name, _) in one)
            if (!other.ContainsKey(name)) patch.Add((JsonNode)new JsonObject { ["op"] = "remove", ["path"] = $"{path}/{name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal)}" });
    }

    // As kubectl makes it: items by key with directives, and the order of the whole list.
    private static JsonObject Strategic(JsonObject one, JsonObject other, Schema? schema)
    {
        var patch = new JsonObject();
        foreach (var (name, value) in other)
        {
            var field = schema?.Properties.GetValueOrDefault(name) ?? schema?.AdditionalProperties;
            var strategies = field?.PatchStrategy?.Split(',') ?? [];
            if (JsonNode.DeepEquals(value, one[name])) continue;
            if (value is JsonObject inner && one[name] is JsonObject old && !strategies.Contains("replace")) patch[name] = Strategic(old, inner, field);
            else if (value is JsonArray after && one[name] is JsonArray before && field?.Type == "array" && strategies.Contains("merge")) List(patch, name, before, after, field);
            else patch[name] = value?.DeepClone();
        }
        foreach (var (name, _) in one)
            if (!other.ContainsKey(name)) patch[name] = null;
        return patch;
    }

    private static void List(JsonObject patch, string name, JsonArray before, JsonArray after, Schema field)
    {
        if (field.PatchMergeKey is not { } key)
        {
            var (old, wanted) = (before.Select(v => v!.ToJsonString()).ToArray(), after.Select(v => v!.ToJsonString()).ToArray());
            patch[name] = new JsonArray([.. wanted.Except(old).Select(v => JsonNode.Parse(v))]);
            patch[$"$deleteFromPrimitiveList/{name}"] = new JsonArray([.. old.Except(wanted).Select(v => JsonNode.Parse(v))]);
            patch[$"$setElementOrder/{name}"] = after.DeepClone();
            return;
        }
        var known = before.ToDictionary(i => i![key]!.ToJsonString(), i => (JsonObject)i!);
        var items = new JsonArray();
        foreach (var item in after.Cast<JsonObject>())
        {
            var change = known.TryGetValue(item[key]!.ToJsonString(), out var old) ? Strategic(old, item, field.Items) : (JsonObject)item.DeepClone();
            change[key] = item[key]!.DeepClone();
            items.Add((JsonNode)change);
        }
        foreach (var gone in known.Keys.Except(after.Select(i => i![key]!.ToJsonString()))) items.Add((JsonNode)new JsonObject { [key] = JsonNode.Parse(gone), ["$patch"] = "delete" });
        patch[name] = items;
        patch[$"$setElementOrder/{name}"] = new JsonArray([.. after.Select(i => (JsonNode)new JsonObject { [key] = i![key]!.DeepClone() })]);
    }
}
