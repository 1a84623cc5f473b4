using System.Text;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Slipway.Api;
using Slipway.ApiServer;
using Slipway.Client;
using Slipway.Storage;

namespace Slipway.Testing;

/// <summary>
/// A real API server in this process, over memory. Its clock goes as fast as the real one, so that what is retried
/// is retried, and can be moved on by the test.
/// </summary>
public sealed class TestCluster : IAsyncDisposable
{
    /// <summary>What a wait may take of real time before the test fails.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(5);

    private readonly MemoryStore _store = new();
    private readonly ApiServer.ApiServer _server;
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _running = [];

    private TestCluster(ApiServerOptions options, DateTimeOffset now)
    {
        Clock = new(now);
        _server = new(_store, options, Clock, NullLoggerFactory.Instance);
        Admin = As("admin", UserInfo.Masters);
    }

    /// <summary>The clock of everything in the cluster.</summary>
    public FakeTimeProvider Clock { get; }

    /// <summary>The API as an administrator.</summary>
    public IApi Admin { get; }

    /// <summary>Where loops report; nothing is written.</summary>
    public ILoggerFactory Logs => NullLoggerFactory.Instance;

    /// <summary>Starts a cluster.</summary>
    public static async Task<TestCluster> StartAsync(ApiServerOptions? options = null)
    {
        var cluster = new TestCluster(options ?? new(), new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        // First the time: what the server tries again at its start waits for it.
        cluster.Run(cluster.KeepTimeAsync);
        await cluster._server.StartAsync(CancellationToken.None).WaitAsync(Patience);
        return cluster;
    }

    /// <summary>Moves the clock on by steps of this length until something has happened.</summary>
    public async Task<T> WhileTimePassesAsync<T>(Task<T> awaited, TimeSpan step)
    {
        using var timer = new PeriodicTimer(Tick);
        while (!awaited.IsCompleted && await timer.WaitForNextTickAsync())
            Clock.Advance(step);
        return await awaited;
    }

    /// <summary>The API as one user.</summary>
    public IApi As(string user, params string[] groups) => _server.For(new(user, [.. groups, "system:authenticated"]));

    /// <summary>Runs a loop until the cluster is disposed, or until what is returned is.</summary>
    public IAsyncDisposable Run(Func<CancellationToken, Task> loop)
    {
        var stop = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        var task = Task.Run(() => loop(stop.Token));
        _running.Add(task);
        return new Running(task, stop);
    }

    /// <summary>Creates an object from JSON at a path such as <c>/api/v1/namespaces/default/pods</c>.</summary>
    /// <returns>The object as it was stored.</returns>
    public async Task<JsonObject> CreateAsync(string path, string json) =>
        JsonNode.Parse((await Admin.SendForBodyAsync(new("POST", path) { Body = Encoding.UTF8.GetBytes(json) })).Span)!.AsObject();

    /// <summary>Changes a subresource, or with null the object itself, by a merge patch.</summary>
    public async Task PatchAsync(string path, string json) =>
        await Admin.SendForBodyAsync(new("PATCH", path) { Body = Encoding.UTF8.GetBytes(json), ContentType = MediaTypes.MergePatch });

    /// <summary>Waits until an object is as it should be.</summary>
    /// <param name="resource">The resource.</param>
    /// <param name="ns">The namespace; null for cluster-scoped objects.</param>
    /// <param name="name">The name.</param>
    /// <param name="condition">Called with each state; null when there is no such object.</param>
    /// <returns>The object that met the condition.</returns>
    /// <exception cref="TimeoutException">It has not been met in <see cref="Patience"/>; the message shows the object.</exception>
    public Task<T?> WaitAsync<T>(Resource<T> resource, string? ns, string name, Func<T?, bool> condition) where T : class, IKubernetesObject<V1ObjectMeta> =>
        WaitAsync(resource, ns, $"{resource.Kind} {name}", items => items.Find(item => item.Metadata.Name == name), condition);

    /// <summary>Waits until the objects of a namespace are as they should be.</summary>
    public async Task<List<T>> WaitForAllAsync<T>(Resource<T> resource, string? ns, Func<List<T>, bool> condition) where T : class, IKubernetesObject<V1ObjectMeta> =>
        (await WaitAsync(resource, ns, resource.Plural, items => items, condition!))!;

    /// <summary>That nobody has changed what an informer has cached: each object is as the server has it.</summary>
    /// <exception cref="InvalidOperationException">An object differs.</exception>
    public async Task CheckUntouchedAsync<T>(Informer<T> informer) where T : class, IKubernetesObject<V1ObjectMeta>
    {
        var live = (await Admin.ListAsync(informer.Resource)).Items.ToDictionary(informer.Resource.KeyOf);
        foreach (var cached in informer.List())
            if (live.TryGetValue(informer.Resource.KeyOf(cached), out var item) && item.Metadata.ResourceVersion == cached.Metadata.ResourceVersion
                && !JsonNode.DeepEquals(informer.Resource.ToDocument(item), informer.Resource.ToDocument(cached)))
                throw new InvalidOperationException($"the cached {informer.Resource.Kind} {cached.Metadata.Name} has been changed: {Encoding.UTF8.GetString(informer.Resource.Write(cached))}");
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_running).WaitAsync(Patience);
        await _server.DisposeAsync();
        await _store.DisposeAsync();
        _stop.Dispose();
    }

    private async Task<TState?> WaitAsync<T, TState>(Resource<T> resource, string? ns, string what, Func<List<T>, TState?> state, Func<TState?, bool> condition)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        using var patience = new CancellationTokenSource(Patience);
        var seen = new Dictionary<ObjectKey, T>();
        try
        {
            // A test that moves the clock far ends watches, this one included.
            while (true)
            {
                seen.Clear();
                var complete = false;
                patience.Token.ThrowIfCancellationRequested();
                try
                {
                    await foreach (var change in Admin.WatchAsync(resource, ns, new() { InitialEvents = true }, cancellation: patience.Token))
                    {
                        if (change.Object is { } item)
                        {
                            seen.Remove(resource.KeyOf(item));
                            if (change.Type != WatchEventType.Deleted)
                                seen[resource.KeyOf(item)] = item;
                        }
                        complete |= change.EndsInitialEvents;
                        if (complete && state([.. seen.Values]) is var now && condition(now))
                            return now;
                    }
                }
                catch (ApiException e) when (e.Code == 410)
                {
                    // What it watched from is compacted.
                }
            }
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            // Told below.
        }
        var last = string.Join("\n", seen.Values.Select(item => Encoding.UTF8.GetString(resource.Write(item))));
        throw new TimeoutException($"{what} did not become as it should be within {Patience}; last seen:\n{last}");
    }

    private async Task KeepTimeAsync(CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(Tick);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellation))
                Clock.Advance(Tick);
        }
        catch (OperationCanceledException)
        {
            // The cluster is gone.
        }
    }

    private sealed class Running(Task task, CancellationTokenSource stop) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await stop.CancelAsync();
            await task.WaitAsync(Patience);
            stop.Dispose();
        }
    }
}
