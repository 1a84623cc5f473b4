using System.Runtime.CompilerServices;
using Slipway.Api;

namespace Slipway.Simulation;

/// <summary>What happens to which pod, and when. Each pod has one entry at most; reads and changes come from any thread.</summary>
internal sealed class Agenda(TimeProvider clock)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<ObjectKey, Entry> _entries = [];
    private readonly PriorityQueue<Entry, DateTime> _queue = new();
    private TaskCompletionSource _earlier = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Sets what happens next to a pod, in place of what was to happen; null: nothing.</summary>
    public void Set(ObjectKey key, SimulatedPod pod, PodStep? step)
    {
        lock (_lock)
        {
            if (step is not { } next)
            {
                _entries.Remove(key);
                return;
            }
            var entry = _entries[key] = new(key, pod, next);
            _queue.Enqueue(entry, next.Due);
            if (ReferenceEquals(_queue.Peek(), entry))
                _earlier.TrySetResult();
        }
    }

    /// <summary>Puts an entry back that could not be carried out, unless another has taken its place.</summary>
    public void Postpone(Entry entry, DateTime due)
    {
        lock (_lock)
            if (!_entries.ContainsKey(entry.Key))
                _queue.Enqueue(_entries[entry.Key] = entry with { Step = entry.Step with { Due = due } }, due);
    }

    /// <summary>The entries as they become due, which are then no longer in the agenda. Never ends by itself.</summary>
    public async IAsyncEnumerable<Entry> DueAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        while (true)
            yield return await TakeAsync(cancellation);
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
                while (_queue.TryPeek(out var entry, out var due))
                {
                    if (!_entries.TryGetValue(entry.Key, out var current) || !ReferenceEquals(current, entry))
                    {
                        _queue.Dequeue(); // another has taken its place
                        continue;
                    }
                    if (due > now)
                    {
                        wait = TimeSpan.FromTicks(Math.Min((due - now).Ticks, TimeSpan.TicksPerDay));   // timers take no more than some weeks
                        break;
                    }
                    _queue.Dequeue();
                    _entries.Remove(entry.Key);
                    return entry;
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
    public sealed record Entry(ObjectKey Key, SimulatedPod Pod, PodStep Step);
}
