using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.Api.Quota;
using Slipway.Cli.Why.Cluster;

namespace Slipway.Cli.Why.Pods;

/// <summary>Why no node takes a pod. The scheduler's message gives the reasons, as upstream writes them; nodes and pods give the figures.</summary>
internal static partial class SchedulingCauses
{
    public static IReadOnlyList<Cause> Of(Inquiry inquiry, JsonObject pod, Declaration declared)
    {
        if (pod.Object("spec")?.Objects("schedulingGates").Select(gate => gate.Text("name") ?? "").ToList() is { Count: > 0 } gates)
        {
            return [new Cause($"It is not to be scheduled yet: spec.schedulingGates holds {Words.List(gates)}")
            {
                Remedy = new("Who has set the gate is to remove it; to do so by hand:") { Command = $"kubectl patch pod {pod.Name} -n {pod.Namespace} --type=json -p '[{{\"op\":\"remove\",\"path\":\"/spec/schedulingGates\"}}]'" },
            }];
        }
        if (Conditions.Of(pod, "PodScheduled") is not { } condition || condition.Text("status") != "False")
            return [Unconsidered(inquiry, pod, declared)];

        var message = Words.Flat(condition.Text("message"));
        List<Cause> because = [.. Claims(inquiry, pod, message, declared), .. DeviceCauses.Of(inquiry, pod, declared)];
        var nodes = inquiry.List(KindName.Node, "");
        if (nodes.Count == 0 && message.StartsWith("no nodes available", StringComparison.Ordinal))
        {
            because.Add(new Cause("The cluster has no node")
            {
                Remedy = new("A node registers when it is started: if it has been deleted since (kubectl delete node), start the cluster anew") { Command = "slipway down && slipway up" },
            });
        }
        foreach (var reason in Reason().Matches(message).Select(match => match.Groups[1].Value.Trim()).Where(reason => reason.Length > 0))
            if (Explain(inquiry, pod, reason, nodes, declared) is { } cause && !because.Exists(cause.IsLike))
                because.Add(cause);
        return [new Cause(message.StartsWith("running PreBind plugin", StringComparison.Ordinal) ? "Its node is chosen, and its storage there is not ready" : "No node takes it") { Evidence = [$"scheduler: {Words.OneLine(message)}"], Because = because }];
    }

    private static Cause Unconsidered(Inquiry inquiry, JsonObject pod, Declaration declared)
    {
        var scheduler = pod.Object("spec")?.Text("schedulerName") ?? "default-scheduler";
        if (scheduler != "default-scheduler")
        {
            return new Cause($"No scheduler called \"{scheduler}\" has taken notice of it")
            {
                Remedy = declared.Change("Start that scheduler, or leave the field out", "schedulerName", "default-scheduler"),
            };
        }
        var age = inquiry.Now - (pod.CreationTimestamp ?? inquiry.Now);
        return age < TimeSpan.FromSeconds(30)
            ? new Cause("It waits for the scheduler")
            : new Cause($"The scheduler has not taken notice of it for {Words.Span(age)}") { Remedy = new("Look whether the cluster's scheduler runs") { Command = "slipway status" } };
    }

    private static IEnumerable<Cause> Claims(Inquiry inquiry, JsonObject pod, string message, Declaration declared) =>
        message.Contains("ersistent", StringComparison.OrdinalIgnoreCase) ? VolumeCauses.ClaimCauses(inquiry, pod, declared) : [];

    private static Cause? Explain(Inquiry inquiry, JsonObject pod, string reason, IReadOnlyList<JsonObject> nodes, Declaration declared)
    {
        if (reason.StartsWith("Insufficient ", StringComparison.Ordinal))
            return Shortage(inquiry, pod, reason["Insufficient ".Length..], nodes, declared);
        if (reason.StartsWith("Too many pods", StringComparison.Ordinal))
            return new Cause("Nodes have as many pods as they may have") { Remedy = new("Delete pods that are not needed, or add a node") };
        if (reason.Contains("untolerated taint", StringComparison.Ordinal))
            return Taint(reason, nodes, declared);
        if (reason.Contains("node affinity/selector", StringComparison.Ordinal))
            return Selector(pod, nodes, declared);
        if (reason.Contains("were unschedulable", StringComparison.Ordinal))
        {
            var cordoned = nodes.Where(node => node.At("spec.unschedulable").AsBoolean() == true).Select(node => node.Name).ToList();
            return new Cause($"{(cordoned.Count > 1 ? "Nodes" : "Node")} {Words.List(cordoned)} {Words.Are(cordoned.Count)} cordoned") { Remedy = new("Let pods onto it again") { Command = $"kubectl uncordon {cordoned.FirstOrDefault() ?? "NODE"}" } };
        }
        if (reason.Contains("free ports", StringComparison.Ordinal))
            return Port(inquiry, pod, declared);
        if (reason.Contains("existing pods anti-affinity", StringComparison.Ordinal))
            return new Cause("Pods on these nodes refuse its company by their podAntiAffinity") { Remedy = new("Add a node, or change theirs") };
        if (reason.Contains("anti-affinity", StringComparison.Ordinal))
        {
            return new Cause("Its podAntiAffinity keeps it from every node that has such a pod already")
            {
                Remedy = declared.Change("Add a node, or prefer instead of require that they are apart", "affinity.podAntiAffinity", null),
            };
        }
        if (reason.Contains("pod affinity rules", StringComparison.Ordinal))
        {
            return new Cause("Its podAffinity requires the company of pods that are on none of these nodes")
            {
                Remedy = declared.Change("Start those pods first, correct the labels that it looks for, or prefer their company", "affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution", null),
            };
        }
        if (reason.Contains("topology spread constraints", StringComparison.Ordinal))
            return Spread(pod, reason, nodes, declared);
        if (reason.Contains("ReadWriteOncePod", StringComparison.Ordinal))
            return InUse(inquiry, pod, declared);
        if (reason.Contains("volume node affinity conflict", StringComparison.Ordinal))
            return new Cause("Its volume is on another node") { Remedy = new("Make room on the volume's node, or create the claim anew where there is room") };
        return null;
    }

    // One pod has what only one may have.
    private static Cause InUse(Inquiry inquiry, JsonObject pod, Declaration declared)
    {
        var claims = ClaimsOf(pod).Where(name => inquiry.Find(KindName.Claim, pod.Namespace, name)?.Object("spec")?.Array("accessModes") is [var mode] && mode.AsText() == "ReadWriteOncePod").ToList();
        var users = inquiry.List(KindName.Pod, pod.Namespace).Where(other => other.Uid != pod.Uid && other.At("spec.nodeName").AsText() is { Length: > 0 }
            && other.At("status.phase").AsText() is not ("Succeeded" or "Failed") && ClaimsOf(other).Any(claims.Contains)).Select(other => other.Name).ToList();
        return new Cause($"Claim {Words.List(claims)} is for one pod at a time (ReadWriteOncePod){(users.Count > 0 ? $", and pod {Words.List(users)} has it" : "")}")
        {
            Remedy = declared.Object.At("spec.replicas").AsInteger() > 1
                ? new("Run one replica, or let a StatefulSet with volumeClaimTemplates give each its own claim") { Object = declared.Name, Path = "spec.replicas", Value = "1" }
                : declared.Change("Let the other pod end first, or give this one a claim of its own", "volumes", null),
        };
    }

    private static IEnumerable<string> ClaimsOf(JsonObject pod) =>
        (pod.Object("spec")?.Objects("volumes") ?? []).Select(volume => volume.Object("persistentVolumeClaim")?.Text("claimName")).OfType<string>();

    private static Cause Shortage(Inquiry inquiry, JsonObject pod, string resource, IReadOnlyList<JsonObject> nodes, Declaration declared)
    {
        var asked = PodAmounts.Requests(pod.Object("spec") ?? [])[resource] ?? Quantity.Zero;
        var pods = inquiry.List(KindName.Pod, "");
        var rooms = nodes.Select(node => Room(node, pods, resource)).OrderByDescending(room => room.Free).ToList();
        var path = RequestPath(pod, resource);
        if (rooms.Count == 0)
            return new Cause($"It requests {asked} of {resource}, and there is no node");
        IReadOnlyList<string> evidence = [.. rooms.Take(3).Select(room => $"node {room.Node}: {Rounded(resource, room.Free)} of {Rounded(resource, room.All)} {resource} free")];
        if (rooms.Max(room => room.All) is var most && most < asked)
        {
            return new Cause(most == Quantity.Zero ? $"It requests {asked} of {resource}, and no node has any" : $"It requests {asked} of {resource}, and no node has more than {Rounded(resource, most)} in all")
            {
                Evidence = evidence,
                Remedy = declared.Change($"Request less, or add a larger node", path, Rounded(resource, rooms[0].Free)),
            };
        }
        return new Cause($"It requests {asked} of {resource}, {Rounded(resource, asked - rooms[0].Free)} more than any node has free")
        {
            Evidence = evidence,
            Remedy = declared.Change($"Request less, end other pods, or add a node", path, Rounded(resource, rooms[0].Free)),
        };
    }

    private static (string Node, Quantity All, Quantity Free) Room(JsonObject node, IReadOnlyList<JsonObject> pods, string resource)
    {
        var all = ResourceAmounts.Read(node.Object("status")?.Object("allocatable"))[resource] ?? Quantity.Zero;
        var taken = pods.Where(pod => pod.At("spec.nodeName").AsText() == node.Name && pod.At("status.phase").AsText() is not ("Succeeded" or "Failed"))
            .Aggregate(Quantity.Zero, (sum, pod) => sum + (PodAmounts.Held(pod)[resource] ?? Quantity.Zero));
        return (node.Name, all, all - taken is var free && free.Sign > 0 ? free : Quantity.Zero);
    }

    // Memory of machines is an odd number of bytes: whole MiB, rounded down, are as good and can be read.
    private static string Rounded(string resource, Quantity amount) => resource is "memory" or "ephemeral-storage"
        ? Quantity.OfBytes(amount.ToBytes() >> 20 << 20).ToString()
        : amount.ToString();

    private static string RequestPath(JsonObject pod, string resource)
    {
        var largest = (pod.Object("spec")?.Objects("containers") ?? []).Index().MaxBy(c => PodAmounts.Of(c.Item, "requests")[resource] ?? Quantity.Zero).Index;
        return string.Create(CultureInfo.InvariantCulture, $"containers[{largest}].resources.requests.{resource}");
    }

    private static Cause Taint(string reason, IReadOnlyList<JsonObject> nodes, Declaration declared)
    {
        var key = TaintKey().Match(reason) is { Success: true } match ? match.Groups[1].Value : "";
        var tainted = nodes.Where(node => (node.Object("spec")?.Objects("taints") ?? []).Any(taint => taint.Text("key") == key)).ToList();
        var taint = tainted is [var first, ..] ? first.Object("spec")!.Objects("taints").First(t => t.Text("key") == key) : null;
        var names = tainted.Select(node => node.Name).ToList();
        var subject = $"{(names.Count > 1 ? "Nodes" : "Node")} {Words.List(names)}";
        if (key.StartsWith("node.kubernetes.io/", StringComparison.Ordinal) && tainted is [var node, ..])
            return new Cause($"{subject} {(names.Count > 1 ? "take" : "takes")} no pods: {key["node.kubernetes.io/".Length..]}") { Because = NodeCauses.Of(node) };
        var value = taint?.Text("value") is { Length: > 0 } text ? $"={text}" : "";
        var effect = taint?.Text("effect") ?? "NoSchedule";
        return new Cause($"{subject} {(names.Count > 1 ? "have" : "has")} the taint {key}{value}:{effect}, which it does not tolerate")
        {
            Remedy = declared.Change($"Let it tolerate the taint, or remove it (kubectl taint node {names.FirstOrDefault() ?? "NODE"} {key}-)", "tolerations",
                $"[{{key: {key}, operator: {(value.Length > 0 ? $"Equal, value: \"{value[1..]}\"" : "Exists")}, effect: {effect}}}]"),
        };
    }

    private static Cause Selector(JsonObject pod, IReadOnlyList<JsonObject> nodes, Declaration declared)
    {
        foreach (var (key, value) in pod.Object("spec")?.Object("nodeSelector") ?? [])
        {
            var wanted = value.AsText() ?? "";
            if (nodes.Any(node => node.Labels?.Text(key) == wanted))
                continue;
            var values = nodes.Select(node => node.Labels?.Text(key)).OfType<string>().Distinct().ToList();
            var keys = nodes.SelectMany(node => node.Labels ?? []).Select(label => label.Key).Distinct().ToList();
            var nearKey = values.Count == 0 ? NearestName.Of(key, keys) : null;
            var nearValue = NearestName.Of(wanted, values) ?? values.FirstOrDefault();
            return new Cause($"Its nodeSelector wants {key}={wanted}, and no node has {(values.Count == 0 ? "that label" : "that value")}")
            {
                Evidence = values.Count > 0 ? [$"nodes have {key}={string.Join(", ", values)}"] : nearKey is not null ? [$"nodes have the label {nearKey}"] : [],
                Remedy = nearValue is not null ? declared.Change($"Correct the value, or label a node (kubectl label node NODE {key}={wanted})", $"nodeSelector.{key}", nearValue)
                    : nearKey is not null ? declared.Change("Correct the label's name", "nodeSelector", $"{{{nearKey}: {wanted}}}")
                    : new("Label a node, or leave the selector out") { Command = $"kubectl label node {AnyOf(nodes)} {key}={wanted}" },
            };
        }
        return new Cause("No node has the labels that its nodeSelector and node affinity require")
        {
            Remedy = declared.Change("Label a node as it asks, or change it", "affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution", null),
        };
    }

    private static Cause Port(Inquiry inquiry, JsonObject pod, Declaration declared)
    {
        foreach (var (index, container) in (pod.Object("spec")?.Objects("containers") ?? []).Index())
            foreach (var (at, port) in container.Objects("ports").Index())
                if (port.Integer("hostPort") is { } number and > 0)
                {
                    var holders = inquiry.List(KindName.Pod, "").Where(other => other.Uid != pod.Uid && other.At("spec.nodeName").AsText() is { Length: > 0 } && Holds(other, number)).Select(other => $"{other.Namespace}/{other.Name}").ToList();
                    return new Cause($"It wants port {number} of its node (hostPort), which another pod holds on every node{(holders.Count > 0 ? $": {Words.List(holders)}" : "")}")
                    {
                        Remedy = declared.Change("Leave the field out and reach the pod by a Service, or use another port", string.Create(CultureInfo.InvariantCulture, $"containers[{index}].ports[{at}].hostPort"), "null"),
                    };
                }
        return new Cause("It wants ports of its node that are taken");
    }

    private static bool Holds(JsonObject pod, long port) => (pod.Object("spec")?.Objects("containers") ?? []).Any(container => container.Objects("ports").Any(p => p.Integer("hostPort") == port));

    private static Cause Spread(JsonObject pod, string reason, IReadOnlyList<JsonObject> nodes, Declaration declared)
    {
        var constraints = (pod.Object("spec")?.Objects("topologySpreadConstraints") ?? []).Index().Where(c => c.Item.Text("whenUnsatisfiable") != "ScheduleAnyway").ToList();
        var lacking = constraints.Find(c => nodes.All(node => node.Labels?.Text(c.Item.Text("topologyKey") ?? "") is null));
        if (reason.Contains("missing required label", StringComparison.Ordinal) && lacking.Item is { } constraint)
        {
            return new Cause($"It is to be spread over the values of the label {constraint.Text("topologyKey")}, which no node has")
            {
                Remedy = new("Label the nodes, or name a label that they have (kubernetes.io/hostname)") { Command = $"kubectl label node {AnyOf(nodes)} {constraint.Text("topologyKey")}=VALUE" },
            };
        }
        var index = constraints is [var any, ..] ? any.Index : 0;
        return new Cause("Another pod where there is room would spread them too unevenly")
        {
            Remedy = declared.Change("Make room where there are fewer, or let the rule bend", string.Create(CultureInfo.InvariantCulture, $"topologySpreadConstraints[{index}].whenUnsatisfiable"), "ScheduleAnyway"),
        };
    }

    private static string AnyOf(IReadOnlyList<JsonObject> nodes) => nodes is [var first, ..] ? first.Name : "NODE";

    // "0/3 nodes are available: 1 Insufficient cpu, 2 node(s) had untolerated taint {a: b}. preemption: …"
    [GeneratedRegex(@"(?:: |, )\d+ ((?:Insufficient [^,.\s]+(?:\.[^,\s]+)*|Too many pods|node has pod using [^,.]+|node\(s\) [^,{.]+(?:\{[^}]*\})?))")]
    private static partial Regex Reason();

    [GeneratedRegex(@"\{([^:}]+):")]
    private static partial Regex TaintKey();
}
