using Slipway.Testing;

namespace EndToEnd.Tests.Charts;

/// <summary>A test of a chart, in a namespace of its own on the cluster that all tests share.</summary>
/// <param name="slipway">The cluster.</param>
/// <param name="ns">The namespace.</param>
public abstract class ChartTest(SlipwayCli slipway, string ns) : IAsyncDisposable
{
    /// <summary>What is left of it when it has failed is no load for the other tests.</summary>
    public async ValueTask DisposeAsync()
    {
        await slipway.KubectlAsync("delete", "namespace", ns, "--ignore-not-found", "--wait=false");
        GC.SuppressFinalize(this);
    }
}
