using Slipway.Api;
using Slipway.ApiServer.Audit;
using Slipway.ApiServer.Authorization.Nodes;
using Slipway.ApiServer.Authorization.Rbac;

namespace Slipway.ApiServer.Authorization;

/// <summary>
/// Decides who may do what: members of <c>system:masters</c> everything, nodes what their pods need, what an object
/// names for them the network and the controllers of flows, and everybody what roles are bound to them.
/// </summary>
/// <param name="nodes">What nodes may.</param>
/// <param name="named">Who may read which Secrets because an object names them.</param>
/// <param name="storePods">In which pods the controllers of flows may run commands; null where they do not run beside the server.</param>
/// <param name="policy">What roles allow.</param>
internal sealed class Authorizer(NodeAuthorizer nodes, NamedSecrets named, StorePods? storePods, PolicyIndex policy)
{
    /// <summary>The roles and bindings as they are now.</summary>
    public PolicySnapshot Policy => policy.Current;

    /// <summary>Whether a request is allowed.</summary>
    public Decision Decide(AccessRequest request)
    {
        if (request.User.IsIn(UserInfo.Masters)) return Decision.Allow;
        var asNode = nodes.Decide(request);
        if (asNode.IsAllowed) return asNode;
        var byName = named.Decide(request);
        if (byName.IsAllowed) return byName;
        var inStore = storePods?.Decide(request) ?? Decision.Refuse();
        if (inStore.IsAllowed) return inStore;
        var byRole = policy.Current.Decide(request);
        // Nobody is both: no node has the name of a service account.
        var special = asNode.Reason.Length > 0 ? asNode.Reason : byName.Reason.Length > 0 ? byName.Reason : inStore.Reason;
        return byRole.IsAllowed || special.Length == 0 ? byRole
            : Decision.Refuse(byRole.Reason.Length == 0 ? special : $"{special}\n{byRole.Reason}");
    }

    /// <summary>Refuses a request that is not allowed.</summary>
    /// <param name="request">The request.</param>
    /// <param name="audit">Where the decision is told; null: nowhere.</param>
    /// <exception cref="ApiException">403 with the words of Kubernetes.</exception>
    public void Require(AccessRequest request, AuditAnnotations? audit = null)
    {
        var decision = Decide(request);
        if (audit is not null)
        {
            audit.Set(AuditAnnotations.Decision, decision.IsAllowed ? "allow" : "forbid");
            audit.Set(AuditAnnotations.Reason, decision.Reason);
        }
        if (!decision.IsAllowed) throw Forbidden(request, decision.Reason);
    }

    private static ApiException Forbidden(AccessRequest request, string reason) => request.NonResourcePath is not null
        ? ApiException.Forbidden(request.Refusal(reason))
        : new ApiException(403, "Forbidden", request.Refusal(reason)) { Group = request.Group, Kind = request.Resource, Name = request.Name };
}
