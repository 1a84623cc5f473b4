using System.Collections.Immutable;
using System.ComponentModel;
using Grpc.Core;
using k8s.Models;
using Microsoft.Extensions.Logging;
using Slipway.Api;
using Slipway.Client;
using Slipway.Node.Containerd;
using Slipway.Node.Cri;
using Slipway.Node.Devices;
using Slipway.Node.Images;
using Slipway.Node.Logs;
using Slipway.Node.Runtime;
using Slipway.Node.Volumes;

namespace Slipway.Node.Pods;

/// <summary>Carries out what <see cref="PodPlan"/> decides, for all pods of the node; outcomes come back as events.</summary>
internal sealed partial class PodOperations(
    CriClient cri, IApi api, NodeOptions options, PodVolumes volumes, PodDevices devices, PodLogs logs, PodReferences references, ImagePuller images, RuntimeAbsence absence, LifecycleHooks hooks,
    ResolverConfiguration resolver, MachineCapacity machine, Func<IEnumerable<V1Pod>> allPods, EventRecorder events, TimeProvider clock, ILogger log)
{
    private static readonly TimeSpan KillLimit = TimeSpan.FromSeconds(10);

    private readonly ContainerMounts _mounts = new(volumes, options.ClusterDomain);

    /// <param name="created">Called with the sandbox's id before it is asked how it is, so that no exit is missed.</param>
    public async Task<PodEvent> StartSandboxAsync(V1Pod pod, uint attempt, Action<string> created, CancellationToken cancellation)
    {
        try
        {
            var config = SandboxSetup.Of(pod, attempt, options, resolver);
            logs.Make(config.LogDirectory);
            var id = (await cri.Runtime.RunPodSandboxAsync(new() { Config = config, RuntimeHandler = await HandlerAsync(pod, cancellation) }, cancellationToken: cancellation)).PodSandboxId;
            created(id);
            Limit(pod, PodResources.LimitsOf(pod));
            var status = (await cri.Runtime.PodSandboxStatusAsync(new() { PodSandboxId = id }, cancellationToken: cancellation)).Status;
            return new PodEvent.SandboxReady(id, Addresses(status.Network), status.State != PodSandboxState.SandboxReady);
        }
        catch (Exception failure) when (failure is ContainerConfigException or ApiException or IOException or UnauthorizedAccessException || failure is RpcException { StatusCode: not StatusCode.Cancelled })
        {
            if (failure is RpcException gone && await absence.EndsAsync(gone, cancellation))
                return new PodEvent.SandboxInterrupted();
            var message = $"Failed to create pod sandbox: {(failure is RpcException rpc ? rpc.Status.Detail : failure.Message)}";
            events.Record(pod, "Warning", "FailedCreatePodSandBox", message);
            log.LogWarning("Pod {Pod}: {Reason}", pod.Key, message);
            return new PodEvent.SandboxFailed(message);
        }
    }

    /// <summary>Stops all sandboxes of the pod, however often that takes.</summary>
    public async Task<PodEvent> StopSandboxAsync(V1Pod pod, CancellationToken cancellation)
    {
        await UntilDoneAsync($"stopping the sandbox of pod {pod.Key}", async () =>
        {
            foreach (var id in await SandboxesAsync(pod.Metadata.Uid, cancellation))
                await cri.Runtime.StopPodSandboxAsync(new() { PodSandboxId = id }, cancellationToken: cancellation);
        }, cancellation);
        return new PodEvent.SandboxStopped();
    }

    /// <summary>Removes all sandboxes of the pod with their containers and logs, however often that takes.</summary>
    public async Task<PodEvent> RemoveSandboxAsync(V1Pod pod, CancellationToken cancellation)
    {
        await UntilDoneAsync($"removing the sandbox of pod {pod.Key}", () => RemoveSandboxesAsync(pod.Metadata.Uid, SandboxSetup.LogDirectory(options.LogsRoot, pod), cancellation), cancellation);
        return new PodEvent.SandboxRemoved();
    }

    public async Task RemoveSandboxesAsync(string uid, string logDirectory, CancellationToken cancellation)
    {
        foreach (var id in await SandboxesAsync(uid, cancellation))
        {
            var containers = (await cri.Runtime.ListContainersAsync(new() { Filter = new() { PodSandboxId = id } }, cancellationToken: cancellation)).Containers;
            await cri.Runtime.StopPodSandboxAsync(new() { PodSandboxId = id }, cancellationToken: cancellation);
            await cri.Runtime.RemovePodSandboxAsync(new() { PodSandboxId = id }, cancellationToken: cancellation);
            foreach (var container in containers)
                Told(ForgottenTask.RemoveContainer(options.ContainerdState, container.Id), container.Id);
            Told(ForgottenTask.RemoveSandbox(options.ContainerdState, id), id);
        }
        logs.Remove(logDirectory, cancellation);
        // A shim that is killed while it makes a container leaves the container's first process, which waits for a start that never comes.
        var cgroup = machine.PodCgroup(options.CgroupParent, uid);
        using var limit = new CancellationTokenSource(KillLimit, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        try
        {
            await cgroup.KillAsync(clock, either.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new IOException($"processes {string.Join(", ", cgroup.Processes().Order())} were killed and do not end; they wait for a device or a file system");
        }
        cgroup.Remove();
    }

    public async Task<PodEvent> PrepareVolumesAsync(V1Pod pod, CancellationToken cancellation)
    {
        try
        {
            await devices.PrepareAsync(pod, cancellation);
            return new PodEvent.VolumesReady(await volumes.PrepareAsync(pod, Facts([]), cancellation));
        }
        catch (DeviceException failure)
        {
            var message = $"Failed to prepare dynamic resources: {failure.Message}";
            events.Record(pod, "Warning", "FailedPrepareDynamicResources", message);
            log.LogWarning("Pod {Pod}: {Reason}", pod.Key, message);
            return new PodEvent.VolumesFailed(message);
        }
        catch (VolumeException failure)
        {
            events.Record(pod, "Warning", "FailedMount", failure.Message);
            log.LogWarning("Pod {Pod}: {Reason}", pod.Key, failure.Message);
            return new PodEvent.VolumesFailed(failure.Message);
        }
    }

    /// <summary>Brings volumes up to date with what they show; where that cannot be done, they stay as they are and it is tried again.</summary>
    public async Task<PodEvent> RefreshVolumesAsync(V1Pod pod, CancellationToken cancellation)
    {
        try
        {
            return new PodEvent.VolumesRefreshed(await volumes.RefreshAsync(pod, Facts([]), cancellation));
        }
        catch (VolumeException failure)
        {
            events.Record(pod, "Warning", "FailedMount", failure.Message);
            return new PodEvent.VolumesRefreshed(clock.GetUtcNow() + TimeSpan.FromMinutes(1));
        }
    }

    public async Task<PodEvent> RemoveVolumesAsync(V1Pod pod, CancellationToken cancellation)
    {
        await UntilDoneAsync($"removing the volumes of pod {pod.Key}", () => volumes.RemoveAsync(pod.Metadata.Uid, cancellation), cancellation);
        return new PodEvent.VolumesRemoved();
    }

    public Task<PodEvent> EnsureImageAsync(V1Pod pod, V1Container container, CancellationToken cancellation) => images.EnsureAsync(pod, container, cancellation);

    /// <param name="created">Called with the container's id before it runs, so that no exit is missed.</param>
    public async Task<PodEvent> StartContainerAsync(V1Pod pod, PodState state, V1Container container, PodAction.StartContainer action, Action<string> created, CancellationToken cancellation)
    {
        var field = ImagePuller.FieldPath(pod, container);
        string id;
        try
        {
            id = await CreateAsync(pod, state, container, action.Attempt, cancellation);
        }
        catch (Exception failure) when (failure is ContainerConfigException or ApiException or IOException or Win32Exception or UnauthorizedAccessException)
        {
            events.Record(pod, "Warning", "Failed", $"Error: {failure.Message}", field);
            return new PodEvent.ContainerFailed(container.Name, "CreateContainerConfigError", failure.Message);
        }
        catch (RpcException failure) when (failure.StatusCode != StatusCode.Cancelled)
        {
            events.Record(pod, "Warning", "Failed", $"Error: {failure.Status.Detail}", field);
            return new PodEvent.ContainerFailed(container.Name, "CreateContainerError", failure.Status.Detail);
        }
        created(id);
        logs.Link(pod, container.Name, id, LogFile(pod, container.Name, action.Attempt));
        events.Record(pod, "Normal", "Created", $"Container created: {container.Name}", field);
        try
        {
            await cri.Runtime.StartContainerAsync(new() { ContainerId = id }, cancellationToken: cancellation);
        }
        catch (RpcException failure) when (failure.StatusCode != StatusCode.Cancelled)
        {
            events.Record(pod, "Warning", "Failed", $"Error: {failure.Status.Detail}", field);
            return new PodEvent.ContainerDidNotStart(container.Name, await FailedStartAsync(id, failure.Status.Detail, cancellation));
        }
        events.Record(pod, "Normal", "Started", $"Container started: {container.Name}", field);
        if (action.Obsolete.Length > 0)
            await RemoveContainerAsync(action.Obsolete, cancellation);
        return await StartedAsync(container.Name, id, cancellation);
    }

    /// <summary>Deletes the pod from the API for good; another of its name is left alone.</summary>
    public async Task<PodEvent> DeletePodAsync(V1Pod pod, CancellationToken cancellation)
    {
        await UntilDoneAsync($"deleting pod {pod.Key}", async () =>
        {
            try
            {
                await api.DeleteAsync(NodeKinds.Pods, pod.Key.Namespace, pod.Metadata.Name,
                    new() { GracePeriodSeconds = 0, Uid = pod.Metadata.Uid }, cancellation);
            }
            catch (ApiException other) when (other.Code == 409) { }
        }, cancellation);
        return new PodEvent.PodDeleted();
    }

    /// <summary>How a container ended, with the message that it left.</summary>
    public ContainerExit Exit(V1Pod pod, V1Container container, ContainerRecord record, int code, DateTimeOffset finished) =>
        new(record.Id, code, code == 0 ? "Completed" : "Error", Message(pod, container, record.Restarts, code), record.StartedAt, finished);

    /// <summary>The message that a container left.</summary>
    public string Message(V1Pod pod, V1Container container, int attempt, int code) => TerminationMessage.Read(container, code,
        _mounts.MessageFile(pod, container.Name, attempt), LogFile(pod, container.Name, attempt));

    public string LogFile(V1Pod pod, string container, int attempt) =>
        Path.Combine(SandboxSetup.LogDirectory(options.LogsRoot, pod), ContainerSetup.LogPath(container, attempt));

    /// <summary>Tells that the pod's containers start anew, as what held them together is gone.</summary>
    public void SandboxChanged(V1Pod pod) => events.Record(pod, "Normal", "SandboxChanged", "Pod sandbox changed, it will be killed and re-created.");

    public void Evicted(V1Pod pod, string message) => events.Record(pod, "Warning", "Evicted", message);

    public void BackOff(V1Pod pod, V1Container container) => events.Record(pod, "Warning", "BackOff",
        $"Back-off restarting failed container {container.Name} in pod {pod.Metadata.Name}_{pod.Key.Namespace}({pod.Metadata.Uid})", ImagePuller.FieldPath(pod, container));

    /// <summary>Tells that an image is asked for again only later.</summary>
    public void PullBackOff(V1Pod pod, V1Container container)
    {
        var field = ImagePuller.FieldPath(pod, container);
        events.Record(pod, "Normal", "BackOff", $"Back-off pulling image \"{container.Image}\"", field);
        events.Record(pod, "Warning", "Failed", "Error: ImagePullBackOff", field);
    }

    /// <summary>Tells why a pod has ended or is ended as a whole: its time is up, as the kubelet tells it, or its containers were lost.</summary>
    public void Failed(V1Pod pod, PodFailure failure) => events.Record(pod, failure.Reason == PodFailure.Deadline ? "Normal" : "Warning", failure.Reason, failure.Message);

    private async Task<string> CreateAsync(V1Pod pod, PodState state, V1Container container, int attempt, CancellationToken cancellation)
    {
        var record = state.Container(container.Name);
        var facts = Facts(pod.UsesHostNetwork ? [options.Address] : state.Sandbox.Addresses);
        var objects = await references.ForEnvironmentAsync(pod, container, cancellation);
        var environment = ContainerEnvironment.Resolve(pod, container, objects, facts);
        var image = await images.FindAsync(record.ImageId, cancellation)
            ?? throw new ContainerConfigException($"image \"{container.Image}\" has been removed from the node");
        if (record.Problem is not null)
            await RemoveLeftoverAsync(state.Sandbox.Id, container.Name, attempt, cancellation);
        var mounts = _mounts.Prepare(pod, container, attempt, facts.Addresses, environment);
        var sandbox = SandboxSetup.Of(pod, state.Sandbox.Attempt, options, resolver);
        var config = ContainerSetup.Of(pod, container, attempt, image, environment, mounts, facts, options.SeccompRoot, EphemeralContainer.TargetOf(pod, state, container.Name));
        await GiveDevicesAsync(pod, container, config, cancellation);
        Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(sandbox.LogDirectory, config.LogPath))!);
        // A container that is started again for a change of its resources has stood against the pod's new limits until now.
        Limit(pod, PodResources.LimitsOf(pod));
        var request = new CreateContainerRequest { PodSandboxId = state.Sandbox.Id, Config = config, SandboxConfig = sandbox };
        return (await cri.Runtime.CreateContainerAsync(request, cancellationToken: cancellation)).ContainerId;
    }

    private async Task<PodEvent> StartedAsync(string container, string id, CancellationToken cancellation)
    {
        var told = await StatusAsync(id, cancellation, verbose: true);
        return new PodEvent.ContainerStarted(container, id, told?.Status is { StartedAt: > 0 and var started } ? CriTime.From(started) : clock.GetUtcNow(),
            ContainerUsers.Of(told?.Info.GetValueOrDefault("info")));
    }

    // The runtime may die at any call; what is known without it then has to do.
    private async Task<ContainerStatusResponse?> StatusAsync(string id, CancellationToken cancellation, bool verbose = false)
    {
        try
        {
            return await cri.Runtime.ContainerStatusAsync(new() { ContainerId = id, Verbose = verbose }, cancellationToken: cancellation);
        }
        catch (RpcException failure) when (failure.StatusCode != StatusCode.Cancelled)
        {
            return null;
        }
    }

    private async Task<ContainerExit> FailedStartAsync(string id, string message, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        if ((await StatusAsync(id, cancellation))?.Status is not { } status)
            return new(id, 128, "StartError", message, DateTimeOffset.UnixEpoch, now);
        return new(id, status.ExitCode == 0 ? 128 : status.ExitCode, status.Reason is { Length: > 0 } reason ? reason : "StartError",
            status.Message is { Length: > 0 } told ? told : message,
            status.StartedAt == 0 ? DateTimeOffset.UnixEpoch : CriTime.From(status.StartedAt), status.FinishedAt == 0 ? now : CriTime.From(status.FinishedAt));
    }

    // A try that was interrupted may have left a container, whose name the next try needs.
    private async Task RemoveLeftoverAsync(string sandbox, string name, int attempt, CancellationToken cancellation)
    {
        var containers = (await cri.Runtime.ListContainersAsync(new() { Filter = new() { PodSandboxId = sandbox } }, cancellationToken: cancellation)).Containers;
        foreach (var leftover in containers.Where(c => c.Metadata.Name == name && c.Metadata.Attempt == attempt))
            await RemoveContainerAsync(leftover.Id, cancellation);
    }

    private async Task RemoveContainerAsync(string id, CancellationToken cancellation)
    {
        try
        {
            await cri.Runtime.RemoveContainerAsync(new() { ContainerId = id }, cancellationToken: cancellation);
            Told(ForgottenTask.RemoveContainer(options.ContainerdState, id), id);
            logs.Unlink(id);
        }
        catch (RpcException failure) when (failure.StatusCode != StatusCode.Cancelled)
        {
            log.LogDebug("Removing the obsolete container {Id} failed: {Reason}", id, failure.Status.Detail); // goes with its pod
        }
    }

    private void Told(bool wasForgotten, string id)
    {
        if (wasForgotten)
            log.LogWarning("containerd had left the task of {Id} although that was removed", id);
    }

    private static ImmutableArray<string> Addresses(PodSandboxNetworkStatus? network) =>
        network is null || network.Ip.Length == 0 ? [] : [network.Ip, .. network.AdditionalIps.Select(a => a.Ip)];

    private async Task<IReadOnlyList<string>> SandboxesAsync(string uid, CancellationToken cancellation)
    {
        var filter = new PodSandboxFilter();
        filter.LabelSelector[SandboxSetup.UidLabel] = uid;
        return [.. (await cri.Runtime.ListPodSandboxAsync(new() { Filter = filter }, cancellationToken: cancellation)).Items.Select(s => s.Id)];
    }

    private PodFacts Facts(IReadOnlyList<string> addresses) => new(options.NodeName, options.Address, addresses, machine.Cpus, machine.MemoryBytes, machine.StorageBytes);

    private async Task UntilDoneAsync(string what, Func<Task> work, CancellationToken cancellation)
    {
        for (var failures = 0; ; failures++)
        {
            try
            {
                await work();
                return;
            }
            catch (Exception failure) when (failure is RpcException or IOException or ApiException or Win32Exception or UnauthorizedAccessException && !cancellation.IsCancellationRequested)
            {
                log.LogWarning("{What} failed and is retried: {Reason}", what, failure is RpcException rpc ? rpc.Status.Detail : failure.Message);
                await Task.Delay(TimeSpan.FromMilliseconds(Math.Min(10_000, 200 << Math.Min(failures, 10))), clock, cancellation);
            }
        }
    }
}
