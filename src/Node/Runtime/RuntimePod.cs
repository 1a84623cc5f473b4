using Grpc.Core;
using Slipway.Node.Cri;
using Slipway.Node.Pods;

namespace Slipway.Node.Runtime;

/// <summary>What the runtime holds of one pod.</summary>
/// <param name="Uid">The pod's uid.</param>
/// <param name="Sandboxes">Its sandboxes, the newest first.</param>
/// <param name="Containers">Its containers, the newest first.</param>
internal sealed record RuntimePod(string Uid, IReadOnlyList<PodSandboxStatus> Sandboxes, IReadOnlyList<ContainerStatus> Containers)
{
    /// <summary>Reads all pods of the runtime, by uid.</summary>
    public static async Task<IReadOnlyDictionary<string, RuntimePod>> ReadAllAsync(CriClient cri, CancellationToken cancellation)
    {
        var sandboxes = (await cri.Runtime.ListPodSandboxAsync(new(), cancellationToken: cancellation)).Items;
        var containers = (await cri.Runtime.ListContainersAsync(new(), cancellationToken: cancellation)).Containers;
        var statuses = new List<PodSandboxStatus>();
        foreach (var sandbox in sandboxes)
            if (await OrNothingAsync(cri.Runtime.PodSandboxStatusAsync(new() { PodSandboxId = sandbox.Id }, cancellationToken: cancellation)) is { } answer)
                statuses.Add(answer.Status);
        var details = new List<ContainerStatus>();
        foreach (var container in containers)
            if (await OrNothingAsync(cri.Runtime.ContainerStatusAsync(new() { ContainerId = container.Id }, cancellationToken: cancellation)) is { } answer)
                details.Add(answer.Status);
        return statuses.Select(s => UidOf(s.Labels)).Concat(details.Select(d => UidOf(d.Labels))).Where(u => u.Length > 0).Distinct().ToDictionary(uid => uid, uid => new RuntimePod(
            uid,
            [.. statuses.Where(s => UidOf(s.Labels) == uid).OrderByDescending(s => s.CreatedAt)],
            [.. details.Where(c => UidOf(c.Labels) == uid).OrderByDescending(c => c.Metadata.Attempt).ThenByDescending(c => c.CreatedAt)]));
    }

    /// <summary>
    /// Whether a container's first process never ran. Found so at the start of the node, it was interrupted: containerd gives up
    /// the start of a container when its caller dies, and notes it as a failure.
    /// </summary>
    public static bool NeverStarted(ContainerStatus container) =>
        container.State == ContainerState.ContainerCreated || container is { State: ContainerState.ContainerExited, StartedAt: 0 };

    private static string UidOf(Google.Protobuf.Collections.MapField<string, string> labels) => labels.TryGetValue(SandboxSetup.UidLabel, out var uid) ? uid : "";

    private static async Task<T?> OrNothingAsync<T>(AsyncUnaryCall<T> call) where T : class
    {
        try
        {
            return await call;
        }
        catch (RpcException gone) when (gone.StatusCode == StatusCode.NotFound)
        {
            return null;
        }
    }
}
