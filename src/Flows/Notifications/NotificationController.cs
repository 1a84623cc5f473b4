using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Kinds;
using Slipway.Client;

namespace Slipway.Flows;

/// <summary>
/// Delivers what the status of a run says is due (<see cref="NotificationOutbox"/>), until it is taken or a day is over. Who is killed between a delivery and its
/// record delivers again: at least once, with the same id. A receiver that is slow holds up what is for itself alone.
/// </summary>
public sealed class NotificationController : IReconciler
{
    /// <summary>So many deliveries to a receiver are under way at most.</summary>
    private const int AtOnce = 4;

    /// <summary>Stands in the key of a notification between the run's name, which has none, and its own.</summary>
    private const char Separator = '/';

    private static readonly TimeSpan GiveUpAfter = TimeSpan.FromHours(24);

    /// <summary>How long a run that is deleted, and with it its namespace, is kept for what nobody takes.</summary>
    private static readonly TimeSpan GiveUpAfterDeletion = TimeSpan.FromMinutes(15);

    private readonly Informer<FlowRun> runs;
    private readonly Informer<Flow> flows;
    private readonly ControllerHost host;
    private readonly NotificationSender sender;
    private readonly Lanes<(ObjectKey Flow, string Name)> receivers = new(AtOnce);
    private readonly EventRecorder events;

    private NotificationController(ControllerHost host, NotificationSender sender)
    {
        this.host = host;
        this.sender = sender;
        runs = host.Informer(FlowKinds.Runs);
        flows = host.Informer(FlowKinds.Flows);
        events = host.Events("flow-controller");
    }

    /// <summary>Adds the controller to a host.</summary>
    /// <param name="host">The host.</param>
    /// <param name="transport">Makes what carries requests to other machines; asked for with the first notification.</param>
    public static void Register(ControllerHost host, Func<HttpMessageHandler> transport)
    {
        var controller = new NotificationController(host, new NotificationSender(host.Api, transport));
        host.Add("flow-notification", controller, ControllerHost.Unbounded)
            .Watches(controller.runs, change => change.New is { } run ? KeysOf(change.Key, run) : [])
            .Reads(controller.flows);
    }

    /// <inheritdoc/>
    public async ValueTask<Result> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        var (name, id) = key.Name.Split(Separator, 2) is [var first, var second] ? (first, second) : (key.Name, null);
        if (runs.Get(new ObjectKey(key.Namespace, name)) is not { } known || !IsConcerned(known))
            return Result.Done;

        // What the last pass delivered may not show in the cache yet.
        if (await host.Api.GetAsync(FlowKinds.Runs, key.Namespace, name, cancellation) is not { } run)
            return Result.Done;
        if (id is null)
        {
            // What is held and has nothing due yet is about to have; only its end, or its deletion, says that nothing will come.
            if (!NotificationOutbox.IsPending(run) && NotificationOutbox.IsHeld(run) && (FlowPhase.IsFinal(run.Status?.Phase) || run.Metadata.DeletionTimestamp is not null))
                await NotificationOutbox.LetGoAsync(host.Api, run, cancellation);
            return Result.Done;
        }

        if (run.Status?.Notifications?.GetValueOrDefault(id) is not { Phase: FlowNotificationStatus.Pending } due)
            return Result.Done;
        return await TryAsync(run, id, due, cancellation) is { } again ? Result.After(again > host.Clock.GetUtcNow() ? again - host.Clock.GetUtcNow() : TimeSpan.Zero) : Result.Done;
    }

    /// <summary>What is to be looked at: each notification that is pending by a key of its own, so that none waits for another's receiver; the run when none is.</summary>
    private static IEnumerable<ObjectKey> KeysOf(ObjectKey key, FlowRun run)
    {
        if (NotificationOutbox.IsPending(run))
            return run.Status!.Notifications!.Where(n => n.Value.Phase == FlowNotificationStatus.Pending).Select(n => new ObjectKey(key.Namespace, $"{key.Name}{Separator}{n.Key}"));
        return NotificationOutbox.IsHeld(run) ? [key] : [];
    }

    private static bool IsConcerned(FlowRun run) => NotificationOutbox.IsPending(run) || NotificationOutbox.IsHeld(run);

    /// <summary>Tries to deliver one whose time has come, when its receiver has room; when it is tried again, null if it is not.</summary>
    private async Task<DateTimeOffset?> TryAsync(FlowRun run, string id, FlowNotificationStatus due, CancellationToken cancellation)
    {
        var at = due.NextAttemptTime is { } time ? new DateTimeOffset(DateTime.SpecifyKind(time, DateTimeKind.Utc)) : (DateTimeOffset?)null;
        return at > host.Clock.GetUtcNow() ? at : await receivers.PassAsync((run.FlowKey, due.Name), () => DeliverAsync(run, id, due, cancellation), cancellation);
    }

    /// <summary>Tries to deliver one; when it is tried again, null if it is not.</summary>
    private async Task<DateTimeOffset?> DeliverAsync(FlowRun run, string id, FlowNotificationStatus due, CancellationToken cancellation)
    {
        var attempts = (due.Attempts ?? 0) + 1;
        try
        {
            await OutboundPost.DeliverAsync(limit => sender.SendAsync(Notification(run, due.Name), new NotificationText($"{run.Metadata.Uid}.{id}", due.Event, run), limit), host.Clock, cancellation);
            await WriteAsync(run, id, new JsonObject { ["phase"] = FlowNotificationStatus.Delivered, ["attempts"] = attempts, ["nextAttemptTime"] = null, ["message"] = null }, cancellation);
            events.Normal(run, "Notified", $"{due.Name} was told of {due.Event}");
            return null;
        }
        catch (NotificationException e)
        {
            cancellation.ThrowIfCancellationRequested();
            var now = host.Clock.GetUtcNow();
            var next = now + OutboundPost.After(attempts);
            var isOver = e.IsFinal || next.UtcDateTime - due.Since > GiveUpAfter || next.UtcDateTime - run.Metadata.DeletionTimestamp > GiveUpAfterDeletion;
            await WriteAsync(run, id, new JsonObject
            {
                ["phase"] = isOver ? FlowNotificationStatus.Failed : FlowNotificationStatus.Pending,
                ["attempts"] = attempts,
                ["nextAttemptTime"] = isOver ? null : next.UtcDateTime.ToString(PreciseTimeConverter.Format, CultureInfo.InvariantCulture),
                ["message"] = e.Message,
            }, cancellation);
            events.Warning(run, "NotificationFailed", $"{due.Name} was not told of {due.Event}{(isOver ? " and will not be" : "")}: {e.Message}");
            return isOver ? null : next;
        }
    }

    // As the flow is now, so that a mended address counts for what waits.
    private FlowNotification Notification(FlowRun run, string name) =>
        flows.Get(run.FlowKey)?.Spec.Notifications?.Find(n => n.Name == name)
        ?? run.Status?.Flow?.Notifications?.Find(n => n.Name == name)
        ?? throw new NotificationException($"the flow has no notification {name} any more", isFinal: true);

    private async Task WriteAsync(FlowRun run, string id, JsonObject status, CancellationToken cancellation)
    {
        var patch = new JsonObject { ["status"] = new JsonObject { ["notifications"] = new JsonObject { [id] = status } } };
        await host.Api.SendPatchAsync(FlowKinds.Runs, run.Metadata.NamespaceProperty, run.Metadata.Name, patch, subresource: "status", cancellation: cancellation);
    }
}
