namespace Slipway.Controllers.Tests.Jobs;

public sealed class IndexSetTests
{
    [Theory]
    [InlineData(null, null)]
    [InlineData("", null)]
    [InlineData("0", "0")]
    [InlineData("0,1", "0,1")]
    [InlineData("0-2", "0-2")]
    [InlineData("5,1-3,2,7", "1-3,5,7")]
    [InlineData("8-20", "8,9")]
    [InlineData("x,-3,2", "2")]
    public void Indexes_below_the_completions_are_read_and_written(string? text, string? written) =>
        Assert.Equal(written, IndexSet.Parse(text, completions: 10).ToString());
}
