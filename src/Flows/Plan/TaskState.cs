using k8s.Models;
using Slipway.Api.Cel;
using Slipway.Api.Kinds;

namespace Slipway.Flows;

/// <summary>How far a task is, as a plan sees it.</summary>
internal sealed class TaskState(GroupStage stage, FlowTask task, TaskSettings settings, TaskGroup? called)
{
    private DateTimeOffset? end;

    public GroupStage Stage { get; } = stage;

    public FlowTask Task { get; } = task;

    public TaskSettings Settings { get; } = settings;

    /// <summary>What it calls; null for a task with a command.</summary>
    public TaskGroup? Called { get; } = called;

    public string Phase { get; set; } = FlowPhase.Pending;

    public string? Message { get; set; }

    /// <summary>Whether it did not come to its end because the run was stopped.</summary>
    public bool IsStopped { get; set; }

    /// <summary>Why what runs of it is being ended; null if it is not. Of a service that has lost another that it needs, only as long as something needs it still.</summary>
    public StopOfRun? Stop { get; set; }

    /// <summary>Of a service: whether nothing needs it any more, so that what runs of it is being ended.</summary>
    public bool IsUnneeded { get; set; }

    /// <summary>The service that it needs and that cannot be reached now, so that nothing of it is started; null for none.</summary>
    public string? Awaited { get; set; }

    /// <summary>When what it needs had ended, once that has.</summary>
    public DateTimeOffset Ready { get; set; }

    /// <summary>When the last of its attempts had ended, once it is final; of one without attempts, when it came to its phase. Of a service that runs, since when it can be reached.</summary>
    public DateTimeOffset End => IsFinal ? end ??= Items.Max(i => i.End) ?? Ready : UpSince ?? Ready;

    /// <summary>Its items in order; empty until what it needs has ended.</summary>
    public List<ItemState> Items { get; set; } = [];

    public bool IsFinal => FlowPhase.IsFinal(Phase);

    /// <summary>Whether those that need it can begin, as far as it goes.</summary>
    public bool IsMet => Phase == FlowPhase.Succeeded || (!IsFinal && UpSince is not null);

    /// <summary>Of a service: since when it can be reached; null while it cannot, and for any other task.</summary>
    public DateTimeOffset? UpSince => Task.Service is null ? null : ServiceDecision.UpSince(this);

    /// <summary>Names of what it leaves.</summary>
    public (IEnumerable<string> Files, IEnumerable<string> Values) Outputs => Called is { Results: var (files, values) }
        ? (files.Keys, values.Keys)
        : (Task.Outputs?.Files?.Keys ?? Enumerable.Empty<string>(), Task.Outputs?.Values?.Keys ?? Enumerable.Empty<string>());

    public int Count(string phase) => Items.Count(i => i.Phase == phase);

    /// <summary>Derives the phase from the items.</summary>
    public void Summarize()
    {
        var (failed, final) = (Count(FlowPhase.Failed), Items.Count(i => FlowPhase.IsFinal(i.Phase)));
        if (final == Items.Count)
            Phase = failed > 0 ? FlowPhase.Failed : FlowPhase.Succeeded;
        else
            Phase = Items.Any(i => i.Phase != FlowPhase.Pending || i.Attempts.Count > 0 || i.Earlier.Count > 0) ? FlowPhase.Running : FlowPhase.Pending;
        if (failed > 0)
        {
            var first = Items.First(i => i.Phase == FlowPhase.Failed);
            Message = failed == 1 ? first.Message : $"{first.Message} (and {failed - 1} more of {Items.Count})";
        }
        else
        {
            Message = Items.FirstOrDefault(i => i.Phase is FlowPhase.Pending or FlowPhase.Running && i.Message is not null)?.Message;
        }
    }
}

/// <summary>How far an item of a task is; a task without forEach has one.</summary>
internal sealed class ItemState
{
    /// <summary>Where in the run.</summary>
    public required TaskPath Path { get; init; }

    /// <summary>Index in forEach; null for a task without.</summary>
    public int? Index => Path.Index;

    /// <summary>The item; null for a task without forEach.</summary>
    public required CelValue? Item { get; init; }

    /// <summary>The rounds of repeat before this one.</summary>
    public IReadOnlyList<ItemState> Earlier { get; init; } = [];

    /// <summary>Its ended attempts in order.</summary>
    public IReadOnlyList<AttemptRecord> Attempts { get; init; } = [];

    public string Phase { get; set; } = FlowPhase.Pending;

    /// <summary>Why it failed or waits, in one line.</summary>
    public string? Message { get; set; }

    /// <summary>What a call runs; null for a task with a command, and before the call begins.</summary>
    public GroupState? Calls { get; set; }

    /// <summary>The pods of the attempt that has not ended: one, or one for each replica that there is.</summary>
    public IReadOnlyList<V1Pod> Pods { get; set; } = [];

    /// <summary>The first of <see cref="Pods"/>; null if there is none.</summary>
    public V1Pod? Pod => Pods.Count > 0 ? Pods[0] : null;

    /// <summary>Replicas of that attempt that are yet to be created, because whoever created the others was stopped; null if all are there.</summary>
    public IReadOnlyList<int>? Missing { get; set; }

    /// <summary>Whether an attempt is to be started as soon as there is room.</summary>
    public bool IsReady { get; set; }

    /// <summary>When that attempt, or the call, could begin.</summary>
    public required DateTimeOffset Ready { get; set; }

    /// <summary>Memory of that attempt in bytes.</summary>
    public long? Memory { get; set; }

    public AttemptRecord? Last => Attempts.Count > 0 ? Attempts[^1] : null;

    /// <summary>Number of the attempt that runs or is to be started.</summary>
    public int NextNumber => Attempts.Count + 1;

    /// <summary>The record of its success; null if it has not succeeded.</summary>
    public AttemptRecord? Success => Last is { Succeeded: true } last ? last : null;

    /// <summary>When its last attempt ended; null if none has.</summary>
    public DateTimeOffset? End => Calls is { } calls ? calls.All.SelectMany(t => t.Items).Max(i => i.End) : Last?.End;

    /// <summary>What it left; null if it has not succeeded or not left that.</summary>
    public CelValue? Output(bool isFile, string name)
    {
        if (Phase != FlowPhase.Succeeded)
            return null;
        if (Calls is { } calls)
            return calls.Output(isFile, name) is FileValue file ? new FileValue(file.File, Index) : calls.Output(isFile, name);
        if (isFile)
            return Success?.Files.TryGetValue(name, out var stored) == true ? new FileValue(stored, Index) : null;
        return Success?.Values.TryGetValue(name, out var value) == true ? value.Value : null;
    }
}
