namespace Slipway.Host.Server;

/// <summary>
/// Gives back the memory that a busy time leaves behind. The youngest generation of the heap may grow to tens of megabytes, because
/// each of its collections holds up every request; a server that rests would fill it only slowly, and keep all of it meanwhile.
/// </summary>
internal static class HeapTrim
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    /// <summary>Collects what is worth it, until it is cancelled.</summary>
    public static async Task RunAsync(TimeProvider clock, CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(Interval, clock);
        var rest = new HeapRest();
        try
        {
            while (await timer.WaitForNextTickAsync(cancellation))
            {
                switch (rest.Look(GC.GetTotalAllocatedBytes()))
                {
                    case HeapCollection.Whole: GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive); break;
                    case HeapCollection.Young: GC.Collect(1, GCCollectionMode.Forced); break;
                }
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // The server is ending.
        }
    }
}

/// <summary>What of the heap is to be collected.</summary>
internal enum HeapCollection
{
    /// <summary>Nothing: it is not worth it, or requests would wait for it.</summary>
    None,

    /// <summary>What was allocated of late.</summary>
    Young,

    /// <summary>All of it, with what is free given back to the system.</summary>
    Whole,
}

/// <summary>Decides by how much is allocated from one look to the next whether the server rests, and what is then worth collecting.</summary>
internal sealed class HeapRest
{
    /// <summary>Allocated bytes from one look to the next from which the server is busy.</summary>
    private const long Busy = 10 << 20;

    /// <summary>Allocated bytes that a server at rest may hold.</summary>
    private const long Worthwhile = 4 << 20;

    private long _seen;
    private long _collected;
    private bool _wasBusy = true;   // a start leaves a third of the heap as garbage

    /// <summary>What to collect now, when so many bytes have been allocated since the process began.</summary>
    public HeapCollection Look(long allocated)
    {
        var isBusy = allocated - _seen >= Busy;
        var since = allocated - _collected;
        _seen = allocated;
        if (isBusy)
        {
            _wasBusy = true;
            return HeapCollection.None;
        }
        if (!_wasBusy && since < Worthwhile) return HeapCollection.None;
        var collection = _wasBusy ? HeapCollection.Whole : HeapCollection.Young;
        (_wasBusy, _collected) = (false, allocated);
        return collection;
    }
}
