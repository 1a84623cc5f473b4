using Slipway.Api.Documents;
using Slipway.Cli.Why.Workloads;

namespace Slipway.Cli.Why;

/// <summary>Looks through a namespace, or the whole cluster, for what is not as declared.</summary>
internal static class Survey
{
    private static readonly KindName[] Namespaced =
    [
        KindName.Deployment, KindName.StatefulSet, KindName.DaemonSet, KindName.ReplicaSet, KindName.ReplicationController, KindName.CronJob, KindName.Job,
        KindName.FlowRun, KindName.Pod, KindName.Service, KindName.Ingress, KindName.Claim, KindName.Autoscaler, KindName.Budget,
    ];

    private static readonly KindName[] OfCluster = [KindName.Node, KindName.Volume, KindName.Namespace, KindName.Definition, KindName.ApiService];

    /// <summary>What is not as declared, in the order of the kinds above. What another object keeps is told of with that one.</summary>
    /// <param name="inquiry">The cluster.</param>
    /// <param name="ns">The namespace; the whole cluster when empty.</param>
    public static IReadOnlyList<Finding> Of(Inquiry inquiry, string ns) =>
    [
        .. from kind in ns.Length == 0 ? OfCluster.Concat(Namespaced) : Namespaced
           from item in inquiry.List(kind, ns).OrderBy(item => item.Namespace, StringComparer.Ordinal).ThenBy(item => item.Name, StringComparer.Ordinal)
           where Declaration.Controller(item) is not { } owner || inquiry.Find(KindName.Of(owner.Text("apiVersion"), owner.Text("kind")), item.Namespace, owner.Text("name") ?? "") is null
           where kind != KindName.Budget || !BudgetCauses.IsKept(item) // it does what it is to do, though it may stop a drain
           let finding = Diagnosis.Of(inquiry, item)
           where !finding.IsAsDeclared
           select finding,
    ];
}
