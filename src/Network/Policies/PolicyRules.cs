using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Api.Selectors;

namespace Slipway.Network;

/// <summary>
/// What NetworkPolicies are in the cluster's table (<see href="https://kubernetes.io/docs/concepts/services-networking/network-policies/"/>).
/// A pod of this node that a policy selects has an entry that leads to a chain, which it shares with all pods of the same policies:
/// what no rule lets through is dropped. Connections of the node itself, such as probes, are always let through.
/// </summary>
internal sealed class PolicyRules
{
    private readonly NftRules _rules = new();
    private readonly string _node;
    private readonly List<(PolicyPodView Pod, JsonObject Labels)> _pods;
    private readonly Dictionary<string, JsonObject> _namespaces;

    private PolicyRules(string node, IEnumerable<PolicyPodView> pods, IEnumerable<PolicyNamespaceView> namespaces)
    {
        _node = node;
        _pods = [.. pods.Where(pod => pod.Address is not null).OrderBy(pod => pod.Address, StringComparer.Ordinal).Select(pod => (pod, Labels(pod.Metadata.Labels)))];
        _namespaces = namespaces.ToDictionary(ns => ns.Metadata.Name, ns => Labels(ns.Metadata.Labels));
    }

    /// <summary>The entries, chains and sets of all policies.</summary>
    public static NftRules Of(string node, IReadOnlyCollection<PolicyView> policies, IEnumerable<PolicyPodView> pods, IEnumerable<PolicyNamespaceView> namespaces)
    {
        var made = new PolicyRules(node, pods, namespaces);
        var ordered = policies.OrderBy(policy => policy.Metadata.NamespaceProperty, StringComparer.Ordinal).ThenBy(policy => policy.Metadata.Name, StringComparer.Ordinal).ToList();
        made.Add(ordered, ingress: true);
        made.Add(ordered, ingress: false);
        return made._rules;
    }

    private void Add(IReadOnlyList<PolicyView> policies, bool ingress)
    {
        var concerned = policies.Where(policy => Concerns(policy.Spec, ingress)).Select(policy => (Policy: policy, Selector: Selector(policy.Spec.PodSelector))).ToList();
        var chains = new HashSet<string>();
        foreach (var (pod, labels) in _pods.Where(p => p.Pod.Spec.NodeName == _node))
        {
            var own = concerned.Where(c => c.Policy.Metadata.NamespaceProperty == pod.Metadata.NamespaceProperty && c.Selector.Matches(labels)).Select(c => c.Policy).ToList();
            if (own.Count == 0) continue;
            var chain = $"{(ingress ? "to" : "from")}-{Hash($"{pod.Metadata.NamespaceProperty} {string.Join(' ', own.Select(policy => policy.Metadata.Name))}")}";
            _rules.Elements.Add(new(ingress ? "policy_ingress" : "policy_egress", pod.Address!, $"jump {chain}"));
            if (chains.Add(chain))
                _rules.Chains.Add(new(chain, string.Concat(own.SelectMany(policy => Lines(policy, ingress)).Distinct().Select(line => $"{line} return\n")) + "drop"));
        }
    }

    // Without types a policy is about what comes in, and about what goes out if it says something of that.
    private static bool Concerns(PolicySpecView spec, bool ingress) => spec.PolicyTypes is { Count: > 0 } types ? types.Contains(ingress ? "Ingress" : "Egress") : ingress || spec.Egress is { Count: > 0 };

    private IEnumerable<string> Lines(PolicyView policy, bool ingress)
    {
        foreach (var rule in (ingress ? policy.Spec.Ingress : policy.Spec.Egress) ?? [])
        {
            var peers = ingress ? rule.From : rule.To;
            var everybody = peers is null or { Count: 0 };
            var pods = everybody ? [] : PodsOf(policy, peers!);
            var sides = everybody ? [""] : Sides(policy, peers!, pods, ingress).ToList();
            foreach (var port in rule.Ports is { Count: > 0 } ? rule.Ports : new List<PolicyPortView?> { null })
                foreach (var side in sides)
                    if (Port(policy, port, ingress, everybody, pods) is { } match) yield return $"{side} {match}".Trim();
        }
    }

    // The pods among the peers of a rule, whose addresses are a set.
    private List<PolicyPodView> PodsOf(PolicyView policy, List<PolicyPeerView> peers)
    {
        var selectors = peers.Where(peer => peer.IpBlock is null)
            .Select(peer => (Namespaces: peer.NamespaceSelector is { } n ? Selector(n) : null, Pods: Selector(peer.PodSelector))).ToList();
        return [.. _pods.Where(p => selectors.Exists(selector => selector.Pods.Matches(p.Labels) && (selector.Namespaces is null
            ? p.Pod.Metadata.NamespaceProperty == policy.Metadata.NamespaceProperty
            : selector.Namespaces.Matches(_namespaces.GetValueOrDefault(p.Pod.Metadata.NamespaceProperty))))).Select(p => p.Pod)];
    }

    private IEnumerable<string> Sides(PolicyView policy, List<PolicyPeerView> peers, List<PolicyPodView> pods, bool ingress)
    {
        var side = ingress ? "ip saddr" : "ip daddr";
        if (peers.Exists(peer => peer.IpBlock is null))
        {
            // Named by what is selected and not by who is, so that the chain stays as it is while pods come and go.
            var name = $"peers-{Hash($"{policy.Metadata.NamespaceProperty} {string.Join(' ', peers.Where(peer => peer.IpBlock is null).Select(peer => $"{peer.NamespaceSelector?.ToJsonString()}/{peer.PodSelector?.ToJsonString()}"))}")}";
            AddSet(name, "type ipv4_addr;", pods.Select(pod => pod.Address!));
            yield return $"{side} @{name}";
        }
        foreach (var block in peers.Select(peer => peer.IpBlock).OfType<AddressBlockView>())
            if (block.Cidr is { } cidr && Ipv4Range.TryParse(cidr, out var range))
                yield return $"{side} {range}{string.Concat((block.Except ?? []).Select(text => Ipv4Range.TryParse(text, out var except) ? $" {side} != {except}" : ""))}";
    }

    private string? Port(PolicyView policy, PolicyPortView? port, bool ingress, bool everybody, List<PolicyPodView> peers)
    {
        if (port is null) return "";
        var protocol = (port.Protocol ?? "TCP").ToLowerInvariant();
        if (port.Port?.Value is not { Length: > 0 } text) return $"meta l4proto {protocol}";
        if (int.TryParse(text, CultureInfo.InvariantCulture, out var number))
            return string.Create(CultureInfo.InvariantCulture, $"{protocol} dport {number}{(port.EndPort is { } end && end > number ? $"-{end}" : "")}");
        // A named port is what the pods that are reached call so.
        var selector = Selector(policy.Spec.PodSelector);
        var reached = !ingress ? everybody ? _pods.Select(p => p.Pod) : peers
            : _pods.Where(p => p.Pod.Metadata.NamespaceProperty == policy.Metadata.NamespaceProperty && selector.Matches(p.Labels)).Select(p => p.Pod);
        var name = $"ports-{Hash($"{policy.Metadata.NamespaceProperty}/{policy.Metadata.Name} {ingress} {protocol} {text} {string.Join(' ', ingress ? [] : peers.Select(peer => peer.Address))}")}";
        AddSet(name, "type ipv4_addr . inet_service;", reached.Select(pod => pod.Port(text, protocol) is { } found ? string.Create(CultureInfo.InvariantCulture, $"{pod.Address} . {found}") : null).OfType<string>());
        return $"meta l4proto {protocol} ip daddr . th dport @{name}";
    }

    private void AddSet(string name, string type, IEnumerable<string> keys)
    {
        if (_rules.Sets.Exists(set => set.Name == name)) return;
        _rules.Sets.Add(new(name, type));
        _rules.Elements.AddRange(keys.Distinct().Select(key => new NftElement(name, key, "")));
    }

    private static LabelSelector Selector(JsonObject? selector) => selector is null ? LabelSelector.Everything : LabelSelector.FromJson(selector);

    private static JsonObject Labels(IDictionary<string, string>? labels) => new((labels ?? new Dictionary<string, string>()).Select(label => KeyValuePair.Create(label.Key, (JsonNode?)label.Value)));

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 6));
}
