using Slipway.Api;
using Slipway.ApiServer.Caching;
using Slipway.ApiServer.Catalog;

namespace Slipway.ApiServer.Admission.Lifecycle;

/// <summary>
/// Objects are written only into namespaces that exist, and created only in those that are not going away; some namespaces
/// are never deleted
/// (<see href="https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#namespacelifecycle"/>).
/// </summary>
internal sealed class NamespaceLifecycle(CacheFeed feed) : AdmissionPlugin
{
    private static readonly string Prefix = ServedResource.PrefixOf("", "namespaces");
    private readonly ResourceCache _namespaces = feed.For(Prefix);

    public override bool Mutates => true;

    // An update finds its object, so its namespace exists; reviews of access are answered wherever they are asked.
    public override bool Concerns(ResourceType type, string subresource, Operation operation) => operation switch
    {
        Operation.Delete => IsCore(type, "namespaces"),
        Operation.Create => type.Namespaced && type is not { Group: "authorization.k8s.io", Plural: "localsubjectaccessreviews" },
        _ => false,
    };

    public override async ValueTask MutateAsync(AdmissionRequest request, CancellationToken cancellation)
    {
        if (request.Operation == Operation.Delete)
        {
            if (IsImmortal(request.Name)) throw request.Forbidden("this namespace may not be deleted");
            return;
        }
        var name = request.Namespace;
        var ns = _namespaces.Find(Prefix + name);
        if (ns is null)
        {
            // Another server may have written it a moment ago.
            await feed.WaitUntilFreshAsync(cancellation);
            ns = _namespaces.Find(Prefix + name) ?? throw ApiException.NotFound("", "namespaces", name);
        }
        if (ns.Field("metadata.deletionTimestamp").Length == 0 || request.Subresource.Length > 0) return;
        throw request.Forbidden(
            $"unable to create new content in namespace {name} because it is being terminated",
            new StatusCause("NamespaceTerminating", "metadata.namespace", $"namespace {name} is being terminated"));
    }

    /// <summary>Whether a namespace is never deleted.</summary>
    public static bool IsImmortal(string name) => name is "default" or "kube-system" or "kube-public";
}
