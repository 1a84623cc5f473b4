using k8s.Models;
using Microsoft.Extensions.Logging.Abstractions;
using Slipway.Api;
using Slipway.Client;

namespace Slipway.Flows.Tests;

public class LockTableTests
{
    /// <summary>A cache that has seen nothing yet.</summary>
    private readonly LockTable locks = new(new Informer<V1Pod>(null!, FlowKinds.Pods, new InformerOptions(), TimeProvider.System, NullLogger.Instance), TimeProvider.System);

    [Fact]
    public void A_pod_that_the_cache_does_not_show_yet_counts_for_others_and_for_its_run()
    {
        var pod = Pod("p");
        locks.Created(pod);
        Assert.Equal(1, locks.Held("default", "other")["db"]);
        Assert.Empty(locks.Held("default", "run"));
        Assert.Equal([pod], locks.Missing("default", "run", []));
        Assert.Empty(locks.Missing("default", "run", [Pod("p")]));
        Assert.Empty(locks.Missing("default", "other", []));
        Assert.Empty(locks.Missing("elsewhere", "run", []));
    }

    [Fact]
    public void A_pod_that_is_gone_lets_go_even_if_nobody_waits()
    {
        locks.Created(Pod("p"));
        Assert.Empty(locks.Waiting(Pod("p"), null));
        Assert.Empty(locks.Held("default", "other"));
    }

    [Fact]
    public void Who_waits_is_told_of_a_pod_that_is_gone()
    {
        locks.Waits(new ObjectKey("default", "f-1"), true);
        locks.Waits(new ObjectKey("default", "f-2"), true);
        locks.Waits(new ObjectKey("default", "f-2"), false);
        locks.Waits(new ObjectKey("elsewhere", "f-3"), true);
        Assert.Equal([new ObjectKey("default", "f-1")], locks.Waiting(Pod("p"), null));
    }

    private static V1Pod Pod(string name) => new()
    {
        Metadata = new V1ObjectMeta
        {
            NamespaceProperty = "default",
            Name = name,
            Annotations = new Dictionary<string, string> { [FlowNames.LocksAnnotation] = "db" },
            OwnerReferences = [new V1OwnerReference { Uid = "run", Controller = true }],
        },
        Spec = new V1PodSpec(),
    };
}
