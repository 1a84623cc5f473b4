using System.Collections.Concurrent;

namespace Slipway.Fuzzing.Running;

/// <summary>Something that must not be.</summary>
/// <param name="Case">What was sent, with its seed.</param>
/// <param name="Fault">What is wrong with what came back.</param>
public sealed record Finding(FuzzCase Case, string Fault)
{
    /// <inheritdoc/>
    public override string ToString() => $"seed {Case.Seed}, {Case.Generator}: {Fault}\n{Case}";
}

/// <summary>Counts of a run, from all its workers.</summary>
public sealed class Tally
{
    private const int Kept = 200;
    private readonly ConcurrentDictionary<(string Generator, int Status), int> _counts = new();
    private readonly ConcurrentQueue<Finding> _findings = new();
    private readonly Lock _slow = new();
    private readonly PriorityQueue<(TimeSpan Took, FuzzCase Case), TimeSpan> _slowest = new();
    private int _done;

    /// <summary>Requests that have ended.</summary>
    public int Done => _done;

    /// <summary>Requests by generator and status; status 0 stands for no answer, -1 for bytes that need none.</summary>
    public IReadOnlyDictionary<(string Generator, int Status), int> Counts => _counts;

    /// <summary>The faults, the first ones where there are many.</summary>
    public IReadOnlyCollection<Finding> Findings => _findings;

    /// <summary>The requests that took longest.</summary>
    public IReadOnlyList<(TimeSpan Took, FuzzCase Case)> Slowest
    {
        get
        {
            lock (_slow) return [.. _slowest.UnorderedItems.Select(i => i.Element).OrderByDescending(e => e.Took)];
        }
    }

    internal void Add(FuzzCase item, int status, TimeSpan took, string? fault)
    {
        Interlocked.Increment(ref _done);
        _counts.AddOrUpdate((item.Generator, status), 1, (_, count) => count + 1);
        if (fault is not null && _findings.Count < Kept) _findings.Enqueue(new(item, fault));
        lock (_slow)
        {
            _slowest.Enqueue((took, item), took);
            if (_slowest.Count > 10) _slowest.Dequeue();
        }
    }
}
