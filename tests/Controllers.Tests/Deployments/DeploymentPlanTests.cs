using Slipway.Controllers.Tests.Workloads;

namespace Slipway.Controllers.Tests.Deployments;

public sealed class DeploymentPlanTests
{
    private static readonly DateTime Now = Make.Now;

    [Theory]
    // Deployment: replicas, surge, unavailable. Sets: template:replicas/available, oldest first; the Deployment's template is 2. What each is to have.
    [InlineData(10, "25%", "25%", "1:10/10", "create 3")] // up by the surge first
    [InlineData(10, "25%", "25%", "1:10/10 2:3/0", "1:8")] // then down by what may be missing
    [InlineData(10, "25%", "25%", "1:8/8 2:3/0", "2:5")]
    [InlineData(10, "25%", "25%", "1:8/8 2:5/0", "")] // as far as it gets until pods become available
    [InlineData(10, "25%", "25%", "1:8/8 2:5/2", "1:6")]
    [InlineData(10, "25%", "25%", "1:0/0 2:10/10", "")]
    [InlineData(10, 0, 1, "1:10/10", "create 0")]
    [InlineData(10, 0, 1, "1:10/10 2:0/0", "1:9")]
    [InlineData(10, 0, 1, "1:9/9 2:0/0", "2:1")]
    [InlineData(10, 1, 0, "1:10/10 2:1/0", "")]
    [InlineData(10, 1, 0, "1:10/10 2:1/1", "1:9")]
    [InlineData(1, 0, 0, "1:1/1 2:0/0", "1:0")] // neither would be no rollout
    [InlineData(3, 1, 1, "1:3/1 2:1/1", "1:1")] // those that are not available go first
    [InlineData(4, 1, 1, "0:2/2 1:2/2 2:1/1", "0:0")] // the oldest first
    [InlineData(10, "25%", "25%", "1:8/10 2:5/3", "1:5")] // never more than the set is to have
    [InlineData(5, 1, 1, "2:5/5", "")]
    [InlineData(0, 1, 1, "1:1/1 2:0/0", "1:0")]
    public void It_rolls_within_its_bounds(int replicas, object surge, object unavailable, string sets, string expected) =>
        Assert.Equal(expected, Steps(Deployment(replicas, surge, unavailable), sets, replicas));

    [Theory]
    // Deployment: size before and now. What each set is to have.
    [InlineData(10, 15, "2:10/10", "2:15")]
    [InlineData(10, 5, "2:10/10", "2:5")]
    [InlineData(10, 0, "1:8/8 2:4/4", "1:0 2:0")]
    [InlineData(10, 20, "1:10/10 2:3/0", "1:19 2:6")] // in proportion, with the surge
    [InlineData(10, 5, "1:8/8 2:5/5", "1:4 2:3")]
    [InlineData(10, 12, "1:4/4", "1:12")] // an old set alone goes on as it is
    public void A_new_size_is_shared_in_proportion(int before, int now, string sets, string expected) =>
        Assert.Equal(expected, Steps(Deployment(now, before == 10 && now == 20 ? 5 : 2, 2), sets, before));

    [Theory]
    [InlineData("1:3/3", "", "1:0")]
    [InlineData("1:0/0", "old Running x", "")] // not before the last is gone
    [InlineData("1:0/0", "old Failed", "create 3")]
    [InlineData("1:0/0 2:0/0", "", "2:3")]
    public void Recreate_waits_for_the_old_pods_to_go(string sets, string oldPods, string expected)
    {
        var deployment = Make.Read(Kinds.Deployments, """{"metadata":{"name":"d","uid":"d","namespace":"default"},"spec":{"replicas":3,"strategy":{"type":"Recreate"},"template":{"v":2,"metadata":{"labels":{}}}}}""");
        Assert.Equal(expected, Steps(deployment, sets, 3, set => set.Metadata.Name == "s1" ? Make.Pods(oldPods) : []));
    }

    [Theory]
    // Generation of the old set and the one that its status is of; its pods that are, and that are going.
    [InlineData(2, 1, 0, 0, "")]
    [InlineData(2, 2, 0, 1, "")]
    [InlineData(2, 2, 1, 0, "")]
    [InlineData(2, 2, 0, 0, "create 3")]
    public void Recreate_waits_until_the_old_set_says_that_nothing_is_left(long generation, long observed, int replicas, int terminating, string expected)
    {
        var deployment = Make.Read(Kinds.Deployments, """{"metadata":{"name":"d","uid":"d","namespace":"default"},"spec":{"replicas":3,"strategy":{"type":"Recreate"},"template":{"v":2,"metadata":{"labels":{}}}}}""");
        var set = Sets("1:0/0", 3)[0];
        set.Metadata.Generation = generation;
        set = set with { Status = new() { ObservedGeneration = observed, Replicas = replicas, TerminatingReplicas = terminating } };
        var plan = DeploymentPlan.For(deployment, [set], _ => [], Now);
        Assert.Equal(expected, plan.Create is { } created ? $"create {created["spec"]!["replicas"]}" : "");
    }

    [Fact]
    public void A_paused_deployment_scales_and_does_not_roll()
    {
        var deployment = Deployment(5, 1, 1, """ "paused":true,"progressDeadlineSeconds":600, """);
        Assert.Equal("1:5", Steps(deployment, "1:3/3", 3));
        var plan = DeploymentPlan.For(deployment, Sets("1:5/5", 5), _ => [], Now);
        Assert.Equal("Unknown DeploymentPaused", Condition(plan, "Progressing"));
        deployment = Deployment(5, 1, 1, """ "progressDeadlineSeconds":600, """) with { Status = plan.Status };
        plan = DeploymentPlan.For(deployment, Sets("1:5/5", 5), _ => [], Now);
        Assert.NotNull(plan.Create);
        Assert.Equal("True NewReplicaSetCreated", Condition(plan, "Progressing"));
    }

    [Fact]
    public void Progress_is_told_until_it_is_complete_or_out_of_time()
    {
        var deployment = Deployment(2, 1, 0, """ "progressDeadlineSeconds":600, """);
        var plan = Follow("2:2/0", Now);
        Assert.Equal(("True ReplicaSetUpdated", "False MinimumReplicasUnavailable"), (Condition(plan, "Progressing"), Condition(plan, "Available")));
        Assert.Equal(TimeSpan.FromSeconds(601), plan.Again);

        plan = Follow("2:2/1", Now.AddSeconds(500));
        Assert.Equal("True ReplicaSetUpdated", Condition(plan, "Progressing"));
        Assert.Equal(TimeSpan.FromSeconds(601), plan.Again);
        Assert.Equal("True ReplicaSetUpdated", Condition(Follow("2:2/1", Now.AddSeconds(1099)), "Progressing"));

        plan = Follow("2:2/1", Now.AddSeconds(1101));
        Assert.Equal("False ProgressDeadlineExceeded", Condition(plan, "Progressing"));
        Assert.Equal("ReplicaSet \"s2\" has timed out progressing.", plan.Status.Conditions![^1].Message);
        Assert.Null(plan.Again);

        plan = Follow("2:2/2", Now.AddSeconds(1200));
        Assert.Equal(("True NewReplicaSetAvailable", "True MinimumReplicasAvailable"), (Condition(plan, "Progressing"), Condition(plan, "Available")));
        Assert.Equal("ReplicaSet \"s2\" has successfully progressed.", plan.Status.Conditions!.Find(c => c.Type == "Progressing")!.Message);
        // Later losses are no new rollout.
        plan = Follow("2:2/1", Now.AddSeconds(9000));
        Assert.Equal("True NewReplicaSetAvailable", Condition(plan, "Progressing"));

        DeploymentPlan Follow(string sets, DateTime now)
        {
            var next = DeploymentPlan.For(deployment, Sets(sets, 2), _ => [], now);
            deployment = deployment with { Status = next.Status };
            return next;
        }
    }

    [Fact]
    public void The_status_counts_the_pods_of_all_sets()
    {
        var status = DeploymentPlan.For(Deployment(10, 3, 2), Sets("1:8/8 2:5/2", 10), _ => [], Now).Status;
        Assert.Equal((13, 5, 10, 10, 3, 4L), (status.Replicas, status.UpdatedReplicas, status.ReadyReplicas, status.AvailableReplicas, status.UnavailableReplicas, status.ObservedGeneration));
    }

    [Fact]
    public void The_set_of_the_template_becomes_the_newest_revision()
    {
        var deployment = Deployment(1, 1, 0);
        deployment.Metadata.Annotations = new Dictionary<string, string> { ["kubernetes.io/change-cause"] = "back again", ["kubectl.kubernetes.io/last-applied-configuration"] = "x" };
        var sets = Sets("2:0/0 1:1/1", 1);
        sets[0].Metadata.Annotations["deployment.kubernetes.io/revision"] = "1";
        sets[1].Metadata.Annotations["deployment.kubernetes.io/revision"] = "4";
        var plan = DeploymentPlan.For(deployment, sets, _ => [], Now);
        Assert.Equal(5, plan.Revision);
        var annotations = plan.Changes.Single(change => change.Set == sets[0]).Patch["metadata"]!["annotations"]!.AsObject();
        Assert.Equal(("5", "1", "back again"), ((string?)annotations["deployment.kubernetes.io/revision"], (string?)annotations["deployment.kubernetes.io/revision-history"], (string?)annotations["kubernetes.io/change-cause"]));
        Assert.False(annotations.ContainsKey("kubectl.kubernetes.io/last-applied-configuration"));
    }

    [Theory]
    [InlineData(10, "")]
    [InlineData(2, "s4")]
    [InlineData(0, "s4 s5")] // what has pods stays
    public void History_keeps_so_many_old_sets(int limit, string deleted)
    {
        var deployment = Deployment(1, 1, 0, $$""" "revisionHistoryLimit":{{limit}}, """);
        var sets = Sets("4:0/0 5:0/0 6:0/0 2:1/1", 1);
        for (var i = 0; i < 4; i++)
            sets[i].Metadata.Annotations["deployment.kubernetes.io/revision"] = $"{i + 1}";
        sets[2] = sets[2] with { Status = sets[2].Status! with { ObservedGeneration = 0 } }; // not yet seen by its controller
        Assert.Equal(deleted, string.Join(' ', DeploymentPlan.For(deployment, sets, _ => [], Now).Delete.Select(set => set.Metadata.Name)));
    }

    [Fact]
    public void A_new_set_is_made_from_the_whole_template()
    {
        var deployment = Make.Read(Kinds.Deployments, """
            {"metadata":{"name":"web","uid":"d","namespace":"shop","annotations":{"a":"b"}},
             "spec":{"replicas":2,"minReadySeconds":3,"selector":{"matchLabels":{"app":"x"}},"template":{"metadata":{"labels":{"app":"x"}},"spec":{"unheardOf":[1]}}}}
            """);
        var set = DeploymentPlan.For(deployment, [], _ => [], Now).Create!;
        var hash = (string)set["spec"]!["template"]!["metadata"]!["labels"]!["pod-template-hash"]!;
        Assert.Equal(($"web-{hash}", "shop", hash, hash, 3, 2), ((string?)set["metadata"]!["name"], (string?)set["metadata"]!["namespace"],
            (string?)set["metadata"]!["labels"]!["pod-template-hash"], (string?)set["spec"]!["selector"]!["matchLabels"]!["pod-template-hash"],
            (int)set["spec"]!["minReadySeconds"]!, (int)set["spec"]!["replicas"]!));
        Assert.Equal("[1]", set["spec"]!["template"]!["spec"]!["unheardOf"]!.ToJsonString());
        Assert.Equal("""{"a":"b","deployment.kubernetes.io/revision":"1","deployment.kubernetes.io/desired-replicas":"2","deployment.kubernetes.io/max-replicas":"2"}""", set["metadata"]!["annotations"]!.ToJsonString());
        Assert.NotEqual(hash, (string)DeploymentPlan.For(deployment with { Status = new() { CollisionCount = 1 } }, [], _ => [], Now).Create!["metadata"]!["labels"]!["pod-template-hash"]!);
    }

    private static string Steps(DeploymentView deployment, string sets, int before, Func<ReplicaSetView, IEnumerable<PodView>>? podsOf = null)
    {
        var plan = DeploymentPlan.For(deployment, Sets(sets, before), podsOf ?? (_ => []), Now);
        var changes = plan.Changes.Where(change => change.Replicas != change.Set.Replicas).Select(change => $"{change.Set.Metadata.Name[1..]}:{change.Replicas}");
        return string.Join(' ', plan.Create is { } set ? [$"create {set["spec"]!["replicas"]}"] : changes);
    }

    private static DeploymentView Deployment(int replicas, object surge, object unavailable, string more = "") => Make.Read(Kinds.Deployments, $$$"""
        {"metadata":{"name":"d","uid":"d","namespace":"default","generation":4},
         "spec":{ {{{more}}} "replicas":{{{replicas}}},"template":{"v":2,"metadata":{"labels":{} } },
                 "strategy":{"type":"RollingUpdate","rollingUpdate":{"maxSurge":{{{Value(surge)}}},"maxUnavailable":{{{Value(unavailable)}}} } } } }
        """);

    private static string Value(object value) => value is string text ? $"\"{text}\"" : $"{value}";

    private static List<ReplicaSetView> Sets(string text, int size) => [.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select((set, age) =>
    {
        var parts = set.Split(':', '/');
        return Make.Read(Kinds.ReplicaSets, $$$"""
            {"metadata":{"name":"s{{{parts[0]}}}","uid":"s{{{parts[0]}}}","namespace":"default","generation":1,"creationTimestamp":"2026-01-01T00:00:0{{{age}}}Z",
                         "annotations":{"deployment.kubernetes.io/desired-replicas":"{{{size}}}","deployment.kubernetes.io/max-replicas":"{{{size + 3}}}"} },
             "spec":{"replicas":{{{parts[1]}}},"template":{"v":{{{parts[0]}}},"metadata":{"labels":{"pod-template-hash":"h{{{parts[0]}}}"} } } },
             "status":{"replicas":{{{parts[1]}}},"readyReplicas":{{{parts[2]}}},"availableReplicas":{{{parts[2]}}},"observedGeneration":1} }
            """);
    })];

    private static string Condition(DeploymentPlan plan, string type) => plan.Status.Conditions!.Find(condition => condition.Type == type) is { } found ? $"{found.Status} {found.Reason}" : "";
}
