using Slipway.ApiServer.Authorization;

namespace Slipway.ApiServer.Agents;

/// <summary>
/// What a request to a node's agent takes, as the kubelet has it
/// (<see href="https://kubernetes.io/docs/reference/access-authn-authz/kubelet-authn-authz/#kubelet-authorization"/>): the method's verb on a
/// subresource of the node.
/// </summary>
/// <remarks>Unlike there, streams take <c>create</c> by whatever method they come: who may only read must not run commands.</remarks>
internal static class AgentAccess
{
    /// <summary>Whether a path, with or without a query, is that of a stream: its connection is switched to another protocol.</summary>
    public static bool IsStream(string pathAndQuery) => FirstOf(pathAndQuery) is "exec" or "attach" or "portForward";

    /// <summary>The subresources of which one must be allowed, the closest first.</summary>
    public static IReadOnlyList<string> Subresources(string pathAndQuery) => FirstOf(pathAndQuery) switch
    {
        "stats" => ["stats"],
        "metrics" => ["metrics"],
        "logs" => ["log"],
        "pods" or "runningpods" => ["pods", "proxy"],
        "configz" => ["configz", "proxy"],
        "healthz" => ["healthz", "proxy"],
        _ => ["proxy"],
    };

    /// <summary>The verb; empty for a method that has none.</summary>
    public static string Verb(string method, string pathAndQuery) => IsStream(pathAndQuery) ? "create" : method switch
    {
        "GET" or "HEAD" => "get",
        "POST" => "create",
        "PUT" => "update",
        "PATCH" => "patch",
        "DELETE" => "delete",
        _ => "",
    };

    /// <summary>What is asked of the authorizer, for each of the subresources.</summary>
    public static IEnumerable<AccessRequest> Questions(UserInfo user, string node, string method, string pathAndQuery) => Subresources(pathAndQuery)
        .Select(subresource => new AccessRequest(user, Verb(method, pathAndQuery)) { Resource = "nodes", Subresource = subresource, Name = node });

    // As the agent itself takes paths apart.
    private static string FirstOf(string pathAndQuery) =>
        pathAndQuery.Split('?')[0].Split('/', StringSplitOptions.RemoveEmptyEntries) is [var first, ..] ? first : "";
}
