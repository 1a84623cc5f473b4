using System.Text.Json.Nodes;

namespace Slipway.Controllers;

/// <summary>The claim that is made for a pod from a template (<see href="https://kubernetes.io/docs/concepts/scheduling-eviction/dynamic-resource-allocation/"/>).</summary>
internal static class PodDeviceClaim
{
    /// <summary>Tells which of the pod's claims it is.</summary>
    public const string NameAnnotation = "resource.kubernetes.io/pod-claim-name";

    private const int MostCharacters = 63;

    /// <summary>
    /// The claim's name: the pod's and its own, both cut to what is left of a label, and a suffix. This derives from the pod, so that
    /// whoever has not heard of the claim yet collides instead of making a second one.
    /// </summary>
    public static string NameFor(PodView pod, string claim)
    {
        const int most = MostCharacters - DerivedSuffix.Length - 1;
        var (first, second) = (pod.Metadata.Name, claim);
        if (first.Length + 1 + second.Length is > most and var length)
            (first, second) = (Cut(first), Cut(second));
        return $"{first}-{second}-{DerivedSuffix.Of($"{pod.Uid}/{claim}")}";

        // Names do not have a dot beside what joins the parts.
        string Cut(string part) => part[..(part.Length * (most - 1) / length)].TrimEnd('.', '-');
    }

    /// <summary>The names of the claims that a pod uses, as far as they have been made.</summary>
    public static IEnumerable<string> NamesOf(PodView pod)
    {
        foreach (var claim in pod.Spec?.ResourceClaims ?? [])
            if ((claim.ResourceClaimName ?? StatusOf(pod, claim.Name)?.ResourceClaimName) is { } name)
                yield return name;
    }

    /// <summary>What the pod's status says of one of its claims; null when it says nothing.</summary>
    public static PodDeviceClaimView? StatusOf(PodView pod, string claim) => pod.Status?.ResourceClaimStatuses?.Find(status => status.Name == claim);

    /// <summary>Whether a pod uses its claims no more: it has ended, or goes without having had a node.</summary>
    public static bool IsDone(PodView pod) => pod.HasEnded || (pod.Metadata.DeletionTimestamp is not null && pod.NodeName is null);

    /// <summary>The claim as a document; it goes with the pod.</summary>
    public static JsonObject For(PodView pod, string claim, DeviceClaimTemplateView template)
    {
        var metadata = new JsonObject { ["name"] = NameFor(pod, claim), ["namespace"] = pod.Metadata.NamespaceProperty };
        if (template.Spec?["metadata"]?["labels"] is JsonObject labels)
            metadata["labels"] = labels.DeepClone();
        var annotations = template.Spec?["metadata"]?["annotations"]?.DeepClone() as JsonObject ?? [];
        annotations[NameAnnotation] = claim;
        metadata["annotations"] = annotations;
        metadata["ownerReferences"] = new JsonArray(OwnerReferences.To(pod));
        return new() { ["apiVersion"] = "resource.k8s.io/v1", ["kind"] = "ResourceClaim", ["metadata"] = metadata, ["spec"] = template.Spec?["spec"]?.DeepClone() };
    }
}
