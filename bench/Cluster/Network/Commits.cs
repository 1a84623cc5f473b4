using System.Diagnostics;
using System.Threading.Channels;

namespace Slipway.Bench.Cluster.Network;

/// <summary>
/// When the kernel has committed changes of nftables in a network namespace: <c>nft monitor</c> is told of each commit by the kernel, when it
/// is in effect, and says so in a line. What the line takes to arrive is part of the time.
/// </summary>
internal sealed class Commits : IAsyncDisposable
{
    private readonly Process monitor;
    private readonly Channel<long> times = Channel.CreateUnbounded<long>();
    private readonly Task reading;

    /// <param name="host">Name of the network namespace.</param>
    public Commits(string host)
    {
        monitor = Load.Start("ip", "netns", "exec", host, "nft", "monitor");
        reading = ReadAsync();
    }

    /// <summary>Time of the next commit that was not asked for yet.</summary>
    public ValueTask<long> NextAsync() => times.Reader.ReadAsync();

    /// <summary>Whether a commit is told of within a second; it is then forgotten.</summary>
    public async Task<bool> HaveComeAsync()
    {
        using var soon = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        try
        {
            await times.Reader.ReadAsync(soon.Token);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        monitor.Kill();
        await reading;
        monitor.Dispose();
    }

    private async Task ReadAsync()
    {
        while (await monitor.StandardOutput.ReadLineAsync() is { } line)
            if (line.StartsWith("# new generation", StringComparison.Ordinal))
                times.Writer.TryWrite(TimeProvider.System.GetTimestamp());
    }
}
