using Slipway.Testing;

namespace Slipway.Scheduler.Tests;

public sealed class SchedulerMetricsTests : IAsyncLifetime
{
    private const string Pods = "/api/v1/namespaces/default/pods";
    private readonly Prometheus.CollectorRegistry _registry = Prometheus.Metrics.NewCustomRegistry();
    private TestCluster _cluster = null!;

    public async ValueTask InitializeAsync()
    {
        _cluster = await TestCluster.StartAsync();
        _cluster.Run(new PodScheduler(_cluster.As("system:kube-scheduler"), _cluster.Clock, _cluster.Logs, new SchedulerMetrics(Prometheus.Metrics.WithCustomRegistry(_registry))).RunAsync);
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    // A pod may be heard of before the node that was there first, and decided on more often than it seems.
    [Fact]
    public async Task Decisions_are_counted_by_what_came_of_them_and_waiting_pods_by_what_they_wait_for()
    {
        await AddNodeAsync("n1", cpu: "1");
        await AddPodAsync("small", "500m");
        await AddPodAsync("large", "2");
        await UntilAsync(page => (page("scheduler_schedule_attempts_total", "result=\"scheduled\""), Pending(page)) == (1, (0, 0, 1)));
        await UntilAsync(page => page("scheduler_schedule_attempts_total", "result=\"unschedulable\"") is >= 1 and var refused
            && (page("scheduler_scheduling_algorithm_duration_seconds_count", ""), page("scheduler_scheduling_attempt_duration_seconds_count", "result=\"unschedulable\"")) == (refused + 1, refused));
        await UntilAsync(page => (page("scheduler_pod_scheduling_sli_duration_seconds_count", ""), page("scheduler_pod_scheduling_attempts_count", "")) == (1, 1));

        await AddNodeAsync("n2", cpu: "4");
        await UntilAsync(page => (page("scheduler_scheduling_attempt_duration_seconds_count", "result=\"scheduled\""), Pending(page)) == (2, (0, 0, 0)));
        await UntilAsync(page => page("scheduler_pod_scheduling_sli_duration_seconds_count", "") == 2 && page("scheduler_pod_scheduling_attempts_sum", "") >= 3);

        static (double, double, double) Pending(Func<string, string, double> page) =>
            (page("scheduler_pending_pods", "queue=\"active\""), page("scheduler_pending_pods", "queue=\"backoff\""), page("scheduler_pending_pods", "queue=\"unschedulable\""));
    }

    [Fact]
    public async Task Room_that_is_made_is_counted_with_who_has_to_go()
    {
        await AddNodeAsync("n1", cpu: "1");
        await _cluster.CreateAsync("/apis/scheduling.k8s.io/v1/priorityclasses", """{"apiVersion":"scheduling.k8s.io/v1","kind":"PriorityClass","metadata":{"name":"high"},"value":1000}""");
        await AddPodAsync("low", "800m");
        await UntilAsync(page => page("scheduler_schedule_attempts_total", "result=\"scheduled\"") == 1);
        await AddPodAsync("high", "800m", ",\"priorityClassName\":\"high\"");
        await UntilAsync(page => (page("scheduler_preemption_attempts_total", ""), page("scheduler_preemption_victims_sum", "")) == (1, 1));
    }

    private async Task AddNodeAsync(string name, string cpu)
    {
        await _cluster.CreateAsync("/api/v1/nodes", $$"""{"apiVersion":"v1","kind":"Node","metadata":{"name":"{{name}}"} }""");
        await _cluster.PatchAsync($"/api/v1/nodes/{name}/status", $$$"""{"status":{"allocatable":{"cpu":"{{{cpu}}}","memory":"4Gi","pods":"110"} } }""");
    }

    private Task AddPodAsync(string name, string cpu, string spec = "") => _cluster.CreateAsync(Pods, $$$$"""
        {"apiVersion":"v1","kind":"Pod","metadata":{"name":"{{{{name}}}}"},"spec":{"containers":[{"name":"c","image":"i","resources":{"requests":{"cpu":"{{{{cpu}}}}"}}}]{{{{spec}}}} } }
        """);

    // Asks until something is so of the sums of figures by their name and a label.
    private async Task UntilAsync(Func<Func<string, string, double>, bool> isSo)
    {
        using var end = new CancellationTokenSource(TestCluster.Patience);
        while (true)
        {
            using var text = new MemoryStream();
            await _registry.CollectAndExportAsTextAsync(text, TestContext.Current.CancellationToken);
            var lines = System.Text.Encoding.UTF8.GetString(text.ToArray()).Split('\n');
            if (isSo((name, label) => lines
                .Where(line => (line.StartsWith($"{name}{{", StringComparison.Ordinal) || line.StartsWith($"{name} ", StringComparison.Ordinal)) && line.Contains(label, StringComparison.Ordinal))
                .Sum(line => double.Parse(line[line.LastIndexOf(' ')..], System.Globalization.CultureInfo.InvariantCulture)))) return;
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, end.Token);
        }
    }
}
