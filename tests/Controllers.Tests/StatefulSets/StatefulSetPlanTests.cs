using Slipway.Controllers.Tests.Workloads;

namespace Slipway.Controllers.Tests.StatefulSets;

public sealed class StatefulSetPlanTests
{
    [Theory]
    // spec; pods (r=revision, old or new); created with revision, deleted
    [InlineData("", "", "0:new", "")]
    [InlineData("", "s-0 r=new", "", "")] // not before it is ready
    [InlineData("", "s-0 ready r=new", "1:new", "")]
    [InlineData("", "s-0 ready r=new, s-2 ready r=new", "1:new", "")]
    [InlineData("", "s-0 ready x r=new, s-1 ready r=new, s-2 ready r=new", "", "")]
    [InlineData("", "s-0 Failed r=new, s-1 ready r=new", "", "s-0")]
    [InlineData(""" "podManagementPolicy":"Parallel", """, "", "0:new 1:new 2:new", "")]
    [InlineData(""" "podManagementPolicy":"Parallel", """, "s-0 r=new, s-1 Failed r=new, s-7 r=new, s-8 r=new", "2:new", "s-1 s-8 s-7")]
    [InlineData(""" "ordinals":{"start":5}, """, "s-5 ready r=new", "6:new", "")]
    [InlineData(""" "ordinals":{"start":5}, """, "s-5 ready r=new, s-6 ready r=new, s-7 ready r=new, s-1 ready r=new, s-0 ready r=new", "", "s-1")]
    [InlineData(""" "minReadySeconds":30, """, "s-0 ready=10 r=new", "", "")]
    [InlineData(""" "minReadySeconds":30, """, "s-0 ready=30 r=new", "1:new", "")]
    // Too many: the highest first, one by one.
    [InlineData("", "s-0 ready r=new, s-1 ready r=new, s-2 ready r=new, s-3 ready r=new, s-4 ready r=new", "", "s-4")]
    [InlineData("", "s-0 ready r=new, s-1 ready r=new, s-2 ready r=new, s-3 ready r=new, s-4 ready x r=new", "", "")]
    [InlineData("", "s-0 ready r=new, s-1 ready r=new, s-2 ready r=new, s-3 ready r=new, s-4 r=new", "", "s-4")]
    [InlineData("", "s-0 ready r=new, s-1 r=new, s-2 ready r=new, s-3 ready r=new", "", "")]
    // A new template: from the last to the first.
    [InlineData("", "s-0 ready r=old, s-1 ready r=old, s-2 ready r=old", "", "s-2")]
    [InlineData("", "s-0 ready r=old, s-1 ready r=old", "2:new", "")]
    [InlineData("", "s-0 ready r=old, s-1 ready r=old, s-2 ready r=new", "", "s-1")]
    [InlineData("", "s-0 ready r=old, s-1 ready r=old, s-2 Running r=new", "", "")]
    [InlineData(""" "podManagementPolicy":"Parallel", """, "s-0 ready r=old, s-1 ready r=old, s-2 Running r=new", "", "")]
    [InlineData(""" "updateStrategy":{"rollingUpdate":{"partition":2}}, """, "s-0 ready r=old, s-1 ready r=old, s-2 ready r=new", "", "")]
    [InlineData(""" "updateStrategy":{"rollingUpdate":{"partition":2}}, """, "s-0 ready r=old, s-2 ready r=new", "1:old", "")]
    [InlineData(""" "podManagementPolicy":"Parallel","updateStrategy":{"rollingUpdate":{"maxUnavailable":2}}, """, "s-0 ready r=old, s-1 ready r=old, s-2 ready r=old", "", "s-2 s-1")]
    // Another one while the last is not through: what is unavailable already counts, and goes first when it is of a former template.
    [InlineData(""" "podManagementPolicy":"Parallel", """, "s-0 ready r=old, s-1 Running r=new, s-2 ready r=old", "", "")]
    [InlineData(""" "podManagementPolicy":"Parallel", """, "s-0 Running r=old, s-1 ready r=old, s-2 ready r=old", "", "s-0")]
    [InlineData(""" "podManagementPolicy":"Parallel","updateStrategy":{"rollingUpdate":{"maxUnavailable":2}}, """, "s-0 Running r=old, s-1 ready r=old, s-2 ready r=old", "", "s-0 s-2")]
    [InlineData(""" "podManagementPolicy":"Parallel","updateStrategy":{"rollingUpdate":{"partition":1}}, """, "s-0 Running r=old, s-1 ready r=old, s-2 ready r=old", "", "")]
    [InlineData(""" "updateStrategy":{"type":"OnDelete"}, """, "s-0 ready r=old, s-1 ready r=old, s-2 ready r=old", "", "")]
    public void One_step_after_the_other(string spec, string pods, string create, string delete)
    {
        var plan = Plan(Set(3, spec), pods, pods.Contains("old") ? "old" : "new");
        Assert.Equal((create, delete), (string.Join(' ', plan.Create.Select(c => $"{c.Ordinal}:{c.Revision}")), string.Join(' ', plan.Delete.Select(pod => pod.Metadata.Name))));
    }

    [Theory]
    [InlineData(""" "updateStrategy":{"type":"OnDelete"}, """, "1:new")]
    [InlineData("", "1:old")]
    [InlineData(""" "updateStrategy":{"rollingUpdate":{"partition":1}}, """, "1:new")]
    public void A_pod_that_is_deleted_comes_back_by_the_former_template_only_where_a_rollout_has_not_come_to_it(string spec, string create)
    {
        var plan = Plan(Set(3, spec) with { Status = new() { CurrentReplicas = 2 } }, "s-0 ready r=old, s-2 ready r=old", "old");
        Assert.Equal(create, string.Join(' ', plan.Create.Select(c => $"{c.Ordinal}:{c.Revision}")));
    }

    [Fact]
    public void A_pod_that_has_ended_is_not_ready_whatever_was_last_told_of_it()
    {
        var status = Plan(Set(2), "s-0 ready Failed r=new, s-1 ready r=new", "new").Status;
        Assert.Equal((2, 1, 1), (status.Replicas, status.ReadyReplicas, status.AvailableReplicas));
    }

    [Fact]
    public void The_status_follows_a_rollout_until_the_update_is_current()
    {
        var status = Plan(Set(3), "s-0 ready r=old, s-1 r=new, s-2 ready r=new, s-3 ready x r=old", "old").Status;
        Assert.Equal((4, 3, 3, 1, 2, "old", "new"), (status.Replicas, status.ReadyReplicas, status.AvailableReplicas, status.CurrentReplicas, status.UpdatedReplicas, status.CurrentRevision, status.UpdateRevision));
        status = Plan(Set(3), "s-0 ready r=new, s-1 ready r=new, s-2 ready r=new", "old").Status;
        Assert.Equal((3, 3, "new", "new"), (status.CurrentReplicas, status.UpdatedReplicas, status.CurrentRevision, status.UpdateRevision));
    }

    [Fact]
    public void A_pod_has_its_name_its_place_and_its_storage()
    {
        var set = Set(3, """ "serviceName":"db","volumeClaimTemplates":[{"metadata":{"name":"data","labels":{"l":"1"}},"spec":{"x":1},"status":{"phase":"Pending"}}],"persistentVolumeClaimRetentionPolicy":{"whenDeleted":"Delete"}, """);
        var revision = new ControllerRevisionView { Data = RevisionPlan.DataOf(set.Spec.Template) };
        revision.Metadata.Name = "s-abc";
        var pod = StatefulPod.For(set, 2, revision);
        Assert.Equal("""{"app":"x","controller-revision-hash":"s-abc","statefulset.kubernetes.io/pod-name":"s-2","apps.kubernetes.io/pod-index":"2"}""", pod["metadata"]!["labels"]!.ToJsonString());
        Assert.Equal(("s-2", "s-2", "db"), ((string?)pod["metadata"]!["name"], (string?)pod["spec"]!["hostname"], (string?)pod["spec"]!["subdomain"]));
        Assert.Equal("""[{"name":"tmp"},{"name":"data","persistentVolumeClaim":{"claimName":"data-s-2"}}]""", pod["spec"]!["volumes"]!.ToJsonString());
        var claim = StatefulPod.ClaimsFor(set, 2).Single();
        Assert.Equal(("data-s-2", """{"l":"1","app":"x"}""", "set", null), ((string?)claim["metadata"]!["name"], claim["metadata"]!["labels"]!.ToJsonString(), (string?)claim["metadata"]!["ownerReferences"]![0]!["uid"], claim["status"]));
    }

    [Theory]
    // policy; the claim's owners; whether its pod is scaled away; its owners afterwards, same for no change
    [InlineData("Retain", "Retain", "", false, "same")]
    [InlineData("Retain", "Retain", "set", false, "")]
    [InlineData("Delete", "Retain", "", false, "set")]
    [InlineData("Delete", "Retain", "set", true, "same")]
    [InlineData("Retain", "Delete", "", false, "same")]
    [InlineData("Retain", "Delete", "", true, "s-1")]
    [InlineData("Retain", "Delete", "s-1", false, "")] // scaled up again
    [InlineData("Delete", "Delete", "set", true, "s-1")]
    [InlineData("Delete", "Delete", "s-1", false, "set")]
    [InlineData("Delete", "Retain", "other", false, "other set")]
    public void Claims_go_with_whom_the_policy_says(string deleted, string scaled, string owners, bool condemned, string expected)
    {
        var set = Set(1, $$""" "persistentVolumeClaimRetentionPolicy":{"whenDeleted":"{{deleted}}","whenScaled":"{{scaled}}"}, """);
        var claim = new ClaimView();
        claim.Metadata.OwnerReferences = [.. owners.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(owner => new k8s.Models.V1OwnerReference
        {
            ApiVersion = "v1", Uid = owner, Name = owner == "set" ? "s" : owner, Kind = owner == "set" ? "StatefulSet" : owner == "other" ? "Thing" : "Pod",
        })];
        var result = StatefulPod.OwnersOf(set, claim, Make.Pod("s-1"), condemned);
        Assert.Equal(expected, result is null ? "same" : string.Join(' ', result.Select(owner => (string?)owner!["uid"])));
    }

    private static StatefulSetPlan Plan(StatefulSetView set, string pods, string current) =>
        StatefulSetPlan.For(set, Make.Pods(pods.Replace("r=", "controller-revision-hash=")), current, "new", Make.Now);

    private static StatefulSetView Set(int replicas, string more = "") => Make.Read(Kinds.StatefulSets, $$$"""
        {"apiVersion":"apps/v1","kind":"StatefulSet","metadata":{"name":"s","uid":"set","namespace":"default"},
         "spec":{ {{{more.Replace("\"updateStrategy\":{\"rolling", "\"updateStrategy\":{\"type\":\"RollingUpdate\",\"rolling")}}} "replicas":{{{replicas}}},"selector":{"matchLabels":{"app":"x"} },
         "template":{"metadata":{"labels":{"app":"x"} },"spec":{"volumes":[{"name":"tmp"},{"name":"data"}]} } } }
        """);
}
