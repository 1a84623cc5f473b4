using System.Text.Json;
using k8s;
using k8s.Models;
using Microsoft.Extensions.Logging;
using Slipway.Api;

namespace Slipway.Client;

/// <summary>What an informer holds.</summary>
public sealed record InformerOptions
{
    /// <summary>Only this namespace; all when null.</summary>
    public string? Namespace { get; init; }

    /// <summary>Only objects that match this label selector.</summary>
    public string? LabelSelector { get; init; }

    /// <summary>Only objects that match this field selector.</summary>
    public string? FieldSelector { get; init; }

    /// <summary>The <c>Accept</c> header, such as <see cref="PartialObjectMetadata.Accept"/>; full objects by default.</summary>
    public string Accept { get; init; } = MediaTypes.Json;
}

/// <summary>An informer of any kind, as a host runs it.</summary>
public interface IInformer
{
    /// <summary>Fills the cache and keeps it current until cancelled.</summary>
    Task RunAsync(CancellationToken cancellation);

    /// <summary>Completes when the cache holds all objects that existed at the start.</summary>
    Task Synced { get; }
}

/// <summary>
/// A local copy of a resource, kept current by a watch. Cached objects are shared and read-only. Changes are
/// told in order on the watching task: handlers must be quick.
/// </summary>
/// <remarks>
/// <list type="number">
/// <item>The first watch asks for the existing objects too (<c>sendInitialEvents</c>); a server that refuses that is listed, then watched.</item>
/// <item>A watch that ends is resumed after the last resource version seen; 410 starts again at step 1.</item>
/// <item>Failures are retried with exponential back-off and jitter.</item>
/// </list>
/// </remarks>
public sealed class Informer<T> : IInformer where T : class, IKubernetesObject<V1ObjectMeta>
{
    private readonly IApi _api;
    private readonly string? _namespace;
    private readonly TimeProvider _clock;
    private readonly ILogger _log;
    private readonly ListOptions _select;
    private readonly ObjectCache<T> _cache = new();
    private readonly InformerIndex<T> _owners;
    private readonly List<Action<ObjectChange<T>>> _handlers = [];
    private Func<T, T> _keep = static item => item;
    private readonly TaskCompletionSource _synced = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Backoff _backoff = new(TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(30), Random.Shared);
    private volatile string? _version;
    private bool _initialEventsRefused;

    /// <summary>An informer that does nothing until <see cref="RunAsync"/>.</summary>
    public Informer(IApi api, Resource<T> resource, InformerOptions options, TimeProvider clock, ILogger log)
    {
        (_api, Resource, _namespace, _clock, _log) = (api, resource, options.Namespace, clock, log);
        _select = new() { LabelSelector = options.LabelSelector, FieldSelector = options.FieldSelector, Accept = options.Accept };
        _owners = _cache.AddIndex(static item => item.Metadata.OwnerReferences?.Select(owner => owner.Uid) ?? []);
    }

    /// <summary>The resource that is watched.</summary>
    public Resource<T> Resource { get; }

    /// <inheritdoc/>
    public Task Synced => _synced.Task;

    /// <summary>The resource version up to which the cache knows, and has told, everything; null before it knows anything.</summary>
    public string? Version => _version;

    /// <summary>The object of that key; null when there is none.</summary>
    public T? Get(ObjectKey key) => _cache.Get(key);

    /// <summary>All objects, in no order, as of now.</summary>
    public IReadOnlyCollection<T> List() => _cache.List();

    /// <summary>The objects that name this uid among their owners.</summary>
    public IEnumerable<T> OwnedBy(string ownerUid) => _owners.Find(ownerUid);

    /// <summary>The objects that name <paramref name="owner"/> among their owners.</summary>
    public IEnumerable<T> OwnedBy(IKubernetesObject<V1ObjectMeta> owner) => OwnedBy(owner.Metadata.Uid);

    /// <summary>Calls <paramref name="handler"/> for each change. Register before <see cref="RunAsync"/>.</summary>
    public void OnChange(Action<ObjectChange<T>> handler) => _handlers.Add(handler);

    /// <summary>
    /// Holds of each object what <paramref name="keep"/> leaves of it, to save memory: handlers are told the whole object as
    /// <see cref="ObjectChange{T}.New"/>, and later what was held of it as <see cref="ObjectChange{T}.Old"/>. Its name, uid and
    /// resource version must stay. Set before <see cref="RunAsync"/>.
    /// </summary>
    public void Keep(Func<T, T> keep) => _keep = keep;

    /// <summary>Finds objects by what <paramref name="values"/> computes from each. Add before <see cref="RunAsync"/>.</summary>
    public InformerIndex<T> AddIndex(Func<T, IEnumerable<string>> values) => _cache.AddIndex(values);

    /// <summary>The index of a name, the same one for all who ask for it: what they compute must be the same. Ask before <see cref="RunAsync"/>.</summary>
    public InformerIndex<T> SharedIndex(string name, Func<T, IEnumerable<string>> values) => _cache.SharedIndex(name, values);

    /// <inheritdoc/>
    public async Task RunAsync(CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                await FollowAsync(cancellation);
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return;
            }
            catch (ApiException e) when (e.Code == 410)
            {
                _log.LogDebug("{Plural}: resource version {Version} is gone; starting again", Resource.Plural, _version);
                // A server that answers 410 to a fresh start as well must not be asked in a loop.
                if (_version is null)
                    await DelayAsync(cancellation);
                _version = null;
            }
            catch (Exception e) when (e is ApiException or IOException or JsonException or OperationCanceledException)
            {
                _log.LogWarning("Watching {Plural} failed and is retried: {Reason}", Resource.Plural, e.Message);
                await DelayAsync(cancellation);
            }
        }
    }

    // One pass: existing objects if they are not known, then changes until the server ends the watch.
    private async Task FollowAsync(CancellationToken cancellation)
    {
        if (_version is null && (_initialEventsRefused || !await StartWithInitialEventsAsync(cancellation)))
            await ListAsync(cancellation);
        var started = _clock.GetTimestamp();
        var options = new WatchOptions { Select = _select, ResourceVersion = _version, TimeoutSeconds = WatchSeconds() };
        await foreach (var change in _api.WatchAsync(Resource, _namespace, options, _log, cancellation))
            Apply(change);
        await PaceAsync(started, cancellation);
    }

    /// <returns>False when the server refuses to send initial events.</returns>
    private async Task<bool> StartWithInitialEventsAsync(CancellationToken cancellation)
    {
        var started = _clock.GetTimestamp();
        var options = new WatchOptions { Select = _select, InitialEvents = true, TimeoutSeconds = WatchSeconds() };
        // Let go of once it is taken over: this goes on for as long as the watch does, and of what it holds little may be kept.
        Dictionary<ObjectKey, T>? initial = [];
        try
        {
            await foreach (var change in _api.WatchAsync(Resource, _namespace, options, _log, cancellation))
            {
                if (initial is null)
                    Apply(change);
                else if (change.Object is { } item && change.Type != WatchEventType.Deleted)
                    initial[Resource.KeyOf(item)] = item;
                else if (change.Object is { } gone)
                    initial.Remove(Resource.KeyOf(gone));
                else if (change.EndsInitialEvents)
                {
                    Replace(initial, change.ResourceVersion);
                    initial = null;
                }
            }
        }
        catch (ApiException e) when (_version is null && e.Code is 400 or 403 or 422)
        {
            _initialEventsRefused = true;
            return false;
        }
        if (_version is null)
            throw new IOException("the watch ended before all objects had been sent");
        await PaceAsync(started, cancellation);
        return true;
    }

    private async Task ListAsync(CancellationToken cancellation)
    {
        var list = await _api.ListAsync(Resource, _namespace, _select with { PageSize = 500 }, cancellation);
        Replace(list.Items.ToDictionary(Resource.KeyOf), list.ResourceVersion);
    }

    private void Replace(Dictionary<ObjectKey, T> objects, string version)
    {
        foreach (var key in _cache.Keys())
            if (!objects.ContainsKey(key))
                Store(key, null);
        foreach (var (key, item) in objects)
            Store(key, item);
        _version = version;
        _backoff.Reset();
        _synced.TrySetResult();
    }

    private void Apply(WatchEvent<T> change)
    {
        if (change.Object is { } item)
            Store(Resource.KeyOf(item), change.Type == WatchEventType.Deleted ? null : item);
        if (change.ResourceVersion.Length > 0)
            _version = change.ResourceVersion;
        _backoff.Reset();
    }

    private void Store(ObjectKey key, T? item)
    {
        // A relist brings mostly what is known already.
        if (item is not null && _cache.Get(key) is { } known
            && known.Metadata.ResourceVersion == item.Metadata.ResourceVersion && known.Metadata.Uid == item.Metadata.Uid)
            return;
        var old = _cache.Set(key, item is null ? null : _keep(item));
        if (old is null && item is null)
            return;
        var change = new ObjectChange<T>(key, old, item);
        foreach (var handler in _handlers)
        {
            try
            {
                handler(change);
            }
            catch (Exception e)
            {
                // The cache must stay current for the other handlers.
                _log.LogError(e, "A handler of changed {Plural} failed at {Key}", Resource.Plural, key);
            }
        }
    }

    // A server that ends every watch at once must not be asked in a loop.
    private Task PaceAsync(long started, CancellationToken cancellation) =>
        _clock.GetElapsedTime(started) < TimeSpan.FromSeconds(1) ? DelayAsync(cancellation) : Task.CompletedTask;

    private async Task DelayAsync(CancellationToken cancellation)
    {
        await Task.Delay(_backoff.Next(), _clock, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    // Spread, so that the watches of many informers do not end together.
    private static int WatchSeconds() => Random.Shared.Next(300, 600);
}
