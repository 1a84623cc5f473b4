using Slipway.Flows;
using Slipway.Node.Volumes;

namespace Slipway.Host.Server;

/// <summary>What flows give to the pods of tasks, as a volume driver of the node.</summary>
internal sealed class TaskVolumeDriver(TaskVolume tasks) : IInlineVolumeDriver
{
    public string Name => FlowNames.VolumeDriver;

    public ValueTask PublishAsync(InlineVolume volume, CancellationToken cancellation) => tasks.PublishAsync(volume.PodUid, volume.Attributes, volume.Target, cancellation);

    public ValueTask UnpublishAsync(string podUid, string target, CancellationToken cancellation) => tasks.UnpublishAsync(podUid, target);
}
