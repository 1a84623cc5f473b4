using Slipway.Api;

namespace Slipway.Controllers;

/// <summary>A metric of one pod, in thousandths.</summary>
/// <param name="Milli">The value.</param>
/// <param name="At">When it was measured.</param>
/// <param name="Window">Over which time.</param>
internal readonly record struct PodSample(long Milli, DateTime At, TimeSpan Window);

/// <summary>A metric cannot be told; the message says why.</summary>
internal sealed class MetricUnavailableException(string message) : Exception(message);

/// <summary>How far usage may be off its target before anything is changed, as shares of the target.</summary>
internal readonly record struct Tolerance(double Down, double Up)
{
    public const double Default = 0.1;

    public bool Covers(double ratio) => ratio >= 1 - Down && ratio <= 1 + Up;
}

/// <summary>
/// How many replicas would bring a metric to its target
/// (<see href="https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#algorithm-details"/>). Pods that do not tell
/// are taken to use nothing where that is a reason to add pods, and all that they may where it is one to remove some.
/// </summary>
/// <param name="pods">The pods of what is scaled.</param>
/// <param name="tolerance">How far off is near enough.</param>
/// <param name="now">Now.</param>
internal sealed class ReplicaCount(IReadOnlyList<ScaledPodView> pods, Tolerance tolerance, DateTime now)
{
    // For so long after its start a pod may use more of the processors than later.
    private static readonly TimeSpan Initialization = TimeSpan.FromMinutes(5);

    // A pod that turns unready within this time of its start has never been ready.
    private static readonly TimeSpan FirstReadiness = TimeSpan.FromSeconds(30);

    /// <summary>By usage as a percentage of what the pods, or one container of each, have requested.</summary>
    /// <exception cref="MetricUnavailableException">The pods do not say enough.</exception>
    public (int Replicas, int Utilization, long AverageMilli) ByUtilization(int current, int target, IReadOnlyDictionary<string, PodSample> metrics, string resource, string? container)
    {
        var groups = Group(metrics, resource);
        var requests = pods.ToDictionary(pod => pod.Name, pod => RequestOf(pod, resource, container), StringComparer.Ordinal);
        var (ratio, utilization, average) = Utilization(groups.Values, requests, target);
        var replicas = Propose(current, groups, ratio, name => requests[name] * Math.Max(100, target) / 100, values => Utilization(values, requests, target).Ratio);
        return (replicas, utilization, average);
    }

    /// <summary>By the average of a value.</summary>
    /// <param name="current">The replicas that are asked for now.</param>
    /// <param name="targetMilli">The average to reach, in thousandths.</param>
    /// <param name="metrics">The values by the pod's name.</param>
    /// <param name="resource">The resource that the value is about; empty for another metric.</param>
    /// <exception cref="MetricUnavailableException">The pods do not say enough.</exception>
    public (int Replicas, long AverageMilli) ByAverage(int current, long targetMilli, IReadOnlyDictionary<string, PodSample> metrics, string resource)
    {
        var groups = Group(metrics, resource);
        var average = groups.Values.Values.Sum() / groups.Values.Count;
        return (Propose(current, groups, RatioOf(groups.Values), _ => targetMilli, RatioOf), average);

        double RatioOf(IReadOnlyDictionary<string, long> values) => (double)(values.Values.Sum() / values.Count) / targetMilli;
    }

    /// <summary>By one value for all pods.</summary>
    /// <exception cref="MetricUnavailableException">There are no pods.</exception>
    public int ByValue(int current, long valueMilli, long targetMilli)
    {
        var ratio = (double)valueMilli / targetMilli;
        if (current == 0)
            return Ceiling(ratio);
        if (tolerance.Covers(ratio))
            return current;
        if (pods.Count == 0)
            throw new MetricUnavailableException("unable to calculate ready pods: no pods returned by selector while calculating replica count");
        return Ceiling(ratio * pods.Count(pod => pod is { Phase: "Running", Ready.Status: "True" }));
    }

    /// <summary>By one value that all pods share.</summary>
    public (int Replicas, long AverageMilli) ByShare(int replicas, long valueMilli, long targetMilli)
    {
        var ratio = (double)valueMilli / ((double)targetMilli * replicas);
        return (tolerance.Covers(ratio) ? replicas : Ceiling((double)valueMilli / targetMilli), replicas == 0 ? 0 : (long)Math.Ceiling((double)valueMilli / replicas));
    }

    private int Propose(int current, Groups groups, double ratio, Func<string, long> all, Func<IReadOnlyDictionary<string, long>, double> ratioOf)
    {
        var rebalances = groups.Unready.Count > 0 && ratio > 1;
        if (!rebalances && groups.Missing.Count == 0)
            return tolerance.Covers(ratio) ? current : Ceiling(ratio * groups.Values.Count);

        var values = new Dictionary<string, long>(groups.Values, StringComparer.Ordinal);
        if (ratio != 1)
            foreach (var name in groups.Missing)
                values[name] = ratio < 1 ? all(name) : 0;
        if (rebalances)
            foreach (var name in groups.Unready)
                values[name] = 0;
        var weighed = ratioOf(values);
        // What is assumed of the silent ones may keep from a change, but is no reason for the opposite one.
        if (tolerance.Covers(weighed) || (ratio < 1 && weighed > 1) || (ratio > 1 && weighed < 1))
            return current;
        var replicas = Ceiling(weighed * values.Count);
        return (weighed < 1 && replicas > current) || (weighed > 1 && replicas < current) ? current : replicas;
    }

    private static (double Ratio, int Utilization, long AverageMilli) Utilization(IReadOnlyDictionary<string, long> values, Dictionary<string, long> requests, int target)
    {
        var known = values.Where(value => requests.ContainsKey(value.Key)).ToList();
        var requested = known.Sum(value => requests[value.Key]);
        if (requested == 0)
            throw new MetricUnavailableException("no metrics returned matched known pods");
        var utilization = (int)(known.Sum(value => value.Value) * 100 / requested);
        return ((double)utilization / target, utilization, known.Sum(value => value.Value) / known.Count);
    }

    private Groups Group(IReadOnlyDictionary<string, PodSample> metrics, string resource)
    {
        if (pods.Count == 0)
            throw new MetricUnavailableException("no pods returned by selector while calculating replica count");
        // What is still told of pods that are gone is nobody's.
        var values = pods.Where(pod => metrics.ContainsKey(pod.Name)).ToDictionary(pod => pod.Name, pod => metrics[pod.Name].Milli, StringComparer.Ordinal);
        var (unready, missing) = (new List<string>(), new List<string>());
        foreach (var pod in pods)
        {
            if (pod.Metadata.DeletionTimestamp is not null || pod.Phase == "Failed")
                values.Remove(pod.Name);
            else if (pod.Phase == "Pending")
                unready.Add(pod.Name);
            else if (!metrics.TryGetValue(pod.Name, out var sample))
                missing.Add(pod.Name);
            else if (resource == "cpu" && IsStarting(pod, sample))
                unready.Add(pod.Name);
        }
        foreach (var name in unready)
            values.Remove(name);
        return values.Count > 0 ? new(values, unready, missing) : throw new MetricUnavailableException("did not receive metrics for any ready pods");
    }

    // What a pod takes to start says nothing of what it will take to work.
    private bool IsStarting(ScaledPodView pod, PodSample sample)
    {
        if (pod.Ready is not { LastTransitionTime: { } changed } ready || pod.Status?.StartTime is not { } started)
            return true;
        return started + Initialization > now
            ? ready.Status == "False" || sample.At < changed + sample.Window
            : ready.Status == "False" && started + FirstReadiness > changed;
    }

    private static long RequestOf(ScaledPodView pod, string resource, string? container)
    {
        if (container is null && MilliOf(pod.Spec.Resources, resource) is { } whole)
            return whole;
        var counted = pod.Spec.Running.Where(c => container is null || c.Name == container).ToList();
        if (counted.Count == 0)
            throw new MetricUnavailableException($"container {container} not found in Pod {pod.Name}");
        return counted.Sum(c => MilliOf(c.Resources, resource) ?? throw new MetricUnavailableException($"missing request for {resource} in container {c.Name} of Pod {pod.Name}"));
    }

    private static long? MilliOf(RequestsView? resources, string resource) =>
        resources?.Requests is { } requests && requests.TryGetValue(resource, out var text) && Quantity.TryParse(text, out var amount) ? amount.ToMilli() : null;

    private static int Ceiling(double value) => (int)Math.Min(Math.Ceiling(value), int.MaxValue);

    private sealed record Groups(IReadOnlyDictionary<string, long> Values, IReadOnlyList<string> Unready, IReadOnlyList<string> Missing);
}
