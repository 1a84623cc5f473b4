using Slipway.Client;
using Slipway.Controllers.Tests.Workloads;

namespace Slipway.Controllers.Tests.DaemonSets;

public sealed class DaemonSetControllerTests : ControllersTest
{
    private const string Sets = "/apis/apps/v1/namespaces/default/daemonsets";

    private protected override void Register(ControllerHost host)
    {
        GarbageCollector.Register(host);
        DaemonSetController.Register(host);
    }

    [Theory]
    [InlineData("""{"maxUnavailable":1}""")]
    [InlineData("""{"maxSurge":1,"maxUnavailable":0}""")]
    public async Task Each_node_gets_a_pod_and_a_new_template_rolls_over_them(string rolling)
    {
        FakeNode.Run(Cluster);
        await AddNodeAsync("n1");
        await AddNodeAsync("n2");
        await Cluster.CreateAsync(Sets, $$$"""
            {"apiVersion":"apps/v1","kind":"DaemonSet","metadata":{"name":"ds"},"spec":{"selector":{"matchLabels":{"app":"x"} },"updateStrategy":{"type":"RollingUpdate","rollingUpdate":{{{rolling}}} },
             "template":{"metadata":{"labels":{"app":"x"} },"spec":{"containers":[{"name":"c","image":"i:1"}]} } } }
            """);
        await WaitForAsync(2);
        await AddNodeAsync("n3");
        await WaitForAsync(3);
        Assert.Equal(["n1", "n2", "n3"], (await Cluster.Admin.ListAsync(Kinds.Pods)).Items.Select(pod => pod.NodeName).Order());

        await Cluster.PatchAsync($"{Sets}/ds", """{"spec":{"template":{"spec":{"containers":[{"name":"c","image":"i:2"}]}}}}""");
        await WaitForAsync(3);
        await Cluster.WaitForAllAsync(Kinds.Pods, "default", pods => pods.Count == 3 && pods.Select(pod => pod.Metadata.Labels["controller-revision-hash"]).Distinct().Count() == 1);
        var revisions = (await Cluster.Admin.ListAsync(Kinds.ControllerRevisions)).Items;
        Assert.Equal([1L, 2L], revisions.Select(revision => revision.Revision).Order());

        // Back, as kubectl rollout undo does: the old revision becomes the newest.
        await Cluster.PatchAsync($"{Sets}/ds", """{"spec":{"template":{"spec":{"containers":[{"name":"c","image":"i:1"}]}}}}""");
        await WaitForAsync(3);
        await Cluster.WaitForAllAsync(Kinds.ControllerRevisions, "default", all => all.Select(revision => revision.Revision).Order().SequenceEqual([2L, 3L]));

        await Cluster.PatchAsync("/api/v1/nodes/n3", """{"metadata":{"labels":{"x":"y"}},"spec":{"taints":[{"key":"k","effect":"NoExecute"}]}}""");
        await WaitForAsync(2);
        await Cluster.WaitForAllAsync(Kinds.Pods, "default", pods => pods.Count == 2);
        await Cluster.CheckUntouchedAsync(Host.Informer(Kinds.DaemonSets));
        await Cluster.CheckUntouchedAsync(Host.Informer(Kinds.ControllerRevisions));
    }

    private Task AddNodeAsync(string name) => Cluster.CreateAsync("/api/v1/nodes", $$$"""{"apiVersion":"v1","kind":"Node","metadata":{"name":"{{{name}}}"} }""");

    private Task WaitForAsync(int nodes) => Cluster.WaitAsync(Kinds.DaemonSets, "default", "ds", set => set?.Status is { } status && status.ObservedGeneration == set.Metadata.Generation
        && (status.DesiredNumberScheduled, status.CurrentNumberScheduled, status.NumberReady, status.UpdatedNumberScheduled, status.NumberAvailable) == (nodes, nodes, nodes, nodes, nodes));
}
