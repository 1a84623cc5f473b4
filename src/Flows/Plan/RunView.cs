using System.Text.Json.Nodes;
using k8s.Models;
using Slipway.Api.Kinds;

namespace Slipway.Flows;

/// <summary>All that a plan is made from: immutable, as of one moment.</summary>
public sealed record RunView
{
    /// <summary>Namespace of the run.</summary>
    public required string Namespace { get; init; }

    /// <summary>Name of the run.</summary>
    public required string Name { get; init; }

    /// <summary>Uid of the run.</summary>
    public required string Uid { get; init; }

    /// <summary>Name of the flow.</summary>
    public required string FlowName { get; init; }

    /// <summary>What the run works by, as it took it.</summary>
    public required RunDefinition Definition { get; init; }

    /// <summary>The run's own flow.</summary>
    public FlowSpec Flow => Definition.Flow;

    /// <summary>The flows that tasks call, by name.</summary>
    public IReadOnlyDictionary<string, FlowSpec> Flows => Definition.Flows;

    /// <summary>The parameters, defaults included.</summary>
    public required IReadOnlyDictionary<string, JsonNode?> Params { get; init; }

    /// <summary>The interval of data that the run is for; null for none.</summary>
    public DataInterval? Interval { get; init; }

    /// <summary>When the run started.</summary>
    public required DateTimeOffset Start { get; init; }

    /// <summary>The run's pods; those whose attempt is in <see cref="Attempts"/> do not count any more.</summary>
    public IReadOnlyCollection<V1Pod> Pods { get; init; } = [];

    /// <summary>The attempts that have ended, from the ledger.</summary>
    public IReadOnlyCollection<AttemptRecord> Attempts { get; init; } = [];

    /// <summary>Memory that earlier runs have learnt to be needed.</summary>
    public FlowMemory Memory { get; init; } = FlowMemory.None;

    /// <summary>Whether nothing new is to be started.</summary>
    public bool IsSuspended { get; init; }

    /// <summary>How long it has waited for people, as its status says.</summary>
    public RunWaiting Waiting { get; init; }

    /// <summary>Who has stopped the run, and why; null if nobody has.</summary>
    public RunStop? Stop { get; init; }

    /// <summary>What was decided on tasks with approve.</summary>
    public IReadOnlyCollection<TaskApproval> Approvals { get; init; } = [];

    /// <summary>In a test, what stands for tasks in place of being run, by their paths; null in any other run.</summary>
    public IReadOnlyDictionary<string, TaskFake>? Fakes { get; init; }

    /// <summary>In a run that is only shown, whether a value that a task has left is not known; null in any other run, and one of tests.</summary>
    public Func<TaskPath, string, bool>? IsUnknown { get; init; }

    /// <summary>How many pods of other runs hold each lock.</summary>
    public IReadOnlyDictionary<string, int> LocksHeld { get; init; } = new Dictionary<string, int>();

    /// <summary>Images whose digest no pod can tell, because it was refused.</summary>
    public IReadOnlySet<string> LostImages { get; init; } = new HashSet<string>();

    /// <summary>Pods that could not be created for now: by name, what they wait for.</summary>
    public IReadOnlyDictionary<string, string> HeldBack { get; init; } = new Dictionary<string, string>();

    /// <summary>Pods that have ended and whose attempts count as going on, until what they left is where the run keeps it: by name, what is in the way; empty if nothing is.</summary>
    public IReadOnlyDictionary<string, string> Keeping { get; init; } = new Dictionary<string, string>();

    /// <summary>How pods get what they need.</summary>
    public ITaskDelivery Delivery { get; init; } = TaskDelivery.Node;

    /// <summary>The present.</summary>
    public required DateTimeOffset Now { get; init; }
}
