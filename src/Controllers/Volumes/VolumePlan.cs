namespace Slipway.Controllers;

/// <summary>What is to be done for a persistent volume now. Decided without I/O, as Kubernetes' controller of volumes does.</summary>
internal abstract record VolumePlan
{
    /// <summary>The volume is in a phase.</summary>
    /// <param name="Phase">The phase.</param>
    /// <param name="Report">What went wrong; null when nothing did.</param>
    public sealed record Be(string Phase, VolumeReport? Report = null) : VolumePlan;

    /// <summary>The volume stays as it is until its claim has been worked on.</summary>
    public sealed record Leave : VolumePlan;

    /// <summary>The volume is bound to its claim no longer, since that is bound to another.</summary>
    public sealed record Unbind : VolumePlan;

    /// <summary>Decides.</summary>
    /// <param name="volume">The volume.</param>
    /// <param name="claim">The claim that it names; null when there is none.</param>
    public static VolumePlan For(VolumeView volume, ClaimView? claim)
    {
        if (volume.Spec.ClaimRef is not { IsReservation: false } owner)
            return new Be("Available");
        if (claim is null || claim.Uid != owner.Uid)
            return Release(volume);
        if (claim.VolumeName.Length == 0)
            return new Leave();
        if (claim.VolumeName == volume.Name)
            return new Be("Bound");
        // Provided for the claim, which has found another meanwhile.
        return volume.Provisioner is not null && volume.Spec.PersistentVolumeReclaimPolicy == "Delete" ? Release(volume) : new Unbind();
    }

    // Who provided a volume removes it, too.
    private static Be Release(VolumeView volume) => volume.Spec.PersistentVolumeReclaimPolicy switch
    {
        _ when volume.Phase == "Failed" => new("Failed"),
        "Delete" when volume.Provisioner is null => new("Failed", VolumeReport.Warning("VolumeFailedDelete",
            $"error getting deleter volume plugin for volume \"{volume.Name}\": no deletable volume plugin matched")),
        "Recycle" => new("Failed", VolumeReport.Warning("VolumeFailedRecycle", "No recycler plugin found for the volume!")),
        _ => new("Released"),
    };
}
