using Prometheus;

namespace Slipway.Client;

/// <summary>
/// What is counted and timed of the queues of controllers, under the names, labels and buckets of Kubernetes' own
/// (<see href="https://kubernetes.io/docs/reference/instrumentation/metrics/"/>).
/// </summary>
public sealed class WorkQueueMetrics
{
    private static readonly HistogramConfiguration Seconds = new() { Buckets = Histogram.ExponentialBuckets(1e-8, 10, 10) };
    private static readonly string[] ByQueue = ["name"];

    private readonly Gauge _depth;
    private readonly Counter _adds;
    private readonly Counter _retries;
    private readonly Histogram _waits;
    private readonly Histogram _work;

    /// <param name="factory">Where they are told. The same metrics may be made by several.</param>
    public WorkQueueMetrics(IMetricFactory factory)
    {
        _depth = factory.CreateGauge("workqueue_depth", "Keys that wait for work.", ByQueue);
        _adds = factory.CreateCounter("workqueue_adds_total", "Keys that have come to wait.", ByQueue);
        _retries = factory.CreateCounter("workqueue_retries_total", "Keys that were to wait after a delay, most of them because their work has failed.", ByQueue);
        _waits = factory.CreateHistogram("workqueue_queue_duration_seconds", "Time that keys have waited, in seconds.", ByQueue, Seconds);
        _work = factory.CreateHistogram("workqueue_work_duration_seconds", "Time of the work on keys, in seconds.", ByQueue, Seconds);
    }

    /// <summary>What the queue of a controller is counted by.</summary>
    public QueueMeter Of(string name) => new(_depth.WithLabels(name), _adds.WithLabels(name), _retries.WithLabels(name), () => _waits.WithLabels(name), () => _work.WithLabels(name));
}

/// <summary>What one queue is counted by. Most queues are never used, and take no memory for times.</summary>
public sealed class QueueMeter
{
    private readonly Gauge.Child _depth;
    private readonly Counter.Child _adds;
    private readonly Counter.Child _retries;
    private readonly Func<Histogram.Child> _ofWaits;
    private readonly Func<Histogram.Child> _ofWork;
    private Histogram.Child? _waits;
    private Histogram.Child? _work;

    internal QueueMeter(Gauge.Child depth, Counter.Child adds, Counter.Child retries, Func<Histogram.Child> ofWaits, Func<Histogram.Child> ofWork) =>
        (_depth, _adds, _retries, _ofWaits, _ofWork) = (depth, adds, retries, ofWaits, ofWork);

    internal void Added()
    {
        _adds.Inc();
        _depth.Inc();
    }

    internal void Taken(TimeSpan waited)
    {
        _depth.Dec();
        (_waits ??= _ofWaits()).Observe(waited.TotalSeconds);
    }

    internal void Done(TimeSpan worked) => (_work ??= _ofWork()).Observe(worked.TotalSeconds);

    internal void Delayed() => _retries.Inc();

    internal void Dropped(int keys) => _depth.Dec(keys);
}
