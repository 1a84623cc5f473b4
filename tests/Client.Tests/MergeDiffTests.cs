using System.Text.Json.Nodes;

namespace Slipway.Client.Tests;

public sealed class MergeDiffTests
{
    [Theory]
    [InlineData("{}", "{}", null)]
    [InlineData("""{"a":1,"b":{"c":2}}""", """{"b":{"c":2},"a":1}""", null)]
    [InlineData("""{"a":1}""", """{"a":2}""", """{"a":2}""")]
    [InlineData("""{"a":1}""", "{}", """{"a":null}""")]
    [InlineData("{}", """{"a":{"b":1}}""", """{"a":{"b":1}}""")]
    [InlineData("""{"a":{"b":1,"c":2}}""", """{"a":{"b":1,"c":3}}""", """{"a":{"c":3}}""")]
    [InlineData("""{"a":[1,2]}""", """{"a":[1]}""", """{"a":[1]}""")]
    [InlineData("""{"a":{"b":1}}""", """{"a":"text"}""", """{"a":"text"}""")]
    public void Only_what_differs_is_patched(string from, string to, string? patch) =>
        Assert.Equal(patch, MergeDiff.Between(JsonNode.Parse(from)!.AsObject(), JsonNode.Parse(to)!.AsObject())?.ToJsonString());
}
