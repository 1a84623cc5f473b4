using Slipway.Api.Kinds;

namespace Slipway.Flows.Tests;

public sealed class TakeOverTests
{
    [Theory]
    // attempts of the earlier run; from; what is changed -> what is taken over
    [InlineData("a b[0] b[1] c d", null, "", "a b[0] b[1] c d")]
    [InlineData("a b[0] b[1]! d", null, "", "a b[0] d")]
    [InlineData("a b[0] b[1]! c d", null, "", "a b[0] d")] // c ran because of its condition; what it needs was not taken whole
    [InlineData("a b[0] b[1] c d", "b", "", "a d")]
    [InlineData("a b[0] b[1] c d", "a", "", "d")]
    [InlineData("a b[0] b[1] c d", null, "b", "a d")]
    [InlineData("a b[0] b[1] c d", null, "defaults", "")]
    [InlineData("a! d", null, "", "d")]
    [InlineData("a b[0] b[1] c d.x d.y!", null, "", "a b[0] b[1] c d.x")]
    public void What_would_come_out_the_same_is_taken(string attempts, string? from, string changed, string taken)
    {
        var records = attempts.Split(' ').SelectMany(text =>
        {
            var path = TaskPath.TryParse(text.TrimEnd('!'))!;
            var last = Attempt(path, 2, text.EndsWith('!') ? AttemptReason.Error : AttemptReason.Succeeded);
            return new[] { Attempt(path, 1, AttemptReason.Error), last };
        }).ToList();
        var over = TakeOver.Of(records, "r-1", RunDefinition.Of(Flow("")), RunDefinition.Of(Flow(changed)), from);
        Assert.Equal(taken, string.Join(' ', over.Select(a => a.Path.Text)));
        Assert.All(over, a => Assert.Equal((1, "", "taken over from run r-1"), (a.Number, a.Pod, a.Message)));
    }

    private static FlowSpec Flow(string changed) => new()
    {
        Defaults = new TaskDefaults { Image = changed == "defaults" ? "x:2" : "x:1" },
        Tasks =
        [
            new() { Name = "a", Command = ["a"] },
            new() { Name = "b", Command = changed == "b" ? ["new"] : ["b"], Needs = ["a"] },
            new() { Name = "c", Command = ["c"], When = "tasks.b.failed >= 0" },
            new() { Name = "d", Template = "t" },
        ],
        Templates = [new() { Name = "t", Tasks = [new() { Name = "x", Command = ["x"] }, new() { Name = "y", Command = ["y"] }] }],
    };

    private static AttemptRecord Attempt(TaskPath path, int number, string reason) => new()
    {
        Path = path, Number = number, Pod = $"p-{path}-{number}", PodUid = "u", Image = "x:1", End = default, Reason = reason,
    };
}
