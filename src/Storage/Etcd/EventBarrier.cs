namespace Slipway.Storage.Etcd;

/// <summary>
/// Brings watches to a revision that no change of the store's own has: another user of the same etcd made it. A key is written
/// beside the store's, whose event says in every watch that all before it has been delivered.
/// </summary>
/// <remarks>
/// etcd can be asked for the progress of a watch, but before 3.4.31 and 3.5.13 it may answer ahead of events that are still to
/// come. An event never overtakes another. In an etcd of Slipway's own it is never written.
/// </remarks>
/// <param name="write">Writes the key; the revision.</param>
/// <param name="clock">Time of the delay.</param>
internal sealed class EventBarrier(Func<Task<long>> write, TimeProvider clock)
{
    /// <summary>How long an event may be on its way before it is taken for one that does not come.</summary>
    private static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(25);

    private long _reached, _wanted, _written;
    private int _watches, _running;

    /// <summary>Tells how many watches are open.</summary>
    public void Open(int change) => Interlocked.Add(ref _watches, change);

    /// <summary>A watch has delivered everything up to a revision. All watches see the same events, so one speaks for all.</summary>
    public void Reached(long revision) => Rise(ref _reached, revision);

    /// <summary>A reader waits until watches have come to a revision.</summary>
    public void Want(long revision)
    {
        if (revision <= Volatile.Read(ref _reached) || Volatile.Read(ref _watches) == 0)
            return;
        Rise(ref _wanted, revision);
        if (Interlocked.Exchange(ref _running, 1) == 0)
            _ = RunAsync();
    }

    /// <summary>Raises a number that others raise too.</summary>
    public static void Rise(ref long number, long to)
    {
        for (var seen = Volatile.Read(ref number); seen < to;)
        {
            var found = Interlocked.CompareExchange(ref number, to, seen);
            if (found == seen)
                return;
            seen = found;
        }
    }

    private bool IsNeeded => Volatile.Read(ref _reached) < Volatile.Read(ref _wanted) && Volatile.Read(ref _watches) > 0;

    private async Task RunAsync()
    {
        while (IsNeeded)
        {
            await Task.Delay(Delay, clock).ConfigureAwait(false);
            if (!IsNeeded || Volatile.Read(ref _written) >= Volatile.Read(ref _wanted))
                continue;
            try
            {
                Rise(ref _written, await write().ConfigureAwait(false));
            }
            catch (Exception e) when (e is IOException or ObjectDisposedException or Grpc.Core.RpcException)
            {
                break; // who reads meets the same failure, and asks again
            }
        }
        Volatile.Write(ref _running, 0);
    }
}
