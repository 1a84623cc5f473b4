using k8s.Models;
using Slipway.Api.Kinds;

namespace Slipway.Flows.Tests;

/// <summary>When attempts could run, were given a node and had their image, and what they read and wrote.</summary>
public sealed class AttemptTimesTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>By digest, so that no pod waits for another to tell it.</summary>
    private static RunSimulation Simulation(string tasks, string header = "") => new(tasks, $"defaults: {{ image: '{RunSimulation.Digest}' }}\n{header}") { Now = Start };

    /// <summary>Seconds after the run's start at which an item could run.</summary>
    private static double Queued(RunSimulation run, string item) =>
        (DateTimeOffset.Parse(run.Pod(item).Metadata.Annotations[FlowNames.QueuedAnnotation], System.Globalization.CultureInfo.InvariantCulture) - Start).TotalSeconds;

    [Fact]
    public void A_task_could_run_when_the_last_of_its_needs_had_ended()
    {
        var run = Simulation("""
            - { name: a, command: [a] }
            - { name: b, command: [b] }
            - { name: c, command: [c], needs: [a, b] }
            """);
        run.Start();
        run.Now = Start.AddSeconds(5);
        run.End("b");
        run.Now = Start.AddSeconds(9.25);
        run.End("a");
        run.Now = Start.AddSeconds(20); // nobody looked before
        run.Start();
        Assert.Equal((0, 0, 9.25), (Queued(run, "a"), Queued(run, "b"), Queued(run, "c")));
    }

    [Fact]
    public void What_waits_for_room_could_run_before()
    {
        var run = Simulation("- { name: w, command: [w], forEach: [1, 2], parallelism: 1 }");
        run.Start();
        run.Now = Start.AddSeconds(5);
        run.End("w[0]");
        run.Start();
        Assert.Equal((0, 0), (Queued(run, "w[0]"), Queued(run, "w[1]")));
    }

    [Fact]
    public void A_retry_could_run_after_its_pause_and_a_raise_of_memory_at_once()
    {
        var run = Simulation("- { name: a, command: [a], resources: { memory: 64Mi }, onOutOfMemory: { factor: 2, limit: 1Gi }, retries: { limit: 1, backoff: 10s } }");
        run.Start();
        run.Now = Start.AddSeconds(5);
        run.End("a", exitCode: 137, reason: "OutOfMemory");
        run.Now = Start.AddSeconds(6);
        run.Start();
        Assert.Equal(5, Queued(run, "a"));
        run.Now = Start.AddSeconds(30);
        run.End("a", exitCode: 1, reason: "Error");
        run.Now = Start.AddSeconds(45);
        run.Start();
        Assert.Equal(40, Queued(run, "a"));
    }

    [Fact]
    public void Rounds_follow_each_other_and_calls_begin_with_the_task()
    {
        var run = Simulation("""
            - { name: a, command: [a], outputs: { values: { n: /out/n } }, repeat: { until: "values.n > 1", limit: 5, pause: 3s } }
            - { name: call, template: t, needs: [a] }
            """, "templates: [{ name: t, tasks: [{ name: x, command: [x] }, { name: y, command: [y], needs: [x] }] }]");
        run.Start();
        run.Now = Start.AddSeconds(5);
        run.End("a@1", values: new() { ["n"] = "1" });
        run.Now = Start.AddSeconds(8);
        run.Start();
        Assert.Equal(8, Queued(run, "a@2"));
        run.Now = Start.AddSeconds(12);
        run.End("a@2", values: new() { ["n"] = "2" });
        run.Start();
        run.Now = Start.AddSeconds(14);
        run.End("call.x");
        run.Start();
        Assert.Equal((12, 14), (Queued(run, "call.x"), Queued(run, "call.y")));
    }

    [Fact]
    public void Tasks_of_the_end_could_run_when_the_others_had_ended_and_skipped_ones_take_no_time()
    {
        var run = Simulation("""
            - { name: a, command: [a] }
            - { name: b, command: [b], needs: [a] }
            - { name: c, command: [c], needs: [b], when: "true" }
            """, "onFailure: [{ name: tell, command: [t] }]\nalways: [{ name: tidy, command: [t] }]");
        run.Start();
        run.Now = Start.AddSeconds(5);
        run.End("a", exitCode: 1, reason: "Error");
        run.Start();
        Assert.Equal(5, Queued(run, "c")); // b was skipped
        run.Now = Start.AddSeconds(7);
        run.End("c");
        run.Start();
        run.Now = Start.AddSeconds(9);
        run.End("tell");
        run.Start();
        Assert.Equal((7, 9), (Queued(run, "tell"), Queued(run, "tidy")));
    }

    [Theory]
    [InlineData("2026-01-01T00:00:00", 0.0, 0.0)]
    [InlineData("2026-01-01T00:00:09", 9.25, 9.25)] // within the second that the API tells
    [InlineData("2026-01-01T00:00:09", 10.5, 9.0)]  // a clock that goes after the other
    [InlineData("2026-01-01T00:00:30", 9.25, 30.0)]
    [InlineData(null, 9.25, null)]
    public void A_node_was_given_in_the_second_that_the_condition_tells(string? told, double queued, double? scheduled)
    {
        var run = Simulation("- { name: a, command: [a] }");
        run.Start();
        var pod = run.Pod("a");
        pod.Metadata.Annotations[FlowNames.QueuedAnnotation] = AttemptJson.Time(Start.AddSeconds(queued));
        var conditions = told is null ? null : new List<V1PodCondition>
        {
            new() { Type = "PodScheduled", Status = "True", LastTransitionTime = DateTime.Parse(told, System.Globalization.CultureInfo.InvariantCulture) },
        };
        run.EndWithout("a", new V1PodStatus { Phase = "Failed", Conditions = conditions });
        var attempt = run.Attempts[0];
        Assert.Equal(Start.AddSeconds(queued), attempt.Queued);
        Assert.Equal(scheduled is { } s ? Start.AddSeconds(s) : null, attempt.Scheduled);
        Assert.Equal((null, null, null), (attempt.Pulled, attempt.StorageReadBytes, attempt.NetworkSentBytes)); // nobody has told it
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_was_read_and_written_is_what_the_wrapper_reports_but_not_the_network_of_the_node(bool hostNetwork)
    {
        var run = Simulation("- { name: a, command: [a] }");
        run.Start();
        var pod = run.Pod("a");
        pod.Spec.HostNetwork = hostNetwork ? true : null;
        pod.Status = new V1PodStatus { Phase = "Succeeded" };
        var report = TaskReport.Parse("""{"version":1,"exitCode":0,"pulled":"2026-01-01T00:00:01.5+00:00","bytesRead":0,"bytesWritten":4096,"networkReceived":7,"networkSent":8}""");
        run.Record(pod, AttemptSources.None with { Report = report });
        var attempt = run.Attempts[0];
        Assert.Equal((Start.AddSeconds(1.5), 0L, 4096L), (attempt.Pulled, attempt.StorageReadBytes, attempt.StorageWrittenBytes));
        Assert.Equal(hostNetwork ? (null, null) : (7L, 8L), (attempt.NetworkReceivedBytes, attempt.NetworkSentBytes));
    }

    [Fact]
    public void Of_replicas_the_first_times_count_and_all_bytes()
    {
        var run = Simulation("- { name: a, command: [a], replicas: 2 }");
        run.Start();
        var members = run.Replicas("a").Select((pod, i) => (Pod: pod, Record: new AttemptRecord
        {
            Path = TaskPath.Of(null, "a"), Number = 1, Pod = pod.Metadata.Name, PodUid = "u", Image = "x:1", Reason = AttemptReason.Succeeded, End = Start.AddSeconds(60),
            Scheduled = Start.AddSeconds(10 - i), Pulled = Start.AddSeconds(20 + i), StorageReadBytes = 100 + i, NetworkSentBytes = i == 0 ? null : 5,
        })).ToList();
        var whole = GangRecord.Of(members, null, i => $"pod-{i}");
        Assert.Equal((Start.AddSeconds(9), Start.AddSeconds(20)), (whole.Scheduled, whole.Pulled));
        Assert.Equal((201L, null, 5L), (whole.StorageReadBytes, whole.StorageWrittenBytes, whole.NetworkSentBytes));
    }
}
