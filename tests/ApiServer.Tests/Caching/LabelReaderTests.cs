using System.Text;
using Slipway.Api.Selectors;
using Slipway.ApiServer.Caching;

namespace Slipway.ApiServer.Tests.Caching;

public sealed class LabelReaderTests
{
    private const string Some = """{"name":"p","labels":{"app":"web","tier":"a\"b","number":"7"},"annotations":{"labels":"no"}}""";
    private const string None = """{"name":"p","annotations":{"labels":"no"}}""";

    [Theory]
    [InlineData(Some, "", true)]
    [InlineData(Some, "app=web", true)]
    [InlineData(Some, "app=web,number>6", true)]
    [InlineData(Some, "app=other", false)]
    [InlineData(Some, "app in (other,web),tier", true)]
    [InlineData(Some, "app=web,!tier", false)]
    [InlineData(Some, "labels", false)]
    [InlineData(None, "", true)]
    [InlineData(None, "app", false)]
    [InlineData(None, "app!=web,!tier", true)]
    [InlineData("{}", "!app", true)]
    [InlineData("""{"labels":null,"name":"p"}""", "app", false)]
    [InlineData("""{"labels":{"app":7}}""", "app", false)]
    public void Labels_are_compared_as_they_are_stored(string metadata, string selector, bool expected)
    {
        var (bytes, parsed) = (Encoding.UTF8.GetBytes(metadata), LabelSelector.Parse(selector));
        Assert.Equal(expected, LabelReader.Matches(bytes, parsed));
        Assert.Equal(expected, parsed.Matches(LabelReader.Read(bytes)));
    }

    [Fact]
    public void Labels_are_read_with_their_escapes() => Assert.Equal("a\"b", (string?)LabelReader.Read(Encoding.UTF8.GetBytes(Some))?["tier"]);
}
