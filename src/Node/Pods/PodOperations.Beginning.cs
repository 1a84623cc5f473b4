using k8s.Models;
using Slipway.Client;
using Slipway.Node.Cri;

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

    // The runtime adds what the drivers have made ready: it passes over what it does not know, and the pod must not run without.
    private async Task GiveDevicesAsync(V1Pod pod, V1Container container, ContainerConfig config, CancellationToken cancellation)
    {
        if (devices.CdiDevicesOf(pod, container) is not { Count: > 0 } names)
            return;
        var version = (await cri.Runtime.VersionAsync(new(), cancellationToken: cancellation)).RuntimeVersion;
        if (!ServesDevices(version))
            throw new ContainerConfigException($"containerd {version} cannot give devices to containers ({string.Join(", ", names)}): 1.7 or newer can");
        config.CDIDevices.AddRange(names.Select(name => new CDIDevice { Name = name }));
    }

    /// <summary>Whether a version of containerd knows the Container Device Interface.</summary>
    public static bool ServesDevices(string version) => version.TrimStart('v').Split('.') is [var major, var minor, ..]
        && int.TryParse(major, out var a) && int.TryParse(minor, out var b) && (a, b).CompareTo((1, 7)) >= 0;
}
