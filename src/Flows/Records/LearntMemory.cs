namespace Slipway.Flows;

/// <summary>Memory that an item of a task will get in later runs.</summary>
/// <param name="Task">Name of the task.</param>
/// <param name="Item">The item; empty for a task without forEach.</param>
/// <param name="Bytes">The memory in bytes.</param>
public sealed record LearntMemory(string Task, string Item, long Bytes)
{
    private const int KeyLimit = 500;

    /// <summary>What stands for an item where it is looked up: long ones by their hash, since databases bound what can be found.</summary>
    public static string KeyOf(string item) => item.Length <= KeyLimit ? item : $"sha256:{FlowNames.Hash(item, 64)}";
}

/// <summary>What is known of the memory that the tasks of a flow need.</summary>
public sealed class FlowMemory
{
    /// <summary>Of a flow of which nothing was learnt.</summary>
    public static readonly FlowMemory None = new(new Dictionary<(string, string), long>(), new Dictionary<(string, string), long>());

    private readonly IReadOnlyDictionary<(string Task, string Item), long> enough;
    private readonly Dictionary<string, long> highest;

    /// <param name="learnt">Bytes that items get since they were killed for less, by task and the key of the item.</param>
    /// <param name="enough">Bytes with which other items of such tasks have succeeded lately.</param>
    public FlowMemory(IReadOnlyDictionary<(string Task, string Item), long> learnt, IReadOnlyDictionary<(string Task, string Item), long> enough)
        : this(learnt, enough, learnt)
    {
    }

    private FlowMemory(
        IReadOnlyDictionary<(string Task, string Item), long> learnt, IReadOnlyDictionary<(string Task, string Item), long> enough, IEnumerable<KeyValuePair<(string Task, string Item), long>> ofOthers)
    {
        Learnt = learnt;
        this.enough = enough;
        highest = ofOthers.GroupBy(l => l.Key.Task).ToDictionary(t => t.Key, t => t.Max(l => l.Value));
    }

    /// <summary>What items get since they were killed for less, in bytes, by task and the key of the item.</summary>
    public IReadOnlyDictionary<(string Task, string Item), long> Learnt { get; }

    /// <summary>The same in a run: what one of its items turns out to need says nothing of those that it has still to start.</summary>
    /// <param name="attempts">The attempts of the run.</param>
    public FlowMemory During(IEnumerable<AttemptRecord> attempts)
    {
        if (Learnt.Count == 0)
            return this;
        var killed = attempts.Where(a => a.Reason == AttemptReason.OutOfMemory).Select(a => (a.Task, LearntMemory.KeyOf(a.Item ?? ""))).ToHashSet();
        return killed.Count == 0 ? this : new FlowMemory(Learnt, enough, Learnt.Where(l => !killed.Contains(l.Key)));
    }

    /// <summary>
    /// What a task without forEach, or an item, needs as far as that is known: an item its own number, also where that is what was declared, so that one large item
    /// does not make all small ones large. One that has not been seen lately, such as a new day or file, gets the highest of its task: to be killed costs a whole attempt.
    /// </summary>
    /// <param name="task">Path of the task without indexes.</param>
    /// <param name="item">The item; null for a task without forEach.</param>
    public long? Of(string task, string? item)
    {
        var key = (task, item is null ? "" : LearntMemory.KeyOf(item));
        return Learnt.TryGetValue(key, out var own) || enough.TryGetValue(key, out own) || highest.TryGetValue(task, out own) ? own : null;
    }
}
