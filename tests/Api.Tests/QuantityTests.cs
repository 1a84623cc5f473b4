namespace Slipway.Api.Tests;

public sealed class QuantityTests
{
    [Theory]
    [InlineData("0", "0")]
    [InlineData("1", "1")]
    [InlineData("+5", "5")]
    [InlineData("0.5", "500m")]
    [InlineData(".5", "500m")]
    [InlineData("5.", "5")]
    [InlineData("1000m", "1")]
    [InlineData("1500m", "1500m")]
    [InlineData("100m", "100m")]
    [InlineData("1000k", "1M")]
    [InlineData("1000000", "1M")]
    [InlineData("123456", "123456")]
    [InlineData("1Ki", "1Ki")]
    [InlineData("1024Ki", "1Mi")]
    [InlineData("1.5Gi", "1536Mi")]
    [InlineData("0.5Ki", "512")]
    [InlineData("0.5Gi", "512Mi")]
    [InlineData("256Mi", "256Mi")]
    [InlineData("1e3", "1e3")]
    [InlineData("1E3", "1e3")]
    [InlineData("12e-1", "1200e-3")]
    [InlineData("1E", "1E")]
    [InlineData("1n", "1n")]
    [InlineData("0.1n", "1n")]
    [InlineData("-0.1n", "-1n")]
    [InlineData("-1.5", "-1500m")]
    [InlineData("-1Mi", "-1Mi")]
    [InlineData("10Ei", "9223372036854775807")]
    public void HasACanonicalForm(string text, string canonical) => Assert.Equal(canonical, Quantity.Parse(text).ToString());

    [Theory]
    [InlineData("")]
    [InlineData(" 1")]
    [InlineData("1 Gi")]
    [InlineData("1.2.3")]
    [InlineData(".")]
    [InlineData("Gi")]
    [InlineData("1gi")]
    [InlineData("1K")]
    [InlineData("1e")]
    [InlineData("1e1.5")]
    [InlineData("--1")]
    [InlineData("one")]
    public void RefusesOtherTexts(string text)
    {
        Assert.False(Quantity.TryParse(text, out _));
        Assert.Contains("quantities must match", Assert.Throws<FormatException>(() => Quantity.Parse(text)).Message);
    }

    [Theory]
    [InlineData("1", 1000, 1)]
    [InlineData("100m", 100, 1)]
    [InlineData("1500m", 1500, 2)]
    [InlineData("1u", 1, 1)]
    [InlineData("256Mi", 268435456000, 268435456)]
    [InlineData("-1500m", -1500, -1)]
    public void RoundsUpToCountedUnits(string text, long milli, long units)
    {
        Assert.Equal(milli, Quantity.Parse(text).ToMilli());
        Assert.Equal(units, Quantity.Parse(text).ToBytes());
    }

    [Fact]
    public void ComparesAmountsWhateverTheirNotation()
    {
        Assert.Equal(Quantity.Parse("1"), Quantity.Parse("1000m"));
        Assert.Equal(Quantity.Parse("1024"), Quantity.Parse("1Ki"));
        Assert.True(Quantity.Parse("1Gi") > Quantity.Parse("1G"));
        Assert.Equal("1536Mi", (Quantity.Parse("1Gi") + Quantity.Parse("512Mi")).ToString());
        Assert.Equal("512Mi", (Quantity.Parse("1Gi") - Quantity.Parse("512Mi")).ToString());
        Assert.Equal("512Mi", (Quantity.Parse("256Mi") * 2).ToString());
    }
}
