namespace Slipway.Controllers.Tests.Volumes;

public sealed class VolumePlanTests
{
    [Theory]
    [InlineData("a phase=Pending", null, "Available")]
    [InlineData("a for=data", "data", "Available")]
    [InlineData("a for=data uid=u-data", "data", "leave")]
    [InlineData("a for=data uid=u-data", "data volume=a", "Bound")]
    // Released with its claim, a namesake is another.
    [InlineData("a for=data uid=u-data phase=Bound", null, "Released")]
    [InlineData("a for=data uid=u-former phase=Bound", "data volume=a", "Released")]
    [InlineData("a for=data uid=u-data policy=Delete by=me", null, "Released")]
    [InlineData("a for=data uid=u-data policy=Delete", null, "Failed VolumeFailedDelete")]
    [InlineData("a for=data uid=u-data policy=Recycle", null, "Failed VolumeFailedRecycle")]
    [InlineData("a for=data uid=u-data policy=Delete by=me phase=Failed", null, "Failed")]
    // The claim has found another.
    [InlineData("a for=data uid=u-data auto", "data volume=b", "unbind")]
    [InlineData("a for=data uid=u-data", "data volume=b", "unbind")]
    [InlineData("a for=data uid=u-data policy=Delete by=me auto", "data volume=b", "Released")]
    [InlineData("a for=data uid=u-data policy=Retain by=me auto", "data volume=b", "unbind")]
    public void A_volume_is_in_its_phase(string volume, string? claim, string expected)
    {
        var plan = VolumePlan.For(Storage.Volume(volume), claim is null ? null : Storage.Claim(claim));
        Assert.Equal(expected, plan switch
        {
            VolumePlan.Be be => $"{be.Phase} {be.Report?.Reason}".TrimEnd(),
            VolumePlan.Leave => "leave",
            _ => "unbind",
        });
    }

    [Theory]
    [InlineData("a", "data", true, "yes")]
    [InlineData("a for=data", "data", true, null)]          // a user keeps it for the claim
    [InlineData("a for=data uid=u-data", "data", false, null)]
    public void A_volume_tells_who_has_chosen_its_claim(string volume, string claim, bool changes, string? byController)
    {
        var patch = VolumeBinding.OfVolume(Storage.Volume(volume), Storage.Claim(claim));
        Assert.Equal(changes, patch is not null);
        Assert.Equal(byController, (string?)patch?["metadata"]?["annotations"]?[VolumeAnnotations.BoundByController]);
    }

    [Theory]
    [InlineData("data", "a", true, "yes")]
    [InlineData("data volume=a", "a", true, null)]
    [InlineData("data volume=a bound", "a", false, null)]
    public void A_claim_tells_who_has_chosen_its_volume(string claim, string volume, bool changes, string? byController)
    {
        var patch = VolumeBinding.OfClaim(Storage.Claim(claim), Storage.Volume(volume));
        Assert.Equal(changes, patch is not null);
        Assert.Equal(byController, (string?)patch?["metadata"]?["annotations"]?[VolumeAnnotations.BoundByController]);
    }

    [Theory]
    [InlineData("a for=data uid=u-data auto", null)]
    [InlineData("a for=data uid=u-data", """{"uid":null,"resourceVersion":null}""")]
    public void A_volume_that_a_user_keeps_for_a_claim_stays_so(string volume, string? expected) =>
        Assert.Equal(expected, VolumeBinding.Undone(Storage.Volume(volume))["spec"]!["claimRef"]?.ToJsonString());
}
