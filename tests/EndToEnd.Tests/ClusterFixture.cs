using Slipway.Testing;

namespace EndToEnd.Tests;

/// <summary>A cluster of the published program with the small image in it, which all tests share.</summary>
public sealed class ClusterFixture : IAsyncLifetime
{
    /// <summary>The commands, and the cluster that they are about.</summary>
    public SlipwayCli Slipway { get; } = new("e2e");

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        (await Slipway.RunAsync("up")).Expect();
        await BusyboxImage.BuildAsync(Slipway);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Slipway.DisposeAsync();
}
