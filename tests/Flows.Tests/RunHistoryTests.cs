using System.Globalization;
using System.Text.Json;
using k8s.Models;
using Slipway.Api.Documents;
using Slipway.Api.Kinds;

namespace Slipway.Flows.Tests;

public sealed class RunHistoryTests
{
    private static readonly DateTime Now = new(2026, 1, 31, 12, 0, 0, DateTimeKind.Utc);

    [Theory]
    // what the flow says; runs by the hours since they ended -> those that go; when the next one does, in minutes
    [InlineData("", "", "", null)]
    [InlineData("historyLimit: 2", "1 2 3 4", "3 4", null)]
    [InlineData("historyLimit: 2", "3 4 running 0:pending", "", null)]
    [InlineData("historyLimit: 0", "1 2", "1 2", null)]
    [InlineData("", "2 3 4 5 6 7 8 9 10 11 12 13", "12 13", null)]
    // those who wait for a run find it
    [InlineData("historyLimit: 1", "0.5 0.25 0.75 2", "2", 15)]
    [InlineData("historyLimit: 1", "0.25 1", "1", null)]
    // each schedule and trigger has its own, whatever others there are
    [InlineData("historyLimit: 1, schedules: [{ name: s, cron: '@daily', historyLimit: 2 }], triggers: [{ name: t, flow: { name: g }, historyLimit: 1 }]", "0.1:s 0.2:s 0.3:s 2 3 0.1:t 0.2:t", "0.3 3 0.2", null)]
    [InlineData("historyLimit: 1, schedules: [{ name: s, cron: '@daily' }]", "2:s 3:s 4:gone 5", "5", null)]
    // age is for all of them
    [InlineData("schedules: [{ name: s, cron: '@daily' }], retention: { runs: 3h }", "2:s 3:s 2.5 4 0.5", "3 4", 30)]
    [InlineData("historyLimit: 1, retention: { runs: 3h }", "2 4 5", "4 5", 60)]
    [InlineData("historyLimit: 1, retention: { runs: 30m }", "0.25 0.5", "0.5", 15)]
    // what is still to be told of one holds it
    [InlineData("historyLimit: 0", "2:untold 3", "3", null)]
    public void The_newest_ended_runs_are_kept(string spec, string runs, string gone, int? next) => Hold(Flow(spec), runs, null, gone, next);

    [Theory]
    // runs by the hours since they ended, hours since the flow is gone -> those that go; when the next one does, in minutes
    [InlineData("0.5 1 2:s 3 running", 1, "1 2 3", 30)]
    [InlineData("0.5 1 2:s 3 running", 0, "", 60)]
    [InlineData("0.25 2:s", 0.5, "", 30)]
    public void Those_of_a_flow_that_is_gone_go_too(string runs, double since, string gone, int? next) => Hold(null, runs, Now.AddHours(-since), gone, next);

    private static void Hold(FlowSpec? flow, string runs, DateTime? since, string gone, int? next)
    {
        var history = RunHistory.For(flow, [.. runs.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Run)], since, Now);
        Assert.Equal(gone.Split(' ', StringSplitOptions.RemoveEmptyEntries).Order(), history.Forget.Select(r => r.Metadata.Name.Split(':')[0]).Order());
        Assert.Equal(next is { } minutes ? Now.AddMinutes(minutes) : null, history.Next);
    }

    private static FlowSpec Flow(string spec) =>
        JsonSerializer.Deserialize(DocumentReader.ParseYaml($"{{ tasks: [{{ name: a, command: [a] }}]{(spec.Length > 0 ? ", " : "")}{spec} }}")[0], KindsJson.Default.FlowSpec)!;

    private static FlowRun Run(string text)
    {
        var parts = text.Split(':');
        var hasEnded = double.TryParse(parts[0], CultureInfo.InvariantCulture, out var hours);
        var (end, label) = (Now.AddHours(-hours), parts.Length > 1 ? parts[1] : "");
        hasEnded &= label != "pending";
        return new FlowRun
        {
            Metadata = new V1ObjectMeta { Name = text, Labels = new Dictionary<string, string> { [label == "t" ? FlowNames.TriggerLabel : FlowNames.ScheduleLabel] = label } },
            Spec = new FlowRunSpec { Flow = "f", Interval = label == "s" ? new DataInterval { Start = end.AddDays(-1), End = end } : null },
            Status = new FlowRunStatus
            {
                Phase = hasEnded ? FlowPhase.Succeeded : FlowPhase.Running,
                CompletionTime = hasEnded ? end : null,
                Notifications = label == "untold" ? new() { ["team.Failure"] = new FlowNotificationStatus { Phase = FlowNotificationStatus.Pending } } : null,
            },
        };
    }
}
