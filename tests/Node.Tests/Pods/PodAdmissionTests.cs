using k8s.Models;
using Slipway.Node.Pods;

namespace Slipway.Node.Tests.Pods;

public sealed class PodAdmissionTests
{
    private static readonly NodeRoom Room = new(2, 4L << 30, 8L << 30, 3);

    [Theory]
    [InlineData("2", "1Gi", "0", 0, null)]
    [InlineData("64", "0", "0", 0, "OutOfcpu: Pod was rejected: Node didn't have enough resource: cpu, requested: 64000, used: 0, capacity: 2000")]
    [InlineData("1500m", "0", "0", 1, "OutOfcpu: Pod was rejected: Node didn't have enough resource: cpu, requested: 1500, used: 750, capacity: 2000")]
    [InlineData("1250m", "0", "0", 1, null)]
    [InlineData("0", "8Gi", "0", 1, "OutOfmemory: Pod was rejected: Node didn't have enough resource: memory, requested: 8589934592, used: 0, capacity: 4294967296")]
    [InlineData("0", "0", "9Gi", 1, "OutOfephemeral-storage: Pod was rejected: Node didn't have enough resource: ephemeral-storage, requested: 9663676416, used: 0, capacity: 8589934592")]
    [InlineData("0", "0", "0", 2, null)]
    [InlineData("0", "0", "0", 3, "OutOfpods: Pod was rejected: Node didn't have enough resource: pods, requested: 1, used: 3, capacity: 3")]
    public void A_pod_that_does_not_fit_beside_the_others_is_refused(string cpu, string memory, string storage, int others, string? refusal)
    {
        var pod = Requesting(("cpu", cpu), ("memory", memory), ("ephemeral-storage", storage));
        var found = PodAdmission.Shortage(pod, [.. Enumerable.Repeat((Requesting(("cpu", "750m")), (PodState?)null), others)], Room);
        Assert.Equal(refusal, found is null ? null : $"{found.Reason}: {found.Message}");
    }

    [Theory]
    [InlineData(null, null, true)]
    [InlineData("fast", null, true)]
    [InlineData("slow", null, false)]
    [InlineData(null, "fast", true)]
    [InlineData(null, "slow", false)]
    [InlineData("fast", "slow", false)]
    public void A_pod_for_other_nodes_is_refused(string? selected, string? required, bool fits)
    {
        var pod = Requesting();
        pod.Spec.NodeSelector = selected is null ? null : new Dictionary<string, string> { ["disk"] = selected };
        pod.Spec.Affinity = required is null ? null : new()
        {
            NodeAffinity = new()
            {
                RequiredDuringSchedulingIgnoredDuringExecution = new()
                {
                    NodeSelectorTerms = [new() { MatchExpressions = [new() { Key = "disk", OperatorProperty = "In", Values = [required] }], MatchFields = [new() { Key = "metadata.name", OperatorProperty = "In", Values = ["n"] }] }],
                },
            },
        };
        Assert.Equal(selected is not null || required is not null, PodAdmission.ChoosesNodes(pod));
        var found = PodAdmission.Misplacement(pod, "n", new Dictionary<string, string> { ["disk"] = "fast" });
        Assert.Equal(fits ? null : new PodFailure("NodeAffinity", "Pod was rejected: Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector"), found);
    }

    [Fact]
    public void A_pod_for_another_system_is_refused()
    {
        var pod = Requesting();
        pod.Spec.Os = new() { Name = "windows" };
        Assert.Equal(new PodFailure("PodOSNotSupported", "Pod was rejected: Failed to admit pod as the OS field doesn't match node OS"), PodAdmission.Refusal(pod));
        pod.Spec.Os.Name = "linux";
        Assert.Null(PodAdmission.Refusal(pod));
    }

    [Fact]
    public void A_variable_from_a_file_is_refused_rather_than_left_empty()
    {
        var pod = Requesting();
        pod.Spec.InitContainers = [new() { Name = "i", Env = [new() { Name = "DB", ValueFrom = new() { FileKeyRef = new() { Key = "DB", Path = "e", VolumeName = "v" } } }] }];
        Assert.Equal("FileKeyRefNotSupported", PodAdmission.Refusal(pod)?.Reason);
    }

    [Fact]
    public void Of_a_refused_pod_no_containers_are_told_of()
    {
        var now = DateTimeOffset.UnixEpoch;
        var state = new PodState { StartTime = now, Failure = PodFailure.Refused("OutOfcpu", "too much") };
        var status = PodStatusBuilder.Build(Requesting(), state, new("192.0.2.1"), [], now);
        Assert.Equal(("Failed", "OutOfcpu", "Pod was rejected: too much", "too much"), (status.Phase, status.Reason, status.Message, state.Failure?.Detail));
        Assert.Null(status.ContainerStatuses);
        Assert.Single(PodStatusBuilder.Build(Requesting(), state with { Failure = new(PodFailure.Deadline, "late") }, new("192.0.2.1"), [], now).ContainerStatuses);
    }

    private static V1Pod Requesting(params (string Resource, string Amount)[] requests) => new()
    {
        Metadata = new() { Name = "p" },
        Spec = new() { Containers = [new() { Name = "c", Resources = new() { Requests = requests.ToDictionary(r => r.Resource, r => new ResourceQuantity(r.Amount)) } }] },
    };
}
