using System.Text;
using System.Text.Json.Nodes;

namespace Slipway.Simulation.Tests;

public sealed class PodLifeTests
{
    private const string Bound = """{"conditions":[{"type":"PodScheduled","status":"True","lastTransitionTime":"2026-01-01T00:00:10Z"}]}""";
    private const string Unready = """{"phase":"Running","startTime":"2026-01-01T00:00:12Z","containerStatuses":[{"name":"c","restartCount":0,"state":{"running":{"startedAt":"2026-01-01T00:00:12Z"}}}]}""";
    private const string Ready = """{"phase":"Running","startTime":"2026-01-01T00:00:12Z","conditions":[{"type":"Ready","status":"True"}],"containerStatuses":[{"name":"c","restartCount":0,"state":{"running":{"startedAt":"2026-01-01T00:00:12Z"}}}]}""";
    private static readonly PodRule Slow = new() { StartDelay = Seconds(2), ReadyDelay = Seconds(3), RunFor = Seconds(60), StopDelay = Seconds(5) };

    public static TheoryData<string, string, string, PodRule, string?> Stages => new()
    {
        // spec, status, metadata, rule, what is next and at which second
        { "{}", Bound, "", new(), "Start at 10" },
        { "{}", Bound, "", Slow, "Start at 12" },
        { "{}", Unready, "", Slow, "Ready at 15" },
        { "{}", Unready, "", Slow with { RunFor = Seconds(1) }, "Restart at 13" },
        { """{"readinessGates":[{"conditionType":"g"}]}""", Unready, "", new(), null },
        { "{}", Ready, "", new(), null },
        { "{}", Ready, "", Slow, "Restart at 72" },
        { """{"restartPolicy":"Never"}""", Ready, "", Slow, "End at 72" },
        { """{"restartPolicy":"Never"}""", Ready, "", Slow with { FailureProbability = 1, ExitCode = 9 }, "End at 72 with 9" },
        { """{"restartPolicy":"OnFailure"}""", Ready, "", Slow, "End at 72" },
        { """{"restartPolicy":"OnFailure"}""", Ready, "", Slow with { FailureProbability = 1 }, "Restart at 72 with 1" },
        { """{"restartPolicy":"Never"}""", """{"phase":"Succeeded"}""", "", Slow, null },
        { """{"restartPolicy":"Never"}""", Ready, ""","ownerReferences":[{"kind":"Job","name":"j","uid":"u","apiVersion":"batch/v1"}]""", new(), "End at 13" },
        { "{}", Ready, ""","deletionTimestamp":"2026-01-01T00:01:00Z","deletionGracePeriodSeconds":30""", new(), "Remove at 30" },
        { "{}", Ready, ""","deletionTimestamp":"2026-01-01T00:01:00Z","deletionGracePeriodSeconds":30""", Slow, "Remove at 35" },
        { "{}", Ready, ""","deletionTimestamp":"2026-01-01T00:00:33Z","deletionGracePeriodSeconds":3""", Slow, "Remove at 33" },
        { "{}", Bound, ""","deletionTimestamp":"2026-01-01T00:01:00Z","deletionGracePeriodSeconds":30""", new(), "Remove at 30" },
        { "{}", Ready, ""","finalizers":["f"],"deletionTimestamp":"2026-01-01T00:01:00Z","deletionGracePeriodSeconds":30""", new(), "End at 30 with 143" },
        { "{}", """{"phase":"Failed"}""", ""","finalizers":["f"],"deletionTimestamp":"2026-01-01T00:01:00Z","deletionGracePeriodSeconds":30""", new(), "Remove at 30" },
        { "{}", """{"phase":"Failed"}""", ""","finalizers":["f"],"deletionTimestamp":"2026-01-01T00:01:00Z","deletionGracePeriodSeconds":0""", new(), null },
    };

    [Theory]
    [MemberData(nameof(Stages))]
    public void What_is_next_follows_from_what_the_pod_says(string spec, string status, string metadata, PodRule rule, string? expected) =>
        Assert.Equal(expected, Text(PodLife.Next(Pod(spec, status, metadata), new() { Pods = [rule] })));

    [Fact]
    public void The_first_rule_that_selects_a_pod_decides()
    {
        var plan = new SimulationPlan
        {
            Pods = [new() { Namespace = "b" }, new() { Selector = Slipway.Api.Selectors.LabelSelector.Parse("app=x"), ReadyDelay = Seconds(1) }, Slow],
        };
        Assert.Same(plan.Pods[1], PodLife.RuleFor(Pod("{}", "{}", ""","labels":{"app":"x"}"""), plan));
        Assert.Same(Slow, PodLife.RuleFor(Pod("{}", "{}"), plan));
    }

    [Fact]
    public void Chance_is_even_depends_on_the_seed_and_is_the_same_in_every_run()
    {
        double[] draws = [.. Enumerable.Range(0, 10_000).Select(i => Chance.Of(1, new("ns", $"pod-{i}"), 0, "fail"))];
        Assert.Equal(draws, Enumerable.Range(0, 10_000).Select(i => Chance.Of(1, new("ns", $"pod-{i}"), 0, "fail")));
        Assert.All(draws, draw => Assert.InRange(draw, 0, 1));
        Assert.InRange(draws.Count(draw => draw < 0.1), 900, 1100);
        Assert.NotEqual(draws[0], Chance.Of(2, new("ns", "pod-0"), 0, "fail"));
        Assert.NotEqual(draws[0], Chance.Of(1, new("ns", "pod-0"), 1, "fail"));
        Assert.NotEqual(draws[0], Chance.Of(1, new("ns", "pod-0"), 0, "run"));
    }

    [Fact]
    public void A_patch_carries_the_version_that_was_decided_on_and_changes_the_status_alone()
    {
        var pod = Pod("""{"containers":[{"name":"c","image":"i"}],"initContainers":[{"name":"init","image":"i"}]}""", Bound);
        var patch = JsonNode.Parse(StagePatch.Of(pod, new(PodStage.Start, default), new(), "100.127.0.1", "100.64.0.9", new(2026, 1, 1, 0, 0, 12, TimeSpan.Zero)).Span)!.AsObject();
        Assert.Equal(["metadata", "status"], patch.Select(field => field.Key));
        Assert.Equal("9", (string?)patch["metadata"]!["resourceVersion"]);
        var status = patch["status"]!;
        Assert.Equal(("Running", "100.64.0.9", "100.127.0.1"), ((string?)status["phase"], (string?)status["podIP"], (string?)status["hostIP"]));
        Assert.Equal("2026-01-01T00:00:12Z", (string?)status["containerStatuses"]![0]!["state"]!["running"]!["startedAt"]);
        Assert.Equal("Completed", (string?)status["initContainerStatuses"]![0]!["state"]!["terminated"]!["reason"]);
        Assert.Equal(["PodReadyToStartContainers True", "Initialized True", "ContainersReady True", "Ready True"], status["conditions"]!.AsArray().Select(c => $"{c!["type"]} {c["status"]}"));
    }

    private static SimulatedPod Pod(string spec, string status, string metadata = "") => Kinds.Pods.Read(Encoding.UTF8.GetBytes(
        $$"""{"metadata":{"name":"p","namespace":"a","uid":"u","resourceVersion":"9"{{metadata}} },"spec":{{spec}},"status":{{status}} }"""));

    private static Span Seconds(int seconds) => new(TimeSpan.FromSeconds(seconds), TimeSpan.FromSeconds(seconds));

    private static string? Text(PodStep? step) => step is not { } next ? null
        : $"{next.Stage} at {(next.Due - new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc)).TotalSeconds}{(next.ExitCode == 0 ? "" : $" with {next.ExitCode}")}";
}
