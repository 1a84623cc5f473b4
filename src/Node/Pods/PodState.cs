using System.Collections.Immutable;
using k8s.Models;

namespace Slipway.Node.Pods;

/// <summary>All that a pod's worker knows of it; changed by <see cref="PodTransitions"/>, read by <see cref="PodPlan"/>.</summary>
internal sealed record PodState
{
    public SandboxState Sandbox { get; init; } = new();

    public VolumesState Volumes { get; init; } = new();

    /// <summary>Init and app containers by name.</summary>
    public ImmutableSortedDictionary<string, ContainerRecord> Containers { get; init; } =
        ImmutableSortedDictionary.Create<string, ContainerRecord>(StringComparer.Ordinal);

    /// <summary>When the node took the pod up.</summary>
    public required DateTimeOffset StartTime { get; init; }

    /// <summary>Why the pod as a whole was ended by the node, such as <c>DeadlineExceeded</c>.</summary>
    public PodFailure? Failure { get; init; }

    /// <summary>Since when its containers are being ended: the grace counts from here for all of them.</summary>
    public DateTimeOffset? EndingSince { get; init; }

    /// <summary>A change of resources that is not done.</summary>
    public ResizeState? Resize { get; init; }

    /// <summary>The pod is no longer in the API.</summary>
    public bool IsGone { get; init; }

    /// <summary>The pod has been deleted from the API by this worker, or is being.</summary>
    public RemovalPhase Removal { get; init; }

    public ContainerRecord Container(string name) => Containers.GetValueOrDefault(name) ?? new ContainerRecord(name);

    public PodState With(ContainerRecord container) => this with { Containers = Containers.SetItem(container.Name, container) };
}

/// <summary>Why the node ends a pod as a whole.</summary>
/// <param name="Reason">As in the status: <c>DeadlineExceeded</c>, <c>Evicted</c>, or why it was refused.</param>
/// <param name="Message">In words.</param>
internal sealed record PodFailure(string Reason, string Message)
{
    public const string Deadline = "DeadlineExceeded";
    public const string Eviction = "Evicted";

    /// <summary>As the kubelet calls the end of a container that it was not there to see.</summary>
    public const string Lost = "ContainerStatusUnknown";

    private const string Rejected = "Pod was rejected: ";

    public bool IsEviction => Reason == Eviction;

    /// <summary>Whether the node has never begun with the pod.</summary>
    public bool IsRefusal => Message.StartsWith(Rejected, StringComparison.Ordinal);

    /// <summary>The message as an event tells it.</summary>
    public string Detail => IsRefusal ? Message[Rejected.Length..] : Message;

    /// <summary>A pod that the node does not take.</summary>
    public static PodFailure Refused(string reason, string message) => new(reason, Rejected + message);
}

internal enum RemovalPhase { None, Deleting, Deleted }

internal enum SandboxPhase { None, Starting, Ready, Failed, Lost, Stopping, Stopped, Removing, Removed }

/// <summary>The pod's sandbox: its namespaces and addresses.</summary>
internal sealed record SandboxState
{
    public SandboxPhase Phase { get; init; }
    public string Id { get; init; } = "";
    public ImmutableArray<string> Addresses { get; init; } = [];
    public uint Attempt { get; init; }
    public Retry? Retry { get; init; }

    /// <summary>Whether it has been ready at any time: only then are there addresses to report.</summary>
    public bool WasReady => Id.Length > 0;
}

internal enum VolumesPhase { None, Preparing, Ready, Failed, Removing, Removed }

internal sealed record VolumesState
{
    public VolumesPhase Phase { get; init; }
    public Retry? Retry { get; init; }

    /// <summary>When they must be brought up to date although no object changes.</summary>
    public DateTimeOffset? RefreshAt { get; init; }

    /// <summary>Something that they show may have changed.</summary>
    public bool HasChanged { get; init; }

    /// <summary>They are being brought up to date.</summary>
    public bool IsRefreshing { get; init; }
}

/// <summary>Something failed and is tried again.</summary>
/// <param name="At">When.</param>
/// <param name="Failures">How often it has failed in a row.</param>
internal sealed record Retry(DateTimeOffset At, int Failures, string Reason, string Message)
{
    /// <summary>The next try, after 1, 2, 4, … seconds, 10 at most.</summary>
    public static Retry After(Retry? previous, DateTimeOffset now, string reason, string message)
    {
        var failures = (previous?.Failures ?? 0) + 1;
        return new(now + TimeSpan.FromSeconds(Math.Min(10, 1 << Math.Min(failures - 1, 4))), failures, reason, message);
    }
}

internal enum ContainerPhase { Waiting, Starting, Running, Exited }

internal enum HookPhase { None, Running, Done }

internal enum ImagePhase { Unknown, Ensuring, Present, Failed }

/// <summary>One container over its restarts.</summary>
internal sealed record ContainerRecord(string Name)
{
    public ContainerPhase Phase { get; init; }

    public ImagePhase Image { get; init; }

    /// <summary>Digest of the image's configuration, by which containers are created.</summary>
    public string ImageId { get; init; } = "";

    /// <summary>What is reported as <c>imageID</c>: the name with the manifest's digest where there is one.</summary>
    public string ImageRef { get; init; } = "";

    /// <summary>Why the image cannot be had.</summary>
    public ImageProblem? ImageProblem { get; init; }

    /// <summary>Why the container could not be created, and when that is tried again.</summary>
    public Retry? Problem { get; init; }

    /// <summary>Id of the container that exists now; empty before the first.</summary>
    public string Id { get; init; } = "";

    /// <summary>Id of the one before it, kept for its log.</summary>
    public string PreviousId { get; init; } = "";

    public DateTimeOffset StartedAt { get; init; }

    /// <summary>As whom its first process began; null when that is not known.</summary>
    public V1ContainerUser? User { get; init; }

    /// <summary>How it ended, while it is <see cref="ContainerPhase.Exited"/> (or waits or starts again).</summary>
    public ContainerExit? Exit { get; init; }

    /// <summary>How the one before it ended.</summary>
    public ContainerExit? LastExit { get; init; }

    public int Restarts { get; init; }

    public RestartBackOff BackOff { get; init; }

    /// <summary>Delay between tries to pull the image.</summary>
    public RestartBackOff PullBackOff { get; init; }

    /// <summary>Something in the container that exists now has been killed for want of memory.</summary>
    public bool OutOfMemory { get; init; }

    /// <summary>The resources with which the container that exists now runs.</summary>
    public V1ResourceRequirements? Applied { get; init; }

    /// <summary>Where the hook stands that follows its start, if it has one.</summary>
    public HookPhase PostStart { get; init; }

    /// <summary>The startup probe of the container that exists now has succeeded.</summary>
    public bool StartupSucceeded { get; init; }

    /// <summary>The newest verdict of its readiness probe.</summary>
    public bool ReadinessSucceeded { get; init; }

    /// <summary>Why the node ends it although the pod wants it.</summary>
    public ContainerFault? Fault { get; init; }

    /// <summary>By when it will be killed, if it has been told to stop.</summary>
    public DateTimeOffset? KillAt { get; init; }

    public bool Succeeded => Phase == ContainerPhase.Exited && Exit is { Code: 0 };
}

/// <summary>How a container ended.</summary>
internal sealed record ContainerExit(string ContainerId, int Code, string Reason, string Message, DateTimeOffset StartedAt, DateTimeOffset FinishedAt)
{
    /// <summary>It was ended for a fault, so that even a clean end is none.</summary>
    public bool IsFault { get; init; }

    /// <summary>It ended with its sandbox, which nothing in a pod ends: the node, or what holds containers on it, was stopped.</summary>
    public bool IsLost { get; init; }
}

/// <summary>Why an image cannot be had: <c>ErrImagePull</c> until the back-off is told of as <c>ImagePullBackOff</c>.</summary>
internal sealed record ImageProblem(string Reason, string Message, DateTimeOffset Since, DateTimeOffset RetryAt);
