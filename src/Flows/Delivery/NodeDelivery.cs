using k8s.Models;

namespace Slipway.Flows;

/// <summary>Everything comes by inline volumes of the node's driver (<see cref="TaskVolume"/>), and outputs go to its socket.</summary>
internal sealed class NodeDelivery : ITaskDelivery
{
    public IReadOnlyList<V1Volume> Further => [];

    public V1Volume Runtime() => Volume(TaskDelivery.RuntimeVolume, new() { [TaskVolume.ContentAttribute] = TaskVolume.RuntimeContent });

    public V1Volume Inputs(InputManifest inputs) => Volume(TaskDelivery.InputVolume, new()
    {
        [TaskVolume.ContentAttribute] = TaskVolume.InputContent,
        [TaskVolume.ManifestAttribute] = inputs.Sha256,
    });

    public IReadOnlyList<V1Container> Before(bool hasInputs, bool leavesOutputs) => [];

    private static V1Volume Volume(string name, Dictionary<string, string> attributes) =>
        new() { Name = name, Csi = new V1CSIVolumeSource { Driver = FlowNames.VolumeDriver, ReadOnlyProperty = true, VolumeAttributes = attributes } };
}
