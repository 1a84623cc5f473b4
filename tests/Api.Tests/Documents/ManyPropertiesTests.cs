using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using Slipway.Api.Patches;
using Slipway.Api.Schemas;

namespace Slipway.Api.Tests.Documents;

/// <summary>Objects with very many properties.</summary>
public sealed class ManyPropertiesTests
{
    [Theory]
    [InlineData("""{"a":1,"b":2,"c":3}""", """{"a":1,"c":3}""")]
    [InlineData("""{"b":1}""", "{}")]
    [InlineData("""{"c":[1],"a":{"b":2}}""", """{"c":[1],"a":{"b":2}}""")]
    public void What_is_kept_stays_in_order(string json, string left)
    {
        var map = (JsonObject)JsonNode.Parse(json)!;
        map.RemoveWhere(property => property.Key == "b");
        Assert.Equal(left, map.ToJsonString());
    }

    [Fact]
    public void Each_property_is_looked_at_once()
    {
        var map = new JsonObject();
        for (var i = 0; i < 1000; i++) map.Add($"k{i}", i);
        var looks = 0;
        map.RemoveWhere(_ => looks++ % 2 == 0);
        Assert.Equal((1000, 500), (looks, map.Count));
    }

    [Theory]
    [InlineData(10, "k3", "k0 k1 k2 k4 k5 k6 k7 k8 k9")]
    [InlineData(10, "none", "k0 k1 k2 k3 k4 k5 k6 k7 k8 k9")]
    public void One_property_of_a_few_goes_and_the_others_stay_in_order(int count, string removed, string left)
    {
        var map = Numbered(count);
        map.RemoveOne(removed);
        Assert.Equal(left, string.Join(' ', map.Select(property => property.Key)));
    }

    [Theory]
    [InlineData("k0", "k999 k1 k2")]
    [InlineData("k1", "k0 k999 k2")]
    [InlineData("k999", "k0 k1 k2")]
    [InlineData("none", "k0 k1 k2")]
    public void One_property_of_very_many_goes_and_no_other_moves_but_the_last(string removed, string first)
    {
        var map = Numbered(1000);
        var value = map[removed];
        map.RemoveOne(removed);
        Assert.Equal(first, string.Join(' ', map.Take(3).Select(property => property.Key)));
        Assert.Equal(removed == "none" ? 1000 : 999, map.Count);
        Assert.False(map.ContainsKey(removed));
        Assert.Null(value?.Parent);
        Assert.All(map, property => Assert.Equal((property.Key, map), ($"k{property.Value}", property.Value!.Parent)));
    }

    [Fact]
    public void A_JSON_patch_moves_and_removes_properties_of_very_many()
    {
        var operations = Enumerable.Range(0, 9_998).Select(i => $$"""{"op":"remove","path":"/a/k{{i}}"}""");
        var patch = JsonNode.Parse($$"""[{{string.Join(',', operations)}},{"op":"move","from":"/a/k49999","path":"/b"},{"op":"test","path":"/a/k0","value":null}]""")!.AsArray();
        var patched = JsonPatch.Apply(new JsonObject { ["a"] = Numbered(50_000) }, patch)!;
        Assert.Equal(49_999, (int)patched["b"]!);
        Assert.Equal(Enumerable.Range(9_998, 50_000 - 9_998 - 1).ToHashSet(), patched["a"]!.AsObject().Select(property => (int)property.Value!).ToHashSet());
    }

    private static JsonObject Numbered(int count) => new(Enumerable.Range(0, count).Select(i => KeyValuePair.Create($"k{i}", (JsonNode?)i)));

    // Removing them one by one would move more than 100 GB.
    [Theory]
    [InlineData(100_000, 0)]
    [InlineData(100_000, 1000)]
    [InlineData(1, 100_000)]
    public void A_patch_that_removes_very_many_properties_leaves_the_others_in_order(int removed, int kept)
    {
        var (document, patch, others) = (new JsonObject(), new JsonObject(), new List<string>());
        for (var i = 0; i < Math.Max(removed, kept); i++)
        {
            if (i < removed)
            {
                document.Add($"gone{i}", i);
                patch.Add($"gone{i}", null);
            }
            if (i < kept)
            {
                document.Add($"kept{i}", i);
                others.Add($"kept{i}");
            }
        }
        patch.Add("gone-already", null);
        var nested = new JsonObject { ["data"] = document };
        foreach (var patched in new[] { MergePatch.Apply(nested, new JsonObject { ["data"] = patch.DeepClone() }), StrategicMergePatch.Apply(nested, new JsonObject { ["data"] = patch.DeepClone() }, new Schema()) })
            Assert.Equal(others, patched!["data"]!.AsObject().Select(property => property.Key));
        Assert.Equal(removed + kept, document.Count);
    }

    [Fact]
    public void A_strategic_patch_leaves_what_it_merges_where_it_is() =>
        Assert.Equal("""{"a":{"x":1,"y":2},"b":{"x":1}}""",
            StrategicMergePatch.Apply((JsonObject)JsonNode.Parse("""{"a":{"x":1},"b":{"x":1}}""")!, (JsonObject)JsonNode.Parse("""{"a":{"y":2}}""")!, new Schema()).ToJsonString());

    [Fact]
    public void A_hundred_unknown_fields_are_told_of_and_all_are_pruned()
    {
        var document = new JsonObject();
        for (var i = 0; i < 200_000; i++) document.Add($"k{i}", i);
        document.Add("known", "x");
        var schema = new Schema { Type = "object", Properties = new Dictionary<string, Schema> { ["known"] = new() { Type = "string" } } };

        Assert.Equal(100, UnknownFields.Find(schema, document).Count);
        Pruner.Prune(schema, document);
        Assert.Equal("""{"known":"x"}""", document.ToJsonString());
    }
}
