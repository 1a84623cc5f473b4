using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Kinds;
using Slipway.Client;

namespace Slipway.Flows;

/// <summary>
/// Which notifications become due by what a run comes to. They are written with the phase that makes them due, in one patch, so that no crash comes between; each
/// is delivered from there.
/// </summary>
internal static class NotificationOutbox
{
    /// <summary>The notifications of a run, those that it had included; null if there are none.</summary>
    /// <param name="run">The run as it was.</param>
    /// <param name="flow">Its flow.</param>
    /// <param name="phase">What it comes to now.</param>
    /// <param name="isLate">Whether it is late now.</param>
    /// <param name="previousPhase">Phase of the run of the flow that ended before; asked for only if it matters.</param>
    /// <param name="now">The present.</param>
    public static Dictionary<string, FlowNotificationStatus>? Of(FlowRun run, FlowSpec flow, string phase, bool isLate, Func<string?> previousPhase, DateTime now)
    {
        var all = run.Status?.Notifications;
        if (flow.Notifications is not { Count: > 0 } || run.Spec.Fakes is not null)
            return all;
        foreach (var what in Events(flow, phase, isLate, previousPhase))
        {
            foreach (var notification in flow.Notifications.Where(n => n.Tells(what)))
            {
                var key = $"{notification.Name}.{what}";
                if (all?.ContainsKey(key) == true)
                    continue;
                all = all is null ? [] : new Dictionary<string, FlowNotificationStatus>(all);
                all[key] = new FlowNotificationStatus { Name = notification.Name, Event = what, Since = now };
            }
        }

        return all;
    }

    private static IEnumerable<string> Events(FlowSpec flow, string phase, bool isLate, Func<string?> previousPhase)
    {
        if (isLate)
            yield return NotificationEvent.Late;
        if (phase == FlowPhase.Failed)
            yield return NotificationEvent.Failure;
        if (phase == FlowPhase.Succeeded && flow.Notifications!.Exists(n => n.Tells(NotificationEvent.Recovery)) && previousPhase() == FlowPhase.Failed)
            yield return NotificationEvent.Recovery;
    }

    /// <summary>
    /// Keeps a run that is deleted until what becomes due has been delivered. Called before that is written: so no deletion comes between.
    /// </summary>
    public static async ValueTask HoldAsync(IApi api, FlowRun run, CancellationToken cancellation)
    {
        if (run.Metadata.DeletionTimestamp is not null || IsHeld(run))
            return;
        var finalizers = new JsonArray([.. (run.Metadata.Finalizers ?? []).Append(FlowNames.NotifiedFinalizer).Select(f => (JsonNode)f)]);
        await PatchAsync(api, run, finalizers, cancellation);
    }

    /// <summary>Lets a run go whose notifications have all been delivered or given up.</summary>
    public static async ValueTask LetGoAsync(IApi api, FlowRun run, CancellationToken cancellation)
    {
        var finalizers = new JsonArray([.. run.Metadata.Finalizers!.Where(f => f != FlowNames.NotifiedFinalizer).Select(f => (JsonNode)f)]);
        await PatchAsync(api, run, finalizers, cancellation);
    }

    /// <summary>Whether a run is kept for its notifications.</summary>
    public static bool IsHeld(FlowRun run) => run.Metadata.Finalizers?.Contains(FlowNames.NotifiedFinalizer) == true;

    // With the resource version: others have finalizers in the same list.
    private static async ValueTask PatchAsync(IApi api, FlowRun run, JsonArray finalizers, CancellationToken cancellation)
    {
        var metadata = new JsonObject { ["resourceVersion"] = run.Metadata.ResourceVersion, ["finalizers"] = finalizers };
        try
        {
            await api.SendPatchAsync(FlowKinds.Runs, run.Metadata.NamespaceProperty, run.Metadata.Name, new JsonObject { ["metadata"] = metadata }, cancellation: cancellation);
        }
        catch (ApiException e) when (e.Code == 404)
        {
            // It is gone.
        }
    }

    /// <summary>Whether something of a run is still to be delivered.</summary>
    public static bool IsPending(FlowRun run) => run.Status?.Notifications?.Values.Any(n => n.Phase == FlowNotificationStatus.Pending) == true;
}
