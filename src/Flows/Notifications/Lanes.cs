namespace Slipway.Flows;

/// <summary>Lets some at a time through for each key, whoever passes for others. A key that nobody passes for takes no memory.</summary>
/// <param name="width">How many at a time.</param>
internal sealed class Lanes<TKey>(int width) where TKey : notnull
{
    private readonly Lock gate = new();
    private readonly Dictionary<TKey, Lane> lanes = [];

    /// <summary>Does something when there is room for its key.</summary>
    /// <exception cref="OperationCanceledException">It was given up before.</exception>
    public async Task<T> PassAsync<T>(TKey key, Func<Task<T>> act, CancellationToken cancellation)
    {
        var lane = Enter(key);
        try
        {
            await lane.Room.WaitAsync(cancellation);
            try
            {
                return await act();
            }
            finally
            {
                lane.Room.Release();
            }
        }
        finally
        {
            Leave(key, lane);
        }
    }

    private Lane Enter(TKey key)
    {
        lock (gate)
        {
            if (!lanes.TryGetValue(key, out var lane))
                lanes[key] = lane = new Lane(new SemaphoreSlim(width));
            lane.Users++;
            return lane;
        }
    }

    private void Leave(TKey key, Lane lane)
    {
        lock (gate)
        {
            if (--lane.Users > 0)
                return;
            lanes.Remove(key);
            lane.Room.Dispose();
        }
    }

    private sealed class Lane(SemaphoreSlim room)
    {
        public SemaphoreSlim Room => room;

        public int Users { get; set; }
    }
}
