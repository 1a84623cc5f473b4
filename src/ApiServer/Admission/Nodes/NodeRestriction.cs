using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.ApiServer.Caching;

namespace Slipway.ApiServer.Admission.Nodes;

/// <summary>
/// Holds nodes to what is theirs: their own Node, Lease and CSINode, the state of the pods that are bound to them, and tokens for
/// those (<see href="https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#noderestriction"/>).
/// </summary>
internal sealed class NodeRestriction(CacheFeed feed) : AdmissionPlugin
{
    private const string Group = "system:nodes";
    private const string Prefix = "system:node:";
    private readonly PolicyObjects<JsonObject> _pods = new(feed, "", "pods", d => d);
    private readonly PolicyObjects<JsonObject> _nodes = new(feed, "", "nodes", d => d);

    public override bool Mutates => true;

    public override bool Concerns(ResourceType type, string subresource, Operation operation) => (type.Group, type.Plural) switch
    {
        ("", "pods") => true,
        ("", "nodes") => operation != Operation.Connect,
        ("", "persistentvolumeclaims") => operation == Operation.Update,
        ("", "serviceaccounts") => subresource == "token" && operation == Operation.Create,
        ("coordination.k8s.io", "leases") or ("storage.k8s.io", "csinodes") => true,
        ("resource.k8s.io", "resourceslices") => operation != Operation.Delete,
        _ => false,
    };

    public override async ValueTask MutateAsync(AdmissionRequest request, CancellationToken cancellation)
    {
        var user = request.User;
        if (!user.Name.StartsWith(Prefix, StringComparison.Ordinal) || !user.IsIn(Group)) return;
        var node = user.Name[Prefix.Length..];
        var why = (request.Type.Group, request.Type.Plural, request.Subresource) switch
        {
            ("", "pods", _) => await OnPodAsync(node, request, cancellation),
            ("", "nodes", _) => OnNode(node, request),
            ("", "persistentvolumeclaims", _) => OnClaim(node, request),
            ("", "serviceaccounts", _) => NodePods.RequestToken(node, request.Object!, name => _pods.Find(request.Namespace, name)),
            ("coordination.k8s.io", _, _) => OnLease(node, request),
            ("storage.k8s.io", _, _) => OwnName(node, request, "CSINode"),
            _ => OnSlice(node, request),
        };
        if (why is not null) throw request.Forbidden(why);
    }

    private async ValueTask<string?> OnPodAsync(string node, AdmissionRequest request, CancellationToken cancellation)
    {
        switch (request.Subresource, request.Operation)
        {
            case ("", Operation.Create): return NodePods.Create(node, request.Object!, _nodes.Find("", node)?.Uid);
            case ("", Operation.Delete): return NodePods.Delete(node, request.OldObject!);
            case ("", var operation): return $"unexpected operation \"{Webhooks.WebhookRule.OperationName(operation)}\", node \"{node}\" can only create and delete mirror pods";
            case ("status", Operation.Update): return NodePods.UpdateStatus(node, request.OldObject!, request.Object!);
            case ("eviction", Operation.Create):
                await feed.WaitUntilFreshAsync(cancellation);
                return NodePods.Evict(node, _pods.Find(request.Namespace, request.Name) ?? throw ApiException.NotFound("", "pods", request.Name));
            default: return $"unexpected pod subresource \"{request.Subresource}\", only 'status' and 'eviction' are allowed";
        }
    }

    private static string? OnNode(string node, AdmissionRequest request)
    {
        if (request.ShownName != node) return $"node \"{node}\" is not allowed to modify node \"{request.ShownName}\"";
        var (old, updated) = (request.OldObject, request.Object);
        if (updated is null) return null;
        var forbidden = NodeLabels.Forbidden(old?.Labels, updated.Labels);
        if (request.Operation == Operation.Create)
            return forbidden.Count > 0 ? $"node \"{node}\" is not allowed to set the following labels: {string.Join(", ", forbidden)}" : null;
        if (!JsonNode.DeepEquals(old?.Object("spec")?["taints"], updated.Object("spec")?["taints"])) return $"node \"{node}\" is not allowed to modify taints";
        return forbidden.Count > 0 ? $"is not allowed to modify labels: {string.Join(", ", forbidden)}" : null;
    }

    private static string? OnClaim(string node, AdmissionRequest request)
    {
        if (request.Subresource != "status") return "may only update PVC status";
        return JsonNode.DeepEquals(Rest(request.OldObject!), Rest(request.Object!))
            ? null
            : $"node \"{node}\" is not allowed to update fields other than status.quantity and status.conditions";

        static JsonObject Rest(JsonObject claim)
        {
            var rest = (JsonObject)claim.DeepClone();
            rest.Metadata.Remove("resourceVersion");
            rest.Metadata.Remove("managedFields");
            foreach (var name in (ReadOnlySpan<string>)["capacity", "conditions", "allocatedResources", "allocatedResourceStatuses"]) rest.Object("status")?.Remove(name);
            return rest;
        }
    }

    private static string? OnLease(string node, AdmissionRequest request) =>
        request.Namespace != "kube-node-lease" ? "can only access leases in the \"kube-node-lease\" system namespace" : OwnName(node, request, "lease");

    private static string? OwnName(string node, AdmissionRequest request, string what) =>
        request.ShownName == node ? null : $"can only access {what} with the same name as the requesting node";

    private static string? OnSlice(string node, AdmissionRequest request) =>
        (request.Object ?? request.OldObject)?.Object("spec")?.Text("nodeName") == node ? null : "can only create ResourceSlice with the same NodeName as the requesting node";
}
