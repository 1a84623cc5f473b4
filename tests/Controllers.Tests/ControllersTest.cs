using Slipway.Client;
using Slipway.Testing;

namespace Slipway.Controllers.Tests;

/// <summary>A cluster with the controllers under test and nothing else.</summary>
public abstract class ControllersTest : IAsyncLifetime
{
    private IAsyncDisposable? _controllers;

    private protected TestCluster Cluster { get; private set; } = null!;

    private protected ControllerHost Host { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Cluster = await TestCluster.StartAsync();
        StartControllers();
    }

    public ValueTask DisposeAsync() => Cluster.DisposeAsync();

    private protected abstract void Register(ControllerHost host);

    private protected async Task StopControllersAsync() => await _controllers!.DisposeAsync();

    private protected void StartControllers()
    {
        Host = new(Cluster.As("system:kube-controller-manager"), Cluster.Clock, Cluster.Logs);
        Register(Host);
        _controllers = Cluster.Run(Host.RunAsync);
    }
}
