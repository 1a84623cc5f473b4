using System.Text.Json.Nodes;
using Slipway.Api.Documents;
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
