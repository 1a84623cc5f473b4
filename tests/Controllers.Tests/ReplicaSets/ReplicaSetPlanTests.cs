using Slipway.Controllers.Tests.Workloads;

namespace Slipway.Controllers.Tests.ReplicaSets;

public sealed class ReplicaSetPlanTests
{
    private static readonly DateTime Now = Make.Now;

    [Theory]
    // replicas; pods; created; deleted
    [InlineData(3, "", 3, "")]
    [InlineData(3, "a, b", 1, "")]
    [InlineData(2, "a ready, b ready", 0, "")]
    [InlineData(2, "a ready, b Failed, c Succeeded, d ready x", 1, "")] // ended or going: replaced at once
    [InlineData(0, "a, b", 0, "a b")]
    [InlineData(1000, "", 500, "")]
    // Who goes first.
    [InlineData(1, "a node=n, b", 0, "b")]
    [InlineData(1, "a node=n Running, b node=n Pending", 0, "b")]
    [InlineData(1, "a node=n Running, b node=n Unknown", 0, "b")]
    [InlineData(1, "a node=n ready, b node=n Running", 0, "b")]
    [InlineData(1, "a node=n ready cost=1, b node=n ready", 0, "b")]
    [InlineData(1, "a node=n ready, b node=n ready cost=-5", 0, "b")]
    [InlineData(2, "a node=n ready=900, b node=m ready=10, c node=n ready=900", 0, "a")] // n has two
    [InlineData(1, "a node=n ready=900, b node=n ready=10", 0, "b")]
    [InlineData(1, "b node=n ready=901, a node=n ready=900", 0, "a")] // as good as equal
    [InlineData(1, "a node=n ready, b node=n ready restarts=2", 0, "b")]
    [InlineData(1, "a node=n Running age=900, b node=n Running age=10", 0, "b")]
    public void As_many_pods_as_wanted(int replicas, string pods, int create, string delete)
    {
        var all = Make.Pods(pods);
        var plan = ReplicaSetPlan.For(Set(replicas), all, all, Now);
        Assert.Equal((create, delete), (plan.Create, string.Join(' ', plan.Delete.Select(pod => pod.Uid))));
    }

    [Fact]
    public void The_status_counts_what_is_there()
    {
        var pods = Make.Pods("a ready=5 app=x, b ready=20 app=x tier=y, c Running app=x, d ready x app=x, e Failed x, f Failed");
        var plan = ReplicaSetPlan.For(Set(3, """ "minReadySeconds":10, """), pods, pods, Now);
        Assert.Equal((3, 1, 2, 1, 1, 7L), (plan.Status.Replicas, plan.Status.FullyLabeledReplicas, plan.Status.ReadyReplicas, plan.Status.AvailableReplicas, plan.Status.TerminatingReplicas, plan.Status.ObservedGeneration));
        Assert.Equal(TimeSpan.FromSeconds(5), plan.Again);
    }

    [Fact]
    public void A_refusal_is_a_condition_until_it_is_over()
    {
        var plan = ReplicaSetPlan.For(Set(1), [], [], Now);
        var status = plan.StatusWith("exceeded quota", Now);
        Assert.Equal("ReplicaFailure=True FailedCreate exceeded quota", string.Join(';', status.Conditions!.Select(c => $"{c.Type}={c.Status} {c.Reason} {c.Message}")));
        var later = ReplicaSetPlan.For(Set(1) with { Status = status }, [], [], Now.AddSeconds(5)).StatusWith("exceeded quota", Now.AddSeconds(5));
        Assert.Equal(Now, later.Conditions![0].LastTransitionTime);
        Assert.Null((plan with { Status = later }).StatusWith(null, Now).Conditions);
        Assert.Equal("FailedDelete", ReplicaSetPlan.For(Set(0), Make.Pods("a"), [], Now).StatusWith("no", Now).Conditions![0].Reason);
    }

    [Fact]
    public void A_set_that_is_being_deleted_leaves_its_pods_to_the_garbage_collector()
    {
        var set = Set(3);
        set.Metadata.DeletionTimestamp = Now;
        Assert.Equal(0, ReplicaSetPlan.For(set, [], [], Now).Create);
    }

    [Theory]
    // pod; owner's uid in it; taken, let go, own
    [InlineData("a app=x tier=y", null, "adopt")]
    [InlineData("a app=x tier=y x", null, "")]
    [InlineData("a app=x", null, "")]
    [InlineData("a app=x tier=y", "set", "own")]
    [InlineData("a app=x", "set", "release")]
    [InlineData("a app=x tier=y", "other", "")]
    public void Pods_are_claimed_by_selector_and_controller(string text, string? owner, string claim)
    {
        var pod = Make.Pod(text);
        if (owner is not null)
            pod.Metadata.OwnerReferences = [new() { Uid = owner, Controller = true, ApiVersion = "apps/v1", Kind = "ReplicaSet", Name = "set" }];
        var claims = Claims<PodView>.Of(Set(1), [pod]);
        Assert.Equal(claim, claims.Own.Count == 1 ? "own" : claims.Adopt.Count == 1 ? "adopt" : claims.Release.Count == 1 ? "release" : "");
    }

    private static ReplicaSetView Set(int replicas, string more = "") => Make.Read(Kinds.ReplicaSets, $$$"""
        {"metadata":{"name":"set","uid":"set","namespace":"default","generation":7},
         "spec":{ {{{more}}} "replicas":{{{replicas}}},"selector":{"matchLabels":{"app":"x"},"matchExpressions":[{"key":"tier","operator":"In","values":["y"]}]},
                 "template":{"metadata":{"labels":{"app":"x","tier":"y"}} } } }
        """);
}
