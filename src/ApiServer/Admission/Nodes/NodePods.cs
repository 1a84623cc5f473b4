using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.ApiServer.Admission.Nodes;

/// <summary>What nodes may do to pods. Each function returns why not, or null.</summary>
internal static class NodePods
{
    private const string Mirror = "kubernetes.io/config.mirror";

    /// <param name="node">Name of the node.</param>
    /// <param name="pod">The pod that it creates.</param>
    /// <param name="nodeUid">Uid of the Node; null when there is none.</param>
    public static string? Create(string node, JsonObject pod, string? nodeUid)
    {
        var spec = pod.Object("spec") ?? [];
        if (pod.Annotations?[Mirror] is null) return $"pod does not have \"{Mirror}\" annotation, node \"{node}\" can only create mirror pods";
        if (spec.Text("nodeName") != node) return $"node \"{node}\" can only create pods with spec.nodeName set to itself";
        JsonObject[] owners = [.. pod.OwnerReferences?.OfType<JsonObject>() ?? []];
        if (owners.Length > 1) return $"node \"{node}\" can only create pods with a single owner reference set to itself";
        if (owners is not [var owner] || owner.Text("apiVersion") != "v1" || owner.Text("kind") != "Node" || owner.Text("name") != node)
            return $"node \"{node}\" can only create pods with an owner reference set to itself";
        if (owner.Boolean("controller") != true) return $"node \"{node}\" can only create pods with a controller owner reference set to itself";
        if (owner.Boolean("blockOwnerDeletion") == true) return $"node \"{node}\" must not set blockOwnerDeletion on an owner reference";
        if (owner.Text("uid") != nodeUid) return $"node {node} UID mismatch: expected {owner.Text("uid")} got {nodeUid}";

        // A node sees what its pods refer to: it must not choose that itself.
        if (spec.Text("serviceAccountName") is { Length: > 0 }) return $"node \"{node}\" can not create pods that reference a service account";
        if (References(spec, "secret", "secretKeyRef", "secretRef")) return $"node \"{node}\" can not create pods that reference secrets";
        if (References(spec, "configMap", "configMapKeyRef", "configMapRef")) return $"node \"{node}\" can not create pods that reference configmaps";
        foreach (var volume in spec.Objects("volumes"))
        {
            if (volume["persistentVolumeClaim"] is not null) return $"node \"{node}\" can not create pods that reference persistentvolumeclaims";
            if ((volume.Object("projected")?.Objects("sources") ?? []).Any(s => s["clusterTrustBundle"] is not null))
                return $"node \"{node}\" can not create pods that reference clustertrustbundles";
        }
        return spec.Array("resourceClaims") is { Count: > 0 } ? $"node \"{node}\" can not create pods that reference resourceclaims" : null;
    }

    public static string? Delete(string node, JsonObject pod) =>
        IsOn(node, pod) ? null : $"node \"{node}\" can only delete pods with spec.nodeName set to itself";

    public static string? UpdateStatus(string node, JsonObject old, JsonObject updated)
    {
        if (!IsOn(node, old)) return $"node \"{node}\" can only update pod status for pods with spec.nodeName set to itself";
        if (!JsonNode.DeepEquals(old.Labels ?? [], updated.Labels ?? [])) return $"node \"{node}\" cannot update labels through pod status";
        return JsonNode.DeepEquals(old.Object("status")?["resourceClaimStatuses"], updated.Object("status")?["resourceClaimStatuses"])
            ? null
            : $"node \"{node}\" cannot update resource claim statues";
    }

    public static string? Evict(string node, JsonObject pod) =>
        IsOn(node, pod) ? null : $"node {node} can only evict pods with spec.nodeName set to itself";

    /// <summary>Whether a node may have a token that is bound as asked.</summary>
    public static string? RequestToken(string node, JsonObject request, Func<string, JsonObject?> pods)
    {
        var bound = request.Object("spec")?.Object("boundObjectRef");
        if (bound?.Text("kind") != "Pod" || bound.Text("apiVersion") != "v1" || bound.Text("name") is not { Length: > 0 } name) return "node requested token not bound to a pod";
        if (bound.Text("uid") is not { Length: > 0 } uid) return "node requested token with a pod binding without a uid";
        if (pods(name) is not { } pod) return $"pods \"{name}\" not found";
        if (pod.Uid != uid)
            return $"the UID in the bound object reference ({uid}) does not match the UID in record. The object might have been deleted and then recreated";
        return IsOn(node, pod) ? null : "node requested token bound to a pod scheduled on a different node";
    }

    private static bool IsOn(string node, JsonObject pod) => pod.Object("spec")?.Text("nodeName") == node;

    private static bool References(JsonObject spec, string volume, string variable, string source) =>
        (volume == "secret" && spec.Array("imagePullSecrets") is { Count: > 0 })
        || spec.Objects("volumes").Any(v => v[volume] is not null || (v.Object("projected")?.Objects("sources") ?? []).Any(s => s[volume] is not null))
        || spec.Objects("containers").Concat(spec.Objects("initContainers")).Any(c =>
            c.Objects("env").Any(e => e.Object("valueFrom")?[variable] is not null) || c.Objects("envFrom").Any(e => e[source] is not null));
}
