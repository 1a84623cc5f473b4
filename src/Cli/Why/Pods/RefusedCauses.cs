using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Slipway.Api;
using Slipway.Api.Documents;

namespace Slipway.Cli.Why.Pods;

/// <summary>Why a node ended a pod as a whole, or did not take it.</summary>
internal static partial class RefusedCauses
{
    /// <summary>The cause, by the reason in the pod's status.</summary>
    public static Cause Of(Inquiry inquiry, JsonObject pod, string reason, Declaration declared)
    {
        var message = Words.Flat(pod.At("status.message").AsText());
        IReadOnlyList<string> evidence = [$"status: {reason}{(message.Length > 0 ? $": {Words.OneLine(message)}" : "")}"];
        var node = pod.At("spec.nodeName").AsText() ?? "";
        switch (reason)
        {
            case "Evicted" when EmptyDir().Match(message) is { Success: true } match:
                var index = (pod.Object("spec")?.Objects("volumes") ?? []).Index().FirstOrDefault(v => v.Item.Text("name") == match.Groups[1].Value).Index;
                return new Cause($"It was evicted, since its volume {match.Groups[1].Value} held more than {match.Groups[2].Value}")
                {
                    Evidence = evidence,
                    Remedy = declared.Change("Raise the volume's limit, or write less into it", $"volumes[{index}].emptyDir.sizeLimit", Doubled(match.Groups[2].Value)),
                };
            case "Evicted" when EphemeralLimit().Match(message) is { Success: true } match:
                var container = match.Groups["container"].Value;
                return new Cause($"It was evicted, since it wrote more than its limit of {match.Groups["limit"].Value} to its ephemeral storage (its file system and logs)")
                {
                    Evidence = evidence,
                    Remedy = declared.Change("Raise the limit, or write to a volume", $"{Declaration.Container(pod, container)}.resources.limits.ephemeral-storage", Doubled(match.Groups["limit"].Value)),
                };
            case "Evicted" when LowOn().Match(message) is { Success: true } match:
                var resource = match.Groups[1].Value;
                var greedy = Using().Match(message);
                return new Cause($"It was evicted, since node {node} ran short of {resource}")
                {
                    Evidence = evidence,
                    Because = greedy.Success ? [new Cause($"Container {greedy.Groups[1].Value} used {greedy.Groups[2].Value} of {resource} and had requested {greedy.Groups[3].Value}")
                    {
                        Remedy = declared.Change("Request what it needs, so that it gets a node with that much", $"{Declaration.Container(pod, greedy.Groups[1].Value)}.resources.requests.{resource}", greedy.Groups[2].Value),
                    }] : [],
                    Remedy = greedy.Success ? null : new($"Make room on node {node}") { Command = $"slipway why node/{node}" },
                };
            case "DeadlineExceeded":
                return new Cause($"It ran longer than its activeDeadlineSeconds of {pod.At("spec.activeDeadlineSeconds").AsInteger()}")
                {
                    Evidence = evidence,
                    Remedy = declared.Change("Raise it", "activeDeadlineSeconds", "SECONDS"),
                };
            case "NodeLost" or "NodeShutdown" or "Terminated":
                return new Cause($"Its node {node} was lost or shut down") { Evidence = evidence };
            case "Preempting" or "Preempted":
                return new Cause("It had to make room for a pod of higher priority") { Evidence = evidence, Remedy = declared.Change("Give it a priority of its own, or add a node", "priorityClassName", "NAME") };
            case "SysctlForbidden":
                return new Cause("It asks for a sysctl that the node does not allow") { Evidence = evidence, Remedy = declared.Change("Leave it out", "securityContext.sysctls", null) };
            case "UnexpectedAdmissionError" or "NodeAffinity" or "NodePorts" or "OutOfcpu" or "OutOfmemory" or "OutOfephemeral-storage" or "OutOfpods":
                return new Cause($"Node {node} did not take it: what the scheduler counted on was gone ({reason})") { Evidence = evidence, Remedy = new("Delete it: its owner makes another") { Command = $"kubectl delete pod {pod.Name} -n {pod.Namespace}" } };
            default:
                return new Cause($"Node {node} does not run it") { Evidence = evidence, Remedy = declared.Change("Correct what the message names", "", null) };
        }
    }

    private static string Doubled(string amount) => Quantity.TryParse(amount, out var quantity) ? (quantity * 2).ToString() : "AMOUNT";

    [GeneratedRegex("""Usage of EmptyDir volume "([^"]+)" exceeds the limit "([^"]+)".""")]
    private static partial Regex EmptyDir();

    [GeneratedRegex("""(?:Container (?<container>\S+) exceeded its local ephemeral storage limit "(?<limit>[^"]+)"|Pod ephemeral local storage usage exceeds the total limit of containers (?<limit>[^ ]+?)\.)""")]
    private static partial Regex EphemeralLimit();

    [GeneratedRegex(@"The node was low on resource: ([a-z-]+)\.")]
    private static partial Regex LowOn();

    [GeneratedRegex(@"Container (\S+) was using (\S+), request is ([^,]+), has larger consumption")]
    private static partial Regex Using();
}
