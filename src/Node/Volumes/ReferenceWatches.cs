using k8s.Models;
using Microsoft.Extensions.Logging;
using Slipway.Api;
using Slipway.Client;
using Slipway.Node.Pods;

namespace Slipway.Node.Volumes;

/// <summary>
/// Tells pods when a ConfigMap or Secret that they show changes: one watch, of metadata alone, for each object that any
/// pod of the node shows.
/// </summary>
internal sealed class ReferenceWatches(IApi api, TimeProvider clock, ILogger log)
{
    // Nothing of this is on the way of a pod's start, and a pod that ends at once needs no watch.
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<(string Kind, ObjectKey Key), Watched> _watched = [];

    /// <summary>Calls <paramref name="changed"/> whenever one of the pod's objects may have changed, until disposed.</summary>
    /// <returns>Null when the pod shows none.</returns>
    public IDisposable? Follow(V1Pod pod, Action changed)
    {
        var keys = VolumeContent.ObjectsOf(pod).Select(o => (o.Kind, new ObjectKey(pod.Key.Namespace, o.Name))).ToHashSet();
        if (keys.Count == 0)
            return null;
        var subscription = new Subscription(this, keys, changed);
        lock (_lock)
        {
            foreach (var key in keys)
            {
                if (!_watched.TryGetValue(key, out var watched))
                {
                    _watched[key] = watched = new();
                    var stop = watched.Stop.Token;
                    _ = Task.Run(() => WatchAsync(key.Kind, key.Item2, watched, stop), CancellationToken.None);
                }
                watched.Subscriptions.Add(subscription);
            }
        }
        return subscription;
    }

    private async Task WatchAsync(string kind, ObjectKey key, Watched watched, CancellationToken cancellation)
    {
        try
        {
            await Task.Delay(Settled, clock, cancellation);
            var resource = PartialObjectMetadata.ResourceOf("", "v1", kind == "Secret" ? "secrets" : "configmaps", kind, namespaced: true);
            var informer = new Informer<PartialObjectMetadata>(api, resource,
                new() { Namespace = key.Namespace, FieldSelector = $"metadata.name={key.Name}", Accept = PartialObjectMetadata.Accept }, clock, log);
            informer.OnChange(_ => Tell(watched));
            await informer.RunAsync(cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested) { }
    }

    private void Tell(Watched watched)
    {
        Subscription[] all;
        lock (_lock)
            all = [.. watched.Subscriptions];
        foreach (var subscription in all)
            subscription.Changed();
    }

    private void Leave(Subscription subscription)
    {
        lock (_lock)
        {
            foreach (var key in subscription.Keys)
            {
                if (!_watched.TryGetValue(key, out var watched) || !watched.Subscriptions.Remove(subscription) || watched.Subscriptions.Count > 0)
                    continue;
                _watched.Remove(key);
                watched.Stop.Cancel();
                watched.Stop.Dispose();
            }
        }
    }

    private sealed class Watched
    {
        public CancellationTokenSource Stop { get; } = new();
        public HashSet<Subscription> Subscriptions { get; } = [];
    }

    private sealed class Subscription(ReferenceWatches owner, IReadOnlySet<(string Kind, ObjectKey Key)> keys, Action changed) : IDisposable
    {
        public IReadOnlySet<(string Kind, ObjectKey Key)> Keys => keys;

        public Action Changed => changed;

        public void Dispose() => owner.Leave(this);
    }
}
