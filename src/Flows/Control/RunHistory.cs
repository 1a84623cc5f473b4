using Slipway.Api;
using Slipway.Api.Kinds;
using Slipway.Client;

namespace Slipway.Flows;

/// <summary>The ended runs of a schedule or trigger that are kept as objects.</summary>
internal static class RunHistory
{
    /// <summary>How many are kept where nobody says otherwise.</summary>
    public const int DefaultLimit = 10;

    /// <summary>The ended runs that are not kept: beyond the newest, and without anything that is still to be told of them.</summary>
    /// <param name="runs">The runs of the schedule or trigger.</param>
    /// <param name="limit">How many are kept; null for <see cref="DefaultLimit"/>.</param>
    /// <param name="time">What makes one newer than another.</param>
    public static IReadOnlyList<FlowRun> Beyond(IEnumerable<FlowRun> runs, int? limit, Func<FlowRun, DateTime?> time) =>
    [
        .. runs.Where(r => FlowPhase.IsFinal(r.Status?.Phase) && r.Metadata.DeletionTimestamp is null)
            .OrderByDescending(time).ThenBy(r => r.Metadata.Name, StringComparer.Ordinal)
            .Skip(limit ?? DefaultLimit).Where(r => !NotificationOutbox.IsPending(r)),
    ];

    /// <summary>Deletes runs with what they own.</summary>
    public static async Task ForgetAsync(IApi api, IEnumerable<FlowRun> runs, CancellationToken cancellation)
    {
        foreach (var run in runs)
            await api.DeleteAsync(FlowKinds.Runs, run.Metadata.NamespaceProperty, run.Metadata.Name, new DeleteOptions { Uid = run.Metadata.Uid, PropagationPolicy = "Background" }, cancellation);
    }
}
