using Grpc.Core;
using Slipway.Node.Cri;

namespace Slipway.Node.Runtime;

/// <summary>Calls that fail because containerd is away, which says nothing of the pod that they were for.</summary>
internal sealed class RuntimeAbsence(CriClient cri, TimeProvider clock)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>Whether a call failed because containerd was away, or not yet ready; if so, returns when it answers again.</summary>
    public async Task<bool> EndsAsync(RpcException failure, CancellationToken cancellation)
    {
        // An exception under it says that no answer came at all.
        if (failure.StatusCode != StatusCode.Unavailable && failure.Status.DebugException is null && !failure.Status.Detail.Contains("server is not initialized yet", StringComparison.Ordinal))
            return false;
        while (true)
        {
            await Task.Delay(Pause, clock, cancellation);
            try
            {
                await cri.Runtime.StatusAsync(new(), cancellationToken: cancellation);
                return true;
            }
            catch (RpcException) when (!cancellation.IsCancellationRequested)
            {
                // Still away.
            }
        }
    }
}
