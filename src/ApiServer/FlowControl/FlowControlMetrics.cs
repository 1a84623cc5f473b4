using Prometheus;

namespace Slipway.ApiServer.FlowControl;

/// <summary>What is counted and timed of flow control, under the names and labels of Kubernetes' API server.</summary>
internal sealed class FlowControlMetrics
{
    private static readonly string[] ByFlow = ["priority_level", "flow_schema"];
    private static readonly double[] Seconds = [0, 0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30];

    private readonly Counter _rejected;
    private readonly Gauge _waiting;
    private readonly Gauge _executing;
    private readonly Gauge _seats;
    private readonly Gauge _nominal;

    public FlowControlMetrics(IMetricFactory factory)
    {
        Dispatched = factory.CreateCounter("apiserver_flowcontrol_dispatched_requests_total", "Requests that were given a seat.", ByFlow);
        _rejected = factory.CreateCounter("apiserver_flowcontrol_rejected_requests_total", "Requests that were refused by flow control, by why.", [.. ByFlow, "reason"]);
        _waiting = factory.CreateGauge("apiserver_flowcontrol_current_inqueue_requests", "Requests that wait in the queues.", ByFlow);
        _executing = factory.CreateGauge("apiserver_flowcontrol_current_executing_requests", "Requests that are being answered.", ByFlow);
        _seats = factory.CreateGauge("apiserver_flowcontrol_current_executing_seats", "Seats of the requests that are being answered.", ByFlow);
        _nominal = factory.CreateGauge("apiserver_flowcontrol_nominal_limit_seats", "Seats of a priority level.", ["priority_level"]);
        Waits = factory.CreateHistogram("apiserver_flowcontrol_request_wait_duration_seconds", "Time in a queue, in seconds.", [.. ByFlow, "execute"], new HistogramConfiguration { Buckets = Seconds });
        Executions = factory.CreateHistogram("apiserver_flowcontrol_request_execution_duration_seconds", "Time with a seat, in seconds.", [.. ByFlow, "type"], new HistogramConfiguration { Buckets = Seconds });
    }

    public Counter Dispatched { get; }

    public Histogram Waits { get; }

    public Histogram Executions { get; }

    /// <summary>Counts a request that was refused.</summary>
    /// <param name="flow">The request's flow.</param>
    /// <param name="reason"><c>concurrency-limit</c>, <c>queue-full</c>, <c>time-out</c> or <c>cancelled</c>.</param>
    /// <param name="waited">How long it had waited; null if it did not.</param>
    public void Reject(Flow flow, string reason, TimeSpan? waited)
    {
        _rejected.WithLabels(flow.Level.Name, flow.Schema.Name, reason).Inc();
        if (waited is { } time) Waits.WithLabels(flow.Level.Name, flow.Schema.Name, "false").Observe(time.TotalSeconds);
    }

    /// <summary>Tells no figures of now of a flow that there is no more.</summary>
    public void Forget(Flow flow)
    {
        string[] labels = [flow.Level.Name, flow.Schema.Name];
        foreach (var gauge in (ReadOnlySpan<Gauge>)[_waiting, _executing, _seats]) gauge.RemoveLabelled(labels);
    }

    /// <summary>Takes in the figures of now.</summary>
    public void Set(Flow flow)
    {
        string[] labels = [flow.Level.Name, flow.Schema.Name];
        _waiting.WithLabels(labels).Set(flow.Waiting);
        _executing.WithLabels(labels).Set(flow.Executing);
        _seats.WithLabels(labels).Set(flow.Executing);
        _nominal.WithLabels(flow.Level.Name).Set(flow.Seats.Nominal);
    }
}
