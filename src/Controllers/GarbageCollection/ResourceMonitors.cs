using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Slipway.Api;
using Slipway.Client;

namespace Slipway.Controllers;

/// <summary>Watches the metadata of every resource that can be watched and deleted, custom ones from the moment that they are served.</summary>
internal sealed class ResourceMonitors(IApi api, TimeProvider clock, ILogger log)
{
    private static readonly TimeSpan Settle = TimeSpan.FromMilliseconds(500);

    // As upstream: one resource that cannot be read, such as one whose conversion webhook is down, does not hold up the rest (https://github.com/kubernetes/kubernetes/issues/96066).
    private static readonly TimeSpan SyncPatience = TimeSpan.FromSeconds(30);

    private readonly Dictionary<DiscoveredResource, Monitor> _monitors = new(new SameResource());
    // One signal waiting is enough.
    private readonly Channel<bool> _changed = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly TaskCompletionSource _synced = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile IReadOnlyList<Monitor> _running = [];
    private volatile IReadOnlyDictionary<(string Group, string Kind), DiscoveredResource> _byKind = new Dictionary<(string, string), DiscoveredResource>();

    /// <summary>Called for each change of each resource.</summary>
    public event Action<Resource<OwnedObject>, ObjectChange<OwnedObject>>? OnChange;

    /// <summary>Called when a resource that has come has been read.</summary>
    public event Action? OnResource;

    /// <summary>Completes when everything that was served at the start has been read, or half a minute has gone by.</summary>
    public Task Synced => _synced.Task;

    /// <summary>The resource of a kind, in whichever version; null when it is not served.</summary>
    public DiscoveredResource? Find(string group, string kind) => _byKind.GetValueOrDefault((group, kind));

    /// <summary>The watched resources whose watch has not shown what was there at a resource version, as far as it tells.</summary>
    /// <remarks>Versions of different resources are one order but where another server stands behind one of them.</remarks>
    public IEnumerable<DiscoveredResource> Behind(string version) => _running.Where(monitor => !(ResourceVersions.Compare(monitor.Informer.Version, version) >= 0)).Select(monitor => monitor.Resource);

    /// <summary>Watches until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        Signal();
        try
        {
            while (true)
            {
                await _changed.Reader.ReadAsync(cancellation);
                await UpdateAsync(cancellation);
                if (!_synced.Task.IsCompleted)
                {
                    await WaitUntilReadAsync(cancellation);
                    _synced.TrySetResult();
                }
                // Definitions come in bundles, and are served a little after they are written.
                await Task.Delay(Settle, clock, cancellation);
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            _synced.TrySetCanceled(cancellation);
        }
        finally
        {
            await Task.WhenAll(_monitors.Values.Select(monitor => monitor.StopAsync()));
        }
    }

    /// <summary>Looks again at what is served.</summary>
    public void Signal() => _changed.Writer.TryWrite(true);

    private async Task WaitUntilReadAsync(CancellationToken cancellation)
    {
        try
        {
            await Task.WhenAll(_monitors.Values.Select(monitor => monitor.Informer.Synced)).WaitAsync(SyncPatience, clock, cancellation);
        }
        catch (TimeoutException)
        {
            log.LogWarning("Not read within {Patience}, and taken up when they are: {Resources}",
                SyncPatience, string.Join(", ", _monitors.Values.Where(monitor => !monitor.Informer.Synced.IsCompleted).Select(monitor => monitor.Resource.Name)));
        }
    }

    private async Task UpdateAsync(CancellationToken cancellation)
    {
        DiscoveredApi served;
        try
        {
            served = await ResourceDiscovery.DiscoverAsync(api, cancellation);
        }
        catch (Exception e) when (e is ApiException or IOException)
        {
            log.LogWarning("What the API serves could not be read and is asked again: {Reason}", e.Message);
            Signal();
            return;
        }
        // Events are many, short-lived, and own nothing.
        var wanted = served.Resources.Where(resource => resource.Can("list", "watch", "delete") && resource.Plural != "events").ToHashSet(new SameResource());
        _byKind = served.Resources.GroupBy(resource => (resource.Group, resource.Kind)).ToDictionary(group => group.Key, group => group.First());

        // A group that could not be asked is taken to serve what it did.
        foreach (var gone in _monitors.Keys.Where(known => !wanted.Contains(known) && !served.Failures.ContainsKey(known.Metadata.ApiVersion)).ToList())
        {
            _monitors.Remove(gone, out var monitor);
            await monitor!.StopAsync();
        }
        foreach (var resource in wanted)
            if (!_monitors.ContainsKey(resource))
                _monitors[resource] = Start(resource, cancellation);
        _running = [.. _monitors.Values];
    }

    private Monitor Start(DiscoveredResource resource, CancellationToken cancellation)
    {
        var owned = OwnedObject.ResourceOf(resource);
        var informer = new Informer<OwnedObject>(api, owned, new() { Accept = PartialObjectMetadata.Accept }, clock, log);
        informer.OnChange(change => OnChange?.Invoke(owned, change));
        _ = informer.Synced.ContinueWith(_ => OnResource?.Invoke(), cancellation, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
        var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        return new(resource, informer, Task.Run(() => informer.RunAsync(stop.Token), CancellationToken.None), stop);
    }

    private sealed record Monitor(DiscoveredResource Resource, Informer<OwnedObject> Informer, Task Run, CancellationTokenSource Stop)
    {
        public async Task StopAsync()
        {
            await Stop.CancelAsync();
            await Run;
            Stop.Dispose();
        }
    }

    // Discovery makes a new list of verbs each time.
    private sealed class SameResource : IEqualityComparer<DiscoveredResource>
    {
        public bool Equals(DiscoveredResource? x, DiscoveredResource? y) =>
            (x?.Group, x?.Version, x?.Plural, x?.Kind, x?.Namespaced) == (y?.Group, y?.Version, y?.Plural, y?.Kind, y?.Namespaced);

        public int GetHashCode(DiscoveredResource resource) => HashCode.Combine(resource.Group, resource.Version, resource.Plural);
    }
}
