using System.Collections.Concurrent;
using Prometheus;

namespace Slipway.ApiServer.Metrics;

/// <summary>What is counted and timed of requests, under the names, labels and buckets of Kubernetes' API server.</summary>
internal sealed class RequestMetrics
{
    private static readonly string[] Labels = ["component", "verb", "group", "version", "resource", "subresource", "scope", "dry_run"];
    private static readonly double[] Times = [0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60];

    private readonly Gauge.Child _reading;
    private readonly Gauge.Child _mutating;
    private readonly ConcurrentDictionary<RequestKind, RequestMeters> _meters = new();

    public RequestMetrics(IMetricFactory factory)
    {
        Total = factory.CreateCounter("apiserver_request_total", "Requests by what they were about and the status code of their answer.", [.. Labels, "code"]);
        Seconds = factory.CreateHistogram("apiserver_request_duration_seconds", "Time to the answer, in seconds; watches and connections are not counted.", Labels, new HistogramConfiguration { Buckets = Times });
        IndicatorSeconds = factory.CreateHistogram("apiserver_request_sli_duration_seconds",
            "Time to the answer without that spent in queues and on webhooks of admission, in seconds; watches and connections are not counted.", Labels[..7], new HistogramConfiguration { Buckets = Times[2..] });
        Sizes = factory.CreateHistogram("apiserver_response_sizes", "Size of the answers to GET and LIST before they are compressed, in bytes.", Labels[..7],
            new HistogramConfiguration { Buckets = Histogram.ExponentialBuckets(1000, 10, 7) });
        Terminations = factory.CreateCounter("apiserver_request_terminations_total", "Requests that were refused because there was too much to do, or given up because they took too long.", [.. Labels[..7], "code"]);
        Aborts = factory.CreateCounter("apiserver_request_aborts_total", "Requests whose connection was broken off, because their answer was not taken in time.", Labels[1..7]);
        Deprecated = factory.CreateGauge("apiserver_requested_deprecated_apis", "1 for each deprecated API that was asked for.", ["group", "version", "resource", "subresource", "removed_release"]);
        Running = factory.CreateGauge("apiserver_longrunning_requests", "Watches, followed logs and connections that are being answered.", Labels[..7]);
        var inFlight = factory.CreateGauge("apiserver_current_inflight_requests", "Requests that are being answered, watches, followed logs and connections aside.", ["request_kind"]);
        (_reading, _mutating) = (inFlight.WithLabels("readOnly"), inFlight.WithLabels("mutating"));
    }

    public Counter Total { get; }

    public Histogram Seconds { get; }

    public Histogram IndicatorSeconds { get; }

    public Histogram Sizes { get; }

    public Counter Terminations { get; }

    public Counter Aborts { get; }

    public Gauge Deprecated { get; }

    public Gauge Running { get; }

    /// <summary>What requests of one kind are counted by.</summary>
    public RequestMeters Of(in RequestKind kind) =>
        _meters.TryGetValue(kind, out var known) ? known : _meters.GetOrAdd(kind, new RequestMeters(this, kind, kind.Verb is "GET" or "LIST" or "WATCH" ? _reading : _mutating));

    /// <summary>Tells nothing of resources that are not served.</summary>
    public void ForgetAllBut(IReadOnlySet<(string Group, string Plural)> served)
    {
        foreach (var kind in _meters.Keys)
            if (kind.Resource.Length > 0 && !served.Contains((kind.Group, kind.Resource))) _meters.TryRemove(kind, out _);
        Total.ForgetAllBut(served);
        Seconds.ForgetAllBut(served);
        IndicatorSeconds.ForgetAllBut(served);
        Sizes.ForgetAllBut(served);
        Terminations.ForgetAllBut(served);
        Aborts.ForgetAllBut(served);
        Deprecated.ForgetAllBut(served);
        Running.ForgetAllBut(served);
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
    /// <summary>Whether requests of this kind last for as long as both sides want.</summary>
    public bool IsLasting => Verb is "WATCH" or "CONNECT";

    public string[] Values() => ["apiserver", Verb, Group, Version, Resource, Subresource, Scope, DryRun ? "All" : ""];
}
