using Slipway.Api.Volumes;

namespace Slipway.Controllers;

/// <summary>What is to be done for a claim now. Decided without I/O, as Kubernetes' controller of volumes does.</summary>
internal abstract record ClaimPlan
{
    // What nothing outside Kubernetes' own, former, code provides.
    private const string InTree = "kubernetes.io/";

    /// <summary>The claim stays without a volume.</summary>
    /// <param name="Report">Why; null when there is nothing to say.</param>
    public sealed record Wait(VolumeReport? Report = null) : ClaimPlan;

    /// <summary>The claim and a volume are bound to each other, or this is brought to its end.</summary>
    public sealed record Bind(VolumeView Volume) : ClaimPlan;

    /// <summary>A provisioner is asked for a volume.</summary>
    public sealed record Provide(string Provisioner) : ClaimPlan;

    /// <summary>The claim was bound and has lost its volume.</summary>
    public sealed record Lose(VolumeReport Report) : ClaimPlan;

    /// <summary>Decides.</summary>
    /// <param name="claim">The claim.</param>
    /// <param name="named">The volume that it names; null when there is none.</param>
    /// <param name="candidates">Volumes of its class.</param>
    /// <param name="storageClass">Its class; null when there is none.</param>
    /// <param name="waiting">Names of the pods that use it and have no node.</param>
    public static ClaimPlan For(ClaimView claim, VolumeView? named, IEnumerable<VolumeView> candidates, StorageClassView? storageClass, IReadOnlyCollection<string> waiting)
    {
        if (claim.IsBound)
            return ForBound(claim, named);
        if (claim.IsBeingDeleted)
            return new Wait();
        if (claim.VolumeName.Length > 0)
            return ForNamed(claim, named);
        var waits = storageClass is { WaitsForConsumer: true } && claim.SelectedNode is null;
        if (Best(claim, candidates, onlyReserved: waits) is { } best)
            return new Bind(best);
        if (waits)
            return new Wait(Consumer(waiting));
        if (claim.Class.Length == 0)
            return new Wait(VolumeReport.Normal("FailedBinding", "no persistent volumes available for this claim and no storage class is set"));
        if (storageClass is null)
            return new Wait(VolumeReport.Warning("ProvisioningFailed", $"storageclass.storage.k8s.io \"{claim.Class}\" not found"));
        return storageClass.Provisioner.StartsWith(InTree, StringComparison.Ordinal)
            ? new Wait(VolumeReport.Warning("ProvisioningFailed", $"no volume plugin matched name: {storageClass.Provisioner}"))
            : new Provide(storageClass.Provisioner);
    }

    private static ClaimPlan ForBound(ClaimView claim, VolumeView? named)
    {
        if (claim.VolumeName.Length == 0)
            return new Lose(VolumeReport.Warning("ClaimLost", "Bound claim has lost reference to PersistentVolume. Data on the volume is lost!"));
        if (named is null)
            return new Lose(VolumeReport.Warning("ClaimLost", "Bound claim has lost its PersistentVolume. Data on the volume is lost!"));
        return named.Spec.ClaimRef is null || named.IsFor(claim)
            ? new Bind(named)
            : new Lose(VolumeReport.Warning("ClaimMisbound", "Two claims are bound to the same volume, this one is bound incorrectly"));
    }

    private static ClaimPlan ForNamed(ClaimView claim, VolumeView? named) => named switch
    {
        null => new Wait(),
        { Spec.ClaimRef: null } => Refusal(claim, named) is { } why
            ? new Wait(VolumeReport.Warning("VolumeMismatch", $"Cannot bind to requested volume \"{named.Name}\": {why}"))
            : new Bind(named),
        _ when named.IsFor(claim) => new Bind(named),
        _ => new Wait(VolumeReport.Warning("FailedBinding", $"volume \"{named.Name}\" already bound to a different claim.")),
    };

    private static string? Refusal(ClaimView claim, VolumeView volume) =>
        volume.IsBeingDeleted ? "the volume is marked for deletion" : StorageTerms.Mismatch(volume.Terms, claim.Terms);

    /// <summary>The volume that is kept for the claim, or else the smallest that fits; null when there is none.</summary>
    private static VolumeView? Best(ClaimView claim, IEnumerable<VolumeView> candidates, bool onlyReserved)
    {
        VolumeView? best = null;
        foreach (var volume in candidates)
        {
            if (Refusal(claim, volume) is not null)
                continue;
            if (volume.IsFor(claim))
                return volume;
            if (onlyReserved || volume.Spec.ClaimRef is not null || volume.Phase != "Available" || (claim.Spec.Selector is { } selector && !selector.Selects(volume)))
                continue;
            if (best is null || volume.Terms.Size < best.Terms.Size || (volume.Terms.Size == best.Terms.Size && string.CompareOrdinal(volume.Name, best.Name) < 0))
                best = volume;
        }
        return best;
    }

    private static VolumeReport Consumer(IReadOnlyCollection<string> waiting) => waiting.Count switch
    {
        0 => VolumeReport.Normal("WaitForFirstConsumer", "waiting for first consumer to be created before binding"),
        1 => VolumeReport.Normal("WaitForPodScheduled", $"waiting for pod {waiting.First()} to be scheduled"),
        _ => VolumeReport.Normal("WaitForPodScheduled", $"waiting for pods {string.Join(",", waiting.Order(StringComparer.Ordinal))} to be scheduled"),
    };
}
