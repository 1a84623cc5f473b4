using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Client;

namespace Slipway.Controllers;

/// <summary>
/// Takes back that a pod is about to be disrupted (<c>DisruptionTarget</c>) when nobody has deleted it for two minutes: who was to do it has
/// been stopped in between.
/// </summary>
internal sealed class StaleDisruptions(Informer<PodView> pods, IApi api, TimeProvider clock) : IReconciler
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public static void Register(ControllerHost host)
    {
        var pods = host.Informer(Kinds.Pods);
        host.Add("stale-pod-disruption", new StaleDisruptions(pods, host.Api, host.Clock))
            .Watches(pods, change => change.New is { } pod && SaidOf(pod) is not null ? [change.Key] : []);
    }

    public async ValueTask<Result> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        if (pods.Get(key) is not { } pod || SaidOf(pod) is not { } said)
            return Result.Done;
        var now = clock.GetUtcNow();
        var left = (said.LastTransitionTime ?? DateTime.MinValue) + Patience - now.UtcDateTime;
        if (left > TimeSpan.Zero)
            return Result.After(left);
        var condition = Disruption.Condition("", "", now);
        condition["status"] = "False";
        var patch = new JsonObject
        {
            // Whoever has just said it anew is right.
            ["metadata"] = new JsonObject { ["uid"] = pod.Uid, ["resourceVersion"] = pod.Metadata.ResourceVersion },
            ["status"] = new JsonObject { ["conditions"] = new JsonArray(condition) },
        };
        await api.PatchAsync(Kinds.Pods, key.Namespace, key.Name, patch, MediaTypes.StrategicMergePatch, subresource: "status", cancellation: cancellation);
        return Result.Done;
    }

    // What its node says may hold for long before it ends the pod.
    private static PodCondition? SaidOf(PodView pod) =>
        pod.IsActive && pod.ConditionOf("DisruptionTarget") is { Status: "True", Reason: not "TerminationByKubelet" } said ? said : null;
}
