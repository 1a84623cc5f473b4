namespace Slipway.ApiServer.Authorization;

/// <summary>
/// Who may do what: administrators everything, Slipway's components what their work needs, anybody with a certificate the
/// description of the API, and strangers its health.
/// </summary>
internal static class StaticPolicy
{
    private static readonly string[] Reading = ["get", "list", "watch"];
    private static readonly string[] Everything = ["*"];

    private static readonly Rule[] Scheduler =
    [
        new(Reading, "*", ["*"], Except: ["secrets"]),
        new(["create"], "", ["pods/binding"]),
        new(["patch", "update"], "", ["pods/status"]),
        new(["delete"], "", ["pods"]),
        new(["create", "patch", "update"], "", ["events"]),
        new(Everything, "coordination.k8s.io", ["leases"]),
    ];

    // Garbage collection and the removal of namespaces reach every kind.
    private static readonly Rule[] ControllerManager = [new(Everything, "*", ["*"])];

    private static readonly Rule[] Node =
    [
        new(Reading, "", ["pods", "nodes", "services", "configmaps", "secrets", "serviceaccounts", "namespaces", "persistentvolumeclaims", "persistentvolumes"]),
        new(["delete"], "", ["pods"]),
        new(["patch", "update"], "", ["pods/status"]),
        new(["create", "patch", "update"], "", ["events"]),
        new(["create"], "", ["nodes"]),
        new(["patch", "update", "delete"], "", ["nodes", "nodes/status"], OwnName: true),
        new(Everything, "coordination.k8s.io", ["leases"], OwnName: true),
        new(["create"], "coordination.k8s.io", ["leases"]),
    ];

    private static readonly Rule[] Flows =
    [
        new(Everything, "slipway.dev", ["*"]),
        new(Everything, "", ["pods", "pods/log", "pods/status"]),
        new(Everything, "ledger.slipway.dev", ["*"]),
        new(["create", "patch", "update"], "", ["events"]),
        new(Reading, "", ["nodes", "namespaces", "configmaps"]),
        new(Everything, "coordination.k8s.io", ["leases"]),
    ];

    /// <summary>Whether a request is allowed.</summary>
    public static bool Allows(AccessRequest request)
    {
        var user = request.User;
        if (user.IsIn(UserInfo.Masters)) return true;
        if (request.NonResourcePath is { } path) return AllowsPath(user, request.Verb, path);
        if (IsAboutSelf(request)) return user.Name != UserInfo.Anonymous.Name;
        return user.Name switch
        {
            "system:kube-scheduler" => Any(Scheduler, request, ""),
            "system:kube-controller-manager" => Any(ControllerManager, request, ""),
            "system:serviceaccount:slipway-system:flows" => Any(Flows, request, ""),
            _ when user.IsIn("system:nodes") && user.Name.StartsWith("system:node:", StringComparison.Ordinal) =>
                Any(Node, request, user.Name["system:node:".Length..]),
            _ => false,
        };
    }

    /// <summary>Whether everybody may see a path.</summary>
    public static bool IsPublic(string path) =>
        path is "/livez" or "/readyz" or "/healthz" or "/version"
        || path.StartsWith("/livez/", StringComparison.Ordinal)
        || path.StartsWith("/readyz/", StringComparison.Ordinal)
        || path.StartsWith("/healthz/", StringComparison.Ordinal);

    private static bool AllowsPath(UserInfo user, string verb, string path) =>
        verb == "get" && (IsPublic(path) || (user.Name != UserInfo.Anonymous.Name && IsDescription(path)));

    private static bool IsDescription(string path) =>
        path is "/" or "/api" or "/apis" or "/openapi" or "/version/"
        || path.StartsWith("/api/", StringComparison.Ordinal)
        || path.StartsWith("/apis/", StringComparison.Ordinal)
        || path.StartsWith("/openapi/", StringComparison.Ordinal);

    private static bool IsAboutSelf(AccessRequest request) => request is
        { Verb: "create", Group: "authorization.k8s.io", Resource: "selfsubjectaccessreviews" or "selfsubjectrulesreviews" }
        or { Verb: "create", Group: "authentication.k8s.io", Resource: "selfsubjectreviews" };

    private static bool Any(Rule[] rules, AccessRequest request, string ownName)
    {
        foreach (var rule in rules)
            if (rule.Covers(request, ownName)) return true;
        return false;
    }

    /// <param name="Verbs">Verbs, or <c>*</c>.</param>
    /// <param name="Group">API group, or <c>*</c>.</param>
    /// <param name="Resources">Resources and subresources, or <c>*</c>.</param>
    /// <param name="Except">Resources that <c>*</c> leaves out.</param>
    /// <param name="OwnName">Whether only objects of the user's own name are meant.</param>
    private sealed record Rule(string[] Verbs, string Group, string[] Resources, string[]? Except = null, bool OwnName = false)
    {
        public bool Covers(AccessRequest request, string ownName) =>
            (Verbs is ["*"] || Verbs.Contains(request.Verb))
            && (Group == "*" || Group == request.Group)
            && (Resources is ["*"] ? Except?.Contains(request.Resource) != true : Resources.Contains(request.ResourceText))
            && (!OwnName || request.Name == ownName);
    }
}
