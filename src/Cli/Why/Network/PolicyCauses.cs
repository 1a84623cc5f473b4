using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using Slipway.Api.Selectors;

namespace Slipway.Cli.Why.Network;

/// <summary>
/// Which NetworkPolicy cuts a pod off from a service (<see href="https://kubernetes.io/docs/concepts/services-networking/network-policies/"/>):
/// what selects a pod lets through what one of them says, and nothing else.
/// </summary>
internal static class PolicyCauses
{
    private const string NamespaceLabel = "kubernetes.io/metadata.name";

    /// <summary>Why a pod does not reach the pods of a service; null when no policy is in the way.</summary>
    public static Cause? Between(Inquiry inquiry, JsonObject pod, JsonObject service)
    {
        if (service.At("spec.selector") is not JsonObject { Count: > 0 } selector)
            return null;
        var target = inquiry.List(KindName.Pod, service.Namespace).FirstOrDefault(other =>
            other.At("status.phase").AsText() is not ("Succeeded" or "Failed") && ServiceCauses.Selects(selector, other));
        if (target is null)
            return null;
        var ports = Ports(service, target).ToList();
        var into = Selecting(inquiry, target, "Ingress");
        if (into.Count > 0 && !into.Exists(policy => Allows(inquiry, policy, "ingress", "from", pod, ports)))
        {
            return new Cause($"{Named(into)} keeps it out: {(into.Count > 1 ? "they select" : "it selects")} the pods of service {service.Name}, and no policy lets pods like this one in")
            {
                Remedy = Rule("Let it in", into[0], "ingress", $"{{from: [{Peer(pod, service.Namespace)}]}}"),
            };
        }
        var outOf = Selecting(inquiry, pod, "Egress");
        if (outOf.Count > 0 && !outOf.Exists(policy => Allows(inquiry, policy, "egress", "to", target, ports)))
        {
            return new Cause($"{Named(outOf)} keeps it in: {(outOf.Count > 1 ? "they select" : "it selects")} this pod, and no policy lets it send to the pods of service {service.Name}")
            {
                Remedy = Rule("Let it out", outOf[0], "egress", $"{{to: [{Peer(target, pod.Namespace)}]}}"),
            };
        }
        return null;
    }

    // A rule beside those that there are.
    private static Remedy Rule(string advice, JsonObject policy, string rules, string rule)
    {
        var count = policy.Object("spec")?.Array(rules)?.Count ?? 0;
        return new(advice)
        {
            Object = $"networkpolicy/{policy.Name}",
            Path = count == 0 ? $"spec.{rules}" : string.Create(CultureInfo.InvariantCulture, $"spec.{rules}[{count}]"),
            Value = count == 0 ? $"[{rule}]" : rule,
        };
    }

    private static List<JsonObject> Selecting(Inquiry inquiry, JsonObject pod, string direction) =>
    [
        .. inquiry.List(KindName.NetworkPolicy, pod.Namespace).Where(policy => Types(policy.Object("spec") ?? []).Contains(direction)
            && LabelSelector.FromJson(policy.At("spec.podSelector") as JsonObject ?? []).Matches(pod.Labels)).OrderBy(policy => policy.Name, StringComparer.Ordinal),
    ];

    // Where nothing is said, all are for what comes in, and those with rules for it also for what goes out.
    private static IEnumerable<string> Types(JsonObject spec) => spec.Array("policyTypes") is { Count: > 0 } types
        ? types.Select(type => type.AsText() ?? "")
        : spec.ContainsKey("egress") ? ["Ingress", "Egress"] : ["Ingress"];

    private static bool Allows(Inquiry inquiry, JsonObject policy, string rules, string peers, JsonObject other, List<(string Protocol, long Number, string? Name)> ports) =>
        (policy.Object("spec")?.Objects(rules) ?? []).Any(rule =>
            (rule.Array(peers) is not { Count: > 0 } || rule.Objects(peers).Any(peer => IsMeant(inquiry, policy.Namespace, peer, other)))
            && (rule.Array("ports") is not { Count: > 0 } || ports.Count == 0 || rule.Objects("ports").Any(port => ports.Exists(known => IsMeant(port, known)))));

    private static bool IsMeant(Inquiry inquiry, string ns, JsonObject peer, JsonObject pod)
    {
        if (peer.Object("ipBlock") is { } block)
            return IPAddress.TryParse(pod.At("status.podIP").AsText(), out var address) && IsIn(address, block.Text("cidr")) && !(block.Array("except") ?? []).Any(except => IsIn(address, except.AsText()));
        var isInNamespace = peer.Object("namespaceSelector") is { } namespaces
            ? LabelSelector.FromJson(namespaces).Matches(inquiry.Find(KindName.Namespace, "", pod.Namespace)?.Labels)
            : pod.Namespace == ns;
        return isInNamespace && (peer.Object("podSelector") is not { } pods || LabelSelector.FromJson(pods).Matches(pod.Labels));
    }

    private static bool IsIn(IPAddress address, string? range) => IPNetwork.TryParse(range, out var network) && network.Contains(address);

    private static bool IsMeant(JsonObject port, (string Protocol, long Number, string? Name) known)
    {
        if ((port.Text("protocol") ?? "TCP") != known.Protocol)
            return false;
        if (port.Text("port") is { } name)
            return name == known.Name;
        return port.Integer("port") is not { } number || (port.Integer("endPort") is { } end ? known.Number >= number && known.Number <= end : known.Number == number);
    }

    // The ports of the pods that the service leads to.
    private static IEnumerable<(string Protocol, long Number, string? Name)> Ports(JsonObject service, JsonObject pod)
    {
        var declared = (pod.Object("spec")?.Objects("containers") ?? []).SelectMany(container => container.Objects("ports")).ToList();
        foreach (var port in service.Object("spec")?.Objects("ports") ?? [])
        {
            var name = port.Text("targetPort");
            var number = name is null ? port.Integer("targetPort") ?? port.Integer("port") : declared.Find(one => one.Text("name") == name)?.Integer("containerPort");
            if (number is { } found)
                yield return (port.Text("protocol") ?? "TCP", found, name ?? declared.Find(one => one.Integer("containerPort") == found)?.Text("name"));
        }
    }

    private static string Named(List<JsonObject> policies) => policies.Count > 1 ? $"NetworkPolicies {Words.List(policies.Select(policy => policy.Name))}" : $"NetworkPolicy {policies[0].Name}";

    private static string Peer(JsonObject pod, string policyNamespace)
    {
        var labels = (pod.Labels ?? []).Where(label => !label.Key.EndsWith("-hash", StringComparison.Ordinal)).Take(1).Select(label => $"{label.Key}: {label.Value.AsText()}");
        var pods = $"podSelector: {{matchLabels: {{{string.Join(", ", labels)}}}}}";
        return pod.Namespace == policyNamespace
            ? $"{{{pods}}}"
            : string.Create(CultureInfo.InvariantCulture, $"{{namespaceSelector: {{matchLabels: {{{NamespaceLabel}: {pod.Namespace}}}}}, {pods}}}");
    }
}
