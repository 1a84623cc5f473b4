using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using Slipway.ApiServer.Caching;
using Slipway.ApiServer.Catalog;

namespace Slipway.ApiServer.Authorization.Ingresses;

/// <summary>
/// What the cluster's network may read of Secrets: those whose certificates an Ingress of the same namespace names
/// (<c>spec.tls[].secretName</c>), one by one, and no others.
/// </summary>
internal sealed class IngressSecrets(CacheFeed feed)
{
    private static readonly string User = ServiceAccountUser.NameOf("slipway-system", "network");

    private readonly ResourceCache _ingresses = feed.For(ServedResource.PrefixOf("networking.k8s.io", "ingresses"));

    /// <summary>Whether a request is allowed for this reason; has no opinion on others.</summary>
    public Decision Decide(AccessRequest request)
    {
        if (request is not { Group: "", Resource: "secrets", Subresource: "", NonResourcePath: null, Verb: "get" or "list" or "watch" } || request.User.Name != User) return Decision.Refuse();
        if (request.Name.Length == 0 || request.Namespace.Length == 0) return Decision.Refuse("can only read Secrets one by one, by their names");
        foreach (var ingress in _ingresses.Objects.Range($"{_ingresses.Prefix}{request.Namespace}/"))
            if (Names(ingress, request.Name)) return Decision.Allow;
        return Decision.Refuse("no Ingress names this Secret");
    }

    private static bool Names(CachedObject ingress, string secret) =>
        ((JsonObject)JsonNode.Parse(ingress.Bytes.Json.Span, documentOptions: Nesting.Document)!).Object("spec")?.Objects("tls").Any(tls => tls.Text("secretName") == secret) == true;
}
