using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Client;

namespace Slipway.Controllers;

/// <summary>
/// Keeps the rules of ClusterRoles that aggregate others
/// (<see href="https://kubernetes.io/docs/reference/access-authn-authz/rbac/#aggregated-clusterroles"/>).
/// </summary>
internal sealed class ClusterRoleAggregationController(Informer<ClusterRoleView> roles, IApi api) : IReconciler
{
    public static void Register(ControllerHost host)
    {
        var roles = host.Informer(Kinds.ClusterRoles);
        host.Add("clusterrole-aggregation", new ClusterRoleAggregationController(roles, host.Api))
            // Any role may be, or may have been, a part of any that aggregates.
            .Watches(roles, _ => roles.List().Where(r => r.AggregationRule is not null).Select(r => ObjectKey.ClusterScoped(r.Metadata.Name)));
    }

    public async ValueTask<Result> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        if (roles.Get(key) is not { AggregationRule: not null } role)
            return Result.Done;
        var rules = AggregatedRules.Of(role, roles.List());
        if (JsonNode.DeepEquals(rules, role.Rules ?? []))
            return Result.Done;
        try
        {
            await api.PatchAsync(Kinds.ClusterRoles, null, key.Name, new JsonObject { ["rules"] = rules }, cancellation: cancellation);
        }
        catch (ApiException e) when (e.Code == 404)
        {
            // Deleted meanwhile.
        }
        return Result.Done;
    }
}
