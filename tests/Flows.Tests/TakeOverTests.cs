using System.Text.Json.Nodes;
using Slipway.Api.Kinds;

namespace Slipway.Flows.Tests;

public sealed class TakeOverTests
{
    [Theory]
    // attempts of the earlier run; from; what is changed -> what is taken over
    [InlineData("a b[0] b[1] c d.x d.y d.undo", null, "", "a b[0] b[1] c d.x d.y d.undo")]
    [InlineData("a b[0] b[1]! d.x d.y d.undo", null, "", "a b[0] d.x d.y d.undo")]
    [InlineData("a b[0] b[1]! c d.x d.y d.undo", null, "", "a b[0] d.x d.y d.undo")] // c ran because of its condition; what it needs was not taken whole
    [InlineData("a b[0] b[1] c d.x d.y d.undo", "b", "", "a d.x d.y d.undo")]
    [InlineData("a b[0] b[1] c d.x d.y d.undo", "a", "", "d.x d.y d.undo")]
    [InlineData("a b[0] b[1] c d.x d.y d.undo", null, "b", "a d.x d.y d.undo")]
    [InlineData("a b[0] b[1] c d.x d.y d.undo", null, "defaults", "")]
    [InlineData("a! d.x d.y d.undo", null, "", "d.x d.y d.undo")]
    [InlineData("a b[0] c", null, "", "a b[0]")] // stopped before b[1] began
    [InlineData("a b[0] b[1] c d.x d.y! d.undo", null, "", "a b[0] b[1] c")] // of a call all or nothing
    [InlineData("a b[0] b[1] c d.x", null, "", "a b[0] b[1] c")]
    [InlineData("a b[0]? b[1] c d.x d.y d.undo", null, "", "a b[1] d.x d.y d.undo")] // what b[0] left is not kept any more
    [InlineData("a? b[0] b[1] c d.x d.y? d.undo", null, "", "")]
    [InlineData("e@1? e@2=true f", null, "", "")]
    [InlineData("e@1 e@2=true f", null, "", "e@1 e@2 f")]
    [InlineData("e@1 e@2! f", null, "", "")]
    [InlineData("e@1 e@2 e@3 f", null, "", "")] // its limit was reached
    public void What_would_come_out_the_same_is_taken(string attempts, string? from, string changed, string taken)
    {
        var records = attempts.Split(' ').SelectMany(text =>
        {
            var path = TaskPath.TryParse(text.Split('=')[0].TrimEnd('!', '?'))!;
            var last = Attempt(path, 2, text.EndsWith('!') ? AttemptReason.Error : AttemptReason.Succeeded) with
            {
                Values = new Dictionary<string, ValueRecord> { ["v"] = new(text.EndsWith('?') ? "gone" : "v", text.EndsWith("=true", StringComparison.Ordinal) ? "true" : "false") },
            };
            return new[] { Attempt(path, 1, AttemptReason.Error), last };
        }).ToList();
        var earlier = new RunView
        {
            Namespace = "default", Name = "r-1", Uid = "u", FlowName = "f", Definition = RunDefinition.Of(Flow("")), Params = new Dictionary<string, JsonNode?>(), Start = default, Now = default, Attempts = records,
        };
        var over = TakeOver.Of(earlier, RunDefinition.Of(Flow(changed)), from, sha256 => sha256 != "gone");
        Assert.Equal(taken, string.Join(' ', over.Select(a => a.Path.Text)));
        Assert.All(over, a => Assert.Equal((1, "", "taken over from run r-1"), (a.Number, a.Pod, a.Message)));
    }

    [Theory]
    [InlineData(-3600, 0)] // taken over
    [InlineData(60, 60)]
    public void A_run_does_not_end_before_its_start(int end, int completion)
    {
        var start = new DateTimeOffset(2026, 1, 1, 6, 0, 0, TimeSpan.Zero);
        var plan = FlowPlan.For(new RunView
        {
            Namespace = "default", Name = "r-2", Uid = "u", FlowName = "f", Definition = RunDefinition.Of(new() { Tasks = [new() { Name = "a", Command = ["a"] }] }), Params = new Dictionary<string, JsonNode?>(),
            Start = start, Now = start.AddHours(2), Attempts = [Attempt(TaskPath.Of(null, "a"), 1, AttemptReason.Succeeded) with { End = start.AddSeconds(end) }],
        });
        Assert.Equal((FlowPhase.Succeeded, start.AddSeconds(completion).UtcDateTime), (plan.Status.Phase, plan.Status.CompletionTime));
    }

    private static FlowSpec Flow(string changed) => new()
    {
        Defaults = new TaskDefaults { Image = changed == "defaults" ? "x:2" : "x:1" },
        Tasks =
        [
            new() { Name = "a", Command = ["a"] },
            new() { Name = "b", Command = changed == "b" ? ["new"] : ["b"], Needs = ["a"], ForEach = new JsonArray(1, 2) },
            new() { Name = "c", Command = ["c"], When = "tasks.b.failed >= 0" },
            new() { Name = "d", Template = "t" },
            new() { Name = "e", Command = ["e"], Outputs = new() { Values = new() { ["v"] = "/out/v" } }, Repeat = new() { Until = "values.v", Limit = 3 } },
            new() { Name = "f", Command = ["f"], Needs = ["e"] },
        ],
        Templates = [new() { Name = "t", Tasks = [new() { Name = "x", Command = ["x"] }, new() { Name = "y", Command = ["y"] }], Always = [new() { Name = "undo", Command = ["u"] }] }],
    };

    private static AttemptRecord Attempt(TaskPath path, int number, string reason) => new()
    {
        Path = path, Number = number, Pod = $"p-{path}-{number}", PodUid = "u", Image = "x:1", End = default, Reason = reason,
    };
}
