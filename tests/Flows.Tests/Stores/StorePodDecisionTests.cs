using k8s.Models;

namespace Slipway.Flows.Tests.Stores;

/// <summary>What is done for the pod that reaches a claim, and what is said, by what is there.</summary>
public sealed class StorePodDecisionTests
{
    private static readonly DateTime Now = new(2026, 3, 1, 12, 0, 0, DateTimeKind.Utc);
    private static readonly ClaimOptions Options = new() { Namespace = "n", Store = "team", StoreUid = "u", Claim = "disk", Directory = "n/team" };

    [Theory]
    [InlineData("none", "none", StorePodStep.Refuse, ArtifactPlaceFault.NoClaim, "there is no such PersistentVolumeClaim in namespace n; make it")]
    [InlineData("none", "Running ready", StorePodStep.Delete, ArtifactPlaceFault.NoClaim, "there is no such PersistentVolumeClaim in namespace n; make it")]
    [InlineData("Bound deleted", "Running ready", StorePodStep.Delete, ArtifactPlaceFault.NoClaim, "it is being deleted; make another one of the name when it is gone")]
    [InlineData("Lost", "none", StorePodStep.Refuse, ArtifactPlaceFault.NoClaim, "its volume pv is lost; bring it back, or make the claim anew")]
    [InlineData("Bound", "none", StorePodStep.Create, ArtifactPlaceFault.Pending, "its pod is not there yet")]
    [InlineData("Pending", "none", StorePodStep.Create, ArtifactPlaceFault.Pending, "its pod is not there yet")]
    [InlineData("Pending", "Pending unscheduled", StorePodStep.Wait, ArtifactPlaceFault.Pending, "the claim has no volume yet (no room anywhere); \"slipway why persistentvolumeclaim/disk\" says why")]
    [InlineData("Bound", "Pending unscheduled", StorePodStep.Wait, ArtifactPlaceFault.Pending, "pod artifact-store-team does not run yet (no room anywhere); \"slipway why pod/artifact-store-team\" says why")]
    [InlineData("Bound", "Pending waiting", StorePodStep.Wait, ArtifactPlaceFault.Pending, "pod artifact-store-team does not run yet (ImagePullBackOff not there); \"slipway why pod/artifact-store-team\" says why")]
    [InlineData("Bound", "Running unready", StorePodStep.Wait, ArtifactPlaceFault.Pending, "pod artifact-store-team does not run yet (the node is away); \"slipway why pod/artifact-store-team\" says why")]
    [InlineData("Bound", "Running ready", StorePodStep.Use, ArtifactPlaceFault.Pending, "")]
    [InlineData("Bound", "Running ready other", StorePodStep.Refuse, ArtifactPlaceFault.Failing, "its pod artifact-store-team cannot be made: there is another pod of that name; delete that one")]
    [InlineData("Bound", "Running ready other deleted", StorePodStep.Wait, ArtifactPlaceFault.Pending, "pod artifact-store-team is being deleted; another one follows")]
    [InlineData("Bound", "Failed", StorePodStep.Delete, ArtifactPlaceFault.Pending, "pod artifact-store-team has ended (Evicted); another one follows")]
    [InlineData("Bound", "Running ready deleted", StorePodStep.Wait, ArtifactPlaceFault.Pending, "pod artifact-store-team is being deleted; another one follows")]
    [InlineData("Bound", "Running ready lost", StorePodStep.DeleteNow, ArtifactPlaceFault.Pending, "pod artifact-store-team is being deleted; another one follows")]
    internal void What_is_done_follows_from_what_is_there(string claim, string pod, StorePodStep step, ArtifactPlaceFault fault, string message) =>
        Assert.Equal(new StorePodDecision(step, fault, message), StorePodDecision.Of(Options, Claim(claim), Pod(pod), new DateTimeOffset(Now)));

    [Fact]
    public void The_pod_is_owned_by_its_store_and_listens_to_nobody()
    {
        var pod = StorePodTemplate.Of(Options, new("image:1", "/slipway-task"));
        Assert.True(StorePodTemplate.Owns(Options, pod));
        Assert.False(StorePodTemplate.Owns(Options with { StoreUid = "v" }, pod));
        Assert.Equal(["/slipway-task", "pause"], pod.Spec.Containers.Single().Command);
        Assert.Null(pod.Spec.Containers[0].Ports);
        Assert.False(pod.Spec.AutomountServiceAccountToken);
        Assert.Equal(["/slipway-task", "store", "/claim/n/team"], StorePodTemplate.Command(Options, new("image:1", "/slipway-task")));
    }

    private static V1PersistentVolumeClaim? Claim(string words) => words == "none" ? null : new()
    {
        Metadata = new() { Name = "disk", DeletionTimestamp = words.Contains("deleted", StringComparison.Ordinal) ? Now : null },
        Spec = new() { VolumeName = "pv" },
        Status = new() { Phase = words.Split(' ')[0] },
    };

    private static V1Pod? Pod(string words)
    {
        if (words == "none")
            return null;
        var pod = StorePodTemplate.Of(Options with { StoreUid = Has("other") ? "another" : "u" }, new("image:1", "/slipway-task"));
        pod.Metadata.DeletionTimestamp = Has("lost") ? Now.AddMinutes(-1) : Has("deleted") ? Now.AddSeconds(-5) : null;
        pod.Status = new V1PodStatus { Phase = words.Split(' ')[0], Reason = Has("Failed") ? "Evicted" : null, Conditions = [], ContainerStatuses = [] };
        if (Has("unscheduled"))
            pod.Status.Conditions.Add(new V1PodCondition { Type = "PodScheduled", Status = "False", Message = "no room\nanywhere" });
        if (Has("unready"))
            pod.Status.Conditions.Add(new V1PodCondition { Type = "Ready", Status = "False", Message = "the node is away" });
        else if (Has("ready"))
            pod.Status.Conditions.Add(new V1PodCondition { Type = "Ready", Status = "True" });
        if (Has("waiting"))
            pod.Status.ContainerStatuses.Add(new V1ContainerStatus { Name = "store", State = new() { Waiting = new() { Reason = "ImagePullBackOff", Message = "not there" } } });
        return pod;

        bool Has(string word) => words.Split(' ').Contains(word);
    }
}
