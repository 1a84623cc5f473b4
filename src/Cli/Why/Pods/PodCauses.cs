using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using Slipway.Cli.Why.Cluster;

namespace Slipway.Cli.Why.Pods;

/// <summary>Why a pod does not run, or is not ready. Causes do not name the pod, so that those of pods alike can be told as one.</summary>
internal static class PodCauses
{
    /// <summary>The causes; none when the pod is as declared.</summary>
    public static IReadOnlyList<Cause> Of(Inquiry inquiry, JsonObject pod)
    {
        var declared = Declaration.Of(inquiry, pod);
        var phase = pod.At("status.phase").AsText();
        if (pod.IsBeingDeleted)
            return DeletionCauses.OfPod(inquiry, pod);
        if (phase == "Succeeded")
            return [];
        if (phase == "Failed" && pod.At("status.reason").AsText() is { Length: > 0 } reason)
            return [RefusedCauses.Of(inquiry, pod, reason, declared)];
        if (pod.At("spec.nodeName").AsText() is not { Length: > 0 })
            return SchedulingCauses.Of(inquiry, pod, declared);
        if (NodeCause(inquiry, pod) is { } node)
            return [node];

        var causes = new List<Cause>();
        foreach (var (status, isInit) in Statuses(pod))
        {
            causes.AddRange(ContainerCauses.Of(inquiry, pod, status, isInit, declared));
            // An init container that is not past holds up all that follow it.
            if (isInit && causes.Count > 0)
                return causes;
        }
        if (causes.Count == 0 && VolumeCauses.Of(inquiry, pod, declared) is { Count: > 0 } volumes)
            return volumes;
        if (causes.Count == 0 && !IsReady(pod) && phase != "Failed")
            causes.AddRange(Unready(inquiry, pod, declared));
        if (causes.Count == 0 && Resize(pod) is { } resize)
            causes.Add(resize);
        return causes;
    }

    /// <summary>How a pod is, as what follows its name.</summary>
    /// <param name="pod">The pod.</param>
    /// <param name="several">Whether it stands for several of its kind.</param>
    public static string State(JsonObject pod, bool several = false)
    {
        var containers = pod.Object("spec")?.Objects("containers").Count() ?? 0;
        var ready = pod.Object("status")?.Objects("containerStatuses").Count(status => status.Boolean("ready") == true) ?? 0;
        var (be, have) = several ? ("are", "have") : ("is", "has");
        return pod switch
        {
            { IsBeingDeleted: true } => $"{be} being deleted",
            _ when pod.At("status.phase").AsText() is not "Running" and { } phase => $"{be} {phase}{(pod.At("status.reason").AsText() is { Length: > 0 } reason ? $" ({reason})" : "")}",
            _ => $"{have} {Words.Part(ready, containers, "container")} ready",
        };
    }

    public static bool IsReady(JsonObject pod) => Conditions.Of(pod, "Ready")?.Text("status") == "True";

    private static IEnumerable<(JsonObject Status, bool IsInit)> Statuses(JsonObject pod) =>
        (pod.Object("status")?.Objects("initContainerStatuses") ?? []).Select(status => (status, true))
        .Concat((pod.Object("status")?.Objects("containerStatuses") ?? []).Select(status => (status, false)));

    private static Cause? NodeCause(Inquiry inquiry, JsonObject pod)
    {
        if (IsReady(pod))
            return null;
        var name = pod.At("spec.nodeName").AsText()!;
        if (inquiry.Find(KindName.Node, "", name) is not { } node)
            return inquiry.IsAbsent(KindName.Node, "", name)
                ? new Cause($"It is bound to node {name}, which does not exist")
                {
                    Remedy = new("Delete the pod, so that another node gets it, or start the node") { Command = $"kubectl delete pod {pod.Name} -n {pod.Namespace} --force" },
                }
                : null;
        return NodeCauses.NotReady(node) is { } why ? new Cause($"Its node {name} is not ready") { Because = [why] } : null;
    }

    // What runs has not the resources that are declared.
    private static Cause? Resize(JsonObject pod)
    {
        if (Conditions.Of(pod, "PodResizePending") is not { } pending || pending.Text("status") != "True")
            return null;
        var node = pod.At("spec.nodeName").AsText();
        return pending.Text("reason") == "Infeasible"
            ? new Cause("It runs with its former resources: its node can never give it those that it asks for now")
            {
                Evidence = [Conditions.Evidence(pending)],
                Remedy = new($"Ask for no more than node {node} has") { Command = $"kubectl edit pod {pod.Name} -n {pod.Namespace} --subresource resize" },
            }
            : new Cause($"It runs with its former resources until other pods of node {node} leave room for more") { Evidence = [Conditions.Evidence(pending)] };
    }

    private static IEnumerable<Cause> Unready(Inquiry inquiry, JsonObject pod, Declaration declared)
    {
        if (inquiry.Events(pod).FirstOrDefault(e => e.Reason == "FailedPrepareDynamicResources") is { } unprepared)
        {
            yield return new Cause("The devices that it claims are not made ready")
            {
                Evidence = [unprepared.Text(inquiry.Now)],
                Remedy = unprepared.Message.Contains("is not registered", StringComparison.Ordinal)
                    ? new($"Start the driver of these devices on node {pod.At("spec.nodeName").AsText()}: it registers with the node by itself")
                    : new("Mend what the driver says"),
            };
        }
        else if (inquiry.Events(pod).FirstOrDefault(e => e.Reason == "FailedCreatePodSandBox") is { } refused && pod.At("spec.runtimeClassName").AsText() is { Length: > 0 } runtime
            && (refused.Message.Contains("no runtime for", StringComparison.Ordinal) || refused.Message.Contains("failed to get RuntimeClass", StringComparison.Ordinal)))
        {
            yield return new Cause(refused.Message.Contains("no runtime for", StringComparison.Ordinal)
                ? $"Its node has no runtime for RuntimeClass \"{runtime}\""
                : $"There is no RuntimeClass \"{runtime}\" any more")
            {
                Evidence = [refused.Text(inquiry.Now)],
                Remedy = declared.Change("Leave it out, so that the node's usual runtime is taken, or install what it asks for", "runtimeClassName", null),
            };
        }
        else if (inquiry.Events(pod).FirstOrDefault(e => e.Reason is "FailedCreatePodSandBox" or "FailedKillPod" or "NetworkNotReady" or "FailedPodSandBoxStatus") is { } sandbox)
        {
            yield return new Cause("Its node cannot make the pod's sandbox, which holds its network")
            {
                Evidence = [sandbox.Text(inquiry.Now)],
                Remedy = new($"Look at the container runtime and the network plugin of node {pod.At("spec.nodeName").AsText()}"),
            };
        }
        else if (Conditions.Of(pod, "Ready") is { } condition && condition.Text("reason") == "ReadinessGatesNotReady")
        {
            yield return new Cause("Its containers are ready, but a readiness gate is closed")
            {
                Evidence = [Conditions.Evidence(condition)],
                Remedy = new("Find who sets the condition that spec.readinessGates names: it has not set it to True"),
            };
        }
        else if ((pod.Object("status")?.Objects("containerStatuses").Any() ?? false) || inquiry.Now - (pod.CreationTimestamp ?? inquiry.Now) < TimeSpan.FromSeconds(30))
        {
            yield return new Cause("It is being started") { Evidence = [.. inquiry.Events(pod).Take(1).Select(e => e.Text(inquiry.Now))] };
        }
        else
        {
            yield return new Cause($"Node {pod.At("spec.nodeName").AsText()} has not said anything about it for {Words.Span(inquiry.Now - pod.CreationTimestamp!.Value)}")
            {
                Remedy = new($"Look whether the agent of node {pod.At("spec.nodeName").AsText()} runs") { Command = $"slipway why node/{pod.At("spec.nodeName").AsText()}" },
            };
        }
    }
}
