using Slipway.Api;
using Slipway.ApiServer.Routing;

namespace Slipway.ApiServer.Catalog;

/// <summary>The verbs of resources and subresources, as discovery lists them and the router serves them.</summary>
internal static class Verbs
{
    /// <summary>Verbs of a resource.</summary>
    public static IReadOnlyList<string> Of(ServedResource resource) => resource.Type.Verbs;

    /// <summary>Verbs of a resource as discovery lists them: nothing is to be made of a kind that is going.</summary>
    public static IEnumerable<string> Listed(ServedResource resource) =>
        resource.Custom is { IsTerminating: true } ? resource.Type.Verbs.Where(v => v is not ("create" or "patch" or "update")) : resource.Type.Verbs;

    /// <summary>Verbs of a subresource; none for one that there is not.</summary>
    public static IReadOnlyList<string> Of(ServedResource resource, string subresource) => SubresourceType.Of(resource.Type, subresource)?.Verbs ?? [];

    /// <summary>The subresources, in the order of discovery.</summary>
    public static IEnumerable<(string Name, SubresourceType Type)> Subresources(ServedResource resource)
    {
        foreach (var name in resource.Type.Subresources.Order(StringComparer.Ordinal))
            if (SubresourceType.Of(resource.Type, name) is { } type) yield return (name, type);
    }

    /// <summary>The verb that a request on a resource means; null for one whose method has no meaning there.</summary>
    public static string? For(ApiRequest request, RequestPath path, Query query) => (request.Method, path.Name.Length > 0) switch
    {
        ("GET" or "HEAD", _) when path.IsWatch || (query.Flag("watch") && path.Subresource.Length == 0) => "watch",
        ("GET" or "HEAD", true) => "get",
        ("GET" or "HEAD", false) => "list",
        ("POST", _) => "create",
        ("PUT", true) => "update",
        ("PATCH", true) => "patch",
        ("DELETE", true) => "delete",
        ("DELETE", false) => "deletecollection",
        ("OPTIONS", true) when path.Subresource == "proxy" => "",   // passed on; no verb of access control means it
        _ => null,
    };
}
