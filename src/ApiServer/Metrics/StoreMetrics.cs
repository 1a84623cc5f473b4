using System.Collections.Concurrent;
using Prometheus;
using Slipway.Storage;

namespace Slipway.ApiServer.Metrics;

/// <summary>
/// What is counted and timed of the store, whichever it is, under the names, labels and buckets of Kubernetes' API server, which knows
/// etcd alone.
/// </summary>
internal sealed class StoreMetrics
{
    // Whoever asks for figures does not wait long.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    private static readonly string[] Labels = ["operation", "group", "resource"];

    private readonly Histogram _seconds;
    private readonly Counter _total;
    private readonly Counter _errors;
    private readonly Gauge _size;
    private readonly ConcurrentDictionary<(string Operation, string Group, string Plural), StoreMeter> _meters = new();

    public StoreMetrics(IMetricFactory factory)
    {
        _seconds = factory.CreateHistogram("etcd_request_duration_seconds", "Time of requests to the store, in seconds.", Labels,
            new HistogramConfiguration { Buckets = [0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60] });
        _total = factory.CreateCounter("etcd_requests_total", "Requests to the store.", Labels);
        _errors = factory.CreateCounter("etcd_request_errors_total", "Requests to the store that failed.", Labels);
        _size = factory.CreateGauge("apiserver_storage_size_bytes", "Size of the store's files, or of an etcd's database, in bytes.", ["storage_cluster_id"]);
    }

    /// <summary>What times a write.</summary>
    public StoreMeter Of(StoreWrite write, string group, string plural) => Of(write.Value is null ? "delete" : write.ExpectedRevision == 0 ? "create" : "update", group, plural);

    /// <summary>What times an operation on a resource.</summary>
    /// <param name="operation"><c>create</c>, <c>update</c>, <c>delete</c> or <c>list</c>.</param>
    /// <param name="group">The resource's group.</param>
    /// <param name="plural">The resource's name.</param>
    public StoreMeter Of(string operation, string group, string plural) => _meters.GetOrAdd((operation, group, plural), static (key, self) =>
    {
        string[] labels = [key.Operation, key.Group, key.Plural];
        return new StoreMeter(self._seconds.WithLabels(labels), self._total.WithLabels(labels), () => self._errors.WithLabels(labels));
    }, this);

    /// <summary>Tells nothing of resources that are not served.</summary>
    public void ForgetAllBut(IReadOnlySet<(string Group, string Plural)> served)
    {
        foreach (var key in _meters.Keys)
            if (!served.Contains((key.Group, key.Plural))) _meters.TryRemove(key, out _);
        _seconds.ForgetAllBut(served);
        _total.ForgetAllBut(served);
        _errors.ForgetAllBut(served);
    }

    /// <summary>Asks the store for its size; tells none where there is none, or where the store does not answer.</summary>
    public async Task MeasureAsync(IStore store, TimeProvider clock, CancellationToken cancellation)
    {
        const string only = "etcd-0";   // as kube-apiserver calls the first
        using var patience = new CancellationTokenSource(Patience, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellation);
        try
        {
            if (await store.GetSizeAsync(either.Token) is { } size) _size.WithLabels(only).Set(size);
        }
        catch (Exception e) when (e is IOException || e is OperationCanceledException && !cancellation.IsCancellationRequested)
        {
            _size.RemoveLabelled(only);
        }
    }
}

/// <summary>Times one operation on one resource.</summary>
internal sealed class StoreMeter(Histogram.Child seconds, Counter.Child total, Func<Counter.Child> errors)
{
    /// <summary>Takes down one request.</summary>
    public void Observe(TimeSpan time)
    {
        seconds.Observe(time.TotalSeconds);
        total.Inc();
    }

    /// <summary>Takes down one request that failed.</summary>
    public void Fail(TimeSpan time)
    {
        Observe(time);
        errors().Inc();
    }
}
