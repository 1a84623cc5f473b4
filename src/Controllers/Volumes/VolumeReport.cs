using k8s;
using k8s.Models;
using Slipway.Client;

namespace Slipway.Controllers;

/// <summary>What is told of a volume or claim in an event.</summary>
internal sealed record VolumeReport(bool IsWarning, string Reason, string Message)
{
    public static VolumeReport Normal(string reason, string message) => new(false, reason, message);

    public static VolumeReport Warning(string reason, string message) => new(true, reason, message);

    public void Tell(EventRecorder events, IKubernetesObject<V1ObjectMeta> about) => events.Record(about, IsWarning ? "Warning" : "Normal", Reason, Message);
}
