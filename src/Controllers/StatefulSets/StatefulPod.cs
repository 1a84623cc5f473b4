using System.Globalization;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Slipway.Api.Selectors;

namespace Slipway.Controllers;

/// <summary>The pods of a StatefulSet and their claims, as documents (<see href="https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/"/>).</summary>
internal static class StatefulPod
{
    /// <summary>Label of a pod with the name of its revision.</summary>
    public const string RevisionLabel = "controller-revision-hash";

    /// <summary>Label of a revision with the hash of its template.</summary>
    public const string HashLabel = "controller.kubernetes.io/hash";

    private const string NameLabel = "statefulset.kubernetes.io/pod-name", IndexLabel = "apps.kubernetes.io/pod-index";

    /// <summary>The name of the pod with an ordinal.</summary>
    public static string NameOf(StatefulSetView set, int ordinal) => string.Create(CultureInfo.InvariantCulture, $"{set.Metadata.Name}-{ordinal}");

    /// <summary>The name of the revision that a pod is of.</summary>
    public static string? RevisionOf(PodView pod) => pod.Metadata.Labels is { } labels && labels.TryGetValue(RevisionLabel, out var revision) ? revision : null;

    /// <summary>The labels by which a pod is known; what a pod that was taken over may lack.</summary>
    public static JsonObject IdentityOf(StatefulSetView set, int ordinal) => new()
    {
        [NameLabel] = NameOf(set, ordinal),
        [IndexLabel] = ordinal.ToString(CultureInfo.InvariantCulture),
    };

    /// <summary>Whether a pod carries the labels by which it is known.</summary>
    public static bool HasIdentity(StatefulSetView set, PodView pod) =>
        pod.Metadata.Labels is { } labels && labels.TryGetValue(NameLabel, out var name) && name == pod.Metadata.Name && labels.ContainsKey(IndexLabel);

    /// <summary>A pod of a revision.</summary>
    public static JsonObject For(StatefulSetView set, int ordinal, ControllerRevisionView revision)
    {
        var pod = PodDocument.From(RevisionPlan.TemplateOf(revision), set);
        var name = NameOf(set, ordinal);
        var metadata = pod["metadata"]!.AsObject();
        metadata["name"] = name;
        var labels = PodDocument.Map(metadata, "labels");
        labels[RevisionLabel] = revision.Name;
        foreach (var (key, value) in IdentityOf(set, ordinal))
            labels[key] = value?.DeepClone();

        var spec = PodDocument.Map(pod, "spec");
        spec["hostname"] = name;
        if (set.Spec.ServiceName is { Length: > 0 } service)
            spec["subdomain"] = service;
        var claims = ClaimNames(set, ordinal).ToList();
        if (claims.Count == 0)
            return pod;
        // A claim takes the place of a volume of its name.
        var volumes = (spec["volumes"] as JsonArray ?? []).Where(volume => claims.TrueForAll(claim => claim.Volume != (string?)volume?["name"])).Select(volume => volume?.DeepClone());
        spec["volumes"] = new JsonArray([.. volumes,
            .. claims.Select(claim => new JsonObject { ["name"] = claim.Volume, ["persistentVolumeClaim"] = new JsonObject { ["claimName"] = claim.Claim } })]);
        return pod;
    }

    /// <summary>The claims of a pod.</summary>
    public static IEnumerable<(string Volume, string Claim)> ClaimNames(StatefulSetView set, int ordinal)
    {
        foreach (var template in set.Spec.VolumeClaimTemplates ?? [])
            if ((string?)template["metadata"]?["name"] is { } volume)
                yield return (volume, $"{volume}-{NameOf(set, ordinal)}");
    }

    /// <summary>Whether a claim of this name is one of a pod of the set.</summary>
    public static bool IsClaimOf(StatefulSetView set, string claim) => (set.Spec.VolumeClaimTemplates ?? []).Exists(template =>
        (string?)template["metadata"]?["name"] is { } volume && claim.StartsWith($"{volume}-", StringComparison.Ordinal) && set.OrdinalOf(claim[(volume.Length + 1)..]) is not null);

    /// <summary>Whether a claim is on its way out: it is being deleted, or goes with a former pod of that name, which was scaled away.</summary>
    public static bool IsGoing(ClaimView claim, string pod) =>
        claim.IsBeingDeleted || claim.Metadata.OwnerReferences?.Any(owner => owner.Kind == "Pod" && owner.Name == pod) == true;

    /// <summary>The claims of a pod as documents.</summary>
    public static IEnumerable<JsonObject> ClaimsFor(StatefulSetView set, int ordinal)
    {
        foreach (var template in set.Spec.VolumeClaimTemplates ?? [])
        {
            var claim = (JsonObject)template.DeepClone();
            claim.Remove("status");
            claim["apiVersion"] = "v1";
            claim["kind"] = "PersistentVolumeClaim";
            var metadata = PodDocument.Map(claim, "metadata");
            metadata["name"] = $"{metadata["name"]}-{NameOf(set, ordinal)}";
            metadata["namespace"] = set.Metadata.NamespaceProperty;
            var labels = PodDocument.Map(metadata, "labels");
            foreach (var requirement in set.Spec.Selector?.Requirements ?? [])
                if (requirement is { Operator: LabelOperator.In, Values: [var value] })
                    labels[requirement.Key] = value;
            if (set.DropsClaimsWhenDeleted)
                metadata["ownerReferences"] = new JsonArray(OwnerReferences.To(set));
            yield return claim;
        }
    }

    /// <summary>
    /// The owners that a claim is to have, by the retention policy: the set, so that it goes with that; or a pod that
    /// is scaled away, so that it goes with that one.
    /// </summary>
    /// <param name="set">The set.</param>
    /// <param name="claim">The claim.</param>
    /// <param name="pod">Its pod.</param>
    /// <param name="condemned">Whether the pod is scaled away.</param>
    /// <returns>All references, those to others included; null when they are as they should be.</returns>
    public static JsonArray? OwnersOf(StatefulSetView set, ClaimView claim, PodView pod, bool condemned)
    {
        var ofPod = condemned && set.DropsClaimsWhenScaled;
        var ofSet = set.DropsClaimsWhenDeleted && !ofPod;
        var wanted = ofPod ? pod.Uid : ofSet ? set.Metadata.Uid : null;
        var own = (claim.Metadata.OwnerReferences ?? []).Where(IsOurs).ToList();
        if (wanted is null ? own.Count == 0 : own is [var only] && only.Uid == wanted)
            return null;
        var others = new V1ObjectMeta { OwnerReferences = [.. (claim.Metadata.OwnerReferences ?? []).Where(reference => !IsOurs(reference))] }.OwnersWithout(set);
        if (wanted is not null)
            others.Add((JsonNode)OwnerReferences.To(ofPod ? pod : (IKubernetesObject<V1ObjectMeta>)set));
        return others;

        bool IsOurs(V1OwnerReference reference) =>
            (reference.Kind == "StatefulSet" && reference.Name == set.Metadata.Name) || (reference.Kind == "Pod" && reference.Name == pod.Metadata.Name);
    }
}
