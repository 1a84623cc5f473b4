using Slipway.ApiServer.Authorization.Rbac;

namespace Slipway.ApiServer.Authorization.Nodes;

/// <summary>
/// What nodes may do: read what their pods use, keep their own Node, Lease and CSINode, and report on their pods
/// (<see href="https://kubernetes.io/docs/reference/access-authn-authz/node/"/>).
/// </summary>
/// <param name="relates">Whether an object, by resource, namespace and name, has to do with a node (see <see cref="NodeGraph"/>).</param>
/// <param name="rules">The rules of the role <c>system:node</c>, for what is not limited to a node's own.</param>
internal sealed class NodeAuthorizer(Func<string, string, string, string, bool> relates, IReadOnlyList<PolicyRule> rules)
{
    private const string Group = "system:nodes";
    private const string Prefix = "system:node:";
    private const string LeaseNamespace = "kube-node-lease";

    /// <summary>The node that a user is; null for others.</summary>
    public static string? NodeOf(UserInfo user) =>
        user.Name.StartsWith(Prefix, StringComparison.Ordinal) && user.Name.Length > Prefix.Length && user.IsIn(Group) ? user.Name[Prefix.Length..] : null;

    /// <summary>Whether a request is allowed because a node makes it; has no opinion on what others ask.</summary>
    public Decision Decide(AccessRequest request)
    {
        if (NodeOf(request.User) is not { } node) return Decision.Refuse();
        if (request.NonResourcePath is not null) return ByRules(request);
        return (request.Group, request.Resource) switch
        {
            ("", "secrets" or "configmaps") => Reads(node, request),
            ("", "persistentvolumeclaims") when request.Subresource == "status" => request.Verb is "get" or "update" or "patch" ? IfRelated(node, request) : Decision.Refuse("can only get/update/patch this type"),
            ("", "persistentvolumeclaims" or "persistentvolumes") or ("resource.k8s.io", "resourceclaims") or ("storage.k8s.io", "volumeattachments") => Gets(node, request),
            ("", "serviceaccounts") => ServiceAccounts(node, request),
            ("coordination.k8s.io", "leases") => Leases(node, request),
            ("storage.k8s.io", "csinodes") => CsiNodes(node, request),
            ("resource.k8s.io", "resourceslices") => Slices(node, request),
            ("", "nodes") => Nodes(node, request),
            ("", "pods") => Pods(node, request),
            _ => ByRules(request),
        };
    }

    private Decision ByRules(AccessRequest request)
    {
        foreach (var rule in rules)
            if (rule.Allows(request)) return Decision.Allow;
        return Decision.Refuse();
    }

    private Decision IfRelated(string node, AccessRequest request)
    {
        if (request.Name.Length == 0) return Decision.Refuse("No Object name found");
        return relates(node, request.Resource, request.Namespace, request.Name)
            ? Decision.Allow
            : Decision.Refuse($"no relationship found between node '{node}' and this object");
    }

    private Decision Reads(string node, AccessRequest request) => request switch
    {
        { Verb: not ("get" or "list" or "watch") } => Decision.Refuse("can only read resources of this type"),
        { Subresource.Length: > 0 } => Decision.Refuse("cannot read subresource"),
        { Namespace.Length: 0 } => Decision.Refuse("can only read namespaced object of this type"),
        _ => IfRelated(node, request),
    };

    private Decision Gets(string node, AccessRequest request) => request switch
    {
        { Verb: not "get" } => Decision.Refuse("can only get individual resources of this type"),
        { Subresource.Length: > 0 } => Decision.Refuse("cannot get subresource"),
        _ => IfRelated(node, request),
    };

    private Decision ServiceAccounts(string node, AccessRequest request) => request switch
    {
        { Verb: "get", Subresource: "" } => IfRelated(node, request),
        { Verb: not "create" } or { Name.Length: 0 } => Decision.Refuse("can only create tokens for individual service accounts"),
        { Subresource: not "token" } => Decision.Refuse("can only create token subresource of serviceaccount"),
        _ => IfRelated(node, request),
    };

    // On creation the name is not known yet; the admission plugin NodeRestriction sees to it.
    private static Decision Leases(string node, AccessRequest request) => request switch
    {
        { Verb: not ("get" or "create" or "update" or "patch" or "delete") } => Decision.Refuse("can only get, create, update, patch, or delete a node lease"),
        { Namespace: not LeaseNamespace } => Decision.Refuse($"can only access leases in the \"{LeaseNamespace}\" system namespace"),
        { Verb: not "create" } when request.Name != node => Decision.Refuse("can only access node lease with the same name as the requesting node"),
        _ => Decision.Allow,
    };

    private static Decision CsiNodes(string node, AccessRequest request) => request switch
    {
        { Verb: not ("get" or "create" or "update" or "patch" or "delete") } => Decision.Refuse("can only get, create, update, patch, or delete a CSINode"),
        { Subresource.Length: > 0 } => Decision.Refuse("cannot authorize CSINode subresources"),
        { Verb: not "create" } when request.Name != node => Decision.Refuse("can only access CSINode with the same name as the requesting node"),
        _ => Decision.Allow,
    };

    private Decision Slices(string node, AccessRequest request) => request switch
    {
        { Subresource.Length: > 0 } => Decision.Refuse("cannot authorize ResourceSlice subresources"),
        { Verb: "create" } => Decision.Allow,
        { Verb: "get" or "update" or "patch" or "delete" } => IfRelated(node, request),
        { Verb: "list" or "watch" or "deletecollection" } => request.IsLimitedTo("spec.nodeName", node)
            ? Decision.Allow
            : Decision.Refuse("can only list/watch/deletecollection resourceslices with nodeName field selector"),
        _ => Decision.Refuse("only the following verbs are allowed for a ResourceSlice: get, watch, list, create, update, patch, delete, deletecollection"),
    };

    // That a node writes its own Node alone is seen to by the admission plugin NodeRestriction, as upstream.
    private static Decision Nodes(string node, AccessRequest request) => request switch
    {
        { Subresource: "", Verb: "create" } => Decision.Allow,
        { Subresource: "" or "status", Verb: "update" or "patch" } => Decision.Allow,
        { Subresource: "", Verb: "get" or "list" or "watch" } => request.Name == node || request.IsLimitedTo("metadata.name", node)
            ? Decision.Allow
            : Decision.Refuse($"node '{node}' cannot read '{request.Name}', only its own Node object"),
        _ => Decision.Refuse(),
    };

    // That the pods that a node writes are its own too.
    private Decision Pods(string node, AccessRequest request) => request switch
    {
        { Subresource: "", Verb: "get" } => IfRelated(node, request),
        { Subresource: "", Verb: "list" or "watch" } => request.IsLimitedTo("spec.nodeName", node) || (request.Name.Length > 0 && IfRelated(node, request).IsAllowed)
            ? Decision.Allow
            : Decision.Refuse("can only list/watch pods with spec.nodeName field selector"),
        { Subresource: "", Verb: "create" or "delete" } => Decision.Allow,
        { Subresource: "status", Verb: "update" or "patch" } => Decision.Allow,
        { Subresource: "eviction", Verb: "create" } => Decision.Allow,
        _ => Decision.Refuse(),
    };
}
