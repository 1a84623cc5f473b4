using Slipway.Api.Selectors;

namespace Slipway.Simulation;

/// <summary>How the pods live that a rule selects.</summary>
public sealed record PodRule
{
    /// <summary>Pods run at once and for ever.</summary>
    internal static readonly PodRule Lasting = new();

    /// <summary>Pods of Jobs end after a second, so that Jobs get done.</summary>
    internal static readonly PodRule OfJobs = new() { RunFor = new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1)) };

    /// <summary>The namespace of the pods; any when null.</summary>
    public string? Namespace { get; init; }

    /// <summary>Selects pods by their labels.</summary>
    public LabelSelector Selector { get; init; } = LabelSelector.Everything;

    /// <summary>From being bound to running.</summary>
    public Span StartDelay { get; init; }

    /// <summary>From running to ready.</summary>
    public Span ReadyDelay { get; init; }

    /// <summary>From running to the end of the containers; null: they run until the pod is deleted.</summary>
    public Span? RunFor { get; init; }

    /// <summary>From being deleted to being gone, the pod's grace at most.</summary>
    public Span StopDelay { get; init; }

    /// <summary>How probable it is that containers fail when they end; 0 to 1.</summary>
    public double FailureProbability { get; init; }

    /// <summary>Exit code of containers that fail.</summary>
    public int ExitCode { get; init; } = 1;

    /// <summary>Reason of containers that fail.</summary>
    public string Reason { get; init; } = "Error";

    /// <summary>The CPU that the pod uses while it runs.</summary>
    public ResourceUse Cpu { get; init; } = ResourceUse.AsRequested;

    /// <summary>The memory that the pod uses while it runs.</summary>
    public ResourceUse Memory { get; init; } = ResourceUse.AsRequested;

    /// <summary>Whether the rule is about a pod.</summary>
    internal bool Selects(SimulatedPod pod) =>
        (Namespace is null || Namespace == pod.Metadata.NamespaceProperty)
        && (Selector.SelectsEverything || Selector.Matches(pod.Labels));
}

/// <summary>A time that chance chooses between two bounds.</summary>
/// <param name="Least">The shortest.</param>
/// <param name="Most">The longest.</param>
public readonly record struct Span(TimeSpan Least, TimeSpan Most)
{
    /// <summary>The time that a draw between 0 and 1 gives.</summary>
    public TimeSpan At(double draw) => Least + (Most - Least) * draw;
}

/// <summary>How much a pod uses of a resource.</summary>
/// <param name="Share">Of what it requests, where <paramref name="Amount"/> is null.</param>
/// <param name="Amount">Cores, or bytes.</param>
public readonly record struct ResourceUse(double Share, double? Amount)
{
    /// <summary>All that it requests.</summary>
    public static ResourceUse AsRequested { get; } = new(1, null);

    /// <summary>The use of a pod that requests so much.</summary>
    public double Of(double requested) => Amount ?? Share * requested;
}
