using System.Threading.Channels;
using Grpc.Core;
using k8s.Models;
using Microsoft.Extensions.Logging;
using Slipway.Api;
using Slipway.Node.Probes;
using Slipway.Node.Runtime;
using Slipway.Node.Volumes;

namespace Slipway.Node.Pods;

/// <summary>
/// The one loop that works on a pod: takes what happened, decides, starts what was decided, reports. Everything that
/// takes time runs beside it and comes back as an event.
/// </summary>
internal sealed class PodWorker(V1Pod first, PodState state, PodOperations operations, PodStatusWriter status, ContainerRegister register,
    Prober prober, ReferenceWatches watches, NodeAddresses node, TimeProvider clock, ILogger log)
{
    // How often, and after which time each, a kill is looked at again for the event that says it was for want of memory.
    private const int MemoryLooks = 200;
    private static readonly TimeSpan MemoryLook = TimeSpan.FromMilliseconds(10);

    private readonly Channel<object> _mail = Channel.CreateUnbounded<object>(new() { SingleReader = true });
    private IDisposable? _references;
    private readonly Dictionary<string, (int Code, DateTimeOffset At)> _earlyExits = [];
    private readonly HashSet<string> _earlyKills = [];
    private readonly Dictionary<string, DateTimeOffset> _toldBackOffs = [];
    private V1Pod _pod = first;
    private PodState _state = state;
    private IReadOnlyList<V1PodCondition> _conditions = first.Status?.Conditions?.AsReadOnly() ?? (IReadOnlyList<V1PodCondition>)[];

    public string Uid { get; } = first.Metadata.Uid;

    public ObjectKey Key { get; } = first.Key;

    /// <summary>The newest document of the pod.</summary>
    public V1Pod Pod => Volatile.Read(ref _pod);

    /// <summary>What is known of the pod.</summary>
    public PodState State => Volatile.Read(ref _state);

    public void Post(V1Pod changed) => _mail.Writer.TryWrite(changed);

    public void Post(PodEvent change) => _mail.Writer.TryWrite(change);

    /// <summary>A container of the pod has ended.</summary>
    public void PostExit(string containerId, int code, DateTimeOffset at) => _mail.Writer.TryWrite(new RuntimeExit(containerId, code, at));

    /// <summary>Has the ends of what the pod already runs told to this worker. Called before <see cref="RunAsync"/>, as soon as the worker is there.</summary>
    public void Register()
    {
        foreach (var record in _state.Containers.Values.Where(c => c.Id.Length > 0))
            register.Add(record.Id, this, record.Name);
        if (_state.Sandbox.Id.Length > 0)
            register.Add(_state.Sandbox.Id, this, "");
    }

    /// <summary>Works until the pod is gone or the node's agent ends.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        using var probes = new PodProbes(_pod, prober, node, Post, log);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var writing = status.RunAsync(end.Token);
        try
        {
            if (_state is { Failure: null, Sandbox.Id: "" } && _pod.Status?.StartTime is null)
                _state = _state with { Failure = await operations.MisplacementAsync(_pod, cancellation) };
            if (_state.Failure is { IsRefusal: true } refusal && _pod.Status?.Phase != "Failed")
                operations.Refused(_pod, refusal);
            while (true)
            {
                var now = clock.GetUtcNow();
                var decision = PodPlan.Decide(_pod, _state, now);
                if (_state.Failure is null && decision.State.Failure is { } failure)
                    operations.Failed(_pod, failure);
                _state = decision.State;
                TellOfBackOffs(now);
                // Reported first: what is deleted has had its last status by then.
                Report();
                foreach (var action in decision.Actions)
                    Start(action, cancellation);
                probes.Follow(_pod, _state, cancellation);
                if (decision.IsFinished)
                    return;
                await WaitAsync(decision.WakeAt, cancellation);
            }
        }
        finally
        {
            register.Remove(this);
            _references?.Dispose();
            await end.CancelAsync();
            await writing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    // Once for each try that failed, when what is shown turns from the failure to the wait.
    private void TellOfBackOffs(DateTimeOffset now)
    {
        if (Ending)
            return;
        foreach (var record in _state.Containers.Values)
        {
            if (record.ImageProblem is not { } problem || !ImageProblems.IsBackingOff(problem, now) || problem.Since == _toldBackOffs.GetValueOrDefault(record.Name))
                continue;
            _toldBackOffs[record.Name] = problem.Since;
            operations.PullBackOff(_pod, Container(record.Name)!);
        }
    }

    private void Report()
    {
        if (_state.IsGone)
            return;
        var built = PodStatusBuilder.Build(_pod, _state, node, _conditions, clock.GetUtcNow());
        _conditions = [.. built.Conditions];
        status.Set(built);
    }

    private async Task WaitAsync(DateTimeOffset? wakeAt, CancellationToken cancellation)
    {
        if (!_mail.Reader.TryPeek(out _))
        {
            var mail = _mail.Reader.WaitToReadAsync(cancellation).AsTask();
            if (wakeAt is { } at)
            {
                using var timer = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
                // Rounded up, so that the time has come when the timer has; timers take 49 days at most.
                var delay = TimeSpan.FromTicks(Math.Clamp((at - clock.GetUtcNow()).Ticks, 0, TimeSpan.TicksPerDay)) + TimeSpan.FromMilliseconds(1);
                await Task.WhenAny(mail, Task.Delay(delay, clock, timer.Token));
                await timer.CancelAsync();
                cancellation.ThrowIfCancellationRequested();
            }
            else
            {
                await mail;
            }
        }
        while (_mail.Reader.TryRead(out var item))
            Take(item, cancellation);
    }

    private void Take(object item, CancellationToken cancellation)
    {
        switch (item)
        {
            case V1Pod pod:
                if ((pod.Spec.Volumes ?? []).Any(VolumeContent.ShowsPod) && PodSpecs.ShowsOther(_pod, pod))
                    _state = PodTransitions.Apply(_state, new PodEvent.VolumesChanged(), clock.GetUtcNow());
                Volatile.Write(ref _pod, pod);
                break;
            case RuntimeExit exit:
                Ended(exit, cancellation);
                break;
            case PodEvent change:
                Apply(change, cancellation);
                break;
        }
    }

    private void Apply(PodEvent change, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        var before = _state;
        _state = PodTransitions.Apply(_state, change, now);
        switch (change)
        {
            case PodEvent.Evicted evicted when before.Failure is null:
                operations.Evicted(_pod, evicted.Message);
                break;
            case PodEvent.SandboxReady ready when ready.HasEnded || _earlyExits.Remove(ready.Id):
                Apply(new PodEvent.SandboxLost(ready.Id), cancellation);
                break;
            // A container may be killed and end before its start is told of.
            case PodEvent.OutOfMemory kill when before.Container(kill.Container) is { Phase: ContainerPhase.Starting } starting && starting.Id != kill.Id:
                _earlyKills.Add(kill.Id);
                break;
            case PodEvent.ContainerStarted started:
                if (_earlyKills.Remove(started.Id))
                    Apply(new PodEvent.OutOfMemory(started.Container, started.Id), cancellation);
                if (_earlyExits.Remove(started.Id, out var exit))
                    Ended(new(started.Id, exit.Code, exit.At), cancellation);
                break;
            case PodEvent.ContainerEnded ended when !ReferenceEquals(before, _state) && _state.Container(ended.Container) is var record:
                if (Container(ended.Container) is { } container && record.Exit is { } end && now < record.BackOff.NextAt(end.FinishedAt) && !Ending
                    && PodSpecs.Restarts(_pod, container, end))
                    operations.BackOff(_pod, container);
                break;
        }
    }

    private void Ended(RuntimeExit exit, CancellationToken cancellation)
    {
        if (exit.ContainerId == _state.Sandbox.Id)
        {
            Apply(new PodEvent.SandboxLost(exit.ContainerId), cancellation);
            return;
        }
        var record = _state.Containers.Values.FirstOrDefault(c => c.Id == exit.ContainerId && c.Phase == ContainerPhase.Running);
        if (record is null || Container(record.Name) is not { } container)
        {
            _earlyExits[exit.ContainerId] = (exit.Code, exit.At);
            return;
        }
        var sandbox = _state.Sandbox.Id;
        Run(async () =>
        {
            // The event of a kill for want of memory comes by another way than that of the exit, and may be the later one. Who is started
            // again need not wait for it.
            var goesOn = !Ending && PodSpecs.Restarts(_pod, container, new(exit.ContainerId, exit.Code, "", "", record.StartedAt, exit.At));
            if (exit.Code == 137 && record.KillAt is null && !goesOn)
                for (var looks = 0; looks < MemoryLooks && !State.Container(record.Name).OutOfMemory; looks++)
                    await Task.Delay(MemoryLook, clock, cancellation);
            // Asked of the runtime, since the end of the sandbox may be told of after that of what was in it.
            var isLost = exit.Code != 0 && record.KillAt is null && !Ending && !goesOn && await operations.IsLostAsync(sandbox, cancellation);
            return new PodEvent.ContainerEnded(record.Name, operations.Exit(_pod, container, record, exit.Code, exit.At) with { IsLost = isLost });
        }, cancellation);
    }

    private void Start(PodAction action, CancellationToken cancellation)
    {
        // Followed from before the first read, so that no change is missed.
        if (action is PodAction.PrepareVolumes)
            _references ??= watches.Follow(_pod, () => Post(new PodEvent.VolumesChanged()));
        if (action is PodAction.StopSandbox && PodPhases.GoesOn(_pod, _state))
            operations.SandboxChanged(_pod);
        var (pod, state) = (_pod, _state);
        Run(() => action switch
        {
            PodAction.StartSandbox a => operations.StartSandboxAsync(pod, a.Attempt, id => register.Add(id, this, ""), cancellation),
            PodAction.StopSandbox => operations.StopSandboxAsync(pod, cancellation),
            PodAction.RemoveSandbox => operations.RemoveSandboxAsync(pod, cancellation),
            PodAction.PrepareVolumes => operations.PrepareVolumesAsync(pod, cancellation),
            PodAction.RefreshVolumes => operations.RefreshVolumesAsync(pod, cancellation),
            PodAction.RemoveVolumes => operations.RemoveVolumesAsync(pod, cancellation),
            PodAction.EnsureImage a => operations.EnsureImageAsync(pod, Container(a.Container)!, cancellation),
            PodAction.StartContainer a => operations.StartContainerAsync(pod, state, Container(a.Container)!, a, id => register.Add(id, this, a.Container), cancellation),
            PodAction.Resize => operations.ResizeAsync(pod, state, cancellation),
            PodAction.PostStart a => operations.PostStartAsync(pod, state, Container(a.Container)!, a.Id, cancellation),
            PodAction.StopContainer a => operations.StopContainerAsync(pod, state, Container(a.Container), a, cancellation),
            PodAction.DeletePod => DeleteAsync(pod, cancellation),
            _ => throw new ArgumentOutOfRangeException(nameof(action), action, "not an action"),
        }, cancellation);
    }

    private async Task<PodEvent> DeleteAsync(V1Pod pod, CancellationToken cancellation)
    {
        await status.FlushAsync(cancellation);
        return await operations.DeletePodAsync(pod, cancellation);
    }

    private void Run(Func<Task<PodEvent>> work, CancellationToken cancellation) => _ = Task.Run(async () =>
    {
        try
        {
            _mail.Writer.TryWrite(await work());
        }
        catch (Exception) when (cancellation.IsCancellationRequested)
        {
            // The agent ends; the pod goes on, and is taken up again by the next.
        }
        catch (RpcException failure)
        {
            // The runtime is out of reach; it will be asked for what happened when it is back.
            log.LogWarning("Work on pod {Pod} was interrupted: {Reason}", Key, failure.Status.Detail);
        }
        catch (Exception defect)
        {
            log.LogError(defect, "Work on pod {Pod} failed", Key);
        }
    }, CancellationToken.None);

    private bool Ending => _state.Failure is not null || _state.IsGone || _pod.Metadata.DeletionTimestamp is not null;

    private V1Container? Container(string name) => _pod.EveryContainer.FirstOrDefault(c => c.Name == name);

    private sealed record RuntimeExit(string ContainerId, int Code, DateTimeOffset At);
}
