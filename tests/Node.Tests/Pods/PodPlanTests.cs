using k8s.Models;
using Slipway.Node.Pods;

namespace Slipway.Node.Tests.Pods;

public sealed class PodPlanTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private static readonly PodState New = new() { StartTime = Now };

    [Fact]
    public void A_new_pod_gets_sandbox_volumes_and_image_at_once()
    {
        var decision = PodPlan.Decide(Pod(), New, Now);
        Assert.Equal([new PodAction.StartSandbox(0), new PodAction.PrepareVolumes(), new PodAction.EnsureImage("main")], decision.Actions);
        Assert.Empty(PodPlan.Decide(Pod(), decision.State, Now).Actions);
    }

    [Fact]
    public void What_a_runtime_that_went_away_has_interrupted_is_begun_again_at_once_and_the_sandbox_under_another_name()
    {
        var state = Apply(PodPlan.Decide(Pod(), New, Now).State, new PodEvent.SandboxInterrupted(), new PodEvent.ImageInterrupted("main"));
        Assert.Equal([new PodAction.StartSandbox(1), new PodAction.EnsureImage("main")], PodPlan.Decide(Pod(), state, Now).Actions);
    }

    [Fact]
    public void A_container_starts_when_sandbox_volumes_and_image_are_there_and_not_before()
    {
        var state = PodPlan.Decide(Pod(), New, Now).State;
        PodEvent[] events = [new PodEvent.SandboxReady("s", ["10.0.0.1"]), new PodEvent.VolumesReady(), new PodEvent.ImageReady("main", "sha256:1", "x@sha256:2")];
        for (var missing = 0; missing < 3; missing++)
            Assert.Empty(PodPlan.Decide(Pod(), events.Where((_, i) => i != missing).Aggregate(state, (s, e) => PodTransitions.Apply(s, e, Now)), Now).Actions);
        Assert.Equal([new PodAction.StartContainer("main", 0, "")], PodPlan.Decide(Pod(), Apply(state, events), Now).Actions);
    }

    [Theory]
    [InlineData("Never", 0, "Succeeded")]
    [InlineData("Never", 1, "Failed")]
    [InlineData("OnFailure", 0, "Succeeded")]
    [InlineData("OnFailure", 1, "Running")]
    [InlineData("Always", 0, "Running")]
    [InlineData("Always", 1, "Running")]
    public void What_follows_an_end_is_the_restart_policys(string policy, int code, string phase)
    {
        var pod = Pod(policy);
        var state = Apply(Running(pod), Ended("c0", code));
        Assert.Equal(phase, PodPhases.Of(pod, state));
        var actions = PodPlan.Decide(pod, state, Now).Actions;
        Assert.Equal(phase == "Running" ? new PodAction.EnsureImage("main") : new PodAction.StopSandbox("s"), Assert.Single(actions));
    }

    [Fact]
    public void The_second_restart_waits_ten_seconds_and_is_told_of_as_a_crash_loop()
    {
        var pod = Pod("Always");
        var state = Apply(Running(pod), Ended("c0", 1));
        state = PodPlan.Decide(pod, state, Now).State;
        state = PodPlan.Decide(pod, Apply(state, new PodEvent.ImageReady("main", "i", "r")), Now).State;
        state = Apply(state, new PodEvent.ContainerStarted("main", "c1", Now), Ended("c1", 1));

        var decision = PodPlan.Decide(pod, state, Now);
        Assert.Empty(decision.Actions);
        Assert.Equal(Now.AddSeconds(10), decision.WakeAt);
        var status = PodStatusBuilder.Build(pod, state, new("192.0.2.1"), [], Now).ContainerStatuses[0];
        Assert.Equal(("CrashLoopBackOff", 1, 1), (status.State.Waiting.Reason, status.RestartCount, status.LastState.Terminated.ExitCode));
        Assert.Equal(new PodAction.EnsureImage("main"), Assert.Single(PodPlan.Decide(pod, state, Now.AddSeconds(10)).Actions));
    }

    [Fact]
    public void An_image_that_cannot_be_pulled_is_tried_again_after_its_back_off()
    {
        var pod = Pod();
        var state = Apply(PodPlan.Decide(pod, New, Now).State, new PodEvent.ImageFailed("main", "ErrImagePull", "refused"));
        string Reason(DateTimeOffset at) => PodStatusBuilder.Build(pod, state, new("n"), [], at).ContainerStatuses[0].State.Waiting.Reason;
        Assert.Equal("ErrImagePull", Reason(Now));
        Assert.Equal("ImagePullBackOff", Reason(Now.AddSeconds(1)));
        Assert.Equal(Now.AddSeconds(1), PodPlan.Decide(pod, state, Now).WakeAt);
        Assert.Equal(Now.AddSeconds(10), PodPlan.Decide(pod, state, Now.AddSeconds(1)).WakeAt);
        Assert.Contains(new PodAction.EnsureImage("main"), PodPlan.Decide(pod, state, Now.AddSeconds(10)).Actions);
    }

    [Fact]
    public void A_pod_over_its_deadline_is_stopped_with_its_own_grace()
    {
        var pod = Pod();
        pod.Spec.ActiveDeadlineSeconds = 60;
        pod.Spec.TerminationGracePeriodSeconds = 7;
        var state = Running(pod);
        Assert.Equal(Now.AddSeconds(60), PodPlan.Decide(pod, state, Now).WakeAt);
        var decision = PodPlan.Decide(pod, state, Now.AddSeconds(60));
        Assert.Equal(new PodAction.StopContainer("main", "c0", TimeSpan.FromSeconds(7)), Assert.Single(decision.Actions));
        Assert.Equal("DeadlineExceeded", decision.State.Failure?.Reason);
    }

    [Fact]
    public void A_deleted_pod_ends_step_by_step_and_leaves_the_API_last()
    {
        var pod = Pod("Always");
        var state = Running(pod);
        pod.Metadata.DeletionTimestamp = Now.UtcDateTime;
        pod.Metadata.DeletionGracePeriodSeconds = 5;
        List<PodAction> seen = [];
        PodEvent[] events = [new PodEvent.LookAgain(), Ended("c0", 143), new PodEvent.SandboxStopped(), new PodEvent.VolumesRemoved(), new PodEvent.PodDeleted(), new PodEvent.SandboxRemoved()];
        PodDecision? decision = null;
        foreach (var change in events)
        {
            state = PodTransitions.Apply(state, change, Now);
            decision = PodPlan.Decide(pod, state, Now);
            state = decision.State;
            seen.AddRange(decision.Actions);
        }
        Assert.Equal(
            [new PodAction.StopContainer("main", "c0", TimeSpan.FromSeconds(5)), new PodAction.StopSandbox("s"), new PodAction.RemoveVolumes(), new PodAction.DeletePod(), new PodAction.RemoveSandbox("s")],
            seen);
        Assert.True(decision!.IsFinished);
    }

    [Fact]
    public void A_shorter_grace_is_passed_on_and_a_longer_one_is_not()
    {
        var pod = Pod();
        var state = Running(pod);
        pod.Metadata.DeletionTimestamp = Now.UtcDateTime;
        pod.Metadata.DeletionGracePeriodSeconds = 30;
        state = PodPlan.Decide(pod, state, Now).State;
        Assert.Empty(PodPlan.Decide(pod, state, Now.AddSeconds(1)).Actions);
        pod.Metadata.DeletionGracePeriodSeconds = 0;
        Assert.Equal(new PodAction.StopContainer("main", "c0", TimeSpan.Zero), Assert.Single(PodPlan.Decide(pod, state, Now.AddSeconds(2)).Actions));
    }

    [Fact]
    public void Init_containers_run_one_by_one_and_a_sidecar_lets_the_next_go_on()
    {
        var pod = Pod("Never", "one", "side", "two");
        pod.Spec.InitContainers[1].RestartPolicy = "Always";
        var state = New with { Sandbox = new() { Phase = SandboxPhase.Ready, Id = "s" }, Volumes = new() { Phase = VolumesPhase.Ready } };
        var order = new List<string>();
        for (var step = 0; step < 8; step++)
        {
            var decision = PodPlan.Decide(pod, state, Now);
            state = decision.State;
            foreach (var action in decision.Actions)
            {
                if (action is PodAction.EnsureImage image)
                    state = Apply(state, new PodEvent.ImageReady(image.Container, "i", "r"));
                if (action is PodAction.StartContainer start)
                {
                    order.Add(start.Container);
                    state = Apply(state, new PodEvent.ContainerStarted(start.Container, start.Container, Now));
                    if (start.Container is "one" or "two")
                        state = Apply(state, new PodEvent.ContainerEnded(start.Container, new(start.Container, 0, "Completed", "", Now, Now)));
                }
            }
        }
        Assert.Equal(["one", "side", "two", "main"], order);
        Assert.Equal("Running", PodPhases.Of(pod, state));
    }

    [Fact]
    public void A_lost_sandbox_is_stopped_with_its_containers_and_replaced()
    {
        var pod = Pod("Always");
        var state = Apply(Running(pod), new PodEvent.SandboxLost("s"));
        var decision = PodPlan.Decide(pod, state, Now);
        Assert.Equal([new PodAction.StopSandbox("s")], decision.Actions);
        state = Apply(decision.State, Ended("c0", 137), new PodEvent.SandboxStopped());
        Assert.Contains(new PodAction.StartSandbox(1), PodPlan.Decide(pod, state, Now).Actions);
    }

    [Fact]
    public void Only_a_pod_that_goes_on_gets_another_sandbox()
    {
        var pod = Pod();
        var running = Apply(Running(pod), new PodEvent.SandboxLost("s"));
        Assert.True(PodPhases.GoesOn(pod, running));
        Assert.False(PodPhases.GoesOn(pod, Apply(running, Ended("c0", 0)))); // done, whether its sandbox is ready or was lost meanwhile
        Assert.False(PodPhases.GoesOn(pod, Apply(Running(pod), Ended("c0", 0))));
        Assert.False(PodPhases.GoesOn(pod, running with { Failure = new(PodFailure.Deadline, "late") }));
        Assert.False(PodPhases.GoesOn(pod, running with { IsGone = true }));
        pod.Metadata.DeletionTimestamp = Now.UtcDateTime;
        Assert.False(PodPhases.GoesOn(pod, running));
    }

    [Fact]
    public void A_pod_with_devices_is_told_to_have_ended_when_they_have_been_given_back()
    {
        var (pod, plain) = (Pod(), Pod());
        pod.Spec.ResourceClaims = [new() { Name = "gpu", ResourceClaimName = "one" }];
        var (ended, late) = (Apply(Running(pod), Ended("c0", 0)), New with { Failure = new(PodFailure.Deadline, "late") });
        var removed = Apply(ended, new PodEvent.VolumesRemoved());
        Assert.Equal(("Running", "Succeeded", "Succeeded"), (Told(pod, ended), Told(pod, removed), Told(plain, ended)));
        Assert.Equal(("Pending  ", "Failed DeadlineExceeded late"), (Told(pod, late, withReason: true), Told(pod, Apply(late, new PodEvent.VolumesRemoved()), withReason: true)));
        // Neither what was refused has any, nor is what was told taken back.
        Assert.Equal("Failed", Told(pod, New with { Failure = PodFailure.Refused("UnexpectedAdmissionError", "no") }));
        pod.Status = new() { Phase = "Succeeded" };
        Assert.Equal("Succeeded", Told(pod, ended));

        static string Told(V1Pod pod, PodState state, bool withReason = false)
        {
            var status = PodStatusBuilder.Build(pod, state, new("n"), [], Now);
            return withReason ? $"{status.Phase} {status.Reason} {status.Message}" : status.Phase;
        }
    }

    [Fact]
    public void A_kill_for_want_of_memory_counts_whether_it_is_told_before_or_after_the_end()
    {
        var pod = Pod();
        var kill = new PodEvent.OutOfMemory("main", "c0");
        Assert.Equal("OOMKilled", Apply(Running(pod), kill, Ended("c0", 137)).Container("main").Exit!.Reason);
        Assert.Equal("OOMKilled", Apply(Running(pod), Ended("c0", 137), kill).Container("main").Exit!.Reason);
        var again = Apply(Running(pod), Ended("c0", 137), new PodEvent.ContainerStarted("main", "c1", Now), kill).Container("main");
        Assert.Equal(("OOMKilled", false), (again.LastExit!.Reason, again.OutOfMemory));
        Assert.Equal("Error", Apply(Running(pod), new PodEvent.OutOfMemory("main", "other"), Ended("c0", 137)).Container("main").Exit!.Reason);
    }

    [Fact]
    public void Status_patches_hold_only_what_changed()
    {
        var pod = Pod();
        var state = Running(pod);
        var written = PodStatusPatch.Document(PodStatusBuilder.Build(pod, state, new("n"), [], Now));
        var conditions = PodStatusBuilder.Build(pod, state, new("n"), [], Now).Conditions;
        Assert.Null(PodStatusPatch.Between(written, PodStatusPatch.Document(PodStatusBuilder.Build(pod, state, new("n"), [.. conditions], Now.AddHours(1))), "u"));
        var ended = PodStatusPatch.Document(PodStatusBuilder.Build(pod, Apply(state, Ended("c0", 0)), new("n"), [.. conditions], Now));
        var patch = PodStatusPatch.Between(written, ended, "u")!;
        Assert.Equal("u", (string?)patch["metadata"]!["uid"]);
        Assert.Equal(["conditions", "containerStatuses", "phase"], patch["status"]!.AsObject().Select(p => p.Key).Order());
        Assert.True(PodStatusPatch.IsUrgent(written, ended));
        Assert.False(PodStatusPatch.IsUrgent(written, written));
    }

    [Fact]
    public void A_container_tells_how_its_volumes_are_mounted()
    {
        var pod = Pod();
        pod.Spec.Containers[0].VolumeMounts = [new() { Name = "a", MountPath = "/a" }, new() { Name = "b", MountPath = "/b", ReadOnlyProperty = true, RecursiveReadOnly = "IfPossible" }];
        Assert.Null(PodStatusBuilder.Build(pod, New, new("n"), [], Now).ContainerStatuses[0].VolumeMounts);
        var mounts = PodStatusBuilder.Build(pod, Running(pod), new("n"), [], Now).ContainerStatuses[0].VolumeMounts;
        Assert.Equal(["a /a  ", "b /b True Disabled"], mounts.Select(m => $"{m.Name} {m.MountPath} {m.ReadOnlyProperty} {m.RecursiveReadOnly}"));
    }

    [Fact]
    public void A_container_that_waits_for_volumes_says_what_is_missing_until_they_are_there()
    {
        var pod = Pod("Never", "init");
        var state = Apply(PodPlan.Decide(pod, New, Now).State, new PodEvent.VolumesFailed("configmap \"c\" not found"));
        Assert.Equal("PodInitializing configmap \"c\" not found", Waiting(pod, state));
        state = PodPlan.Decide(pod, state, Now.AddSeconds(1)).State; // tries again
        Assert.Equal("PodInitializing configmap \"c\" not found", Waiting(pod, state));
        Assert.Equal("PodInitializing ", Waiting(pod, Apply(state, new PodEvent.VolumesReady())));

        static string Waiting(V1Pod pod, PodState state) =>
            PodStatusBuilder.Build(pod, state, new("n"), [], Now).ContainerStatuses[0].State.Waiting is var waiting ? $"{waiting.Reason} {waiting.Message}" : "";
    }

    private static V1Pod Pod(string policy = "Never", params string[] inits) => new()
    {
        Metadata = new() { Name = "p", NamespaceProperty = "default", Uid = "u" },
        Spec = new()
        {
            RestartPolicy = policy,
            InitContainers = [.. inits.Select(i => new V1Container { Name = i, Image = "x:1" })],
            Containers = [new() { Name = "main", Image = "x:1" }],
        },
    };

    private static PodState Running(V1Pod pod)
    {
        var state = Apply(PodPlan.Decide(pod, New, Now).State, new PodEvent.SandboxReady("s", ["10.0.0.1"]), new PodEvent.VolumesReady(), new PodEvent.ImageReady("main", "i", "r"));
        return Apply(PodPlan.Decide(pod, state, Now).State, new PodEvent.ContainerStarted("main", "c0", Now));
    }

    private static PodState Apply(PodState state, params PodEvent[] events) => events.Aggregate(state, (s, e) => PodTransitions.Apply(s, e, Now));

    private static PodEvent.ContainerEnded Ended(string id, int code) => new("main", new(id, code, code == 0 ? "Completed" : "Error", "", Now, Now));
}
