using System.Collections.Immutable;
using System.Net;
using k8s;
using k8s.Autorest;
using k8s.Models;

namespace Slipway.Conformance.Operator;

/// <summary>A state of a collection.</summary>
/// <param name="Version">Resource version of the list, from which a watch goes on.</param>
/// <param name="Items">The objects.</param>
public sealed record Listed<T>(string Version, IReadOnlyList<T> Items);

/// <summary>
/// Keeps a copy of a collection: lists it, watches from there, watches on from where it was when a watch ends, and lists
/// anew when the server no longer knows how the state came about.
/// </summary>
/// <param name="list">Lists the collection.</param>
/// <param name="watch">Watches it from a resource version; errors that the stream tells go to the function given.</param>
/// <param name="changed">Is told every difference, one after the other, also those that a new list shows.</param>
/// <param name="clock">Time of the pause before the server is tried again.</param>
public sealed class Informer<T>(
    Func<CancellationToken, Task<Listed<T>>> list,
    Func<string, Action<Exception>, CancellationToken, IAsyncEnumerable<(WatchEventType Type, T Object)>> watch,
    Action<WatchEventType, T> changed,
    TimeProvider clock)
    where T : IKubernetesObject<V1ObjectMeta>
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly TaskCompletionSource _synced = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ImmutableDictionary<string, T> _objects = ImmutableDictionary<string, T>.Empty;
    private string? _version;

    /// <summary>The copy, by namespace and name with a slash between.</summary>
    public ImmutableDictionary<string, T> Objects => _objects;

    /// <summary>Done when the copy is whole for the first time.</summary>
    public Task Synced => _synced.Task;

    /// <summary>How often everything was listed.</summary>
    public int Lists { get; private set; }

    /// <summary>Follows the collection until cancelled.</summary>
    public async Task FollowAsync(CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                if (_version is null) await ListAsync(cancellation);
                await WatchAsync(_version!, cancellation);
            }
            catch (HttpOperationException e) when (e.Response.StatusCode == HttpStatusCode.Gone)
            {
                _version = null;
            }
            catch (KubernetesException e) when (e.Status?.Code == (int)HttpStatusCode.Gone)
            {
                _version = null;
            }
            catch (Exception e) when (e is HttpRequestException or IOException or HttpOperationException or KubernetesException)
            {
                // The server is away for now.
                await Task.Delay(Pause, clock, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return;
            }
        }
    }

    private async Task ListAsync(CancellationToken cancellation)
    {
        var listed = await list(cancellation);
        Lists++;
        var now = listed.Items.ToDictionary(KeyOf);
        foreach (var (key, gone) in _objects)
        {
            if (!now.ContainsKey(key)) Tell(WatchEventType.Deleted, gone);
        }
        foreach (var item in listed.Items)
        {
            if (!_objects.TryGetValue(KeyOf(item), out var known)) Tell(WatchEventType.Added, item);
            else if (known.ResourceVersion() != item.ResourceVersion()) Tell(WatchEventType.Modified, item);
        }
        _version = listed.Version;
        _synced.TrySetResult();
    }

    private async Task WatchAsync(string version, CancellationToken cancellation)
    {
        Exception? told = null;
        await foreach (var (type, item) in watch(version, e => told ??= e, cancellation).WithCancellation(cancellation))
        {
            if (type != WatchEventType.Bookmark) Tell(type, item);
            _version = item.ResourceVersion();
        }
        if (told is not null) throw told;
    }

    private void Tell(WatchEventType type, T item)
    {
        _objects = type == WatchEventType.Deleted ? _objects.Remove(KeyOf(item)) : _objects.SetItem(KeyOf(item), item);
        changed(type, item);
    }

    private static string KeyOf(T item) => $"{item.Namespace()}/{item.Name()}";
}
