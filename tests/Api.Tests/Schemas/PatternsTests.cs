using Slipway.Api.Schemas;

namespace Slipway.Api.Tests.Schemas;

public sealed class PatternsTests
{
    [Theory]
    [InlineData("^a$", "a", true)]
    [InlineData("^a$", "a\n", false)]
    [InlineData("^\\d+$", "12", true)]
    [InlineData("^\\d+$", "١٢", false)]
    [InlineData("^[\\w-]+$", "a_1-", true)]
    [InlineData("^\\w+$", "é", false)]
    [InlineData("^[[:alpha:]]+$", "abC", true)]
    [InlineData("^[^[:space:]]+$", "a b", false)]
    [InlineData("^[$]$", "$", true)]
    [InlineData("^\\$$", "$", true)]
    [InlineData("^(?P<x>a|b)$", "b", true)]
    [InlineData("^[a[]+$", "a[", true)]
    [InlineData("^[]a]+$", "a]", true)]
    [InlineData("b", "abc", true)]
    public void PatternsMeanWhatTheyMeanToKubernetes(string pattern, string text, bool matches) => Assert.Equal(matches, Patterns.IsMatch(pattern, text));

    [Theory]
    [InlineData("(")]
    [InlineData("[a")]
    [InlineData("a**")]
    [InlineData("(a)\\1")]
    [InlineData("(?=a)")]
    public void PatternsThatKubernetesRefusesAreRefused(string pattern) => Assert.NotNull(Patterns.Error(pattern));
}
