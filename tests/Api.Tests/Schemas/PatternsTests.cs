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
    [InlineData("^\\Qa_.(b\\E+$", "a_.(bb", true)]
    [InlineData("^\\Qa.b\\E$", "acb", false)]
    [InlineData("\\Q$[", "a$[", true)]
    [InlineData("^(?U)a+$", "aaa", true)]
    [InlineData("^(?Ui:A+)b{1,2}$", "aab", true)]
    [InlineData("^(?i-U)A$", "a", true)]
    [InlineData("(?U)^(?<x>a+)$", "aa", true)]
    public void PatternsMeanWhatTheyMeanToKubernetes(string pattern, string text, bool matches) => Assert.Equal(matches, Patterns.IsMatch(pattern, text));

    [Theory]
    [InlineData("(?U)a+", "a")]
    [InlineData("(?U)a+?", "aaa")]
    [InlineData("(?U)a{2,}", "aa")]
    [InlineData("(?U:a)a+", "aaa")]
    [InlineData("(?:(?U)a)a+", "aaa")]
    [InlineData("(?U)(?-U:a+)", "aaa")]
    [InlineData("a+?", "a")]
    public void UnderTheFlagURepetitionsTakeLittle(string pattern, string found) => Assert.Equal(found, Patterns.Of(pattern).Match("aaa").Value);

    [Theory]
    [InlineData("(")]
    [InlineData("[a")]
    [InlineData("a**")]
    [InlineData("(a)\\1")]
    [InlineData("(?=a)")]
    public void PatternsThatKubernetesRefusesAreRefused(string pattern) => Assert.NotNull(Patterns.Error(pattern));
}
