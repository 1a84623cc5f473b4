namespace Slipway.ApiServer.Catalog;

/// <summary>The verbs of resources and subresources, as discovery lists them and the router serves them.</summary>
internal static class Verbs
{
    private static readonly string[] Object = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];
    private static readonly string[] Namespace = ["create", "delete", "get", "list", "patch", "update", "watch"];
    private static readonly string[] ReadAndWrite = ["get", "patch", "update"];

    /// <summary>Verbs of a resource.</summary>
    public static IReadOnlyList<string> Of(ServedResource resource) => resource.Type is { Group: "", Plural: "namespaces" } ? Namespace : Object;

    /// <summary>Verbs of a subresource; none for one that is not served.</summary>
    public static IReadOnlyList<string> Of(ServedResource resource, string subresource) => subresource switch
    {
        "status" when resource.HasStatus => ReadAndWrite,
        "binding" when resource.Type is { Group: "", Plural: "pods" } => ["create"],
        "log" when resource.Type is { Group: "", Plural: "pods" } => ["get"],
        "finalize" when resource.Type is { Group: "", Plural: "namespaces" } => ["update"],
        _ => [],
    };

    /// <summary>The subresources that are served.</summary>
    public static IEnumerable<string> Subresources(ServedResource resource) =>
        resource.Type.Subresources.Append("finalize").Append("binding").Append("log").Distinct().Where(s => Of(resource, s).Count > 0).Order(StringComparer.Ordinal);

    /// <summary>The verb that a method means; null for one that has no meaning there.</summary>
    public static string? For(string method, bool named, bool watch) => (method, named) switch
    {
        ("GET" or "HEAD", _) when watch => "watch",
        ("GET" or "HEAD", true) => "get",
        ("GET" or "HEAD", false) => "list",
        ("POST", _) => "create",
        ("PUT", true) => "update",
        ("PATCH", true) => "patch",
        ("DELETE", true) => "delete",
        ("DELETE", false) => "deletecollection",
        _ => null,
    };
}
