using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using Slipway.Api.Kinds;
using Slipway.ApiServer.Admission;
using Slipway.ApiServer.Caching;

namespace Slipway.ApiServer.Authorization;

/// <summary>
/// Which Secrets components of the cluster may read because an object of the same namespace names them, one by one, and no others: the network the certificates of
/// Ingresses (<c>spec.tls[].secretName</c>), the controllers of flows what Flows and LineageSinks name for the controllers themselves, and the credentials of
/// ArtifactStores (<c>spec.s3.secretName</c>).
/// </summary>
/// <param name="feed">The caches.</param>
/// <param name="flows">Whether the controllers of flows run beside the server; otherwise nobody is who has their name.</param>
internal sealed class NamedSecrets(CacheFeed feed, bool flows)
{
    private readonly IReadOnlyList<Reader> _readers =
    [
        new(ServiceAccountUser.NameOf("slipway-system", "network"), "Ingress", new(feed, "networking.k8s.io", "ingresses", ingress => Names(OfIngress(ingress)))),
        .. flows ? OfFlows(feed) : [],
    ];

    /// <summary>Whether a request is allowed for this reason; has no opinion on others.</summary>
    public Decision Decide(AccessRequest request)
    {
        if (request is not { Group: "", Resource: "secrets", Subresource: "", NonResourcePath: null, Verb: "get" or "list" or "watch" }) return Decision.Refuse();
        string? kinds = null;
        foreach (var reader in _readers)
        {
            if (reader.User != request.User.Name) continue;
            if (request.Name.Length == 0 || request.Namespace.Length == 0) return Decision.Refuse("can only read Secrets one by one, by their names");
            foreach (var item in reader.Objects.In(request.Namespace))
                if (reader.Objects.Of(item).Contains(request.Name)) return Decision.Allow;
            kinds = kinds is null ? reader.Kind : $"{kinds} or {reader.Kind}";
        }
        return kinds is null ? Decision.Refuse() : Decision.Refuse($"no {kinds} names this Secret");
    }

    private static IReadOnlyList<Reader> OfFlows(CacheFeed feed) =>
    [
        new(ServiceAccountUser.Flows, "Flow", new(feed, CustomKindAttribute.Group, "flows", flow => Names(OfFlow(flow)))),
        new(ServiceAccountUser.Flows, "LineageSink", new(feed, CustomKindAttribute.Group, "lineagesinks", sink => Names(OfSink(sink)))),
        new(ServiceAccountUser.Flows, "ArtifactStore", new(feed, CustomKindAttribute.Group, "artifactstores", store => Names([store.Object("spec")?.Object("s3")?.Text("secretName")]))),
    ];

    private static HashSet<string> Names(IEnumerable<string?> names) => [.. names.OfType<string>()];

    private static IEnumerable<string?> OfIngress(JsonObject ingress) => ingress.Object("spec")?.Objects("tls").Select(tls => tls.Text("secretName")) ?? [];

    private static IEnumerable<string?> OfFlow(JsonObject flow)
    {
        if (flow.Object("spec") is not { } spec)
            return [];
        var ofNotifications = spec.Objects("notifications").SelectMany(n => new[]
        {
            n.Object("slack")?.Object("urlFrom"), n.Object("webhook")?.Object("urlFrom"), n.Object("webhook")?.Object("signWith"), n.Object("email")?.Object("passwordFrom"),
        }).Select(reference => reference?.Text("name"));
        var ofTriggers = spec.Objects("triggers").SelectMany(t => new[] { t.Object("webhook")?.Object("secret")?.Text("name"), t.Object("bucket")?.Text("secretName") });
        return ofNotifications.Concat(ofTriggers);
    }

    private static IEnumerable<string?> OfSink(JsonObject sink) => [sink.Object("spec")?.Object("urlFrom")?.Text("name"), sink.Object("spec")?.Object("tokenFrom")?.Text("name")];

    private sealed record Reader(string User, string Kind, PolicyObjects<HashSet<string>> Objects);
}
