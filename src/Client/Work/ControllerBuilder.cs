using k8s;
using k8s.Models;
using Microsoft.Extensions.Logging;
using Slipway.Api;

namespace Slipway.Client;

/// <summary>Says which changes queue which keys of a controller.</summary>
public sealed class ControllerBuilder : IDisposable
{
    private readonly string _name;
    private readonly IReconciler _reconciler;
    private readonly int _workers;
    private readonly ILogger _log;
    private readonly WorkQueue<ObjectKey> _queue;
    private readonly List<IInformer> _informers = [];
    private readonly List<Task> _ready = [];
    private (string Group, string Kind, bool Namespaced) _for;

    internal ControllerBuilder(string name, IReconciler reconciler, int workers, TimeProvider clock, QueueMeter? meter, ILogger log)
    {
        (_name, _reconciler, _workers, _log) = (name, reconciler, workers, log);
        _queue = new(clock, meter: meter);
    }

    /// <summary>A changed object queues its own key.</summary>
    public ControllerBuilder For<T>(Informer<T> informer) where T : class, IKubernetesObject<V1ObjectMeta>
    {
        _for = (informer.Resource.Group, informer.Resource.Kind, informer.Resource.Namespaced);
        return Watches(informer, static change => [change.Key]);
    }

    /// <summary>A changed object queues the key of its controller (<c>ownerReferences[].controller</c>), if that is of the kind of <see cref="For{T}"/>.</summary>
    public ControllerBuilder Owns<T>(Informer<T> informer) where T : class, IKubernetesObject<V1ObjectMeta> =>
        Watches(informer, change => OwnersOf(change));

    /// <summary>A changed object queues the keys that <paramref name="keys"/> gives.</summary>
    public ControllerBuilder Watches<T>(Informer<T> informer, Func<ObjectChange<T>, IEnumerable<ObjectKey>> keys)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        _informers.Add(informer);
        informer.OnChange(change =>
        {
            foreach (var key in keys(change))
                _queue.Add(key);
        });
        return this;
    }

    /// <summary>Waits for these caches too before the workers start; their changes queue nothing.</summary>
    public ControllerBuilder Reads<T>(Informer<T> informer) where T : class, IKubernetesObject<V1ObjectMeta>
    {
        _informers.Add(informer);
        return this;
    }

    /// <inheritdoc/>
    public void Dispose() => _queue.Dispose();

    /// <summary>Waits for something else too before the workers start.</summary>
    public ControllerBuilder WaitsFor(Task ready)
    {
        _ready.Add(ready);
        return this;
    }

    /// <summary>Queues a key, for a source of changes that is no informer of this host.</summary>
    public void Enqueue(ObjectKey key) => _queue.Add(key);

    internal async Task RunAsync(CancellationToken cancellation)
    {
        await Task.WhenAll(_informers.Select(informer => informer.Synced).Concat(_ready)).WaitAsync(cancellation);
        await new Controller(_name, _reconciler, _workers, _queue, _log).RunAsync(cancellation);
    }

    // Both states count: a change may take an object away from its owner.
    private IEnumerable<ObjectKey> OwnersOf<T>(ObjectChange<T> change) where T : class, IKubernetesObject<V1ObjectMeta>
    {
        var now = OwnerOf(change.Key, change.New);
        var before = OwnerOf(change.Key, change.Old);
        if (now is { } owner)
            yield return owner;
        if (before is { } former && former != now)
            yield return former;
    }

    private ObjectKey? OwnerOf(ObjectKey key, IKubernetesObject<V1ObjectMeta>? item)
    {
        if (item?.Metadata.OwnerReferences?.FirstOrDefault(static owner => owner.Controller == true) is not { } owner
            || owner.Kind != _for.Kind || ResourceType.GroupOf(owner.ApiVersion) != _for.Group)
            return null;
        return new(_for.Namespaced ? key.Namespace : "", owner.Name);
    }
}
