using k8s.Models;
using Slipway.Api.Kinds;

namespace Slipway.Flows.Tests;

public sealed class GangTests
{
    private const string Header = "defaults: { image: 'x@sha256:00' }";
    private const string Train = """
        - name: train
          replicas: 3
          command: [train, "${{ replica.index }}/${{ replica.count }}", "${{ replica.peers[0] }}"]
          outputs: { values: { loss: /out/loss } }
        """;

    [Fact]
    public void Replicas_know_each_other_and_are_scheduled_together()
    {
        var run = new RunSimulation(Train, Header);
        var planned = run.Plan().Create;
        Assert.Equal(3, planned.Count);
        var group = Assert.Single(planned.Select(p => p.Group!.Metadata.Name).Distinct());
        Assert.Equal(3, planned[0].Group!.Spec.SchedulingPolicy.Gang.MinCount);
        var service = planned[0].NameService!;
        Assert.Equal(("None", true), (service.Spec.ClusterIP, service.Spec.PublishNotReadyAddresses));
        var names = planned.Select(p => $"{p.Pod.Spec.Hostname}.{p.Pod.Spec.Subdomain}").ToList();
        for (var i = 0; i < 3; i++)
        {
            var pod = planned[i].Pod;
            Assert.Equal((group, service.Metadata.Name), (pod.Spec.SchedulingGroup.PodGroupName, pod.Spec.Subdomain));
            Assert.All(service.Spec.Selector, l => Assert.Equal(l.Value, pod.Metadata.Labels[l.Key]));
            Assert.Equal(["train", $"{i}/3", names[0]], RunSimulation.Command(pod));
            Assert.Equal(($"{i}", "3", string.Join(',', names)), (RunSimulation.Env(pod, "SLIPWAY_REPLICA"), RunSimulation.Env(pod, "SLIPWAY_REPLICAS"), RunSimulation.Env(pod, "SLIPWAY_PEERS")));
            Assert.Equal(i == 0, pod.Spec.Containers[0].Command.Contains("loss=/out/loss"));
        }

        Assert.Equal(3, planned.Select(p => p.Pod.Metadata.Name).Distinct().Count());
    }

    [Fact]
    public void An_attempt_has_succeeded_when_all_replicas_have()
    {
        var run = new RunSimulation(Train + "\n- { name: after, command: [a, \"${{ tasks.train.values.loss }}\"] }", Header);
        run.Start();
        run.EndReplica("train", 1, cpuSeconds: 2, peak: 300);
        run.EndReplica("train", 0, cpuSeconds: 3, peak: 100, values: new() { ["loss"] = "7" });
        Assert.Empty(run.Attempts);
        Assert.Empty(run.Start());
        Assert.Equal((FlowPhase.Running, 1), (run.Plan().Status.Tasks![0].Phase, run.Plan().Status.Counts!.Running));
        run.EndReplica("train", 2, cpuSeconds: 4, peak: 200);
        var attempt = Assert.Single(run.Attempts);
        Assert.Equal((true, 9, 300), (attempt.Succeeded, attempt.CpuSeconds, attempt.PeakMemoryBytes));
        Assert.Equal([2.0, 3, 4], attempt.Replicas.Select(r => r.CpuSeconds!.Value).Order());
        Assert.Equal([0, 1, 2], attempt.Replicas.Select(r => r.Index));
        Assert.Equal(["after"], run.Start());
        Assert.Equal(["a", "7"], RunSimulation.Command(run.Pod("after")));
    }

    [Fact]
    public void A_failure_ends_the_others_and_is_one_attempt()
    {
        var run = new RunSimulation(Train.Replace("replicas: 3", "replicas: 3\n  retries: { limit: 1, backoff: 0s }", StringComparison.Ordinal), Header);
        run.Start();
        var first = run.Replicas("train");
        run.EndReplica("train", 1, exitCode: 3);
        Assert.Equal([first[0], first[2]], run.Plan().End.Select(e => e.Pod));
        Assert.Empty(run.Start());
        run.Deleted(first[0], exitCode: 143);
        Assert.Equal([first[2]], run.Plan().End.Select(e => e.Pod));
        run.Deleted(first[2], exitCode: 0);
        var attempt = Assert.Single(run.Attempts);
        Assert.Equal((AttemptReason.Error, 3, "train in replica 1 ended with exit code 3; see slipway logs f-1 train"), (attempt.Reason, attempt.ExitCode, attempt.Message));
        Assert.Equal([143, 3, 0], attempt.Replicas.Select(r => r.ExitCode!.Value));
        Assert.Equal(["train", "train", "train"], run.Start());
        var second = run.Replicas("train");
        Assert.Empty(second.Select(p => p.Spec.Hostname).Intersect(first.Select(p => p.Spec.Hostname)));
        Assert.NotEqual(second[0].Spec.SchedulingGroup.PodGroupName, first[0].Spec.SchedulingGroup.PodGroupName);
        run.EndReplica("train", 0, values: new() { ["loss"] = "1" });
        run.EndReplica("train", 1);
        run.EndReplica("train", 2);
        Assert.Equal((FlowPhase.Succeeded, 2), (run.Plan().Status.Phase, run.Attempts.Count));
    }

    [Fact]
    public void A_replica_that_the_cluster_takes_is_a_fault_and_not_a_failure()
    {
        var run = new RunSimulation(Train, Header);
        run.Start();
        var pods = run.Replicas("train");
        run.Deleted(pods[2], exitCode: 137, new V1PodCondition { Type = "DisruptionTarget", Status = "True", Reason = "DeletionByTaintManager", Message = "lost" });
        Assert.Equal([pods[0], pods[1]], run.Plan().End.Select(e => e.Pod));
        run.Deleted(pods[0], exitCode: 143);
        run.Deleted(pods[1], exitCode: 1);
        Assert.Equal(AttemptReason.NodeLost, Assert.Single(run.Attempts).Reason);
        run.Now = run.Now.AddMinutes(1);
        Assert.Equal(3, run.Start().Count);
    }

    [Fact]
    public void What_a_stop_has_left_out_is_created_and_what_is_hopeless_is_given_up_as_a_whole()
    {
        var run = new RunSimulation(Train, Header);
        run.Start();
        var lost = run.Replicas("train")[1];
        run.Pods.Remove(lost);
        Assert.Equal([lost.Metadata.Name], run.Plan().Create.Select(p => p.Pod.Metadata.Name));
        run.Start();
        run.Replicas("train")[2].Status = new V1PodStatus
        {
            Phase = "Pending",
            ContainerStatuses = [new V1ContainerStatus { Name = "task", State = new V1ContainerState { Waiting = new V1ContainerStateWaiting { Reason = "ErrImagePull", Message = "not found" } } }],
        };
        var hopeless = Assert.Single(run.Plan().GiveUp);
        Assert.Equal((2, "train in replica 2: image x@sha256:00 could not be pulled: not found; correct image, or bring it with slipway image load or build"), (hopeless.Others.Count, hopeless.Message));
        run.RecordGang(hopeless.Others.Prepend(hopeless.Pod), hopeless);
        Assert.Equal(AttemptReason.ImagePull, run.Attempts[0].Reason);
        Assert.Equal(["Deleted", "Deleted", "ImagePull"], run.Attempts[0].Replicas.Select(r => r.Reason));
        Assert.Equal(FlowPhase.Failed, run.Plan().Status.Phase);
    }

    [Fact]
    public void The_end_of_the_run_ends_all_of_them()
    {
        var run = new RunSimulation(Train, Header);
        run.Start();
        run.Stop = new RunStop { By = "anna" };
        Assert.Equal(run.Replicas("train"), run.Plan().End.Select(e => e.Pod));
        foreach (var pod in run.Replicas("train"))
            run.Deleted(pod, exitCode: 143);
        Assert.Equal((FlowPhase.Failed, "the run was stopped by anna"), (run.Plan().Status.Phase, run.Plan().Status.Message));
    }

    [Fact]
    public void Their_image_is_found_out_before_and_a_lock_is_held_once()
    {
        var run = new RunSimulation(Train.Replace("replicas: 3", "replicas: 3\n  locks: [{ name: gpu, slots: 2 }]\n  forEach: [1, 2, 3]", StringComparison.Ordinal), "defaults: { image: 'x:1' }");
        Assert.Equal(["(image)"], run.Start());
        run.Pods[0].Status = new V1PodStatus { Phase = "Succeeded", ContainerStatuses = [new V1ContainerStatus { Name = "task", ImageID = RunSimulation.Digest }] };
        Assert.Equal(["train[0]", "train[0]", "train[0]", "train[1]", "train[1]", "train[1]"], run.Start());
        Assert.All(run.Replicas("train[1]"), p => Assert.Equal(RunSimulation.Digest, p.Spec.Containers[0].Image));
        Assert.Empty(run.Start());
        Assert.Equal("train[2] waits for the lock gpu", run.Plan().Status.Tasks![0].Message);
    }

    [Fact]
    public void What_a_result_depends_on_does_not_change_with_the_names_of_peers()
    {
        string Text(string uid) => new RunSimulation(Train + "\n  cache: {}", Header).Plan(uid).Create[0].Pod.Metadata.Annotations[FlowNames.CacheAnnotation];
        Assert.Equal(Text("uid-1"), Text("uid-2"));
        Assert.Null(new RunSimulation(Train + "\n  cache: {}", Header).Plan().Create[1].Cached);
    }

    [Theory]
    [InlineData("- { name: a, command: [a, \"${{ replica.index }}\"] }", "replica is known only in a task with replicas")]
    [InlineData("- { name: a, replicas: 2, command: [a], when: replica.index == 0 }", "replica is not known here: this is read once for all replicas")]
    [InlineData("- { name: a, replicas: 2, command: [a, \"${{ replica.peer }}\"] }", "replica has no peer, did you mean \"peers\"?")]
    [InlineData("- { name: a, replicas: 2, command: [a, \"${{ replica.index + 'x' }}\"] }", "found no matching overload for '_+_' applied to '(int, string)'")]
    [InlineData("- { name: a, replicas: 2, approve: {} }", "it belongs to a task with a command")]
    public void What_is_wrong_is_told(string task, string message)
    {
        var yaml = $"apiVersion: slipway.dev/v1alpha1\nkind: Flow\nmetadata: {{ name: f }}\nspec:\n  defaults: {{ image: x }}\n  tasks:\n  {task}\n";
        var causes = FlowRules.Validate(Api.Documents.DocumentReader.ParseYaml(yaml)[0]);
        Assert.Contains(message, Assert.Single(causes).Message, StringComparison.Ordinal);
    }
}
