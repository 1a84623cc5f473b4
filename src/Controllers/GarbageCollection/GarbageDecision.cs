using k8s.Models;

namespace Slipway.Controllers;

/// <summary>What an owner reference is worth.</summary>
internal enum OwnerState
{
    /// <summary>The owner exists.</summary>
    Solid,

    /// <summary>The owner is gone: it is not there, or another object has its name.</summary>
    Dangling,

    /// <summary>The owner is being deleted and waits for its dependents to go first.</summary>
    WaitsForDependents,
}

/// <summary>What is done with an object, given its owners.</summary>
internal abstract record GarbageDecision
{
    /// <summary>It stays as it is.</summary>
    public sealed record Keep : GarbageDecision;

    /// <summary>It stays, without the references to owners that are gone or going.</summary>
    /// <param name="Owners">The uids of these.</param>
    public sealed record Release(IReadOnlyList<string> Owners) : GarbageDecision;

    /// <summary>It is deleted.</summary>
    /// <param name="Policy"><c>Background</c>, <c>Foreground</c> or <c>Orphan</c>.</param>
    /// <param name="Unblock">Whether its owners must no longer wait for it: a circle of owners would wait for ever.</param>
    public sealed record Delete(string Policy, bool Unblock = false) : GarbageDecision;

    /// <summary>Decides.</summary>
    /// <param name="item">The object.</param>
    /// <param name="owners">Its owners with what they are worth.</param>
    /// <param name="dependents">The objects that it owns.</param>
    public static GarbageDecision For(GraphObject item, IReadOnlyList<(V1OwnerReference Owner, OwnerState State)> owners, IReadOnlyList<GraphObject> dependents)
    {
        if (owners.Count == 0)
            return new Keep();
        var waits = owners.Any(owner => owner.State == OwnerState.WaitsForDependents);
        if (owners.Any(owner => owner.State == OwnerState.Solid))
        {
            var worthless = owners.Where(owner => owner.State != OwnerState.Solid).Select(owner => owner.Owner.Uid).ToList();
            return worthless.Count == 0 ? new Keep() : new Release(worthless);
        }
        if (waits && dependents.Count > 0)
            return new Delete("Foreground", Unblock: dependents.Any(dependent => dependent.WaitsForDependents));
        // A policy that was chosen before, as a finalizer, stays.
        if (item.Finalizers.Contains(GraphObject.OrphanFinalizer))
            return new Delete("Orphan");
        return new Delete(item.Finalizers.Contains(GraphObject.ForegroundFinalizer) ? "Foreground" : "Background");
    }
}
