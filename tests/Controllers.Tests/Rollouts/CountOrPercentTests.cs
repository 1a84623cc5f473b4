using System.Text.Json.Nodes;

namespace Slipway.Controllers.Tests.Rollouts;

public sealed class CountOrPercentTests
{
    [Theory]
    [InlineData("3", 10, true, 3)]
    [InlineData("\"25%\"", 10, true, 3)]
    [InlineData("\"25%\"", 10, false, 2)]
    [InlineData("\"0%\"", 10, true, 0)]
    [InlineData("\"100%\"", 7, false, 7)]
    [InlineData("\"150%\"", 4, true, 6)]
    [InlineData("null", 10, true, 0)]
    [InlineData("\"many\"", 10, true, 0)]
    public void A_share_is_rounded_up_or_down(string value, int total, bool up, int count) =>
        Assert.Equal(count, CountOrPercent.Of(JsonNode.Parse(value), total, up));

    [Fact]
    public void A_hash_depends_on_content_alone()
    {
        var one = JsonNode.Parse("""{"a":{"x":1,"y":null},"b":[1,2]}""");
        Assert.Equal(PodTemplate.HashOf(one, 0), PodTemplate.HashOf(JsonNode.Parse("""{"b":[1,2],"a":{"x":1}}"""), 0));
        Assert.NotEqual(PodTemplate.HashOf(one, 0), PodTemplate.HashOf(one, 1));
        Assert.NotEqual(PodTemplate.HashOf(one, 0), PodTemplate.HashOf(JsonNode.Parse("""{"a":{"x":1},"b":[2,1]}"""), 0));
        Assert.Matches("^[b-df-hj-np-tv-xz24-9]{1,10}$", PodTemplate.HashOf(one, 0));
    }
}
