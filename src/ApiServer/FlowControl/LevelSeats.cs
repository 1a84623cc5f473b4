namespace Slipway.ApiServer.FlowControl;

/// <summary>The seats of a priority level, who has them and who waits for one. Not safe for concurrent use.</summary>
internal sealed class LevelSeats(PriorityLevel level)
{
    private readonly Dictionary<int, WaitingQueue> _queues = [];
    private int _lastServed = -1;

    /// <summary>The level as it is now.</summary>
    public PriorityLevel Level { get; set; } = level;

    /// <summary>How many seats are its own.</summary>
    public int Nominal { get; set; }

    /// <summary>How many of them it lends while it does not use them.</summary>
    public int Lendable { get; set; }

    /// <summary>How many it may borrow.</summary>
    public int MaxBorrowed { get; set; }

    /// <summary>How many of its requests are being answered.</summary>
    public int Executing { get; private set; }

    /// <summary>How many wait.</summary>
    public int Waiting { get; private set; }

    /// <summary>Whether the level is gone: its requests that came before take what they need.</summary>
    public bool IsRemoved { get; set; }

    /// <summary>How many seats it uses of others'.</summary>
    public int Borrowed => Math.Max(0, Executing - Nominal);

    /// <summary>How many of its seats others may use now.</summary>
    public int Lent => Math.Min(Lendable, Math.Max(0, Nominal - Executing));

    /// <summary>Takes a seat.</summary>
    public void Start() => Executing++;

    /// <summary>Gives a seat back.</summary>
    public void End(Waiter? waiter)
    {
        Executing--;
        if (waiter?.Queue is not { } queue) return;
        queue.Executing--;
        Forget(queue);
    }

    /// <summary>Has a request wait in the shortest queue of its flow's hand.</summary>
    /// <returns>False if that queue is full.</returns>
    public bool TryQueue(Waiter waiter, ulong hash)
    {
        Span<int> hand = stackalloc int[Math.Min(Level.HandSize, Level.Queues)];
        ShuffleSharding.Deal(hash, Level.Queues, hand);
        var (best, load) = (-1, (Waiting: int.MaxValue, Executing: int.MaxValue));
        foreach (var card in hand)
        {
            var here = _queues.TryGetValue(card, out var known) ? (known.Waiters.Count, known.Executing) : (0, 0);
            if (here.CompareTo(load) < 0) (best, load) = (card, here);
        }
        if (best < 0 || load.Waiting >= Level.QueueLengthLimit) return false;
        if (!_queues.TryGetValue(best, out var queue)) _queues[best] = queue = new WaitingQueue(best);
        waiter.Queue = queue;
        waiter.Place = queue.Waiters.AddLast(waiter);
        Waiting++;
        return true;
    }

    /// <summary>Takes who is next out of the queues and gives them a seat: of the queue that has the fewest, in turn among equals.</summary>
    public Waiter? StartNext()
    {
        WaitingQueue? next = null;
        foreach (var queue in _queues.Values)
            if (queue.Waiters.Count > 0 && (next is null || Rank(queue).CompareTo(Rank(next)) < 0)) next = queue;
        if (next is null) return null;
        var waiter = next.Waiters.First!.Value;
        Leave(waiter);
        next.Executing++;
        _lastServed = next.Number;
        Executing++;
        return waiter;

        (int, bool, int) Rank(WaitingQueue queue) => (queue.Executing, queue.Number <= _lastServed, queue.Number);
    }

    /// <summary>Gives up the place of one who waits no longer.</summary>
    public void GiveUp(Waiter waiter)
    {
        Leave(waiter);
        Forget(waiter.Queue!);
    }

    private void Leave(Waiter waiter)
    {
        waiter.Queue!.Waiters.Remove(waiter.Place!);
        waiter.Place = null;
        Waiting--;
    }

    // A queue that nobody uses takes no room.
    private void Forget(WaitingQueue queue)
    {
        if (queue.Executing == 0 && queue.Waiters.Count == 0) _queues.Remove(queue.Number);
    }
}

/// <summary>Requests that wait one behind the other.</summary>
internal sealed class WaitingQueue(int number)
{
    public int Number => number;

    public LinkedList<Waiter> Waiters { get; } = [];

    /// <summary>How many that have waited here are being answered.</summary>
    public int Executing { get; set; }
}

/// <summary>A request that waits, or has waited, for a seat.</summary>
internal sealed class Waiter(Flow flow)
{
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Flow Flow => flow;

    public WaitingQueue? Queue { get; set; }

    /// <summary>Its place in the queue; null once it has a seat or has given up.</summary>
    public LinkedListNode<Waiter>? Place { get; set; }

    /// <summary>Ends when it has a seat.</summary>
    public Task Started => _started.Task;

    public void Go() => _started.SetResult();
}
