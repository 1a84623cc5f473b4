using System.Collections.Immutable;
using k8s.Models;

namespace Slipway.Node.Pods;

/// <summary>Something that happened to a pod.</summary>
internal abstract record PodEvent
{
    /// <summary>The pod has left the API.</summary>
    public sealed record Gone : PodEvent;

    /// <summary>The sandbox was started. It may have ended already, before its end could be heard of.</summary>
    public sealed record SandboxReady(string Id, ImmutableArray<string> Addresses, bool HasEnded = false) : PodEvent;

    public sealed record SandboxFailed(string Message) : PodEvent;

    /// <summary>The runtime went away while the sandbox was being started, and is back.</summary>
    public sealed record SandboxInterrupted : PodEvent;

    /// <summary>The sandbox has ended by itself, or with the machine.</summary>
    public sealed record SandboxLost(string Id) : PodEvent;

    public sealed record SandboxStopped : PodEvent;

    public sealed record SandboxRemoved : PodEvent;

    public sealed record VolumesReady(DateTimeOffset? RefreshAt = null) : PodEvent;

    /// <summary>Containers run with other resources now, or are to be started again for that.</summary>
    public sealed record Resized(ImmutableArray<(string Container, string Id, V1ResourceRequirements Resources, bool Restarts)> Containers) : PodEvent;

    /// <summary>Resources were not changed: the pod does not fit as it wants to be, or the runtime refused.</summary>
    public sealed record NotResized(ResizePhase Phase, string Reason, string Message) : PodEvent;

    /// <summary>The pod takes more than it may, or than the node has.</summary>
    public sealed record Evicted(string Message) : PodEvent;

    /// <summary>Something that volumes show may have changed.</summary>
    public sealed record VolumesChanged : PodEvent;

    /// <summary>Volumes have been brought up to date, or stayed as they were; again at a time, if nothing changes before.</summary>
    public sealed record VolumesRefreshed(DateTimeOffset? RefreshAt) : PodEvent;

    public sealed record VolumesFailed(string Message) : PodEvent;

    public sealed record VolumesRemoved : PodEvent;

    public sealed record ImageReady(string Container, string ImageId, string ImageRef) : PodEvent;

    /// <summary>The runtime went away while it was asked for the image, and is back.</summary>
    public sealed record ImageInterrupted(string Container) : PodEvent;

    public sealed record ImageFailed(string Container, string Reason, string Message) : PodEvent;

    public sealed record ContainerStarted(string Container, string Id, DateTimeOffset StartedAt, V1ContainerUser? User = null) : PodEvent;

    /// <summary>It could not be created; this is tried again.</summary>
    public sealed record ContainerFailed(string Container, string Reason, string Message) : PodEvent;

    /// <summary>It was created but did not start, which counts as an end.</summary>
    public sealed record ContainerDidNotStart(string Container, ContainerExit Exit) : PodEvent;

    public sealed record ContainerEnded(string Container, ContainerExit Exit) : PodEvent;

    /// <summary>The hook that follows a start has ended.</summary>
    public sealed record PostStartEnded(string Container, string Id, bool Succeeded) : PodEvent;

    /// <summary>A probe has come to a verdict that differs from the one before.</summary>
    public sealed record Probed(string Container, string Id, Probes.ProbeKind Kind, bool Succeeded) : PodEvent;

    /// <summary>Something in the container was killed for want of memory.</summary>
    public sealed record OutOfMemory(string Container, string Id) : PodEvent;

    /// <summary>It could not be told to stop; that is done again.</summary>
    public sealed record StopFailed(string Container) : PodEvent;

    public sealed record PodDeleted : PodEvent;

    /// <summary>Something in the API changed, or time has passed: look again.</summary>
    public sealed record LookAgain : PodEvent;
}
