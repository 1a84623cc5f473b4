using System.Globalization;
using k8s.Models;

namespace Slipway.Flows;

/// <summary>Why a pod is still there whose command has ended, or whose time is up.</summary>
/// <param name="SayAt">From when on it is worth telling: most end at once.</param>
/// <param name="Message">What is waited for, and how long at most.</param>
internal sealed record PodEnding(DateTimeOffset SayAt, string Message)
{
    private static readonly TimeSpan AtOnce = TimeSpan.FromSeconds(2);

    /// <summary>Finds what holds up the end of a pod that has not ended; null if it is not about to end, or is deleted.</summary>
    /// <param name="pod">The pod.</param>
    /// <param name="label">What it is, for messages.</param>
    public static PodEnding? Find(V1Pod pod, string label)
    {
        if (pod.Status is not { } status || pod.Metadata.DeletionTimestamp is not null)
            return null;
        var grace = string.Create(CultureInfo.InvariantCulture, $"{pod.Spec.TerminationGracePeriodSeconds ?? 30} s");
        var command = status.ContainerStatuses?.FirstOrDefault(c => c.Name == FlowNames.Container)?.State;
        if (command?.Terminated is { } end)
        {
            // The last of them is ended first, and those before it when it has gone. The operator's own still carries outputs away.
            return status.InitContainerStatuses?.LastOrDefault(c => c.State?.Running is not null && !GatewayDelivery.Owns(c.Name)) is { } sidecar && Time(end.FinishedAt) is { } finished
                ? new(finished + AtOnce, $"{label}: its command has ended, and sidecar {sidecar.Name} has {grace} to end as well, after which it is killed; have it end on SIGTERM")
                : null;
        }
        return command?.Running is not null && Time(status.StartTime) is { } started && pod.Spec.ActiveDeadlineSeconds is { } seconds
            ? new(started + TimeSpan.FromSeconds(seconds) + AtOnce, $"{label}: its timeout is over, and its command has {grace} to end, after which it is killed")
            : null;
    }

    private static DateTimeOffset? Time(DateTime? time) => time is { } t ? new DateTimeOffset(DateTime.SpecifyKind(t, DateTimeKind.Utc)) : null;
}
