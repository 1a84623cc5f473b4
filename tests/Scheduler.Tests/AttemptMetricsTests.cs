using System.Text;

namespace Slipway.Scheduler.Tests;

public sealed class AttemptMetricsTests
{
    /// <summary>As in <see href="https://github.com/kubernetes/kubernetes/blob/master/pkg/scheduler/schedule_one.go"/>, getAttemptsLabel.</summary>
    [Theory]
    [InlineData(1, "1")]
    [InlineData(14, "14")]
    [InlineData(15, "15+")]
    [InlineData(16, "15+")]
    public async Task From_the_fifteenth_on_decisions_on_a_pod_are_told_together(int attempts, string label)
    {
        var registry = Prometheus.Metrics.NewCustomRegistry();
        new SchedulerMetrics(Prometheus.Metrics.WithCustomRegistry(registry)).Scheduled(TimeSpan.FromSeconds(1), attempts, TimeSpan.FromSeconds(1));
        using var text = new MemoryStream();
        await registry.CollectAndExportAsTextAsync(text, TestContext.Current.CancellationToken);
        Assert.Contains($"scheduler_pod_scheduling_sli_duration_seconds_count{{attempts=\"{label}\"}} 1\n", Encoding.UTF8.GetString(text.ToArray()), StringComparison.Ordinal);
    }
}
