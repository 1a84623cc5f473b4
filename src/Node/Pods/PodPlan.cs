using k8s.Models;

namespace Slipway.Node.Pods;

/// <summary>Decides what a pod's worker does next, from the pod, its state and the time alone.</summary>
internal static class PodPlan
{
    /// <summary>
    /// <list type="number">
    /// <item>A pod that is deleted, out of time or done is brought to its end: containers, sandbox, volumes, API object.</item>
    /// <item>Otherwise sandbox and volumes come first, at once and side by side, and the images of what starts next with them.</item>
    /// <item>Init containers run one after the other, sidecars among them stay; then all containers.</item>
    /// <item>What ended is started again as the restart policy says, after its back-off.</item>
    /// </list>
    /// </summary>
    public static PodDecision Decide(V1Pod pod, PodState state, DateTimeOffset now)
    {
        var plan = new Planning(pod, state, now);
        if (state.IsGone || pod.Metadata.DeletionTimestamp is not null)
            return plan.End(delete: true);

        if (state.Failure is null && !IsTold(pod) && pod.Spec.ActiveDeadlineSeconds is { } seconds)
        {
            var deadline = state.StartTime + TimeSpan.FromSeconds(seconds);
            // Whoever takes the pod up while its containers use their grace finds them ended: when they did tells what ended them.
            if (PodPhases.IsDone(pod, state) ? Ended(pod, state).Any(e => !e.IsLost && e.FinishedAt >= deadline) : !plan.Wait(deadline))
                plan.State = state with { Failure = new(PodFailure.Deadline, "Pod was active on the node longer than the specified deadline") };
        }
        if (plan.State.Failure is null && !IsTold(pod) && PodPhases.IsDone(pod, state) && Ended(pod, state).Any(e => e is { IsLost: true, Code: not 0, Reason: not "OOMKilled" }))
            plan.State = state with { Failure = new(PodFailure.Lost, "The node or its container runtime was stopped while containers of the pod ran") };
        return plan.State.Failure is not null || PodPhases.IsDone(pod, plan.State) ? plan.End(delete: false) : plan.Run();
    }

    private static bool IsTold(V1Pod pod) => pod.Status?.Phase is "Succeeded" or "Failed";

    // Sidecars are not asked: they end after what they serve, which decides what has become of the pod.
    private static IEnumerable<ContainerExit> Ended(V1Pod pod, PodState state) =>
        pod.EveryContainer.Where(c => !c.IsSidecar).Select(c => state.Container(c.Name)).Where(r => r.Phase == ContainerPhase.Exited).Select(r => r.Exit!);

    private sealed class Planning(V1Pod pod, PodState state, DateTimeOffset now)
    {
        private static readonly TimeSpan MinimumGrace = TimeSpan.FromSeconds(2);

        private readonly List<PodAction> _actions = [];
        private DateTimeOffset? _wake;

        public PodState State { get; set; } = state;

        /// <summary>Whether a time lies ahead; if so, it will be looked at again then.</summary>
        public bool Wait(DateTimeOffset until)
        {
            if (until <= now)
                return false;
            _wake = _wake is { } earlier && earlier < until ? earlier : until;
            return true;
        }

        public PodDecision Run()
        {
            StartSandbox();
            PrepareVolumes();
            RefreshVolumes();
            if (RunInitContainers())
                foreach (var container in pod.Spec.Containers)
                    Keep(container);
            Resize();
            foreach (var container in pod.EphemeralContainers)
                Keep(container);
            return Decision(isFinished: false);
        }

        public PodDecision End(bool delete)
        {
            StopContainers();
            if (State.Containers.Values.Any(c => c.Phase is ContainerPhase.Running or ContainerPhase.Starting))
                return Decision(isFinished: false);

            var sandbox = State.Sandbox;
            if (sandbox.Phase is SandboxPhase.Ready or SandboxPhase.Failed or SandboxPhase.Lost or SandboxPhase.None)
            {
                // A sandbox that failed or was lost may still hold addresses.
                State = State with { Sandbox = sandbox with { Phase = sandbox.Id.Length > 0 ? SandboxPhase.Stopping : SandboxPhase.Stopped } };
                if (sandbox.Id.Length > 0)
                    _actions.Add(new PodAction.StopSandbox(sandbox.Id));
            }
            if (State.Sandbox.Phase is not (SandboxPhase.Stopped or SandboxPhase.Removing or SandboxPhase.Removed))
                return Decision(isFinished: false);

            if (State.Volumes is { IsRefreshing: false, Phase: VolumesPhase.Ready or VolumesPhase.Failed or VolumesPhase.None })
            {
                State = State with { Volumes = new() { Phase = VolumesPhase.Removing } };
                _actions.Add(new PodAction.RemoveVolumes());
            }
            if (!delete || State.Volumes.Phase != VolumesPhase.Removed)
                return Decision(isFinished: false);

            if (State.Removal == RemovalPhase.None)
            {
                State = State with { Removal = State.IsGone ? RemovalPhase.Deleted : RemovalPhase.Deleting };
                if (!State.IsGone)
                    _actions.Add(new PodAction.DeletePod());
            }
            if (State.Sandbox.Phase == SandboxPhase.Stopped)
            {
                var id = State.Sandbox.Id;
                State = State with { Sandbox = State.Sandbox with { Phase = SandboxPhase.Removing } };
                _actions.Add(new PodAction.RemoveSandbox(id));
            }
            return Decision(isFinished: State.Removal == RemovalPhase.Deleted && State.Sandbox.Phase == SandboxPhase.Removed);
        }

        private PodDecision Decision(bool isFinished) => new(State, _actions, _wake, isFinished);

        private void StartSandbox()
        {
            var sandbox = State.Sandbox;
            if (sandbox.Phase == SandboxPhase.Lost)
            {
                // Its containers cannot go on without it: they end with it, and start again in the next.
                State = State with { Sandbox = sandbox with { Phase = SandboxPhase.Stopping } };
                _actions.Add(new PodAction.StopSandbox(sandbox.Id));
                return;
            }
            if (sandbox.Phase is not (SandboxPhase.None or SandboxPhase.Failed or SandboxPhase.Stopped) || sandbox.Retry is { } retry && Wait(retry.At))
                return;
            State = State with { Sandbox = sandbox with { Phase = SandboxPhase.Starting } };
            _actions.Add(new PodAction.StartSandbox(sandbox.Attempt));
        }

        private void PrepareVolumes()
        {
            var volumes = State.Volumes;
            if (volumes.Phase is not (VolumesPhase.None or VolumesPhase.Failed) || volumes.Retry is { } retry && Wait(retry.At))
                return;
            State = State with { Volumes = volumes with { Phase = VolumesPhase.Preparing } };
            _actions.Add(new PodAction.PrepareVolumes());
        }

        private void RefreshVolumes()
        {
            var volumes = State.Volumes;
            if (volumes.Phase != VolumesPhase.Ready || volumes.IsRefreshing || !volumes.HasChanged && (volumes.RefreshAt is not { } at || Wait(at)))
                return;
            State = State with { Volumes = volumes with { IsRefreshing = true, HasChanged = false } };
            _actions.Add(new PodAction.RefreshVolumes());
        }

        private void Resize()
        {
            var resize = State.Resize;
            if (resize?.Phase == ResizePhase.Running)
                return;
            if (PodResize.Due(pod, State).Count == 0)
            {
                State = State with { Resize = null };
                return;
            }
            if (resize is not null && resize.Generation == (pod.Metadata.Generation ?? 0) && Wait(resize.RetryAt))
                return;
            State = State with { Resize = new(pod.Metadata.Generation ?? 0, ResizePhase.Running) };
            _actions.Add(new PodAction.Resize());
        }

        /// <returns>Whether the app containers may run.</returns>
        private bool RunInitContainers()
        {
            // Once an app container has been started, the init containers are past; only sidecars are kept.
            var past = pod.Spec.Containers.Any(c => State.Container(c.Name) is var record && (record.Id.Length > 0 || record.Phase == ContainerPhase.Starting));
            foreach (var container in pod.InitContainers)
            {
                if (past && !container.IsSidecar || State.Container(container.Name).Succeeded && !container.IsSidecar)
                    continue;
                Keep(container);
                if (!past && !(container.IsSidecar && ContainerHealth.IsStarted(container, State.Container(container.Name))))
                    return false;
            }
            return true;
        }

        private void Keep(V1Container container)
        {
            var record = State.Container(container.Name);
            switch (record.Phase)
            {
                case ContainerPhase.Waiting:
                    Launch(container, record);
                    break;
                case ContainerPhase.Running when record.Fault is { } fault:
                    if (record.KillAt is null)
                        Stop(container, record, ContainerHealth.GraceOf(pod, container, fault), ContainerHealth.MessageOf(pod, container, fault));
                    break;
                case ContainerPhase.Running when record.PostStart == HookPhase.None && container.Lifecycle?.PostStart is not null:
                    State = State.With(record with { PostStart = HookPhase.Running });
                    _actions.Add(new PodAction.PostStart(container.Name, record.Id));
                    break;
                case ContainerPhase.Exited when PodSpecs.Restarts(pod, container, record.Exit!):
                    if (!Wait(record.BackOff.NextAt(record.Exit!.FinishedAt)))
                        Launch(container, record);
                    break;
            }
        }

        private void Launch(V1Container container, ContainerRecord record)
        {
            if (record.Problem is { } problem && Wait(problem.At) || record.Image == ImagePhase.Ensuring)
                return;
            if (record.Image is not ImagePhase.Present)
            {
                // An image that could not be pulled is tried again after its back-off.
                if (record.ImageProblem is { } image)
                {
                    Wait(ImageProblems.BackOffShownAt(image));
                    if (Wait(image.RetryAt))
                        return;
                }
                State = State.With(record with { Image = ImagePhase.Ensuring });
                _actions.Add(new PodAction.EnsureImage(container.Name));
                return;
            }
            if (State.Sandbox.Phase != SandboxPhase.Ready || State.Volumes.Phase != VolumesPhase.Ready)
                return;
            var restart = record.Phase == ContainerPhase.Exited;
            var attempt = record.Restarts + (restart ? 1 : 0);
            State = State.With(record with
            {
                Phase = ContainerPhase.Starting,
                Applied = container.Resources ?? new(),
                BackOff = restart ? record.BackOff.Next(record.Exit!.FinishedAt, now) : record.BackOff,
            });
            _actions.Add(new PodAction.StartContainer(container.Name, attempt, restart ? record.PreviousId : ""));
        }

        private void StopContainers()
        {
            var grace = State.IsGone || State.Failure?.IsEviction == true ? TimeSpan.FromSeconds(1)
                : pod.Metadata.DeletionTimestamp is not null && pod.Metadata.DeletionGracePeriodSeconds is { } seconds ? TimeSpan.FromSeconds(seconds)
                : pod.TerminationGrace;
            var since = State.EndingSince ?? now;
            foreach (var container in Due())
            {
                var record = State.Container(container.Name);
                // What came before has used up some of the time; two seconds remain in any case, as the kubelet leaves them.
                var left = grace - (now - since);
                Stop(container, record, left >= MinimumGrace || left == grace ? left : grace < MinimumGrace ? grace : MinimumGrace, "");
            }
            State = State with { EndingSince = since };
        }

        // Sidecars serve the others to their end, and end one by one in the reverse order of their start.
        private IEnumerable<V1Container> Due()
        {
            var running = pod.EveryContainer.Where(c => State.Container(c.Name).Phase is ContainerPhase.Running or ContainerPhase.Starting).ToList();
            var sidecars = running.Where(c => c.IsSidecar && pod.InitContainers.Contains(c)).ToList();
            var due = running.Count > sidecars.Count ? running.Where(c => !sidecars.Contains(c)) : sidecars.TakeLast(1);
            return due.Where(c => State.Container(c.Name).Phase == ContainerPhase.Running);
        }

        private void Stop(V1Container container, ContainerRecord record, TimeSpan grace, string message)
        {
            var killAt = now + grace;
            if (record.KillAt is { } told && told <= killAt)
                return;
            var callsHook = record.KillAt is null && container.Lifecycle?.PreStop is not null && grace > TimeSpan.Zero;
            State = State.With(record with { KillAt = killAt });
            _actions.Add(new PodAction.StopContainer(record.Name, record.Id, grace, message, callsHook));
        }
    }
}
