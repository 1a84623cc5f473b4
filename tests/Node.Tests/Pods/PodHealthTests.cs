using k8s.Models;
using Slipway.Node.Pods;
using Slipway.Node.Probes;

namespace Slipway.Node.Tests.Pods;

public sealed class PodHealthTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [Fact]
    public void A_container_that_fails_its_liveness_probe_is_ended_with_the_grace_of_the_probe_and_started_again()
    {
        var pod = Pod("OnFailure");
        pod.Spec.Containers[0].LivenessProbe = new() { TerminationGracePeriodSeconds = 4 };
        var decision = PodPlan.Decide(pod, Apply(Running(pod), new PodEvent.Probed("main", "c0", ProbeKind.Liveness, false)), Now);
        Assert.Equal(new PodAction.StopContainer("main", "c0", TimeSpan.FromSeconds(4), "Container main failed liveness probe, will be restarted"), Assert.Single(decision.Actions));
        Assert.Empty(PodPlan.Decide(pod, decision.State, Now).Actions);
        // A clean end is none when it was asked for.
        var ended = Apply(decision.State, new PodEvent.ContainerEnded("main", new("c0", 0, "Completed", "", Now, Now)));
        Assert.Equal("Running", PodPhases.Of(pod, ended));
        Assert.Equal(new PodAction.EnsureImage("main"), Assert.Single(PodPlan.Decide(pod, ended, Now).Actions));
    }

    [Theory]
    [InlineData(nameof(ContainerFault.StartupProbe), "Always", "Container main failed startup probe, will be restarted", 30)]
    [InlineData(nameof(ContainerFault.LivenessProbe), "Never", "Container main failed liveness probe", 7)]
    [InlineData(nameof(ContainerFault.PostStartHook), "Always", "FailedPostStartHook", 30)]
    public void Why_a_container_is_ended_is_told(string name, string policy, string message, int grace)
    {
        var fault = Enum.Parse<ContainerFault>(name);
        var pod = Pod(policy);
        pod.Spec.Containers[0].LivenessProbe = new() { TerminationGracePeriodSeconds = 7 };
        Assert.Equal((message, TimeSpan.FromSeconds(grace)), (ContainerHealth.MessageOf(pod, pod.Spec.Containers[0], fault), ContainerHealth.GraceOf(pod, pod.Spec.Containers[0], fault)));
    }

    [Fact]
    public void A_container_is_started_and_ready_when_its_probes_have_succeeded()
    {
        var pod = Pod("Always");
        (pod.Spec.Containers[0].StartupProbe, pod.Spec.Containers[0].ReadinessProbe) = (new(), new());
        var state = Running(pod);
        Assert.Equal((false, false, "False", "False"), Health(pod, state));
        state = Apply(state, new PodEvent.Probed("main", "c0", ProbeKind.Startup, true));
        Assert.Equal((true, false, "False", "False"), Health(pod, state));
        state = Apply(state, new PodEvent.Probed("main", "c0", ProbeKind.Readiness, true));
        Assert.Equal((true, true, "True", "True"), Health(pod, state));
        Assert.Equal((true, false, "False", "False"), Health(pod, Apply(state, new PodEvent.Probed("main", "c0", ProbeKind.Readiness, false))));
        Assert.Equal((true, true, "True", "True"), Health(pod, Apply(state, new PodEvent.Probed("main", "former", ProbeKind.Readiness, false))));
    }

    [Theory]
    [InlineData(null, "corresponding condition of pod readiness gate \"example.org/in-rotation\" does not exist.")]
    [InlineData("False", "the status of pod readiness gate \"example.org/in-rotation\" is not \"True\", but False")]
    [InlineData("True", null)]
    public void A_pod_is_ready_when_its_gates_are_open(string? status, string? message)
    {
        var pod = Pod("Always");
        pod.Spec.ReadinessGates = [new() { ConditionType = "example.org/in-rotation" }];
        pod.Status = new() { Conditions = status is null ? null : [new() { Type = "example.org/in-rotation", Status = status }] };
        var conditions = PodStatusBuilder.Build(pod, Running(pod), new("n"), [], Now).Conditions;
        var ready = conditions.Single(c => c.Type == "Ready");
        Assert.Equal((message is null ? "True" : "False", message, "True"), (ready.Status, ready.Message, conditions.Single(c => c.Type == "ContainersReady").Status));
    }

    [Fact]
    public void A_container_does_not_count_as_running_before_its_hook_has_ended()
    {
        var pod = Pod("Always");
        pod.Spec.Containers[0].Lifecycle = new() { PostStart = new() { Sleep = new() { Seconds = 1 } } };
        var decision = PodPlan.Decide(pod, Running(pod), Now);
        Assert.Equal(new PodAction.PostStart("main", "c0"), Assert.Single(decision.Actions));
        Assert.Empty(PodPlan.Decide(pod, decision.State, Now).Actions);
        Assert.Equal("Pending", PodPhases.Of(pod, decision.State));
        Assert.Equal("ContainerCreating", Status(pod, decision.State).State.Waiting.Reason);
        Assert.NotNull(Status(pod, Apply(decision.State, new PodEvent.PostStartEnded("main", "c0", true))).State.Running);

        var failed = Apply(decision.State, new PodEvent.PostStartEnded("main", "c0", false));
        Assert.Equal("PostStartHookError", Status(pod, failed).State.Waiting.Reason);
        Assert.Equal(new PodAction.StopContainer("main", "c0", TimeSpan.FromSeconds(30), "FailedPostStartHook"), Assert.Single(PodPlan.Decide(pod, failed, Now).Actions));
    }

    [Theory]
    [InlineData(30, true)]
    [InlineData(0, false)]
    public void A_hook_is_called_before_the_end_if_there_is_time(int grace, bool called)
    {
        var pod = Pod("Always");
        pod.Spec.Containers[0].Lifecycle = new() { PreStop = new() { Sleep = new() { Seconds = 1 } } };
        pod.Metadata.DeletionTimestamp = Now.UtcDateTime;
        pod.Metadata.DeletionGracePeriodSeconds = grace;
        var decision = PodPlan.Decide(pod, Running(pod), Now);
        Assert.Equal(new PodAction.StopContainer("main", "c0", TimeSpan.FromSeconds(grace), "", called), Assert.Single(decision.Actions));
        // A shorter grace that comes later does not call it again.
        pod.Metadata.DeletionGracePeriodSeconds = 1;
        foreach (var action in PodPlan.Decide(pod, decision.State, Now).Actions)
            Assert.False(Assert.IsType<PodAction.StopContainer>(action).CallsHook);
    }

    [Fact]
    public void The_next_init_container_waits_until_a_sidecar_has_come_up()
    {
        var pod = Pod("Always", "side");
        pod.Spec.InitContainers[0].StartupProbe = new();
        var state = Running(pod, "side");
        Assert.Empty(PodPlan.Decide(pod, state, Now).Actions);
        Assert.False(PodConditions.IsInitialized(pod, state));
        state = Apply(state, new PodEvent.Probed("side", "side-0", ProbeKind.Startup, true));
        Assert.Equal(new PodAction.EnsureImage("main"), Assert.Single(PodPlan.Decide(pod, state, Now).Actions));
        Assert.True(PodConditions.IsInitialized(pod, state));
    }

    [Fact]
    public void Sidecars_end_last_one_by_one_in_reverse_with_what_is_left_of_the_grace()
    {
        var pod = Pod("Always", "one", "two");
        pod.Metadata.DeletionTimestamp = Now.UtcDateTime;
        pod.Metadata.DeletionGracePeriodSeconds = 10;
        var state = Apply(Running(pod, "one", "two"), new PodEvent.ContainerStarted("main", "main-0", Now));
        List<(string, double)> order = [];
        for (var (step, at) = (0, Now); step < 3; step++, at += TimeSpan.FromSeconds(5))
        {
            var decision = PodPlan.Decide(pod, state, at);
            var stop = Assert.IsType<PodAction.StopContainer>(Assert.Single(decision.Actions));
            order.Add((stop.Container, stop.Grace.TotalSeconds));
            state = Apply(decision.State, new PodEvent.ContainerEnded(stop.Container, new(stop.Id, 143, "Error", "", Now, Now)));
        }
        Assert.Equal([("main", 10), ("two", 5), ("one", 2)], order);
    }

    [Theory]
    [InlineData("Always", null, null, 0, true)]
    [InlineData("Always", "Never", null, 1, false)]
    [InlineData("Never", "OnFailure", null, 1, true)]
    [InlineData("Never", "OnFailure", null, 0, false)]
    [InlineData("Never", "Never", "In 42", 42, true)]
    [InlineData("Never", "Never", "In 42", 41, false)]
    [InlineData("Never", "Never", "NotIn 42", 41, true)]
    public void A_container_may_have_a_restart_policy_and_rules_of_its_own(string pods, string? own, string? rule, int code, bool restarts)
    {
        var pod = Pod(pods);
        var container = pod.Spec.Containers[0];
        container.RestartPolicy = own;
        if (rule?.Split(' ') is [var comparison, var value])
            container.RestartPolicyRules = [new() { Action = "Restart", ExitCodes = new() { OperatorProperty = comparison, Values = [int.Parse(value, System.Globalization.CultureInfo.InvariantCulture)] } }];
        Assert.Equal(restarts, PodSpecs.Restarts(pod, container, new("c", code, "", "", Now, Now)));
    }

    [Fact]
    public void Volumes_are_brought_up_to_date_when_something_changes_and_when_time_has_come()
    {
        var pod = Pod("Always");
        var state = Apply(Running(pod), new PodEvent.VolumesReady(Now.AddMinutes(48)));
        Assert.Equal(Now.AddMinutes(48), PodPlan.Decide(pod, state, Now).WakeAt);
        Assert.Equal(new PodAction.RefreshVolumes(), Assert.Single(PodPlan.Decide(pod, state, Now.AddMinutes(48)).Actions));
        var decision = PodPlan.Decide(pod, Apply(state, new PodEvent.VolumesChanged()), Now);
        Assert.Equal(new PodAction.RefreshVolumes(), Assert.Single(decision.Actions));
        // What changes meanwhile is seen to afterwards, and nothing is removed before.
        state = Apply(decision.State, new PodEvent.VolumesChanged());
        Assert.Empty(PodPlan.Decide(pod, state, Now).Actions);
        Assert.Equal(new PodAction.RefreshVolumes(), Assert.Single(PodPlan.Decide(pod, Apply(state, new PodEvent.VolumesRefreshed(null)), Now).Actions));
        pod.Metadata.DeletionTimestamp = Now.UtcDateTime;
        state = Apply(state, new PodEvent.ContainerEnded("main", new("c0", 0, "", "", Now, Now)), new PodEvent.SandboxStopped());
        Assert.DoesNotContain(new PodAction.RemoveVolumes(), PodPlan.Decide(pod, state, Now).Actions);
        Assert.Contains(new PodAction.RemoveVolumes(), PodPlan.Decide(pod, Apply(state, new PodEvent.VolumesRefreshed(null)), Now).Actions);
    }

    [Fact]
    public void A_container_for_debugging_is_started_when_it_is_added_once_and_changes_nothing_else()
    {
        var pod = Pod("Always");
        var state = Running(pod);
        pod.Spec.EphemeralContainers = [new() { Name = "debug", Image = "x:1", TargetContainerName = "main" }];
        Assert.Equal(new PodAction.EnsureImage("debug"), Assert.Single(PodPlan.Decide(pod, state, Now).Actions));
        Assert.Equal("c0", EphemeralContainer.TargetOf(pod, state, "debug"));
        Assert.Equal("", EphemeralContainer.TargetOf(pod, state, "main"));
        state = Apply(state, new PodEvent.ContainerStarted("debug", "d0", Now), new PodEvent.ContainerEnded("debug", new("d0", 1, "Error", "", Now, Now)));
        Assert.Empty(PodPlan.Decide(pod, state, Now).Actions);
        var status = PodStatusBuilder.Build(pod, state, new("n"), [], Now);
        Assert.Equal(("Running", 1, "BestEffort"), (status.Phase, Assert.Single(status.EphemeralContainerStatuses).State.Terminated.ExitCode, status.QosClass));
        Assert.Equal("True", status.Conditions.Single(c => c.Type == "Ready").Status);
    }

    [Fact]
    public void Resources_are_changed_in_place_or_by_a_restart_as_the_policy_says()
    {
        var pod = Pod("Always");
        var container = pod.Spec.Containers[0];
        container.Resources = Wants("100m", "64Mi");
        var state = Running(pod);
        state = state.With(state.Container("main") with { Applied = container.Resources });
        Assert.Empty(PodPlan.Decide(pod, state, Now).Actions);
        container.Resources = Wants("0.2", "64Mi");
        var decision = PodPlan.Decide(pod, state, Now);
        Assert.Equal(new PodAction.Resize(), Assert.Single(decision.Actions));
        Assert.Equal("PodResizeInProgress", Condition(decision.State));
        var pending = Apply(decision.State, new PodEvent.NotResized(ResizePhase.Pending, "Deferred", "full"));
        Assert.Equal("PodResizePending", Condition(pending));
        Assert.Equal(Now + PodResize.Retry, PodPlan.Decide(pod, pending, Now).WakeAt);
        Assert.Equal(new PodAction.Resize(), Assert.Single(PodPlan.Decide(pod, pending, Now + PodResize.Retry).Actions));
        var done = PodPlan.Decide(pod, Apply(decision.State, new PodEvent.Resized([("main", "c0", container.Resources, false)])), Now);
        Assert.Empty(done.Actions);
        Assert.Null(Condition(done.State));
        Assert.Equal("200m", Status(pod, done.State).Resources.Requests["cpu"].ToString());

        container.ResizePolicy = [new() { ResourceName = "memory", RestartPolicy = "RestartContainer" }];
        Assert.False(PodResize.NeedsRestart(container, Wants("0.1", "64Mi")));
        Assert.True(PodResize.NeedsRestart(container, Wants("0.2", "32Mi")));
        var restart = PodPlan.Decide(pod, Apply(decision.State, new PodEvent.Resized([("main", "c0", container.Resources, true)])), Now);
        Assert.Equal(new PodAction.StopContainer("main", "c0", TimeSpan.FromSeconds(30), "Container main resize requires restart"), Assert.Single(restart.Actions));

        string? Condition(PodState of) => PodStatusBuilder.Build(pod, of, new("n"), [], Now).Conditions.FirstOrDefault(c => c.Type.StartsWith("PodResize", StringComparison.Ordinal))?.Type;
    }

    [Theory]
    [InlineData("2", "1Gi", null)]
    [InlineData("5", "1Gi", "Infeasible")]
    [InlineData("3.5", "1Gi", "Deferred")]
    [InlineData("1", "9Gi", "Infeasible")]
    public void A_pod_that_does_not_fit_as_it_wants_to_be_waits(string cpu, string memory, string? reason)
    {
        var pod = Pod("Always");
        pod.Spec.Containers[0].Resources = Wants(cpu, memory);
        var other = Pod("Always");
        other.Metadata.Uid = "other";
        other.Spec.Containers[0].Resources = Wants("1", "1Gi");
        var ended = Pod("Never");
        (ended.Metadata.Uid, ended.Status) = ("ended", new() { Phase = "Succeeded" });
        ended.Spec.Containers[0].Resources = Wants("4", "8Gi");
        Assert.Equal(reason, PodResize.Refusal(pod, [pod, other, ended], 4, 8L << 30)?.Reason);
    }

    [Fact]
    public void What_does_not_fit_is_told_of_in_thousandths_of_a_core()
    {
        var pod = new V1Pod { Metadata = new() { Name = "p", Uid = "u" }, Spec = new() { Containers = [new() { Name = "c", Resources = new() { Requests = new Dictionary<string, ResourceQuantity> { ["cpu"] = new("100") } } }] } };
        Assert.Equal(("Infeasible", "Node didn't have enough capacity: cpu, requested: 100000, capacity: 2000"), PodResize.Refusal(pod, [pod], 2, 8L << 30));
    }

    [Fact]
    public void A_condition_that_is_over_is_taken_away_and_a_message_that_is_over_too()
    {
        V1PodStatus With(params V1PodCondition[] conditions) => new() { Conditions = conditions };
        var patch = PodStatusPatch.Between(
            PodStatusPatch.Document(With(new() { Type = "Ready", Status = "False", Message = "why" }, new() { Type = "PodResizePending", Status = "True" }, new() { Type = "Initialized", Status = "True" })),
            PodStatusPatch.Document(With(new() { Type = "Ready", Status = "True" }, new() { Type = "Initialized", Status = "True" })), "u")!;
        Assert.Equal("""[{"status":"True","type":"Ready","message":null},{"$patch":"delete","type":"PodResizePending"}]""", patch["status"]!["conditions"]!.ToJsonString());
    }

    private static V1ResourceRequirements Wants(string cpu, string memory) =>
        new() { Requests = new Dictionary<string, ResourceQuantity> { ["cpu"] = new(cpu), ["memory"] = new(memory) } };

    private static (bool?, bool, string, string) Health(V1Pod pod, PodState state)
    {
        var status = PodStatusBuilder.Build(pod, state, new("n"), [], Now);
        return (status.ContainerStatuses[0].Started, status.ContainerStatuses[0].Ready,
            status.Conditions.Single(c => c.Type == "Ready").Status, status.Conditions.Single(c => c.Type == "ContainersReady").Status);
    }

    private static V1ContainerStatus Status(V1Pod pod, PodState state) => PodStatusBuilder.Build(pod, state, new("n"), [], Now).ContainerStatuses[0];

    private static V1Pod Pod(string policy, params string[] sidecars) => new()
    {
        Metadata = new() { Name = "p", NamespaceProperty = "default", Uid = "u" },
        Spec = new()
        {
            RestartPolicy = policy,
            InitContainers = [.. sidecars.Select(s => new V1Container { Name = s, Image = "x:1", RestartPolicy = "Always" })],
            Containers = [new() { Name = "main", Image = "x:1" }],
        },
    };

    // With sidecars, they run and the others are still to come; without, the only container runs.
    private static PodState Running(V1Pod pod, params string[] sidecars)
    {
        var state = new PodState { StartTime = Now, Sandbox = new() { Phase = SandboxPhase.Ready, Id = "s", Addresses = ["10.0.0.1"] }, Volumes = new() { Phase = VolumesPhase.Ready } };
        foreach (var sidecar in sidecars)
            state = Apply(state, new PodEvent.ContainerStarted(sidecar, $"{sidecar}-0", Now));
        return sidecars.Length > 0 ? state : Apply(state, new PodEvent.ContainerStarted("main", "c0", Now));
    }

    private static PodState Apply(PodState state, params PodEvent[] events) => events.Aggregate(state, (s, e) => PodTransitions.Apply(s, e, Now));
}
