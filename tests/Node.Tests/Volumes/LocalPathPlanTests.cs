using Slipway.Node.Volumes;
using Slipway.Node.Volumes.LocalPaths;

namespace Slipway.Node.Tests.Volumes;

public sealed class LocalPathPlanTests
{
    private const string Uid = "0d3b2a5e-1c1f-4c57-9b5a-2f0c6f1f5a11";

    [Theory]
    // A claim that waits for this provisioner on this node.
    [InlineData("asked", null, "Provide")]
    [InlineData("asked node=here", null, "Provide")]
    [InlineData("asked node=there", null, "Sweep")]
    [InlineData("node=here", null, "Sweep")]
    [InlineData("asked node=here x", null, "Sweep")]
    [InlineData("asked volume=mine", null, "Sweep")]
    [InlineData(null, null, "Sweep")]
    [InlineData(null, null, "Leave", true)]
    // A volume that is bound, or about to be.
    [InlineData("asked node=here", "Pending", "Leave")]
    [InlineData("volume=mine bound capacity=1Gi", "Bound", "Leave")]
    [InlineData("volume=mine bound capacity=1Gi size=2Gi", "Bound", "Grow")]
    [InlineData("volume=mine capacity=1Gi size=2Gi", "Bound", "Leave")]
    [InlineData("volume=mine bound capacity=1Gi", "Bound x", "Leave")]
    // A volume whose claim is gone, or that is deleted.
    [InlineData(null, "Released", "Delete")]
    [InlineData(null, "Failed", "Delete")]
    [InlineData(null, "Released x", "Delete")]
    [InlineData(null, "Released", "LetGo", true)]
    [InlineData(null, "Released retain", "Leave")]
    [InlineData(null, "Released retain x", "LetGo")]
    [InlineData(null, "Available x", "Delete")]
    // Never another's, whatever it is called.
    [InlineData(null, "Released by=another", "Leave")]
    [InlineData(null, "Released path=/etc", "Leave")]
    public void A_volume_is_provided_grown_and_removed(string? claim, string? volume, string expected, bool isNeededElsewhere = false)
    {
        var state = new LocalPathState("here", $"pvc-{Uid}", $"/volumes/pvc-{Uid}", claim is null ? null : Claim(claim), volume is null ? null : Volume(volume), isNeededElsewhere);
        Assert.Equal(expected, state.Plan().ToString());
    }

    [Theory]
    [InlineData("/a/b", "/a/b", true)]
    [InlineData("/a", "/a/b", true)]
    [InlineData("/a/b/", "/a/b/c", true)]
    [InlineData("/a/bc", "/a/b", false)]
    [InlineData("/a/../a/b", "/a/b", true)]
    public void Paths_overlap_when_one_is_in_the_other(string a, string b, bool expected)
    {
        Assert.Equal(expected, LocalPathState.Overlap(a, b));
        Assert.Equal(expected, LocalPathState.Overlap(b, a));
    }

    [Theory]
    [InlineData($"pvc-{Uid}", true)]
    [InlineData("pvc-1", false)]
    [InlineData($"pvc-{Uid}x", false)]
    [InlineData("lost+found", false)]
    public void Only_what_is_named_after_a_claim_is_one_of_these(string name, bool expected) => Assert.Equal(expected, LocalPathState.IsName(name));

    private static StorageClaim Claim(string text)
    {
        var words = Words(text);
        var annotations = new Dictionary<string, string>();
        if (words.ContainsKey("asked")) annotations["volume.kubernetes.io/storage-provisioner"] = "slipway.dev/local-path";
        if (words.TryGetValue("node", out var node)) annotations["volume.kubernetes.io/selected-node"] = node;
        return new()
        {
            Metadata = new() { Name = "data", Uid = Uid, Annotations = annotations, DeletionTimestamp = words.ContainsKey("x") ? DateTime.UnixEpoch : null },
            Spec = new()
            {
                VolumeName = words.TryGetValue("volume", out _) ? $"pvc-{Uid}" : null,
                Resources = new() { Requests = new() { ["storage"] = words.GetValueOrDefault("size", "1Gi") } },
            },
            Status = new() { Phase = words.ContainsKey("bound") ? "Bound" : "Pending", Capacity = words.TryGetValue("capacity", out var capacity) ? new() { ["storage"] = capacity } : null },
        };
    }

    private static StorageVolume Volume(string text)
    {
        var words = Words(text);
        return new()
        {
            Metadata = new()
            {
                Name = $"pvc-{Uid}",
                Annotations = new Dictionary<string, string> { ["pv.kubernetes.io/provisioned-by"] = words.GetValueOrDefault("by", "slipway.dev/local-path") },
                DeletionTimestamp = words.ContainsKey("x") ? DateTime.UnixEpoch : null,
            },
            Spec = new()
            {
                Local = new() { Path = words.GetValueOrDefault("path", $"/volumes/pvc-{Uid}") },
                PersistentVolumeReclaimPolicy = words.ContainsKey("retain") ? "Retain" : "Delete",
            },
            Status = new() { Phase = words.Keys.First() },
        };
    }

    private static Dictionary<string, string> Words(string text) =>
        text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(word => word.Split('=')).ToDictionary(pair => pair[0], pair => pair.Length > 1 ? pair[1] : "");
}
