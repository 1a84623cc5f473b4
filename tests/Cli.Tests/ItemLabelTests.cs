using Slipway.Cli.Runs;

namespace Cli.Tests;

public sealed class ItemLabelTests
{
    [Theory]
    [InlineData("2001-04", "2001-04")]
    [InlineData("""{"month":"2001-04"}""", """{"month":"2001-04"}""")]
    [InlineData("""{"sha256":"ab","size":2,"name":"c.csv","path":"more/c.csv"}""", "more/c.csv")]
    [InlineData("""{"sha256":"ab","size":2}""", """{"sha256":"ab","size":2}""")]
    [InlineData("""{ "sha256" is no JSON""", """{ "sha256" is no JSON""")]
    public void Files_are_shown_by_their_path(string item, string shown) => Assert.Equal(shown, ItemLabel.Of(item));
}
