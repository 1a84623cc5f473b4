using System.Globalization;
using k8s.Models;
using Slipway.Api.Cel;

namespace Slipway.Flows;

/// <summary>One of the pods of a gang.</summary>
/// <param name="Gang">The gang.</param>
/// <param name="Index">Its number, from 0.</param>
internal sealed record GangMember(Gang Gang, int Index)
{
    /// <summary>The variable that says how many replicas there are.</summary>
    public const string CountVariable = "SLIPWAY_REPLICAS";

    /// <summary>What expressions see.</summary>
    public IReadOnlyDictionary<string, CelValue> Scope(IReadOnlyDictionary<string, CelValue> item) => Gang.Scope(item, Index);

    /// <summary>What its command and its steps find in their environment.</summary>
    public IEnumerable<V1EnvVar> Variables =>
    [
        new() { Name = "SLIPWAY_REPLICA", Value = Text(Index) },
        new() { Name = CountVariable, Value = Text(Gang.Count) },
        new() { Name = "SLIPWAY_PEERS", Value = string.Join(',', Gang.Peers) },
    ];

    /// <summary>Makes a pod one of the gang.</summary>
    public void Join(V1Pod pod, RunView view, ItemState item)
    {
        pod.Metadata.Name = FlowNames.Pod(view.Name, view.Uid, item.Path, item.NextNumber, Index);
        pod.Metadata.Labels[FlowNames.ReplicaLabel] = Text(Index);
        pod.Metadata.Labels[FlowNames.GangLabel] = Gang.Name;
        pod.Metadata.Annotations[FlowNames.ReplicasAnnotation] = Text(Gang.Count);
        RunDns.Name(pod, view.Uid, Gang.HostOf(Index));
        pod.Spec.SchedulingGroup = new V1PodSchedulingGroup { PodGroupName = Gang.Name };
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
