using k8s.Models;

namespace Slipway.Flows;

/// <summary>What is to be done for a pod that reaches a volume.</summary>
internal enum StorePodStep
{
    /// <summary>Nothing: it runs.</summary>
    Use,

    /// <summary>Wait for it.</summary>
    Wait,

    /// <summary>Make it.</summary>
    Create,

    /// <summary>Delete it, so that another can be made.</summary>
    Delete,

    /// <summary>Delete it without a word from its node, which is lost. Two of them at a time harm nobody: what is kept is renamed into place, or not there.</summary>
    DeleteNow,

    /// <summary>Nothing helps but what the message says.</summary>
    Refuse,
}

/// <summary>The decision on the pod of a store by what is there.</summary>
/// <param name="Step">What is to be done.</param>
/// <param name="Fault">What it is called as long as nothing comes of it.</param>
/// <param name="Message">What is in the way, and what to do.</param>
internal sealed record StorePodDecision(StorePodStep Step, ArtifactPlaceFault Fault, string Message)
{
    /// <summary>How long a node may take to end the pod after its time is over.</summary>
    private static readonly TimeSpan NodePatience = TimeSpan.FromSeconds(30);

    /// <summary>Decides. Pure.</summary>
    /// <param name="options">The store.</param>
    /// <param name="claim">Its claim; null if there is none.</param>
    /// <param name="pod">The pod of its name; null if there is none.</param>
    /// <param name="now">The present.</param>
    public static StorePodDecision Of(ClaimOptions options, V1PersistentVolumeClaim? claim, V1Pod? pod, DateTimeOffset now)
    {
        if (pod is not null && !StorePodTemplate.Owns(options, pod) && pod.Metadata.DeletionTimestamp is null)
            return new(StorePodStep.Refuse, ArtifactPlaceFault.Failing, $"its pod {pod.Metadata.Name} cannot be made: there is another pod of that name; delete that one");
        if (OfClaim(options, claim) is { } lack)
            return pod is { Metadata.DeletionTimestamp: null } ? lack with { Step = StorePodStep.Delete } : lack; // a claim is not gone before its pods are
        if (pod is null)
            return new(StorePodStep.Create, ArtifactPlaceFault.Pending, "its pod is not there yet");
        var name = pod.Metadata.Name;
        if (pod.Metadata.DeletionTimestamp is { } end)
        {
            var isOver = new DateTimeOffset(DateTime.SpecifyKind(end, DateTimeKind.Utc)) + NodePatience < now;
            return new(isOver ? StorePodStep.DeleteNow : StorePodStep.Wait, ArtifactPlaceFault.Pending, $"pod {name} is being deleted; another one follows");
        }

        if (pod.Status?.Phase is "Succeeded" or "Failed")
            return new(StorePodStep.Delete, ArtifactPlaceFault.Pending, $"pod {name} has ended{Because(pod.Status.Message ?? pod.Status.Reason)}; another one follows");
        if (pod.Status?.Conditions?.Any(c => c is { Type: "Ready", Status: "True" }) == true)
            return new(StorePodStep.Use, ArtifactPlaceFault.Pending, "");
        if (claim?.Status?.Phase == "Pending")
            return new(StorePodStep.Wait, ArtifactPlaceFault.Pending, $"the claim has no volume yet{Because(Scheduling(pod))}; \"slipway why persistentvolumeclaim/{options.Claim}\" says why");
        return new(StorePodStep.Wait, ArtifactPlaceFault.Pending, $"pod {name} does not run yet{Because(Scheduling(pod) ?? Waiting(pod))}; \"slipway why pod/{name}\" says why");
    }

    /// <summary>What is wrong with a claim; null if nothing is, or nothing that a pod would not change.</summary>
    public static StorePodDecision? OfClaim(ClaimOptions options, V1PersistentVolumeClaim? claim) => claim switch
    {
        null => new(StorePodStep.Refuse, ArtifactPlaceFault.NoClaim, $"there is no such PersistentVolumeClaim in namespace {options.Namespace}; make it"),
        { Metadata.DeletionTimestamp: not null } => new(StorePodStep.Refuse, ArtifactPlaceFault.NoClaim, "it is being deleted; make another one of the name when it is gone"),
        { Status.Phase: "Lost" } => new(StorePodStep.Refuse, ArtifactPlaceFault.NoClaim, $"its volume {claim.Spec?.VolumeName} is lost; bring it back, or make the claim anew"),
        _ => null,
    };

    private static string? Scheduling(V1Pod pod) => pod.Status?.Conditions?.FirstOrDefault(c => c is { Type: "PodScheduled", Status: "False" })?.Message;

    private static string? Waiting(V1Pod pod) =>
        pod.Status?.ContainerStatuses?.FirstOrDefault()?.State?.Waiting is { } waiting ? $"{waiting.Reason} {waiting.Message}"
        : pod.Status?.Conditions?.FirstOrDefault(c => c is { Type: "Ready", Status: "False" })?.Message;

    private static string Because(string? why) => PodTrouble.OneLine(why) is { Length: > 0 } line ? $" ({line})" : "";
}
