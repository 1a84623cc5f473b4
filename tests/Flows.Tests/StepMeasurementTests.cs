using System.Text.Json.Nodes;
using k8s.Models;
using Slipway.Api.Kinds;

namespace Slipway.Flows.Tests;

public sealed class StepMeasurementTests
{
    private static readonly DateTimeOffset Time = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void An_attempt_has_the_sums_of_its_steps_and_the_highest_peak()
    {
        var all = Report(10, cpu: 3, peak: 10, bytes: 1).After([Report(1, cpu: 1, peak: 58, bytes: 100), Report(4, cpu: 2, peak: 20, bytes: 10)]);

        Assert.Equal(Time.AddSeconds(1), all.Start);
        Assert.Equal(Time.AddSeconds(11), all.End);
        Assert.Equal(6, all.CpuSeconds);
        Assert.Equal(58, all.PeakMemoryBytes);
        Assert.Equal("memory.58", all.PeakMemorySource);
        Assert.Equal(new long?[] { 111, 222, 333, 444 }, [all.BytesRead, all.BytesWritten, all.NetworkReceived, all.NetworkSent]);
    }

    [Fact]
    public void What_a_step_does_not_say_is_not_known_of_all()
    {
        var all = Report(10, cpu: 3, peak: 10, bytes: 1).After([new TaskReport { ExitCode = 0 }]);
        Assert.Null(all.CpuSeconds);
        Assert.Null(all.BytesRead);
        Assert.Equal(10, all.PeakMemoryBytes);
        Assert.Equal(Time.AddSeconds(10), all.Start);
    }

    [Fact]
    public void The_record_is_of_all_steps()
    {
        var run = new RunSimulation("- { name: a, image: 'x@sha256:00', steps: [{ name: one, command: [a] }, { name: two, command: [b] }] }");
        run.Start();
        var pod = run.Pod("a");
        pod.Status = new V1PodStatus { Phase = "Failed", InitContainerStatuses = [Ended("step-one", 0, 1, 58)], ContainerStatuses = [Ended("task", 3, 4, 10)] };
        var sources = new AttemptSources(TaskReport.Parse(AttemptReader.Termination(pod)!.Message), null, new Dictionary<string, string>());

        var attempt = AttemptReader.Read(pod, new RunDefinition(run.Flow, run.Flows), "f-1", sources, Time)!;

        Assert.Equal(Time.AddSeconds(1), attempt.Start);
        Assert.Equal(58, attempt.PeakMemoryBytes);
        Assert.Equal(3, attempt.ExitCode);
        Assert.Equal(2, attempt.CpuSeconds);
    }

    [Fact]
    public void A_step_that_is_killed_after_its_report_of_success_is_not_the_end_of_all()
    {
        var run = new RunSimulation("- { name: a, image: 'x@sha256:00', steps: [{ name: one, command: [a] }, { name: two, command: [b] }] }");
        run.Start();
        var (pod, killed) = (run.Pod("a"), Ended("step-one", 0, 1, 58));
        killed.State.Terminated.ExitCode = 137;
        pod.Status = new V1PodStatus { Phase = "Failed", InitContainerStatuses = [killed] };
        var sources = new AttemptSources(TaskReport.Parse(AttemptReader.Termination(pod)!.Message), null, new Dictionary<string, string>());

        var attempt = AttemptReader.Read(pod, new RunDefinition(run.Flow, run.Flows), "f-1", sources, Time)!;

        Assert.False(AttemptReader.MayHaveOutputs(pod));
        Assert.Equal((AttemptReason.Error, 137, "a in step one ended with exit code 137; see slipway logs f-1 a"), (attempt.Reason, attempt.ExitCode, attempt.Message));
    }

    private static V1ContainerStatus Ended(string name, int exitCode, int start, long peak) => new()
    {
        Name = name,
        State = new V1ContainerState
        {
            Terminated = new V1ContainerStateTerminated
            {
                ExitCode = exitCode,
                Reason = exitCode == 0 ? "Completed" : "Error",
                Message = new JsonObject { ["version"] = 1, ["exitCode"] = exitCode, ["reason"] = exitCode == 0 ? "" : "Error", ["start"] = Time.AddSeconds(start), ["end"] = Time.AddSeconds(start + 1), ["cpuSeconds"] = 1, ["peakMemoryBytes"] = peak }.ToJsonString(),
            },
        },
    };

    private static TaskReport Report(int start, double cpu, long peak, long bytes) => new()
    {
        ExitCode = 0,
        Start = Time.AddSeconds(start),
        End = Time.AddSeconds(start + 1),
        CpuSeconds = cpu,
        PeakMemoryBytes = peak,
        PeakMemorySource = $"memory.{peak}",
        BytesRead = bytes,
        BytesWritten = 2 * bytes,
        NetworkReceived = 3 * bytes,
        NetworkSent = 4 * bytes,
    };
}
