using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using Slipway.Cli.Why.Cluster;
using Slipway.Cli.Why.FlowRuns;
using Slipway.Cli.Why.Network;
using Slipway.Cli.Why.Pods;
using Slipway.Cli.Why.Storage;
using Slipway.Cli.Why.Workloads;

namespace Slipway.Cli.Why;

/// <summary>Finds out why an object is not as it was declared. A pure function of what has been read of the cluster.</summary>
internal static class Diagnosis
{
    /// <summary>What is found out about one object.</summary>
    public static Finding Of(Inquiry inquiry, JsonObject item) => (KindName.Of(item) switch
    {
        var kind when kind == KindName.Pod => new(item, $"it {PodCauses.State(item)}", PodCauses.Of(inquiry, item)),
        var kind when IsWorkload(kind) => new(item, WorkloadCauses.State(item), WorkloadCauses.Of(inquiry, item)),
        var kind when kind == KindName.Service => new(item, ServiceCauses.State(inquiry, item), ServiceCauses.Of(inquiry, item)),
        var kind when kind == KindName.Claim => new(item, $"it is {item.At("status.phase").AsText() ?? "Pending"}", ClaimCauses.Of(inquiry, item)),
        var kind when kind == KindName.Node => new(item, Conditions.Of(item, "Ready", "True") is null ? "it is not ready" : "it is ready", NodeCauses.Of(item)),
        var kind when kind == KindName.Job => new(item, JobCauses.State(item), JobCauses.Of(inquiry, item)),
        var kind when kind == KindName.CronJob => new(item, CronJobCauses.State(inquiry, item), CronJobCauses.Of(inquiry, item)),
        var kind when kind == KindName.Autoscaler => new(item, AutoscalerCauses.State(item), AutoscalerCauses.Of(inquiry, item)),
        var kind when kind == KindName.Budget => new(item, BudgetCauses.State(item), BudgetCauses.Of(inquiry, item)),
        var kind when kind == KindName.Ingress => new(item, IngressCauses.State(item), IngressCauses.Of(inquiry, item)),
        var kind when kind == KindName.Volume => new(item, $"it is {item.At("status.phase").AsText() ?? "Pending"}", PersistentVolumeCauses.Of(item)),
        var kind when kind == KindName.Namespace => new(item, $"it is {item.At("status.phase").AsText() ?? "Active"}", NamespaceCauses.Of(inquiry, item)),
        var kind when kind == KindName.FlowRun => new(item, FlowRunCauses.State(item), FlowRunCauses.Of(inquiry, item)),
        var kind when kind == KindName.Flow => FlowRunCauses.OfFlow(inquiry, item) is { Count: > 0 } failed ? new(item, "its last run did not succeed", failed) : GenericCauses.Find(inquiry, item),
        _ => GenericCauses.Find(inquiry, item),
    }) switch
    {
        { IsAsDeclared: true } when item.IsBeingDeleted => new(item, "it is being deleted", DeletionCauses.Of(inquiry, item)),
        var finding => finding,
    };

    private static bool IsWorkload(KindName kind) =>
        kind == KindName.Deployment || kind == KindName.ReplicaSet || kind == KindName.StatefulSet || kind == KindName.DaemonSet || kind == KindName.ReplicationController;
}
