using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.Api.Tests.Documents;

/// <summary>Reading and showing single values.</summary>
public sealed class ValuesTests
{
    [Theory]
    [InlineData("null", "null")]
    [InlineData("\"a\"", "\"a\"")]
    [InlineData("\"<ü>\"", "\"<ü>\"")]
    [InlineData("1.50", "1.50")]
    [InlineData("""{"a":[true]}""", """{"a":[true]}""")]
    public void Values_are_shown_as_JSON(string json, string shown) => Assert.Equal(shown, JsonNode.Parse(json).Shown());

    [Fact]
    public void A_value_as_deep_as_a_document_may_be_is_shown()
    {
        JsonNode value = new JsonArray();
        for (var depth = 1; depth < 256; depth++) value = new JsonArray(value);

        Assert.Equal(new string('[', 256) + new string(']', 256), value.Shown());
    }
}
