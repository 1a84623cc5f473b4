using k8s.Models;
using Slipway.Api.Kinds;

namespace Slipway.Flows;

/// <summary>
/// The names in the cluster's DNS by which pods of a run reach each other: replicas of an attempt, and services. They lie in one headless Service for each run.
/// </summary>
internal static class RunDns
{
    /// <summary>Host name of a service's pod: the same for all attempts, so that what needs it finds the next one.</summary>
    public static string HostOf(TaskPath path) => path.Parent is null && path.Index is null ? path.Name : $"{path.Name}-{FlowNames.Hash(path.Text, 8)}";

    /// <summary>The name as other pods of the namespace ask for it.</summary>
    public static string NameOf(string runUid, TaskPath path) => $"{HostOf(path)}.{FlowNames.Peers(runUid)}";

    /// <summary>Gives a pod a name.</summary>
    public static void Name(V1Pod pod, string runUid, string host)
    {
        pod.Metadata.Labels[FlowNames.PeersLabel] = FlowNames.Peers(runUid);
        pod.Spec.Hostname = host;
        pod.Spec.Subdomain = FlowNames.Peers(runUid);
    }

    /// <summary>The Service in which the pods have names, from when they have addresses.</summary>
    public static V1Service Service(RunView view) => new()
    {
        ApiVersion = "v1",
        Kind = "Service",
        Metadata = Metadata(view, FlowNames.Peers(view.Uid)),
        Spec = new V1ServiceSpec
        {
            ClusterIP = "None",
            PublishNotReadyAddresses = true,
            Selector = new Dictionary<string, string> { [FlowNames.PeersLabel] = FlowNames.Peers(view.Uid) },
        },
    };

    /// <summary>Metadata of an object that goes with its run.</summary>
    public static V1ObjectMeta Metadata(RunView view, string name) => new()
    {
        NamespaceProperty = view.Namespace,
        Name = name,
        Labels = new Dictionary<string, string> { [FlowNames.FlowLabel] = view.FlowName, [FlowNames.RunLabel] = view.Name },
        OwnerReferences = [PodTemplate.Owner(view)],
    };
}
