using System.Runtime.CompilerServices;
using Slipway.Api;

namespace Slipway.Simulation;

/// <summary>What happens to which pod, and when. Each pod has one entry at most; reads and changes come from any thread.</summary>
internal sealed class Agenda(TimeProvider clock)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<ObjectKey, Entry> _entries = [];
    private readonly SortedSet<Entry> _order = new(Comparer<Entry>.Create(static (one, other) => (one.Step.Due, one.Number).CompareTo((other.Step.Due, other.Number))));
    private TaskCompletionSource _earlier = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _numbers;

    /// <summary>How many entries there are.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _order.Count;
        }
    }

    /// <summary>Sets what happens next to a pod, in place of what was to happen; null: nothing.</summary>
    public void Set(ObjectKey key, SimulatedPod pod, PodStep? step)
    {
        lock (_lock)
        {
            if (_entries.Remove(key, out var former))
                _order.Remove(former);
            if (step is { } next)
                Add(new(key, pod, next, _numbers++));
        }
    }

    /// <summary>Puts an entry back that could not be carried out, unless another has taken its place.</summary>
    public void Postpone(Entry entry, DateTime due)
    {
        lock (_lock)
            if (!_entries.ContainsKey(entry.Key))
                Add(entry with { Step = entry.Step with { Due = due }, Number = _numbers++ });
    }

    /// <summary>The entries as they become due, which are then no longer in the agenda. Never ends by itself.</summary>
    public async IAsyncEnumerable<Entry> DueAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        while (true)
            yield return await TakeAsync(cancellation);
    }

    private void Add(Entry entry)
    {
        _entries.Add(entry.Key, entry);
        _order.Add(entry);
        if (ReferenceEquals(_order.Min, entry))
            _earlier.TrySetResult();
    }

    private async ValueTask<Entry> TakeAsync(CancellationToken cancellation)
    {
        while (true)
        {
            Task earlier;
            TimeSpan? wait = null;
            lock (_lock)
            {
                var now = clock.GetUtcNow().UtcDateTime;
                if (_order.Min is { } entry)
                {
                    if (entry.Step.Due <= now)
                    {
                        _order.Remove(entry);
                        _entries.Remove(entry.Key);
                        return entry;
                    }
                    wait = TimeSpan.FromTicks(Math.Min((entry.Step.Due - now).Ticks, TimeSpan.TicksPerDay));   // timers take no more than some weeks
                }
                if (_earlier.Task.IsCompleted)
                    _earlier = new(TaskCreationOptions.RunContinuationsAsynchronously);
                earlier = _earlier.Task;
            }
            if (wait is not { } time)
                await earlier.WaitAsync(cancellation);
            else
                await earlier.WaitAsync(time, clock, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellation.ThrowIfCancellationRequested();
        }
    }

    /// <summary>A stage that is to come.</summary>
    /// <param name="Key">The pod's name.</param>
    /// <param name="Pod">The pod.</param>
    /// <param name="Step">The stage, and when it comes.</param>
    /// <param name="Number">Tells entries of the same moment apart: the earlier one comes first.</param>
    public sealed record Entry(ObjectKey Key, SimulatedPod Pod, PodStep Step, long Number);
}
