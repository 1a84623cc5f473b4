using Slipway.Api;

namespace Api.Tests;

public sealed class NearestNameTests
{
    private static readonly string[] Known = ["containers", "initContainers", "restartPolicy", "nodeName", "args", "env", "os"];

    [Theory]
    [InlineData("contaners", "containers")]
    [InlineData("Containers", "containers")]
    [InlineData("restratPolicy", "restartPolicy")]
    [InlineData("arg", "args")]
    [InlineData("evn", "env")]
    [InlineData("frobnicate", null)]
    [InlineData("x", null)]
    [InlineData("foo", null)]
    [InlineData("arsg", "args")]
    public void The_nearest_name_is_one_of_few_edits(string word, string? expected) => Assert.Equal(expected, NearestName.Of(word, Known));

    [Fact]
    public void The_hint_is_empty_when_nothing_is_near() => Assert.Equal("", NearestName.Hint("frobnicate", Known));
}
