using Prometheus;

namespace Slipway.Scheduler;

/// <summary>
/// What is counted and timed of scheduling, under the names, labels and buckets of kube-scheduler
/// (<see href="https://kubernetes.io/docs/reference/instrumentation/metrics/"/>).
/// </summary>
public sealed class SchedulerMetrics
{
    private const string Profile = "default-scheduler";
    private const int MostAttemptsTold = 15;
    private static readonly HistogramConfiguration Seconds = new() { Buckets = Histogram.ExponentialBuckets(0.001, 2, 15) };

    private readonly Histogram _algorithm;
    private readonly Counter _attempts;
    private readonly Histogram _attemptSeconds;
    private readonly Histogram _attemptsOfPods;
    private readonly Histogram _indicator;
    private readonly Counter _preemptions;
    private readonly Histogram _victims;
    private readonly Gauge.Child _active;
    private readonly Gauge.Child _backoff;
    private readonly Gauge.Child _unschedulable;
    private readonly (Counter.Child Count, Histogram.Child Seconds) _scheduled;
    private readonly (Counter.Child Count, Histogram.Child Seconds) _refused;
    private readonly (Counter.Child Count, Histogram.Child Seconds) _failed;
    private readonly Histogram.Child _first;

    /// <param name="factory">Where they are told. The same metrics may be made by several.</param>
    public SchedulerMetrics(IMetricFactory factory)
    {
        _algorithm = factory.CreateHistogram("scheduler_scheduling_algorithm_duration_seconds", "Time of decisions, in seconds.", Seconds);
        _attempts = factory.CreateCounter("scheduler_schedule_attempts_total", "Decisions on pods by what came of them.", ["result", "profile"]);
        _attemptSeconds = factory.CreateHistogram("scheduler_scheduling_attempt_duration_seconds", "Time of decisions with what follows them until the pod is bound, in seconds.", ["result", "profile"], Seconds);
        _attemptsOfPods = factory.CreateHistogram("scheduler_pod_scheduling_attempts", "Decisions until a pod was bound.", new HistogramConfiguration { Buckets = Histogram.ExponentialBuckets(1, 2, 5) });
        _indicator = factory.CreateHistogram("scheduler_pod_scheduling_sli_duration_seconds", "Time from when a pod was heard of until it was bound, in seconds, by the decisions that it took.", ["attempts"],
            new HistogramConfiguration { Buckets = Histogram.ExponentialBuckets(0.01, 2, 20) });
        _preemptions = factory.CreateCounter("scheduler_preemption_attempts_total", "Decisions to make room for a pod.");
        _victims = factory.CreateHistogram("scheduler_preemption_victims", "Pods that have to go for another.", new HistogramConfiguration { Buckets = Histogram.ExponentialBuckets(1, 2, 7) });
        var pending = factory.CreateGauge("scheduler_pending_pods", "Pods that wait: active to be decided on, unschedulable for the cluster to change, backoff for another try.", ["queue"]);
        (_active, _backoff, _unschedulable) = (pending.WithLabels("active"), pending.WithLabels("backoff"), pending.WithLabels("unschedulable"));
        (_scheduled, _refused, _failed) = (Of("scheduled"), Of("unschedulable"), Of("error"));
        _first = _indicator.WithLabels("1");
    }

    /// <summary>Takes down a decision.</summary>
    internal void Decided(TimeSpan time) => _algorithm.Observe(time.TotalSeconds);

    /// <summary>Takes down a pod that fits nowhere for now.</summary>
    internal void Refused(TimeSpan time) => Note(_refused, time);

    /// <summary>Takes down a pod whose binding has failed.</summary>
    internal void Failed(TimeSpan time) => Note(_failed, time);

    /// <summary>Takes down a pod that is bound.</summary>
    /// <param name="time">Since its last decision began.</param>
    /// <param name="attempts">Decisions on it.</param>
    /// <param name="waited">Since it was first heard of.</param>
    internal void Scheduled(TimeSpan time, int attempts, TimeSpan waited)
    {
        Note(_scheduled, time);
        _attemptsOfPods.Observe(attempts);
        (attempts == 1 ? _first : _indicator.WithLabels(attempts >= MostAttemptsTold ? $"{MostAttemptsTold}+" : $"{attempts}")).Observe(waited.TotalSeconds);
    }

    /// <summary>Takes down that pods have to go for another.</summary>
    internal void Preempted(int victims)
    {
        _preemptions.Inc();
        _victims.Observe(victims);
    }

    /// <summary>Tells how many pods wait for what.</summary>
    internal void Tell(PendingCounts counts)
    {
        _active.Set(counts.Queued);
        _backoff.Set(counts.Held);
        _unschedulable.Set(counts.All - counts.Queued - counts.Held);
    }

    private static void Note((Counter.Child Count, Histogram.Child Seconds) result, TimeSpan time)
    {
        result.Count.Inc();
        result.Seconds.Observe(time.TotalSeconds);
    }

    private (Counter.Child, Histogram.Child) Of(string result) => (_attempts.WithLabels(result, Profile), _attemptSeconds.WithLabels(result, Profile));
}
