namespace Slipway.Client;

/// <summary>
/// Keys that wait for work. A key waits at most once, is never handed out twice at the same time, and when it is
/// added during its work it is handed out again afterwards.
/// </summary>
/// <param name="clock">The clock of delays.</param>
/// <param name="random">Source of the jitter of delays; must be safe for several threads.</param>
/// <param name="meter">What counts the keys; null for nothing.</param>
public sealed class WorkQueue<TKey>(TimeProvider clock, Random? random = null, QueueMeter? meter = null) : IDisposable where TKey : notnull
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromMinutes(5);

    private readonly Lock _lock = new();
    private readonly Random _random = random ?? Random.Shared;
    private readonly Queue<TKey> _ready = new();
    private readonly SemaphoreSlim _available = new(0);
    // Each with the time at which it began to wait, or was taken.
    private readonly Dictionary<TKey, long> _waiting = [];
    private readonly Dictionary<TKey, long> _working = [];
    private readonly Dictionary<TKey, int> _failures = [];
    private readonly Dictionary<TKey, DateTimeOffset> _due = [];
    private readonly PriorityQueue<TKey, DateTimeOffset> _later = new();
    private ITimer? _timer;
    private bool _disposed;

    /// <summary>Keys ready to be taken.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _ready.Count;
        }
    }

    /// <summary>Adds a key to be taken as soon as possible.</summary>
    public void Add(TKey key)
    {
        lock (_lock)
            AddLocked(key);
    }

    /// <summary>Adds a key after a delay. Of several delays of one key the earliest counts.</summary>
    public void AddAfter(TKey key, TimeSpan delay)
    {
        meter?.Delayed();
        lock (_lock)
        {
            if (delay <= TimeSpan.Zero)
            {
                AddLocked(key);
                return;
            }
            var due = clock.GetUtcNow() + delay;
            if (_due.TryGetValue(key, out var earlier) && earlier <= due)
                return;
            _due[key] = due;
            _later.Enqueue(key, due);
            SetTimerLocked();
        }
    }

    /// <summary>Adds a key whose work failed after a delay that doubles with each failure since <see cref="Forget"/>.</summary>
    /// <returns>The delay.</returns>
    public TimeSpan AddFailed(TKey key)
    {
        TimeSpan delay;
        lock (_lock)
        {
            var failures = _failures.GetValueOrDefault(key);
            _failures[key] = failures + 1;
            delay = Backoff.WithJitter(Backoff.Step(FirstRetry, LongestRetry, failures), _random);
        }
        AddAfter(key, delay);
        return delay;
    }

    /// <summary>Forgets the failures of a key: its work has succeeded.</summary>
    public void Forget(TKey key)
    {
        lock (_lock)
            _failures.Remove(key);
    }

    /// <summary>Waits for a key and takes it. Call <see cref="Done"/> after its work, whatever came of it.</summary>
    public async ValueTask<TKey> TakeAsync(CancellationToken cancellation)
    {
        await _available.WaitAsync(cancellation);
        lock (_lock)
        {
            var key = _ready.Dequeue();
            _waiting.Remove(key, out var since);
            var now = Now;
            _working.Add(key, now);
            meter?.Taken(clock.GetElapsedTime(since, now));
            return key;
        }
    }

    /// <summary>Ends the work on a key that was taken.</summary>
    public void Done(TKey key)
    {
        lock (_lock)
        {
            if (_working.Remove(key, out var since))
                meter?.Done(clock.GetElapsedTime(since, Now));
            if (!_disposed && _waiting.ContainsKey(key))
                Release(key);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            if (!_disposed)
                meter?.Dropped(_waiting.Count);
            _disposed = true;
            _timer?.Dispose();
            _available.Dispose();
        }
    }

    private void AddLocked(TKey key)
    {
        if (_disposed)
            return; // a late change, or a timer that was already running
        // A key in work stays in _waiting, but is not released before Done.
        if (!_waiting.TryAdd(key, Now))
            return;
        meter?.Added();
        if (!_working.ContainsKey(key))
            Release(key);
    }

    private long Now => meter is null ? 0 : clock.GetTimestamp();

    private void Release(TKey key)
    {
        _ready.Enqueue(key);
        _available.Release();
    }

    private void SetTimerLocked()
    {
        if (_disposed || !_later.TryPeek(out _, out var next))
            return;
        var wait = next - clock.GetUtcNow();
        if (wait < TimeSpan.Zero)
            wait = TimeSpan.Zero;
        // Timers count whole milliseconds: rounding up spares an early, useless call.
        wait = TimeSpan.FromMilliseconds(Math.Min(Math.Ceiling(wait.TotalMilliseconds), int.MaxValue));
        if (_timer is null)
            _timer = clock.CreateTimer(static queue => ((WorkQueue<TKey>)queue!).Ripen(), this, wait, Timeout.InfiniteTimeSpan);
        else
            _timer.Change(wait, Timeout.InfiniteTimeSpan);
    }

    private void Ripen()
    {
        lock (_lock)
        {
            var now = clock.GetUtcNow();
            while (_later.TryPeek(out var key, out var due) && due <= now)
            {
                _later.Dequeue();
                // An entry that an earlier one has overtaken is stale.
                if (_due.TryGetValue(key, out var current) && current == due)
                {
                    _due.Remove(key);
                    AddLocked(key);
                }
            }
            SetTimerLocked();
        }
    }
}
