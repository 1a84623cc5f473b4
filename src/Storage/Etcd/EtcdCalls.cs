using Grpc.Core;
using Microsoft.Extensions.Logging;

namespace Slipway.Storage.Etcd;

/// <summary>
/// Makes calls to whichever member answers. All go to one of them until it fails; then to the next, without a pause until each
/// has been tried, because the cluster is there while most of its members are.
/// </summary>
internal sealed class EtcdCalls(Member[] members, TimeSpan patience, TimeProvider clock, Random random, ILogger log) : IDisposable
{
    /// <summary>How long a member may take for one call: longer than a healthy one ever does, shorter than the patience.</summary>
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(4);

    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(50), LongestPause = TimeSpan.FromMilliseconds(500);

    private readonly CancellationTokenSource _stop = new();
    private int _current;

    /// <summary>The member that calls go to.</summary>
    public Member Current => members[Volatile.Read(ref _current)];


    /// <summary>Calls until a member has answered.</summary>
    /// <param name="call">Starts the call; must be one that may be repeated.</param>
    /// <param name="cancellation">Ends the attempts.</param>
    /// <param name="onFault">Told of each attempt that failed.</param>
    /// <exception cref="RpcException">The cluster answered with a refusal; see <see cref="Faults"/>.</exception>
    /// <exception cref="StoreUnreachableException">No member answered in time.</exception>
    public async Task<T> CallAsync<T>(Func<Member, CallOptions, AsyncUnaryCall<T>> call, CancellationToken cancellation, Action<RpcException>? onFault = null)
    {
        var started = clock.GetTimestamp();
        for (var attempt = 1; ; attempt++)
        {
            ThrowIfStopped();
            var member = Current;
            try
            {
                using var response = call(member, new CallOptions(deadline: clock.GetUtcNow().UtcDateTime + CallTimeout, cancellationToken: cancellation));
                return await response.ResponseAsync.ConfigureAwait(false);
            }
            catch (Exception e) when (e is RpcException or ObjectDisposedException && _stop.IsCancellationRequested)
            {
                throw new ObjectDisposedException(typeof(IStore).FullName);
            }
            catch (RpcException) when (cancellation.IsCancellationRequested)
            {
                throw new OperationCanceledException(cancellation);
            }
            catch (RpcException e) when (Faults.Of(e) == Fault.Member)
            {
                onFault?.Invoke(e);
                if (clock.GetElapsedTime(started) > patience)
                    throw new StoreUnreachableException($"etcd at {Names} does not answer: {Faults.Describe(e)}", mayHaveCommitted: false, e);
                Leave(member, Faults.Describe(e));
                await PauseAsync(attempt, cancellation).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Goes over to the next member if this one is still the current one.</summary>
    public void Leave(Member member, string cause)
    {
        var index = Array.IndexOf(members, member);
        var next = (index + 1) % members.Length;
        if (Interlocked.CompareExchange(ref _current, next, index) == index)
            log.LogWarning("etcd at {Member} failed, {Next} is tried: {Cause}", member.Address, members[next].Address, cause);
    }

    /// <summary>Waits between rounds over the members: longer each time, and not in step with other clients.</summary>
    public async Task PauseAsync(int attempt, CancellationToken cancellation)
    {
        if (attempt % members.Length != 0)
            return;
        var longest = Math.Min(ShortestPause.TotalMilliseconds * Math.Pow(2, attempt / members.Length - 1), LongestPause.TotalMilliseconds);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, _stop.Token);
        await Task.Delay(TimeSpan.FromMilliseconds(longest * (0.5 + random.NextDouble() / 2)), clock, either.Token)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellation.ThrowIfCancellationRequested();
    }

    public void ThrowIfStopped() => ObjectDisposedException.ThrowIf(_stop.IsCancellationRequested, typeof(IStore));

    /// <summary>Links a caller's cancellation with the end of the store.</summary>
    public CancellationTokenSource Until(CancellationToken cancellation) => CancellationTokenSource.CreateLinkedTokenSource(cancellation, _stop.Token);

    /// <summary>Ends all calls.</summary>
    public void Dispose()
    {
        _stop.Cancel();
        foreach (var member in members)
            member.Dispose();
    }

    private string Names => string.Join(", ", members.Select(member => member.Address.GetLeftPart(UriPartial.Authority)));
}
