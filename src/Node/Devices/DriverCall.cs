using Grpc.Core;

namespace Slipway.Node.Devices;

/// <summary>Calls of drivers, which may accept a connection and never answer.</summary>
internal static class DriverCall
{
    /// <summary>Calls a driver.</summary>
    /// <param name="limit">How long it may take to answer.</param>
    /// <exception cref="RpcException">It did not answer, or with an error.</exception>
    public static async Task<T> WithinAsync<T>(TimeSpan limit, TimeProvider clock, Func<CancellationToken, AsyncUnaryCall<T>> call, CancellationToken cancellation)
    {
        using var timer = new CancellationTokenSource(limit, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellation);
        try
        {
            return await call(either.Token);
        }
        catch (RpcException) when (timer.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            throw new RpcException(new(StatusCode.DeadlineExceeded, $"the driver did not answer within {limit.TotalSeconds} seconds"));
        }
    }
}
