using k8s.Models;
using Slipway.Client;

namespace Slipway.Node.Pods;

/// <summary>What the API is asked about a pod before it begins, and what is told of pods that do not.</summary>
internal sealed partial class PodOperations
{
    /// <summary>Why a pod does not belong on this node, whose labels are asked for only if that matters; null when it does.</summary>
    public async Task<PodFailure?> MisplacementAsync(V1Pod pod, CancellationToken cancellation)
    {
        if (!PodAdmission.ChoosesNodes(pod))
            return null;
        PodFailure? found = null;
        // The labels as they are now: the scheduler may have seen them change a moment ago.
        await UntilDoneAsync($"reading the labels of node {options.NodeName}", async () =>
        {
            var node = await api.GetAsync(NodeKinds.Nodes, null, options.NodeName, cancellation);
            found = node is null ? null : PodAdmission.Misplacement(pod, options.NodeName, new Dictionary<string, string>(node.Metadata.Labels ?? new Dictionary<string, string>()));
        }, cancellation);
        return found;
    }

    /// <summary>Why a pod that asks for devices by claims is not begun, as it must not run without them; null when it asks for none.</summary>
    public static string? DevicesLacking(V1Pod pod) => pod.Spec.ResourceClaims is { Count: > 0 } claims
        ? $"Failed to prepare dynamic resources: no driver of devices is registered with this node, and spec.resourceClaims asks for devices: {string.Join(", ", claims.Select(c => c.Name))}"
        : null;

    /// <summary>Tells that the node does not run a pod.</summary>
    public void Refused(V1Pod pod, PodFailure refusal) => events.Record(pod, "Warning", refusal.Reason, refusal.Detail);

    // The runtime's own default for a pod without a class; what a class asks for and the runtime has not, is an error of the runtime.
    private async Task<string> HandlerAsync(V1Pod pod, CancellationToken cancellation)
    {
        if (pod.Spec.RuntimeClassName is not { Length: > 0 } name)
            return "";
        return (await api.GetAsync(NodeKinds.RuntimeClasses, null, name, cancellation))?.Handler
            ?? throw new ContainerConfigException($"failed to get RuntimeClass: runtimeclass.node.k8s.io \"{name}\" not found");
    }
}
