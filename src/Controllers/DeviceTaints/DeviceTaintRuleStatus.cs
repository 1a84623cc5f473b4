using System.Text;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.Client;

namespace Slipway.Controllers;

/// <summary>What a rule that taints devices does to pods, in numbers.</summary>
/// <param name="Pods">Pods that have to go.</param>
/// <param name="Namespaces">Namespaces in which they are.</param>
/// <param name="Ended">Pods that have been ended for it since this process runs.</param>
/// <param name="Published">Devices that it concerns.</param>
/// <param name="Allocated">Devices of claims that it concerns.</param>
internal readonly record struct DeviceTaintCount(int Pods, int Namespaces, int Ended, int Published, int Allocated);

/// <summary>
/// Says in a rule's condition how far pods are from having left the devices that it taints. A rule with the effect <c>None</c> tells once
/// what <c>NoExecute</c> would do.
/// </summary>
internal sealed class DeviceTaintRuleStatus(DeviceTaintSources sources, IApi api, TimeProvider clock) : IReconciler
{
    private const string Type = "EvictionInProgress";

    // As upstream: what changes all the time is told this often.
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(10);

    public static ControllerBuilder Register(ControllerHost host, DeviceTaintSources sources) =>
        host.Add("device-taint-rule", new DeviceTaintRuleStatus(sources, host.Api, host.Clock))
            .Watches(sources.Rules, change => change.New is not null && change.New.Spec != change.Old?.Spec ? [change.Key] : []);

    /// <summary>The condition of a rule.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="count">What it does.</param>
    public static RuleCondition ConditionOf(DeviceTaintRuleView rule, DeviceTaintCount count)
    {
        var (status, reason, message) = rule.Spec.Taint.Effect switch
        {
            "NoExecute" when count.Pods > 0 => ("True", "PodsPendingEviction", $"{(count.Pods == 1 ? "1 pod needs" : $"{count.Pods} pods need")} to be evicted in {Spaces()}."),
            "NoExecute" => ("False", count.Ended > 0 ? "Completed" : "NotStarted", ""),
            "None" => ("False", "NoEffect", $"{Number(count.Published, "published device")} selected. {Number(count.Allocated, "allocated device")} selected. "
                + $"{Number(count.Pods, "pod")} would be evicted in {Spaces()} if the effect was NoExecute. This information will not be updated again. Recreate the DeviceTaintRule to trigger an update."),
            _ => ("False", "OtherEffect", "Eviction only happens for the NoExecute effect."),
        };
        if (count.Ended > 0)
            message = $"{message} {Number(count.Ended, "pod")} evicted since starting the controller.".TrimStart();
        return new() { Type = Type, Status = status, Reason = reason, Message = message, ObservedGeneration = rule.Metadata.Generation };

        string Spaces() => count.Namespaces == 1 ? "1 namespace" : $"{count.Namespaces} different namespaces";
        static string Number(int count, string what) => count == 1 ? $"1 {what}" : $"{count} {what}s";
    }

    public async ValueTask<Result> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        if (sources.Rules.Get(key) is not { } rule)
            return Result.Done;
        var known = rule.Status?.Conditions?.Find(condition => condition.Type == Type);
        var now = clock.GetUtcNow().UtcDateTime;
        if (known?.ObservedGeneration == rule.Metadata.Generation && (rule.Spec.Taint.Effect == "None" || known?.LastTransitionTime + Period > now))
            return rule.Spec.Taint.Effect == "None" ? Result.Done : Result.After(known!.LastTransitionTime!.Value + Period - now);

        var count = CountOf(rule);
        var condition = ConditionOf(rule, count);
        if (condition != known?.WithoutTime())
            await WriteAsync(rule, condition, now, cancellation);
        return condition.Status == "True" ? Result.After(Period) : Result.Done;
    }

    private DeviceTaintCount CountOf(DeviceTaintRuleView rule)
    {
        var ended = sources.Ended.GetValueOrDefault(rule.Metadata.Uid);
        var isRehearsal = rule.Spec.Taint.Effect == "None";
        if (!isRehearsal && !DeviceTaints.Evicts(rule.Spec.Taint))
            return new(0, 0, ended, 0, 0);
        // As if it were the only one.
        var alone = new DeviceTaintRuleView { Metadata = rule.Metadata, Spec = rule.Spec with { Taint = rule.Spec.Taint with { Effect = "NoExecute" } } };
        var taints = new DeviceTaints([], [alone]);
        var pods = sources.Users.Where(pod => sources.EvictionOf(pod, taints) is not null).ToList();
        var (published, allocated) = isRehearsal ? (PublishedOf(rule), AllocatedOf(rule)) : (0, 0);
        return new(pods.Count, pods.Select(pod => pod.Metadata.NamespaceProperty).Distinct().Count(), ended, published, allocated);
    }

    private int PublishedOf(DeviceTaintRuleView rule) => DeviceTaints.Published(sources.Slices.List()).Count(one => rule.Spec.Concerns(one.Driver, one.Pool, one.Device.Name));

    private int AllocatedOf(DeviceTaintRuleView rule) => sources.Claims.List()
        .SelectMany(claim => claim.Status?.Allocation?.Devices?.Results ?? []).Count(device => rule.Spec.Concerns(device.Driver, device.Pool, device.Device));

    private async Task WriteAsync(DeviceTaintRuleView rule, RuleCondition condition, DateTime now, CancellationToken cancellation)
    {
        var document = new JsonObject
        {
            ["apiVersion"] = Kinds.DeviceTaintRules.ApiVersion,
            ["kind"] = Kinds.DeviceTaintRules.Kind,
            ["metadata"] = new JsonObject { ["name"] = rule.Metadata.Name, ["uid"] = rule.Metadata.Uid },
            ["status"] = new JsonObject
            {
                ["conditions"] = new JsonArray(new JsonObject
                {
                    ["type"] = condition.Type,
                    ["status"] = condition.Status,
                    ["reason"] = condition.Reason,
                    ["message"] = condition.Message,
                    ["observedGeneration"] = condition.ObservedGeneration,
                    ["lastTransitionTime"] = Meta.FormatTime(now),
                }),
            },
        };
        // Applied, so that conditions of others stay.
        var path = $"{Kinds.DeviceTaintRules.ObjectPath(null, rule.Metadata.Name)}/status?fieldManager=device-taint-eviction-controller&force=true";
        await api.SendForBodyAsync(new("PATCH", path) { Body = Encoding.UTF8.GetBytes(document.ToJsonString()), ContentType = MediaTypes.ApplyPatch }, cancellation);
    }
}
