using static Slipway.Controllers.Tests.Jobs.JobObjects;

namespace Slipway.Controllers.Tests.Jobs;

public sealed class JobSuccessTests
{
    [Theory]
    // rules, indexes that have succeeded, place of the rule that is met
    [InlineData("""{"succeededIndexes":"0"}""", "", null)]
    [InlineData("""{"succeededIndexes":"0"}""", "0,5", 0)]
    [InlineData("""{"succeededIndexes":"0,3-5"}""", "0-4", null)]
    [InlineData("""{"succeededIndexes":"0,3-5"}""", "0-5", 0)]
    [InlineData("""{"succeededIndexes":"0,3-5","succeededCount":2}""", "1,2,4", null)]
    [InlineData("""{"succeededIndexes":"0,3-5","succeededCount":2}""", "1,2,4,5", 0)]
    [InlineData("""{"succeededCount":3}""", "1,9", null)]
    [InlineData("""{"succeededCount":3}""", "1,2,9", 0)]
    [InlineData("""{"succeededCount":0}""", "", null)]
    [InlineData("""{"succeededIndexes":"x"}""", "1", null)]
    [InlineData("""{"succeededIndexes":"7"},{"succeededCount":1}""", "1", 1)]
    public void A_success_policy_is_met_by_its_first_rule_that_is(string rules, string completed, int? met) =>
        Assert.Equal(met, JobSuccess.MetRule(Job($$"""{"completions":10,"successPolicy":{"rules":[{{rules}}]} }"""), IndexSet.Parse(completed, 10)));
}
