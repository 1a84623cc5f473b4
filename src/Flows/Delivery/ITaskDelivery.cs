using k8s.Models;

namespace Slipway.Flows;

/// <summary>
/// How <c>slipway-task</c>, and what a task reads and leaves, get into its pod and out of it: the only difference between the pods of a cluster whose
/// nodes are Slipway's and those of any other.
/// </summary>
public interface ITaskDelivery
{
    /// <summary>The volume <see cref="TaskDelivery.RuntimeVolume"/>: slipway-task, and the socket of the artifact endpoint.</summary>
    V1Volume Runtime();

    /// <summary>The volume <see cref="TaskDelivery.InputVolume"/>: the files that a task reads.</summary>
    V1Volume Inputs(InputManifest inputs);

    /// <summary>What the containers of <see cref="Before"/> need beside these volumes.</summary>
    IReadOnlyList<V1Volume> Further { get; }

    /// <summary>Containers that start before all others of the pod, in order.</summary>
    /// <param name="hasInputs">Whether the pod has a volume of inputs.</param>
    /// <param name="leavesOutputs">Whether the pod leaves anything behind.</param>
    IReadOnlyList<V1Container> Before(bool hasInputs, bool leavesOutputs);
}

/// <summary>What all deliveries have in common.</summary>
public static class TaskDelivery
{
    /// <summary>Name of the volume with slipway-task, which containers mount at <c>/slipway</c>.</summary>
    public const string RuntimeVolume = "slipway";

    /// <summary>Name of the volume with the inputs, which containers mount at <c>/in</c>.</summary>
    public const string InputVolume = "in";

    /// <summary>By the node, where it is Slipway's.</summary>
    public static readonly ITaskDelivery Node = new NodeDelivery();
}
