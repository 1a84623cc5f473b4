using System.Collections.Concurrent;
using Prometheus;

namespace Slipway.ApiServer.Metrics;

/// <summary>What is counted and timed of requests, under the names and labels of Kubernetes' API server.</summary>
internal sealed class RequestMetrics
{
    private static readonly string[] Labels = ["component", "verb", "group", "version", "resource", "subresource", "scope", "dry_run"];
    private static readonly double[] Seconds = [0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60];

    private readonly Counter _total;
    private readonly Histogram _seconds;
    private readonly Gauge _running;
    private readonly Gauge.Child _reading;
    private readonly Gauge.Child _mutating;
    private readonly ConcurrentDictionary<RequestKind, Meters> _meters = new();

    public RequestMetrics(IMetricFactory factory)
    {
        _total = factory.CreateCounter("apiserver_request_total", "Requests by what they were about and the status code of their answer.", [.. Labels, "code"]);
        _seconds = factory.CreateHistogram("apiserver_request_duration_seconds", "Time to the answer, in seconds; watches and connections are not counted.", Labels, new HistogramConfiguration { Buckets = Seconds });
        _running = factory.CreateGauge("apiserver_longrunning_requests", "Watches, followed logs and connections that are being answered.", Labels[..7]);
        var inFlight = factory.CreateGauge("apiserver_current_inflight_requests", "Requests that are being answered, watches, followed logs and connections aside.", ["request_kind"]);
        (_reading, _mutating) = (inFlight.WithLabels("readOnly"), inFlight.WithLabels("mutating"));
    }

    /// <summary>Counts a request as being answered until what is returned is disposed.</summary>
    public IDisposable Begin(in RequestKind kind) => (kind.Verb is "GET" or "LIST" or "WATCH" ? _reading : _mutating).TrackInProgress();

    /// <summary>Counts a request whose answer is complete.</summary>
    public void Observe(in RequestKind kind, int code, TimeSpan time)
    {
        var meters = Of(kind);
        meters.Of(code).Inc();
        if (kind.Verb is not ("WATCH" or "CONNECT")) meters.Seconds.Observe(time.TotalSeconds);
    }

    /// <summary>Counts an answer that arises over time until what is returned is disposed.</summary>
    public IDisposable BeginLong(in RequestKind kind) => Of(kind).Running.TrackInProgress();

    private Meters Of(in RequestKind kind) => _meters.TryGetValue(kind, out var known) ? known : _meters.GetOrAdd(kind, new Meters(this, kind));

    /// <summary>The counters of one kind of request, found once.</summary>
    private sealed class Meters(RequestMetrics owner, RequestKind kind)
    {
        private readonly ConcurrentDictionary<int, Counter.Child> _byCode = new();

        public Histogram.Child Seconds { get; } = owner._seconds.WithLabels(kind.Values());

        public Gauge.Child Running => owner._running.WithLabels(kind.Values()[..7]);

        public Counter.Child Of(int code) => _byCode.GetOrAdd(code, static (c, self) => self.Count(c), this);

        private Counter.Child Count(int code) =>
            owner._total.WithLabels([.. kind.Values(), code.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
    }
}

/// <summary>
/// What a request is about. Only resources that are served are told apart, so that nobody can make the metrics grow; by their names, so
/// that a definition that is changed again and again leaves nothing behind.
/// </summary>
/// <param name="Verb">As metrics write it: <c>GET</c>, <c>LIST</c>, <c>WATCH</c>, <c>POST</c>, <c>PUT</c>, <c>PATCH</c>, <c>APPLY</c>, <c>DELETE</c>, <c>DELETECOLLECTION</c>, <c>CONNECT</c>.</param>
/// <param name="Group">Group of the resource; empty for the core group, for other paths and for what is not served, as the next three.</param>
/// <param name="Version">Version of the resource.</param>
/// <param name="Resource">Plural of the resource.</param>
/// <param name="Subresource">The subresource; empty for the object itself.</param>
/// <param name="Scope"><c>cluster</c>, <c>namespace</c> or <c>resource</c>; empty for other paths.</param>
/// <param name="DryRun">Whether nothing is committed.</param>
internal readonly record struct RequestKind(string Verb, string Group, string Version, string Resource, string Subresource, string Scope, bool DryRun)
{
    public string[] Values() => ["apiserver", Verb, Group, Version, Resource, Subresource, Scope, DryRun ? "All" : ""];
}
