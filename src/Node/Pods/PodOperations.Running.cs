using System.Collections.Immutable;
using Grpc.Core;
using k8s.Models;
using Microsoft.Extensions.Logging;
using Slipway.Node.Cri;
using Slipway.Node.Images;
using Slipway.Node.Linux;

namespace Slipway.Node.Pods;

/// <summary>What is done to containers that run: hooks, changes of resources, their end.</summary>
internal sealed partial class PodOperations
{
    /// <summary>Changes the resources of containers that run, if the pod fits with them.</summary>
    public async Task<PodEvent> ResizeAsync(V1Pod pod, PodState state, CancellationToken cancellation)
    {
        if (PodResize.Refusal(pod, allPods(), machine.Cpus, machine.MemoryBytes) is var (reason, message))
        {
            events.Record(pod, "Warning", $"Resize{reason}", $"Pod resize {reason}: {message}");
            return new PodEvent.NotResized(ResizePhase.Pending, reason, message);
        }
        events.Record(pod, "Normal", "ResizeStarted", "Pod resize started");
        var done = ImmutableArray.CreateBuilder<(string, string, V1ResourceRequirements, bool)>();
        // No limit of the pod may be below that of a container at any step.
        var limits = PodResources.LimitsOf(pod);
        Limit(pod, limits.Open);
        try
        {
            foreach (var container in PodResize.Due(pod, state))
            {
                var record = state.Container(container.Name);
                var restarts = PodResize.NeedsRestart(container, record.Applied!);
                try
                {
                    if (!restarts)
                        await cri.Runtime.UpdateContainerResourcesAsync(new() { ContainerId = record.Id, Linux = Resources.Of(pod, container, (long)machine.MemoryBytes) }, cancellationToken: cancellation);
                }
                catch (RpcException failure) when (failure.StatusCode != StatusCode.Cancelled)
                {
                    events.Record(pod, "Warning", "ResizeError", $"Error: {failure.Status.Detail}", ImagePuller.FieldPath(pod, container));
                    return new PodEvent.NotResized(ResizePhase.Failed, "Error", $"container {container.Name}: {failure.Status.Detail}");
                }
                done.Add((container.Name, record.Id, container.Resources ?? new(), restarts));
            }
        }
        finally
        {
            Limit(pod, limits);
        }
        events.Record(pod, "Normal", "ResizeCompleted", "Pod resize completed");
        return new PodEvent.Resized(done.ToImmutable());
    }

    /// <summary>Calls the hook that follows a container's start.</summary>
    public async Task<PodEvent> PostStartAsync(V1Pod pod, PodState state, V1Container container, string id, CancellationToken cancellation)
    {
        var failure = await hooks.RunAsync(container.Lifecycle.PostStart, container, id, AddressOf(pod, state), null, cancellation);
        if (failure is not null)
            events.Record(pod, "Warning", "FailedPostStartHook", $"PostStartHook failed: {failure}", ImagePuller.FieldPath(pod, container));
        return new PodEvent.PostStartEnded(container.Name, id, failure is null);
    }

    public async Task<PodEvent> StopContainerAsync(V1Pod pod, PodState state, V1Container? container, PodAction.StopContainer action, CancellationToken cancellation)
    {
        var field = container is null ? $"spec.containers{{{action.Container}}}" : ImagePuller.FieldPath(pod, container);
        events.Record(pod, "Normal", "Killing", action.Message.Length > 0 ? action.Message : $"Stopping container {action.Container}", field);
        var grace = action.Grace;
        if (action.CallsHook && container is not null)
            grace = await PreStopAsync(pod, state, container, action, field, cancellation);
        try
        {
            await cri.Runtime.StopContainerAsync(new() { ContainerId = action.Id, Timeout = (long)grace.TotalSeconds }, cancellationToken: cancellation);
            return new PodEvent.LookAgain();
        }
        catch (RpcException missing) when (missing.StatusCode == StatusCode.NotFound)
        {
            var now = clock.GetUtcNow();
            return new PodEvent.ContainerEnded(action.Container, new(action.Id, 137, "ContainerStatusUnknown", "The container could not be located when the pod was terminated", now, now));
        }
        catch (RpcException failure) when (failure.StatusCode != StatusCode.Cancelled)
        {
            log.LogWarning("Stopping container {Container} of pod {Pod} failed and is retried: {Reason}", action.Container, pod.Key, failure.Status.Detail);
            await Task.Delay(TimeSpan.FromSeconds(1), clock, cancellation);
            return new PodEvent.StopFailed(action.Container);
        }
    }

    /// <summary>Whether a sandbox that nobody has stopped has ended. One that the runtime cannot tell of counts as there.</summary>
    public async Task<bool> IsLostAsync(string sandbox, CancellationToken cancellation)
    {
        try
        {
            return (await cri.Runtime.PodSandboxStatusAsync(new() { PodSandboxId = sandbox }, cancellationToken: cancellation)).Status.State == PodSandboxState.SandboxNotready;
        }
        catch (RpcException failure) when (failure.StatusCode != StatusCode.Cancelled)
        {
            return false;
        }
    }

    /// <returns>The time that is left for the container's own end: two seconds at least.</returns>
    private async Task<TimeSpan> PreStopAsync(V1Pod pod, PodState state, V1Container container, PodAction.StopContainer action, string field, CancellationToken cancellation)
    {
        var started = clock.GetTimestamp();
        if (await hooks.RunAsync(container.Lifecycle.PreStop, container, action.Id, AddressOf(pod, state), action.Grace, cancellation) is { } failure)
            events.Record(pod, "Warning", "FailedPreStopHook", $"PreStopHook failed: {failure}", field);
        var left = action.Grace - clock.GetElapsedTime(started);
        return left > TimeSpan.FromSeconds(2) ? left : TimeSpan.FromSeconds(2);
    }

    private string AddressOf(V1Pod pod, PodState state) => pod.UsesHostNetwork ? options.Address : state.Sandbox.Addresses is [var first, ..] ? first : "";

    // The runtime has made the pod's cgroup with its sandbox.
    private void Limit(V1Pod pod, CgroupLimits limits)
    {
        try
        {
            machine.PodCgroup(options.CgroupParent, pod.Metadata.Uid).Limit(limits);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            log.LogWarning("The cgroup of pod {Pod} was not given its limits; that is tried again with the next start of a container: {Reason}", pod.Key, refused.Message);
        }
    }
}
