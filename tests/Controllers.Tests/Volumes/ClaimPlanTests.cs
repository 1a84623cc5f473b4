namespace Slipway.Controllers.Tests.Volumes;

public sealed class ClaimPlanTests
{
    private const string Lost = "lose ClaimLost Bound claim has lost its PersistentVolume. Data on the volume is lost!";

    private static readonly StorageClassView[] Classes =
    [
        new() { Metadata = { Name = "now" }, Provisioner = "example.com/now", VolumeBindingMode = "Immediate" },
        new() { Metadata = { Name = "late" }, Provisioner = "example.com/late", VolumeBindingMode = "WaitForFirstConsumer" },
        new() { Metadata = { Name = "none" }, Provisioner = "kubernetes.io/no-provisioner", VolumeBindingMode = "Immediate" },
    ];

    [Theory]
    // The smallest of what fits.
    [InlineData("data size=2Gi", "a size=1Gi, b size=4Gi, c size=3Gi", "bind c")]
    [InlineData("data", "a, b", "bind a")]
    [InlineData("data size=1000Mi", "a size=1Gi", "bind a")]
    [InlineData("data", "a class=other", "wait FailedBinding no persistent volumes available for this claim and no storage class is set")]
    [InlineData("data", "a mode=Block, b mode=Filesystem", "bind b")]
    [InlineData("data modes=ReadWriteMany", "a, b modes=ReadWriteOnce+ReadWriteMany", "bind b")]
    [InlineData("data disk=ssd", "a, b disk=hdd, c size=9Gi disk=ssd", "bind c")]
    [InlineData("data", "a phase=Released, b phase=Failed, c phase=Pending, d x, e size=9Gi", "bind e")]
    [InlineData("data x", "a", "wait")]
    // What is kept for it comes first, what is kept for others never.
    [InlineData("data", "a, b size=9Gi for=data", "bind b")]
    [InlineData("data", "a for=other, b size=9Gi", "bind b")]
    [InlineData("data", "a size=9Gi for=data uid=u-data auto, b", "bind a")]
    [InlineData("data", "a for=data uid=u-former phase=Released, b size=9Gi", "bind b")]
    // It may name one.
    [InlineData("data volume=a", "a size=9Gi", "bind a")]
    [InlineData("data volume=a", "b", "wait")]
    [InlineData("data size=2Gi volume=a", "a", "wait VolumeMismatch Cannot bind to requested volume \"a\": requested PV is too small")]
    [InlineData("data volume=a", "a class=now", "wait VolumeMismatch Cannot bind to requested volume \"a\": storageClassName does not match")]
    [InlineData("data volume=a mode=Block", "a", "wait VolumeMismatch Cannot bind to requested volume \"a\": incompatible volumeMode")]
    [InlineData("data volume=a modes=ReadWriteMany", "a", "wait VolumeMismatch Cannot bind to requested volume \"a\": incompatible accessMode")]
    [InlineData("data volume=a", "a x", "wait VolumeMismatch Cannot bind to requested volume \"a\": the volume is marked for deletion")]
    [InlineData("data volume=a", "a for=data uid=u-data", "bind a")]
    [InlineData("data volume=a", "a for=other uid=u-other", "wait FailedBinding volume \"a\" already bound to a different claim.")]
    // A class provides one, at once or for the node of the first pod.
    [InlineData("data class=now", "a", "provide example.com/now")]
    [InlineData("data class=now", "a class=now", "bind a")]
    [InlineData("data class=gone", "", "wait ProvisioningFailed storageclass.storage.k8s.io \"gone\" not found")]
    [InlineData("data class=none", "", "wait ProvisioningFailed no volume plugin matched name: kubernetes.io/no-provisioner")]
    [InlineData("data class=late", "a class=late", "wait WaitForFirstConsumer waiting for first consumer to be created before binding")]
    [InlineData("data class=late", "a class=late for=data", "bind a")]
    [InlineData("data class=late node=n1", "", "provide example.com/late")]
    [InlineData("data class=late node=n1", "a class=late for=data uid=u-data", "bind a")]
    // Once bound.
    [InlineData("data bound volume=a", "a for=data uid=u-data", "bind a")]
    [InlineData("data bound volume=a x", "a for=data uid=u-data", "bind a")]
    [InlineData("data bound volume=a", "a", "bind a")]
    [InlineData("data bound volume=a", "b", Lost)]
    [InlineData("data bound", "a", "lose ClaimLost Bound claim has lost reference to PersistentVolume. Data on the volume is lost!")]
    [InlineData("data bound volume=a", "a for=other uid=u-other", "lose ClaimMisbound Two claims are bound to the same volume, this one is bound incorrectly")]
    public void A_claim_gets_its_volume(string claim, string volumes, string expected) => Assert.Equal(expected, Told(claim, volumes));

    [Theory]
    [InlineData("", "waiting for first consumer to be created before binding")]
    [InlineData("a", "waiting for pod a to be scheduled")]
    [InlineData("b,a", "waiting for pods a,b to be scheduled")]
    public void A_claim_that_waits_for_a_pod_says_for_which(string pods, string expected) =>
        Assert.EndsWith(expected, Told("data class=late", "", [.. pods.Split(',', StringSplitOptions.RemoveEmptyEntries)]));

    private static string Told(string text, string others, params string[] pods)
    {
        var claim = Storage.Claim(text);
        var volumes = Storage.Volumes(others);
        var plan = ClaimPlan.For(claim, volumes.Find(volume => volume.Name == claim.VolumeName), volumes, Array.Find(Classes, c => c.Metadata.Name == claim.Class), pods);
        return plan switch
        {
            ClaimPlan.Bind bind => $"bind {bind.Volume.Name}",
            ClaimPlan.Provide provide => $"provide {provide.Provisioner}",
            ClaimPlan.Wait { Report: null } => "wait",
            ClaimPlan.Wait wait => $"wait {wait.Report!.Reason} {wait.Report.Message}",
            ClaimPlan.Lose lose => $"lose {lose.Report.Reason} {lose.Report.Message}",
            _ => plan.ToString()!,
        };
    }
}
