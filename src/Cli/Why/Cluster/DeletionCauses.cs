using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.Cli.Why.Cluster;

/// <summary>Why something that is to be deleted is still there.</summary>
internal static class DeletionCauses
{
    // Who is to remove a finalizer of Kubernetes' own, and what it waits for.
    private static readonly Dictionary<string, string> Known = new(StringComparer.Ordinal)
    {
        ["kubernetes.io/pvc-protection"] = "as long as a pod uses the claim",
        ["kubernetes.io/pv-protection"] = "as long as a claim is bound to the volume",
        ["foregroundDeletion"] = "until the garbage collector has deleted what it owns",
        ["orphan"] = "until the garbage collector has set free what it owns",
        ["batch.kubernetes.io/job-tracking"] = "until the job controller has counted the pod",
        ["slipway.dev/recorded"] = "until the attempt is in the ledger",
        ["customresourcecleanup.apiextensions.k8s.io"] = "until all objects of the kind are gone",
        ["service.kubernetes.io/load-balancer-cleanup"] = "until the load balancer is released",
    };

    /// <summary>The causes for any object with a deletion timestamp.</summary>
    public static IReadOnlyList<Cause> Of(Inquiry inquiry, JsonObject item)
    {
        var since = item.DeletionTimestamp is { } time ? $", {Words.Ago(inquiry.Now - time + TimeSpan.FromSeconds(item.DeletionGracePeriodSeconds ?? 0))}" : "";
        var what = new Cause("It is being deleted") { Evidence = [$"metadata.deletionTimestamp{since}"] };
        if (item.Finalizers is not { Count: > 0 } finalizers)
            return [what];
        return [what with { Because = [.. finalizers.Select(finalizer => Finalizer(inquiry, item, finalizer))] }];
    }

    /// <summary>The causes for a pod, which also waits for its containers to end.</summary>
    public static IReadOnlyList<Cause> OfPod(Inquiry inquiry, JsonObject pod)
    {
        var cause = Of(inquiry, pod)[0];
        if (pod.At("spec.nodeName").AsText() is { Length: > 0 } name && inquiry.Find(KindName.Node, "", name) is { } node && NodeCauses.NotReady(node) is { } silent)
        {
            return [cause with
            {
                Because = [.. cause.Because, new Cause($"Its node {name}, which is to end its containers, is not ready")
                {
                    Because = [silent],
                    Remedy = new("If the machine is gone for good, give the pod up") { Command = $"kubectl delete pod {pod.Name} -n {pod.Namespace} --force --grace-period=0" },
                }],
            }];
        }
        if (cause.Because.Count == 0)
        {
            var grace = pod.DeletionGracePeriodSeconds ?? 30;
            var over = pod.DeletionTimestamp is { } end ? inquiry.Now - end : TimeSpan.Zero;
            cause = over > TimeSpan.FromSeconds(10)
                ? cause with { Because = [new Cause($"Its containers have not ended, though its grace period of {grace}s is over") { Evidence = [.. inquiry.Events(pod).Where(e => e.IsWarning).Take(2).Select(e => e.Text(inquiry.Now))], Remedy = new("Look at the node's agent, or give the pod up") { Command = $"kubectl delete pod {pod.Name} -n {pod.Namespace} --force --grace-period=0" } }] }
                : cause with { Because = [new Cause($"Its containers may take {grace}s to end (terminationGracePeriodSeconds)")] };
        }
        return [cause];
    }

    private static Cause Finalizer(Inquiry inquiry, JsonObject item, string finalizer)
    {
        if (finalizer == "kubernetes.io/pvc-protection" && UsersOf(inquiry, item) is { Count: > 0 } users)
        {
            return new Cause($"The finalizer {finalizer} holds it, as long as {(users.Count > 1 ? "pods" : "pod")} {Words.List(users)} {(users.Count > 1 ? "use" : "uses")} the claim")
            {
                Remedy = new($"It goes, with its data, when {(users.Count > 1 ? "these pods are" : "this pod is")} gone: end what keeps {(users.Count > 1 ? "them" : "it")}") { Command = $"kubectl delete pod {string.Join(' ', users)} -n {item.Namespace}" },
            };
        }
        if (Known.TryGetValue(finalizer, out var wait))
            return new Cause($"The finalizer {finalizer} holds it, {wait}");
        var ns = item.Namespace.Length > 0 ? $" -n {item.Namespace}" : "";
        return new Cause($"The finalizer {finalizer} holds it: whoever set it has to clean up and remove it")
        {
            Remedy = new("See that the controller that owns it runs. If it is gone for good, remove the finalizer by hand")
            {
                Command = $"kubectl patch {item.Kind.ToLowerInvariant()} {item.Name}{ns} --type=merge -p '{{\"metadata\":{{\"finalizers\":{Rest(item, finalizer)}}}}}'",
            },
        };
    }

    private static List<string> UsersOf(Inquiry inquiry, JsonObject claim) =>
    [
        .. inquiry.List(KindName.Pod, claim.Namespace)
            .Where(pod => pod.At("spec.nodeName").AsText() is { Length: > 0 } && (pod.Object("spec")?.Objects("volumes") ?? []).Any(volume => volume.Object("persistentVolumeClaim")?.Text("claimName") == claim.Name))
            .Select(pod => pod.Name).Order(StringComparer.Ordinal),
    ];

    private static string Rest(JsonObject item, string finalizer)
    {
        var rest = item.Finalizers.Where(other => other != finalizer).ToList();
        return rest.Count == 0 ? "null" : $"[{string.Join(',', rest.Select(other => $"\"{other}\""))}]";
    }
}
