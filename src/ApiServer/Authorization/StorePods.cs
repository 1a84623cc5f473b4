using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using Slipway.Api.Kinds;
using Slipway.ApiServer.Admission;
using Slipway.ApiServer.Caching;

namespace Slipway.ApiServer.Authorization;

/// <summary>
/// In which pods the controllers of flows may run commands: in those that reach the claims of ArtifactStores, by their names, and in no others.
/// </summary>
internal sealed class StorePods(CacheFeed feed)
{
    private readonly PolicyObjects<PodName> _stores = new(feed, CustomKindAttribute.Group, "artifactstores", NameOf);

    /// <summary>Whether a request is allowed for this reason; has no opinion on others.</summary>
    public Decision Decide(AccessRequest request)
    {
        if (request is not { Group: "", Resource: "pods", Subresource: "exec", NonResourcePath: null, Verb: "create" or "get" } || request.User.Name != ServiceAccountUser.Flows) return Decision.Refuse();
        foreach (var item in _stores.In(request.Namespace))
            if (_stores.Of(item).Value == request.Name) return Decision.Allow;
        return Decision.Refuse("no ArtifactStore of the namespace has its claim in this pod");
    }

    private static PodName NameOf(JsonObject store) => new() { Value = store.Object("spec")?.Object("claim") is null ? null : ClaimStoreSpec.PodOf(store.Name) };

    /// <summary>Name of the pod of a store; null where it needs none.</summary>
    private sealed class PodName
    {
        public string? Value { get; init; }
    }
}
