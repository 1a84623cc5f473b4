using Slipway.Api;

namespace Slipway.Scheduler;

/// <summary>What the deciding loop is told, in order.</summary>
internal abstract record Change
{
    /// <summary>A pod as it is now; null when it is gone.</summary>
    public sealed record Pod(ObjectKey Key, PodView? View) : Change;

    /// <summary>A node as it is now; null when it is gone.</summary>
    public sealed record Node(string Name, NodeView? View) : Change;

    /// <summary>A namespace as it is now; null when it is gone.</summary>
    public sealed record Namespace(string Name, NamespaceView? View) : Change;

    /// <summary>A claim of storage as it is now; null when it is gone.</summary>
    public sealed record Claim(ObjectKey Key, ClaimView? View) : Change;

    /// <summary>A persistent volume as it is now; null when it is gone.</summary>
    public sealed record Volume(string Name, VolumeView? View) : Change;

    /// <summary>A storage class as it is now; null when it is gone.</summary>
    public sealed record StorageClass(string Name, StorageClassView? View) : Change;

    /// <summary>A group of pods as it is now; null when it is gone.</summary>
    public sealed record Group(ObjectKey Key, PodGroupView? View) : Change;

    /// <summary>A claim of devices as it is now; null when it is gone.</summary>
    public sealed record DeviceClaim(ObjectKey Key, DeviceClaimView? View) : Change;

    /// <summary>A class of devices as it is now; null when it is gone.</summary>
    public sealed record DeviceClass(string Name, DeviceClassView? View) : Change;

    /// <summary>Devices that a driver offers as they are now; null when they are gone.</summary>
    public sealed record DeviceSlice(string Name, DeviceSliceView? View) : Change;

    /// <summary>A rule that taints devices as it is now; null when it is gone.</summary>
    public sealed record DeviceTaintRule(string Name, DeviceTaintRuleView? View) : Change;

    /// <summary>All that existed at the start has been told.</summary>
    public sealed record Synced : Change;

    /// <summary>All devices, their classes and claims that existed when they were first asked for have been told.</summary>
    public sealed record DevicesSynced : Change;

    /// <summary>A pod could not be bound: what was assumed is not so.</summary>
    /// <param name="Key">The pod.</param>
    /// <param name="Uid">Its UID.</param>
    /// <param name="Allocated">The claims to which devices have been allocated for it all the same.</param>
    public sealed record NotBound(ObjectKey Key, string Uid, IReadOnlyCollection<ObjectKey> Allocated) : Change;

    /// <summary>The claims of a pod have been asked for and are not bound after a while.</summary>
    public sealed record StorageLate(AwaitedStorage Awaited) : Change;

    /// <summary>The claims of a pod were not asked for, or not bound for a long time.</summary>
    public sealed record NoStorage(AwaitedStorage Awaited) : Change;

    /// <summary>Room for a pod was not made, or not all of it.</summary>
    public sealed record NoRoom(ObjectKey Key, Preemption Preemption) : Change;

    /// <summary>A pod is to be decided on again.</summary>
    public sealed record Again(ObjectKey Key) : Change;
}
