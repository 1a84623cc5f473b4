using k8s.Models;

namespace Slipway.Flows;

/// <summary>Why a pod that has not ended does not get on.</summary>
/// <param name="Reason">One word.</param>
/// <param name="Message">What is wrong and what to change.</param>
/// <param name="IsHopelessAt">From when on it is given up; null for never: the cluster may get room, the object may appear.</param>
internal sealed record PodTrouble(string Reason, string Message, DateTimeOffset? IsHopelessAt)
{
    /// <summary>How long a registry that does not answer is waited for.</summary>
    private static readonly TimeSpan PullPatience = TimeSpan.FromMinutes(1);

    /// <summary>What a registry or the node says when waiting does not help.</summary>
    private static readonly string[] FinalPullErrors =
        ["not found", "denied", "forbidden", "unauthorized", "does not exist", "no basic auth", "invalid reference", "not present", "no match for platform", "name unknown", "on this node"];

    /// <summary>Finds what holds a pod up; null if nothing does.</summary>
    /// <param name="pod">The pod.</param>
    /// <param name="label">What it is, for messages.</param>
    /// <param name="now">The present.</param>
    /// <param name="waitLimit">How long it may wait for its start; null for ever.</param>
    public static PodTrouble? Find(V1Pod pod, string label, DateTimeOffset now, TimeSpan? waitLimit = null)
    {
        var trouble = Find(pod, label, now);
        if (waitLimit is not { } limit || HasStarted(pod))
            return trouble;
        var end = Created(pod, now) + limit;
        if (trouble?.IsHopelessAt is { } at && at < end)
            return trouble;
        return end <= now
            ? new PodTrouble(AttemptReason.WaitLimit, $"{label} waited for its start longer than its waitLimit{(trouble is null ? "" : $": {trouble.Message}")}; raise waitLimit, or give it room", end)
            : new PodTrouble(trouble?.Reason ?? "Waiting", trouble?.Message ?? "", end);
    }

    private static PodTrouble? Find(V1Pod pod, string label, DateTimeOffset now)
    {
        if (pod.Status is not { } status)
            return null;
        var task = status.ContainerStatuses?.FirstOrDefault(c => c.Name == FlowNames.Container);
        if (IsStarted(task))
            return null;
        foreach (var container in status.InitContainerStatuses ?? [])
        {
            var part = FlowNames.IsStep(container.Name) ? $" in step {container.Name[FlowNames.StepPrefix.Length..]}"
                : GatewayDelivery.Owns(container.Name) ? "" : $" in sidecar {container.Name}";
            if (Find(pod, container, label + part, now) is { } trouble)
                return trouble;
        }

        if (task is not null && Find(pod, task, label, now) is { } own)
            return own;
        // What is mounted holds up all containers alike, the command's among them.
        if (task?.State?.Waiting is { Reason: "ContainerCreating" or "PodInitializing", Message.Length: > 0 } held)
        {
            var advice = held.Message.Contains("not found", StringComparison.Ordinal) ? "; create what is missing or correct mounts" : "";
            return new PodTrouble("Waiting", $"{label} waits: {OneLine(held.Message)}{advice}", null);
        }
        if (status.Conditions?.FirstOrDefault(c => c is { Type: "PodScheduled", Status: "False" }) is { } unscheduled)
            return new PodTrouble("Unschedulable", $"{label} waits for a node: {OneLine(unscheduled.Message)}", null);
        return null;
    }

    private static PodTrouble? Find(V1Pod pod, V1ContainerStatus container, string label, DateTimeOffset now)
    {
        if (container.State?.Waiting is not { Reason: { } reason } waiting)
            return null;
        var declared = (pod.Spec.InitContainers ?? []).Concat(pod.Spec.Containers).FirstOrDefault(c => c.Name == container.Name);
        var image = container.Image is { Length: > 0 } named ? named : declared?.Image ?? "";
        var since = Since(pod, now);
        switch (reason)
        {
            case "InvalidImageName" or "ErrImageNeverPull":
                return new PodTrouble(AttemptReason.ImagePull, Pull(image, waiting.Message), now);
            case "ErrImagePull" or "ImagePullBackOff" or "RegistryUnavailable":
                var isFinal = FinalPullErrors.Any(e => waiting.Message?.Contains(e, StringComparison.OrdinalIgnoreCase) == true);
                return isFinal ? new PodTrouble(AttemptReason.ImagePull, Pull(image, waiting.Message), now)
                    : new PodTrouble(AttemptReason.RegistryUnavailable, Pull(image, waiting.Message), since + PullPatience);
            case "RunContainerError" or "CreateContainerError" or "StartError":
                return new PodTrouble(AttemptReason.StartFailed, $"{label} cannot be started: {OneLine(waiting.Message)}", since + PullPatience);
            case "CreateContainerConfigError":
                return new PodTrouble(AttemptReason.StartFailed, $"{label} waits: {OneLine(waiting.Message)}; create what is missing or correct env", null);
            default:
                return null;
        }

        string Pull(string image, string? message)
        {
            var line = OneLine(message);
            var advice = line.Contains("slipway image", StringComparison.Ordinal) ? "" : "; correct image, or bring it with slipway image load or build";
            return $"{label}: image {image} could not be pulled: {line}{advice}";
        }
    }

    /// <summary>A message as one line of bounded length, without a full stop at its end: it becomes part of a sentence.</summary>
    public static string OneLine(string? message)
    {
        var line = string.Join(' ', (message ?? "").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        if (line.EndsWith('.') && !line.EndsWith("..", StringComparison.Ordinal))
            line = line[..^1];
        return line.Length <= 400 ? line : line[..400] + "…";
    }

    /// <summary>Whether the command or a step before it has started: sidecars alone do nothing yet.</summary>
    private static bool HasStarted(V1Pod pod) =>
        (pod.Status?.ContainerStatuses ?? []).Any(c => c.Name == FlowNames.Container && IsStarted(c))
        || (pod.Status?.InitContainerStatuses ?? []).Any(c => FlowNames.IsStep(c.Name) && IsStarted(c));

    private static bool IsStarted(V1ContainerStatus? container) => container?.State is { } state && (state.Running ?? (object?)state.Terminated) is not null;

    private static DateTimeOffset Created(V1Pod pod, DateTimeOffset now) =>
        pod.Metadata.CreationTimestamp is { } time ? new DateTimeOffset(DateTime.SpecifyKind(time, DateTimeKind.Utc)) : now;

    private static DateTimeOffset Since(V1Pod pod, DateTimeOffset now)
    {
        var start = pod.Status.StartTime ?? pod.Metadata.CreationTimestamp;
        return start is { } time ? new DateTimeOffset(DateTime.SpecifyKind(time, DateTimeKind.Utc)) : now;
    }
}
