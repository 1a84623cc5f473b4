using k8s;
using k8s.Models;
using Slipway.Api;
using Slipway.Client;
using Slipway.Testing;

namespace Slipway.Controllers.Tests;

/// <summary>A cluster with the controllers under test and nothing else.</summary>
public abstract class ControllersTest : IAsyncLifetime
{
    private IAsyncDisposable? _controllers;

    private protected TestCluster Cluster { get; private set; } = null!;

    private protected ControllerHost Host { get; private set; } = null!;

    /// <summary>The API of the controllers, whose watches a test may hold up.</summary>
    private protected LateApi Watches { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Cluster = await TestCluster.StartAsync();
        Watches = new(Cluster.As("system:kube-controller-manager"));
        StartControllers();
    }

    public ValueTask DisposeAsync() => Cluster.DisposeAsync();

    private protected abstract void Register(ControllerHost host);

    /// <summary>Waits until the controllers' cache holds an object.</summary>
    private protected async Task WaitForCacheAsync<T>(Informer<T> cache, ObjectKey key) where T : class, IKubernetesObject<V1ObjectMeta>
    {
        await cache.Synced.WaitAsync(TestCluster.Patience);
        var started = Cluster.Clock.GetTimestamp();
        while (cache.Get(key) is null)
        {
            Assert.True(Cluster.Clock.GetElapsedTime(started) < TestCluster.Patience, $"the cache has no {cache.Resource.Kind} {key}");
            await Cluster.Admin.GetAsync(cache.Resource, key.Namespace, key.Name);
        }
    }

    private protected async Task StopControllersAsync() => await _controllers!.DisposeAsync();

    private protected void StartControllers()
    {
        Host = new(Watches, Cluster.Clock, Cluster.Logs);
        Register(Host);
        _controllers = Cluster.Run(Host.RunAsync);
    }
}
