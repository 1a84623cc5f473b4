using Slipway.Api.Kinds;

namespace Slipway.Flows;

/// <summary>How long a run has done nothing but wait for people: for a decision on a task, or to be resumed. Its timeout does not count that.</summary>
/// <param name="Before">The waits that are over, added up.</param>
/// <param name="Since">When the present one began; null if something runs, or waits for something else.</param>
public readonly record struct RunWaiting(TimeSpan Before, DateTimeOffset? Since)
{
    /// <summary>What a run's status says of it, which is where it outlives whoever plans.</summary>
    public static RunWaiting Of(FlowRunStatus status) => new(
        TimeSpan.FromSeconds(status.WaitedSeconds ?? 0),
        status.WaitingSince is { } since ? new DateTimeOffset(DateTime.SpecifyKind(since, DateTimeKind.Utc)) : null);

    /// <summary>All of it up to a moment.</summary>
    public TimeSpan Until(DateTimeOffset now) => Since is { } since && since < now ? Before + (now - since) : Before;

    /// <summary>The same at a moment at which a run is found to wait, or not to.</summary>
    public RunWaiting At(DateTimeOffset now, bool waits) => (waits, Since) switch
    {
        (true, null) => this with { Since = now },
        (false, not null) => new RunWaiting(Until(now), null),
        _ => this,
    };

    /// <summary>
    /// Whether a run does nothing but wait for people. Only of a flow with a timeout is it asked. A pause before a retry or round, room in a quota and
    /// locks are no waits for people.
    /// </summary>
    internal static bool Is(PlanContext context, GroupState root)
    {
        if (context.View.Flow.Timeout is null || FlowPhase.IsFinal(root.Phase) || context.Stop is not null || context.IsUnderWay)
            return false;
        return context.View.IsSuspended || (context.AwaitsDecision && context.NextDeadline is null);
    }
}
