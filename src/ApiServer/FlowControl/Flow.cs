using Prometheus;

namespace Slipway.ApiServer.FlowControl;

/// <summary>The requests of one schema at its level: what is counted of them and what their answers say.</summary>
internal sealed class Flow(FlowSchema schema, LevelSeats seats, FlowControlMetrics metrics)
{
    public FlowSchema Schema => schema;

    public LevelSeats Seats => seats;

    /// <summary>The level as it was when the flow was made.</summary>
    public PriorityLevel Level { get; } = seats.Level;

    /// <summary>How many requests are being answered.</summary>
    public int Executing { get; set; }

    /// <summary>How many wait.</summary>
    public int Waiting { get; set; }

    /// <summary>By which a client, or who looks after the cluster, learns what decided about a request.</summary>
    public KeyValuePair<string, string>[] Headers { get; } =
        [new("X-Kubernetes-PF-FlowSchema-UID", schema.Uid), new("X-Kubernetes-PF-PriorityLevel-UID", seats.Level.Uid)];

    public Counter.Child Dispatched { get; } = metrics.Dispatched.WithLabels(seats.Level.Name, schema.Name);

    public Histogram.Child Waits { get; } = metrics.Waits.WithLabels(seats.Level.Name, schema.Name, "true");

    public Histogram.Child Executions { get; } = metrics.Executions.WithLabels(seats.Level.Name, schema.Name, "regular");
}
