using System.Globalization;
using System.Text.Json.Nodes;

namespace Slipway.Controllers;

/// <summary>The documents by which a Deployment makes and changes its ReplicaSets.</summary>
internal static class DeploymentReplicaSet
{
    private const string RevisionHistory = "deployment.kubernetes.io/revision-history";

    // What is a set's own, and what a set must not be taken for.
    private static readonly HashSet<string> NotCopied = new(StringComparer.Ordinal)
    {
        "kubectl.kubernetes.io/last-applied-configuration", DeploymentSets.Revision, RevisionHistory, DeploymentScaling.Desired, DeploymentScaling.Most,
        "deprecated.deployment.rollback.to",
    };

    /// <summary>The name of the set for the Deployment's template.</summary>
    public static string NameFor(DeploymentView deployment, out string hash)
    {
        hash = PodTemplate.HashOf(PodTemplate.WithoutHash(deployment.Spec.Template), deployment.Status?.CollisionCount ?? 0);
        return $"{deployment.Metadata.Name}-{hash}";
    }

    /// <summary>The set for the Deployment's template.</summary>
    public static JsonObject For(DeploymentView deployment, long revision, int replicas)
    {
        var name = NameFor(deployment, out var hash);
        var template = (JsonObject?)deployment.Spec.Template?.DeepClone() ?? [];
        var labels = PodDocument.Map(PodDocument.Map(template, "metadata"), "labels");
        labels[PodTemplate.HashLabel] = hash;
        var selector = deployment.Spec.Selector?.ToJson() ?? [];
        PodDocument.Map(selector, "matchLabels")[PodTemplate.HashLabel] = hash;

        var annotations = new JsonObject();
        foreach (var (key, value) in deployment.Metadata.Annotations ?? new Dictionary<string, string>())
            if (!NotCopied.Contains(key))
                annotations[key] = value;
        annotations[DeploymentSets.Revision] = Text(revision);
        annotations[DeploymentScaling.Desired] = Text(deployment.Replicas);
        annotations[DeploymentScaling.Most] = Text(deployment.Replicas + deployment.MaxSurge);

        var spec = new JsonObject { ["replicas"] = replicas, ["selector"] = selector, ["template"] = template };
        if (deployment.Spec.MinReadySeconds is { } seconds and not 0)
            spec["minReadySeconds"] = seconds;
        return new()
        {
            ["apiVersion"] = "apps/v1",
            ["kind"] = "ReplicaSet",
            ["metadata"] = new JsonObject
            {
                ["name"] = name,
                ["namespace"] = deployment.Metadata.NamespaceProperty,
                ["labels"] = labels.DeepClone(),
                ["annotations"] = annotations,
                ["ownerReferences"] = new JsonArray(OwnerReferences.To(deployment)),
            },
            ["spec"] = spec,
        };
    }

    /// <summary>What changes in a set; null when nothing does.</summary>
    /// <param name="deployment">The Deployment.</param>
    /// <param name="set">The set and its new size.</param>
    /// <param name="revision">For the set of the Deployment's template: its revision. It also follows what the Deployment says outside of its template.</param>
    public static JsonObject? Change(DeploymentView deployment, DeploymentSet set, long? revision)
    {
        var known = set.View.Metadata.Annotations ?? new Dictionary<string, string>();
        var annotations = new JsonObject();
        var spec = new JsonObject();
        if (set.Replicas != set.View.Replicas)
            spec["replicas"] = set.Replicas;
        if (set.IsAnnotated)
        {
            Say(DeploymentScaling.Desired, Text(deployment.Replicas));
            Say(DeploymentScaling.Most, Text(deployment.Replicas + deployment.MaxSurge));
        }
        if (revision is { } number)
        {
            foreach (var (key, value) in deployment.Metadata.Annotations ?? new Dictionary<string, string>())
                if (!NotCopied.Contains(key))
                    Say(key, value);
            if ((set.View.Spec.MinReadySeconds ?? 0) != (deployment.Spec.MinReadySeconds ?? 0))
                spec["minReadySeconds"] = deployment.Spec.MinReadySeconds ?? 0;
            var before = set.View.Number(DeploymentSets.Revision);
            if (!(before >= number))
            {
                Say(DeploymentSets.Revision, Text(number));
                if (before is { } former)
                    Say(RevisionHistory, known.TryGetValue(RevisionHistory, out var history) && history.Length > 0 ? $"{history},{former}" : Text(former));
            }
        }
        if (annotations.Count == 0 && spec.Count == 0)
            return null;
        // On the state that was decided on, and no other.
        var metadata = new JsonObject { ["uid"] = set.View.Metadata.Uid, ["resourceVersion"] = set.View.Metadata.ResourceVersion };
        if (annotations.Count > 0)
            metadata["annotations"] = annotations;
        var patch = new JsonObject { ["metadata"] = metadata };
        if (spec.Count > 0)
            patch["spec"] = spec;
        return patch;

        void Say(string key, string value)
        {
            if (!known.TryGetValue(key, out var old) || old != value)
                annotations[key] = value;
        }
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
