using static Slipway.Controllers.Tests.Jobs.JobObjects;

namespace Slipway.Controllers.Tests.Jobs;

public sealed class JobFailuresTests
{
    private const string In42 = """{"action":"FailJob","onExitCodes":{"operator":"In","values":[42,43]}}""";
    private const string NotIn1 = """{"action":"Ignore","onExitCodes":{"operator":"NotIn","values":[1]}}""";
    private const string InMain = """{"action":"FailIndex","onExitCodes":{"containerName":"c","operator":"In","values":[3]}}""";
    private const string InInit = """{"action":"FailJob","onExitCodes":{"containerName":"init","operator":"In","values":[3]}}""";
    private const string Disrupted = """{"action":"Ignore","onPodConditions":[{"type":"DisruptionTarget"}]}""";
    private const string NotConfigured = """{"action":"FailJob","onPodConditions":[{"type":"Other","status":"True"},{"type":"Config","status":"False"}]}""";

    [Theory]
    // rules, pod, what is made of its failure
    [InlineData("", "p Failed exit=42", "Count")]
    [InlineData(In42, "p Failed exit=43", "FailJob: Container c for pod a/p failed with exit code 43 matching FailJob rule at index 0")]
    [InlineData(In42, "p Failed exit=1", "Count")]
    [InlineData(In42, "p Failed exit=1 other=42", "FailJob: Container other for pod a/p failed with exit code 42 matching FailJob rule at index 0")]
    [InlineData(In42, "p Failed init=42", "FailJob: Container init for pod a/p failed with exit code 42 matching FailJob rule at index 0")]
    [InlineData(In42, "p Failed", "Count")]
    [InlineData(NotIn1, "p Failed exit=2", "Ignore")]
    [InlineData(NotIn1, "p Failed exit=1", "Count")]
    [InlineData(NotIn1, "p Failed exit=0", "Count")] // who has succeeded matches nothing
    [InlineData(InMain, "p Failed exit=3", "FailIndex")]
    [InlineData(InMain, "p Failed other=3 init=3", "Count")]
    [InlineData(InInit, "p Failed init=3", "FailJob: Container init for pod a/p failed with exit code 3 matching FailJob rule at index 0")]
    [InlineData(Disrupted, "p Failed DisruptionTarget=True", "Ignore")]
    [InlineData(Disrupted, "p Failed DisruptionTarget=False", "Count")]
    [InlineData(NotConfigured, "p Failed Config=False", "FailJob: Pod a/p has condition Config matching FailJob rule at index 0")]
    [InlineData(NotConfigured, "p Failed Config=True", "Count")]
    [InlineData(InMain + "," + In42, "p Failed exit=42", "FailJob: Container c for pod a/p failed with exit code 42 matching FailJob rule at index 1")]
    [InlineData(NotIn1 + "," + In42, "p Failed exit=42", "Ignore")] // the first that matches
    [InlineData("""{"action":"New","onExitCodes":{"operator":"In","values":[42]}},""" + In42, "p Failed exit=42", "FailJob: Container c for pod a/p failed with exit code 42 matching FailJob rule at index 1")]
    public void The_first_rule_that_matches_decides(string rules, string pod, string expected)
    {
        var verdict = JobFailures.VerdictOf(Job($$"""{"podFailurePolicy":{"rules":[{{rules}}]} }"""), Pod(pod));
        Assert.Equal(expected, verdict.Message is { } message ? $"{verdict.Action}: {message}" : verdict.Action.ToString());
    }

    [Theory]
    [InlineData("{}", "p Running x", true)]
    [InlineData("{}", "p Running", false)]
    [InlineData("{}", "p Succeeded x", false)]
    [InlineData("""{"podReplacementPolicy":"TerminatingOrFailed"}""", "p Pending x", true)]
    [InlineData("""{"podReplacementPolicy":"Failed"}""", "p Running x", false)]
    [InlineData("""{"podReplacementPolicy":"Failed"}""", "p Failed x", true)]
    [InlineData("""{"podFailurePolicy":{"rules":[]}}""", "p Running x", false)]
    public void A_pod_that_is_deleted_has_failed_at_once_or_when_it_has_ended(string spec, string pod, bool failed) =>
        Assert.Equal(failed, JobFailures.IsFailed(Job(spec), Pod(pod)));
}
