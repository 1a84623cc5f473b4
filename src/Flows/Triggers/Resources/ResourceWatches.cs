using Microsoft.Extensions.Logging;
using Slipway.Api;
using Slipway.Api.Kinds;
using Slipway.Api.Rules;
using Slipway.Client;

namespace Slipway.Flows;

/// <summary>The watches of triggers. None exists before a trigger needs it, or longer than one does.</summary>
/// <param name="api">The API, as who may act as the accounts of flows' namespaces.</param>
/// <param name="changed">Told which flows have something to deal with.</param>
/// <param name="clock">The clock of back-off.</param>
/// <param name="log">Where failures are told.</param>
internal sealed class ResourceWatches(IApi api, Action<ObjectKey> changed, TimeProvider clock, ILogger log)
{
    private readonly Lock gate = new();
    private readonly Dictionary<WatchTarget, Running> running = [];
    private readonly Dictionary<(ObjectKey Flow, string Trigger), Place> places = [];
    private readonly BackgroundWork loops = new(clock);

    private sealed record Running(ResourceWatch Watch, BackgroundWork.Running Loop);

    private sealed record Place(string Source, WatchTarget Target, ResourceSubscription Subscription);

    /// <summary>Ends all watches when cancelled.</summary>
    public Task RunAsync(CancellationToken cancellation) => loops.RunAsync(cancellation);

    /// <summary>
    /// What a trigger has to deal with, the oldest first, each until it is said to be dealt with. The trigger's status gets how far it is, and why it sees nothing.
    /// </summary>
    public IEnumerable<TriggerItem> Pending(Flow flow, FlowTrigger trigger, FlowTriggerStatus status)
    {
        // Where no admission looks at flows, a name may be none. It goes into what is said to the server about who asks.
        if (Names.SubdomainError(AccountOf(flow, trigger.Resource!)) is { } error)
        {
            Leave((new ObjectKey(flow.Metadata.NamespaceProperty, flow.Metadata.Name), trigger.Name));
            status.Blocked = $"the name of the service account is none: {error}";
            yield break;
        }

        var (watch, subscription) = Enter(flow, trigger, status);
        status.Blocked = subscription.Blocked;
        while (subscription.Peek() is { } change)
        {
            yield return new TriggerItem(change.ToEvent(), () =>
            {
                status.Position = change.Version;
                if (subscription.Dequeue())
                    watch?.Interrupt();
            });
        }

        if (subscription.DealtWith is { } all)
            (status.Position, status.Since) = (all, subscription.Since > status.Since ? subscription.Since : status.Since);
    }

    /// <summary>Lets go of what a flow's triggers no longer wait for.</summary>
    /// <param name="flow">The flow.</param>
    /// <param name="triggers">Those that still do.</param>
    public async ValueTask KeepAsync(ObjectKey flow, IReadOnlyCollection<string> triggers)
    {
        List<Running> idle = [];
        lock (gate)
        {
            foreach (var key in places.Keys.Where(k => k.Flow == flow && !triggers.Contains(k.Trigger)).ToList())
                Leave(key, idle);
        }

        foreach (var one in idle)
            await loops.EndAsync(one.Loop);
    }

    private (ResourceWatch? Watch, ResourceSubscription Subscription) Enter(Flow flow, FlowTrigger trigger, FlowTriggerStatus status)
    {
        var key = (new ObjectKey(flow.Metadata.NamespaceProperty, flow.Metadata.Name), trigger.Name);
        var target = TargetOf(flow, trigger.Resource!);
        lock (gate)
        {
            // What its expressions read counts too: whoever begins to read what was before needs that to be held.
            var source = $"{flow.Metadata.Uid} {trigger.Source} {TriggerExpressions.Read(trigger, ResourceChange.OldField)}";
            if (places.GetValueOrDefault(key) is { } known)
            {
                if (known.Source == source && known.Target == target)
                    return (running.GetValueOrDefault(target)?.Watch, known.Subscription);
                Leave(key);
            }

            var subscription = new ResourceSubscription(key.Item1, trigger, status.Position, status.Since!.Value);
            subscription.Block(status.Blocked); // until more is known
            places[key] = new(source, target, subscription);
            if (!running.TryGetValue(target, out var watching))
            {
                if (Begin(target) is not { } begun)
                    return (null, subscription);
                running[target] = watching = begun;
            }

            watching.Watch.Add(subscription);
            return (watching.Watch, subscription);
        }
    }

    private void Leave((ObjectKey Flow, string Trigger) key)
    {
        List<Running> idle = [];
        lock (gate)
        {
            if (places.ContainsKey(key))
                Leave(key, idle);
        }

        idle.ForEach(one => _ = loops.EndAsync(one.Loop));
    }

    private void Leave((ObjectKey Flow, string Trigger) key, List<Running> idle)
    {
        places.Remove(key, out var place);
        if (!running.TryGetValue(place!.Target, out var watching))
            return;
        watching.Watch.Remove(place.Subscription);
        if (!watching.Watch.IsIdle)
            return;
        running.Remove(place.Target);
        idle.Add(watching);
    }

    private Running? Begin(WatchTarget target)
    {
        var watch = new ResourceWatch(api.ActingAs(target.Owner, target.Account), target, changed, clock, log);
        if (loops.Begin(WatchAsync) is { } loop)
            return new(watch, loop);
        watch.Dispose();
        return null;

        async Task WatchAsync(CancellationToken cancellation)
        {
            using (watch)
                await watch.RunAsync(cancellation);
        }
    }

    private static WatchTarget TargetOf(Flow flow, ResourceTrigger resource) =>
        new(flow.Metadata.NamespaceProperty, AccountOf(flow, resource), resource.ApiVersion, resource.Kind, resource.Namespace);

    private static string AccountOf(Flow flow, ResourceTrigger resource) => resource.ServiceAccountName ?? flow.Spec.Defaults?.ServiceAccountName ?? "default";
}
