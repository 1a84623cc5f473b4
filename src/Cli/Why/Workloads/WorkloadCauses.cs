using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using Slipway.Cli.Why.Cluster;
using Slipway.Cli.Why.Pods;

namespace Slipway.Cli.Why.Workloads;

/// <summary>Why what keeps pods running does not have them: ReplicaSets, ReplicationControllers, StatefulSets, DaemonSets and Deployments.</summary>
internal static class WorkloadCauses
{
    public static IReadOnlyList<Cause> Of(Inquiry inquiry, JsonObject workload)
    {
        if (workload.IsBeingDeleted)
            return DeletionCauses.Of(inquiry, workload);
        return workload.Kind switch
        {
            "Deployment" => OfDeployment(inquiry, workload),
            "StatefulSet" => OfStatefulSet(inquiry, workload),
            "DaemonSet" => OfDaemonSet(inquiry, workload),
            _ => OfSet(inquiry, workload),
        };
    }

    /// <summary>How many pods are there and available, in one sentence.</summary>
    public static string State(JsonObject workload)
    {
        var status = workload.Object("status") ?? [];
        var wanted = workload.Kind == "DaemonSet" ? status.Integer("desiredNumberScheduled") ?? 0 : workload.At("spec.replicas").AsInteger() ?? 1;
        var available = status.Integer(workload.Kind == "DaemonSet" ? "numberAvailable" : "availableReplicas") ?? 0;
        return $"{Words.Part(available, wanted, "pod")} {Words.Are(available)} available";
    }

    /// <summary>The pods that an object controls.</summary>
    public static IEnumerable<JsonObject> PodsOf(Inquiry inquiry, JsonObject owner) =>
        inquiry.List(KindName.Pod, owner.Namespace).Where(pod => Declaration.Controller(pod)?.Text("uid") == owner.Uid);

    private static List<Cause> OfDeployment(Inquiry inquiry, JsonObject deployment)
    {
        var causes = new List<Cause>();
        var wanted = deployment.At("spec.replicas").AsInteger() ?? 1;
        var sets = inquiry.List(KindName.ReplicaSet, deployment.Namespace).Where(set => Declaration.Controller(set)?.Text("uid") == deployment.Uid).OrderBy(set => set.CreationTimestamp).ToList();
        var status = deployment.Object("status") ?? [];
        var isComplete = (status.Integer("updatedReplicas") ?? 0) == wanted && (status.Integer("replicas") ?? 0) == wanted && (status.Integer("availableReplicas") ?? 0) >= wanted
            && (status.Integer("observedGeneration") ?? 0) >= deployment.Generation;
        var progress = Conditions.Of(deployment, "Progressing");
        if (isComplete && progress?.Text("status") != "False" && Conditions.Of(deployment, "ReplicaFailure", "True") is null)
            return [.. PodGroups.Of(inquiry, sets.SelectMany(set => PodsOf(inquiry, set)))];

        foreach (var set in sets)
            causes.AddRange(OfSet(inquiry, set).Where(cause => !causes.Exists(cause.IsLike)));
        if (deployment.At("spec.paused").AsBoolean() == true && (status.Integer("updatedReplicas") ?? 0) != wanted)
            causes.Insert(0, new Cause("It is paused: its template's last change is not rolled out") { Remedy = new("Let it go on") { Command = $"kubectl rollout resume deployment {deployment.Name} -n {deployment.Namespace}" } });
        if (progress?.Text("reason") == "ReplicaSetCreateError")
            causes.AddRange(RefusalCauses.Of(inquiry, deployment, progress.Text("message") ?? ""));
        if (progress?.Text("reason") == "ProgressDeadlineExceeded")
        {
            return [new Cause($"Its rollout has not got on for longer than {deployment.At("spec.progressDeadlineSeconds").AsInteger() ?? 600}s (progressDeadlineSeconds)")
            {
                Evidence = [Conditions.Evidence(progress)],
                Because = causes,
                Remedy = sets.Count > 1 ? new("Mend the cause, or go back to what ran before") { Command = $"kubectl rollout undo deployment {deployment.Name} -n {deployment.Namespace}" } : null,
            }];
        }
        if (causes.Count == 0)
            causes.Add(new Cause("Its rollout is under way") { Evidence = progress is null ? [] : [Conditions.Evidence(progress)] });
        return causes;
    }

    private static List<Cause> OfSet(Inquiry inquiry, JsonObject set)
    {
        var pods = PodsOf(inquiry, set).ToList();
        var active = pods.Where(pod => !pod.IsBeingDeleted && pod.At("status.phase").AsText() is not ("Succeeded" or "Failed")).ToList();
        var wanted = set.At("spec.replicas").AsInteger() ?? 1;
        List<Cause> causes = [.. PodGroups.Of(inquiry, active)];
        if (active.Count < wanted)
            causes.InsertRange(0, Missing(inquiry, set, wanted - active.Count, pods));
        return causes;
    }

    /// <summary>Why an object has fewer pods than it is to have: the API refuses them, or they are yet to come.</summary>
    private static IEnumerable<Cause> Missing(Inquiry inquiry, JsonObject set, long missing, IReadOnlyList<JsonObject> pods)
    {
        // The condition says what holds now; StatefulSets and DaemonSets tell it in events alone.
        var refusal = Conditions.Of(set, "ReplicaFailure", "True")?.Text("message")
            ?? (set.Kind is "StatefulSet" or "DaemonSet" ? inquiry.Events(set).FirstOrDefault(e => e.Reason == "FailedCreate" && inquiry.Now - e.Last < TimeSpan.FromMinutes(20))?.Message : null);
        if (refusal is not null)
            return [new Cause($"{Words.Count(missing, "pod")} cannot be created: the API refuses {(missing == 1 ? "it" : "them")}") { Because = RefusalCauses.Of(inquiry, set, refusal, missing) }];
        var ended = PodGroups.Of(inquiry, pods.Where(pod => pod.At("status.phase").AsText() == "Failed"));
        return ended.Count > 0 ? ended : pods.Any(pod => pod.IsBeingDeleted) ? PodGroups.Of(inquiry, pods.Where(pod => pod.IsBeingDeleted)) : [new Cause($"{Words.Count(missing, "pod")} {Words.Are(missing)} yet to be created")];
    }

    private static IReadOnlyList<Cause> OfStatefulSet(Inquiry inquiry, JsonObject set)
    {
        var wanted = set.At("spec.replicas").AsInteger() ?? 1;
        var pods = PodsOf(inquiry, set).OrderBy(Ordinal).ToList();
        var isOrdered = set.At("spec.podManagementPolicy").AsText() != "Parallel";
        var groups = PodGroups.Of(inquiry, pods);
        if (pods.Count >= wanted)
            return groups.Count == 0 ? groups : [.. groups, .. Governing(inquiry, set)];
        if (isOrdered && groups.Count > 0 && pods.Find(pod => !PodCauses.IsReady(pod)) is { } first)
        {
            return [new Cause($"{Words.Count(wanted - pods.Count, "pod")} {(wanted - pods.Count == 1 ? "waits" : "wait")} for {first.Name}, since its pods start one after the other (podManagementPolicy OrderedReady)")
            {
                Because = groups,
            }, .. Governing(inquiry, set)];
        }
        return [.. Missing(inquiry, set, wanted - pods.Count, pods), .. groups, .. Governing(inquiry, set)];
    }

    // The service that a StatefulSet names gives its pods their names, and nobody makes it for the set.
    private static IEnumerable<Cause> Governing(Inquiry inquiry, JsonObject set)
    {
        if (set.At("spec.serviceName").AsText() is not { Length: > 0 } name || !inquiry.IsAbsent(KindName.Service, set.Namespace, name))
            yield break;
        var labels = string.Join(',', (set.At("spec.selector.matchLabels") as JsonObject ?? []).Select(label => $"{label.Key}={label.Value.AsText()}"));
        yield return new Cause($"There is no Service \"{name}\" (serviceName), so that its pods do not find each other: {set.Name}-0.{name} has no address")
        {
            Remedy = new("Create it, without an address of its own, for the set's pods")
            {
                Command = $"kubectl create service clusterip {name} --clusterip=None -n {set.Namespace}{(labels.Length > 0 ? $" && kubectl set selector service {name} {labels} -n {set.Namespace}" : "")}",
            },
        };
    }

    private static List<Cause> OfDaemonSet(Inquiry inquiry, JsonObject set)
    {
        var status = set.Object("status") ?? [];
        var (wanted, current) = (status.Integer("desiredNumberScheduled") ?? 0, status.Integer("currentNumberScheduled") ?? 0);
        List<Cause> causes = [.. PodGroups.Of(inquiry, PodsOf(inquiry, set))];
        if (current < wanted)
            causes.InsertRange(0, Missing(inquiry, set, wanted - current, []));
        if (wanted == 0 && inquiry.List(KindName.Node, "") is { Count: > 0 } nodes)
        {
            var selector = set.At("spec.template.spec.nodeSelector") as JsonObject ?? [];
            causes.Add(new Cause($"It is for no node: no node has what its template selects, or it does not tolerate their taints")
            {
                Evidence = [.. selector.Select(label => $"nodeSelector {label.Key}={label.Value.AsText()}; nodes have {string.Join(", ", nodes.Select(node => node.Labels?.Text(label.Key) ?? "none"))}"),
                    .. nodes.SelectMany(node => node.Object("spec")?.Objects("taints") ?? []).Select(taint => $"taint {taint.Text("key")}:{taint.Text("effect")}").Distinct()],
                Remedy = new("Label the nodes that it is for, or correct the selector") { Object = $"daemonset/{set.Name}", Path = "spec.template.spec.nodeSelector" },
            });
        }
        return causes;
    }

    private static int Ordinal(JsonObject pod) => int.TryParse(pod.Name[(pod.Name.LastIndexOf('-') + 1)..], out var ordinal) ? ordinal : int.MaxValue;
}
