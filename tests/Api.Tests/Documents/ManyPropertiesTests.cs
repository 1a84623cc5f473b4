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
