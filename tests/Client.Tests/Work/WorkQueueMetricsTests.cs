using System.Text;
using Microsoft.Extensions.Time.Testing;
using Prometheus;

namespace Slipway.Client.Tests.Work;

public sealed class WorkQueueMetricsTests
{
    private readonly FakeTimeProvider _clock = new();
    private readonly CollectorRegistry _registry = Metrics.NewCustomRegistry();

    [Fact]
    public async Task Keys_are_counted_and_timed_from_when_they_come_to_wait_until_they_are_done()
    {
        var queue = Queue("deployment");
        queue.Add("a");
        queue.Add("b");
        queue.Add("b");
        _clock.Advance(TimeSpan.FromSeconds(2));
        await queue.TakeAsync(TestContext.Current.CancellationToken);
        queue.Add("a");   // while it is worked on
        _clock.Advance(TimeSpan.FromSeconds(5));
        queue.AddFailed("a");
        queue.Done("a");

        var page = await ReadAsync();
        Assert.Contains("""workqueue_depth{name="deployment"} 2""", page);
        Assert.Contains("""workqueue_adds_total{name="deployment"} 3""", page);
        Assert.Contains("""workqueue_retries_total{name="deployment"} 1""", page);
        Assert.Contains("""workqueue_queue_duration_seconds_sum{name="deployment"} 2""", page);
        Assert.Contains("""workqueue_queue_duration_seconds_bucket{name="deployment",le="1"} 0""", page);
        Assert.Contains("""workqueue_queue_duration_seconds_bucket{name="deployment",le="10"} 1""", page);
        Assert.Contains("""workqueue_work_duration_seconds_sum{name="deployment"} 5""", page);
        Assert.Contains("""workqueue_work_duration_seconds_count{name="deployment"} 1""", page);

        queue.Dispose();
        queue.Dispose();
        Assert.Contains("""workqueue_depth{name="deployment"} 0""", await ReadAsync());
    }

    [Fact]
    public async Task Queues_of_one_name_are_told_as_one()
    {
        using var first = Queue("job");
        using var second = Queue("job");
        first.Add("a");
        second.Add("a");
        Assert.Contains("""workqueue_depth{name="job"} 2""", await ReadAsync());
    }

    private WorkQueue<string> Queue(string name) => new(_clock, new Random(1), new WorkQueueMetrics(Metrics.WithCustomRegistry(_registry)).Of(name));

    private async Task<string[]> ReadAsync()
    {
        using var text = new MemoryStream();
        await _registry.CollectAndExportAsTextAsync(text, TestContext.Current.CancellationToken);
        return Encoding.UTF8.GetString(text.ToArray()).Split('\n');
    }
}
