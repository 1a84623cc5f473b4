using System.Text;
using Slipway.Network.Real;
using Slipway.Network.Services;

namespace Slipway.Network.Policies;

public sealed class PolicyRulesTests
{
    private static readonly List<PolicyPodView> Pods =
    [
        Pod("shop", "web", "10.128.0.2", "app=web"), Pod("shop", "db", "10.128.0.3", "app=db"), Pod("ops", "scrape", "10.128.0.4", "app=scrape"),
        Pod("shop", "far", "10.200.0.9", "app=web", node: "there"), Pod("shop", "host", "10.128.0.1", "app=web", hostNetwork: true),
    ];

    private static readonly List<PolicyNamespaceView> Namespaces = [Namespace("shop", "team=a"), Namespace("ops", "team=b")];

    [Theory]
    // what is selected and let through → chains by pod, with the members of sets in place of their names
    [InlineData("""{"podSelector":{}}""", "to 10.128.0.2: drop | to 10.128.0.3: drop")]
    [InlineData("""{"podSelector":{},"policyTypes":["Egress"]}""", "from 10.128.0.2: drop | from 10.128.0.3: drop")]
    [InlineData("""{"podSelector":{"matchLabels":{"app":"db"}},"ingress":[{}]}""", "to 10.128.0.3: return; drop")]
    [InlineData("""{"podSelector":{"matchLabels":{"app":"db"}},"ingress":[{"from":[{"podSelector":{"matchLabels":{"app":"web"}}}],"ports":[{"port":5432}]}]}""",
        "to 10.128.0.3: ip saddr {10.128.0.2,10.200.0.9} tcp dport 5432 return; drop")]
    [InlineData("""{"podSelector":{"matchLabels":{"app":"db"}},"ingress":[{"from":[{"namespaceSelector":{"matchLabels":{"team":"b"}}}]}]}""", "to 10.128.0.3: ip saddr {10.128.0.4} return; drop")]
    [InlineData("""{"podSelector":{"matchLabels":{"app":"db"}},"ingress":[{"from":[{"namespaceSelector":{},"podSelector":{"matchExpressions":[{"key":"app","operator":"NotIn","values":["db","web"]}]}}]}]}""", "to 10.128.0.3: ip saddr {10.128.0.4} return; drop")]
    [InlineData("""{"podSelector":{"matchLabels":{"app":"db"}},"ingress":[{"from":[{"ipBlock":{"cidr":"192.0.2.0/24","except":["192.0.2.8/29"]}}],"ports":[{"protocol":"UDP","port":1000,"endPort":2000},{"protocol":"TCP"}]}]}""",
        "to 10.128.0.3: ip saddr 192.0.2.0/24 ip saddr != 192.0.2.8/29 udp dport 1000-2000 return; ip saddr 192.0.2.0/24 ip saddr != 192.0.2.8/29 meta l4proto tcp return; drop")]
    [InlineData("""{"podSelector":{"matchLabels":{"app":"web"}},"policyTypes":["Ingress"],"ingress":[{"ports":[{"port":"http"}]}]}""", "to 10.128.0.2: meta l4proto tcp ip daddr . th dport {10.128.0.2 . 8080,10.200.0.9 . 8080} return; drop")]
    [InlineData("""{"podSelector":{"matchLabels":{"app":"db"}},"policyTypes":["Egress"],"egress":[{"to":[{"podSelector":{"matchLabels":{"app":"web"}}}],"ports":[{"port":"http"}]}]}""",
        "from 10.128.0.3: ip daddr {10.128.0.2,10.200.0.9} meta l4proto tcp ip daddr . th dport {10.128.0.2 . 8080,10.200.0.9 . 8080} return; drop")]
    [InlineData("""{"podSelector":{"matchLabels":{"app":"db"}},"egress":[{"to":[{"ipBlock":{"cidr":"0.0.0.0/0"}}]}],"policyTypes":["Ingress","Egress"]}""", "to 10.128.0.3: drop | from 10.128.0.3: ip daddr 0.0.0.0/0 return; drop")]
    [InlineData("""{"podSelector":{"matchLabels":{"app":"nobody"}}}""", "")]
    public void A_selected_pod_lets_through_what_its_policies_say(string spec, string expected)
    {
        var rules = PolicyRules.Of("here", [Policy("shop", "p", spec)], Pods, Namespaces);
        Assert.Equal(expected, string.Join(" | ", rules.Elements.Where(e => e.Map.StartsWith("policy_", StringComparison.Ordinal)).Select(e => $"{(e.Map == "policy_ingress" ? "to" : "from")} {e.Key}: {Text(rules, e.Value["jump ".Length..])}")));
    }

    [Fact]
    public void Policies_of_a_pod_add_up_and_pods_of_the_same_policies_share_a_chain()
    {
        var rules = PolicyRules.Of("here", [Policy("shop", "all", """{"podSelector":{}}"""), Policy("shop", "web", """{"podSelector":{"matchLabels":{"app":"web"}},"ingress":[{"ports":[{"port":80}]}]}"""), Policy("ops", "other", """{"podSelector":{}}""")],
            [.. Pods, Pod("shop", "web2", "10.128.0.7", "app=web")], Namespaces);
        var chains = rules.Elements.Where(e => e.Map == "policy_ingress").ToDictionary(e => e.Key, e => e.Value);
        Assert.Equal(chains["10.128.0.2"], chains["10.128.0.7"]);
        Assert.Equal("tcp dport 80 return; drop", Text(rules, chains["10.128.0.2"]["jump ".Length..]));
        Assert.Equal("drop", Text(rules, chains["10.128.0.3"]["jump ".Length..]));
        Assert.Equal(3, rules.Chains.Count);
    }

    [Fact]
    public async Task The_real_nftables_takes_policies_as_they_come_and_go()
    {
        await using var ns = await NetworkNamespace.CreateAsync();
        var table = new ProxyTable(Make.Network);
        await ns.ApplyAsync(table.Everything(), CancellationToken.None);
        var before = await ns.RunAsync("nft", "list", "ruleset");
        var open = Policy("shop", "p", """{"podSelector":{},"policyTypes":["Ingress","Egress"],"ingress":[{"from":[{"podSelector":{}},{"ipBlock":{"cidr":"192.0.2.0/24","except":["192.0.2.8/29","192.0.2.16/28"]}}],"ports":[{"port":"http"},{"port":1,"endPort":9,"protocol":"SCTP"}]}],"egress":[{"to":[{"namespaceSelector":{}}]}]}""");
        foreach (var pods in new[] { Pods, [.. Pods.Skip(1), Pod("shop", "new", "10.128.0.8", "app=web")], Pods })
        {
            table.Want(PolicyRules.Of("here", [open], pods, Namespaces));
            await ns.ApplyAsync(table.Changes([], out _), CancellationToken.None);
        }
        Assert.Contains("jump to-", await ns.RunAsync("nft", "list", "map", "ip", "slipway-demo", "policy_ingress"));
        table.Want(new NftRules());
        await ns.ApplyAsync(table.Changes([], out _), CancellationToken.None);
        Assert.Equal(before, await ns.RunAsync("nft", "list", "ruleset"));
    }

    private static string Text(NftRules rules, string chain)
    {
        var text = rules.Chains.Find(c => c.Name == chain).Text;
        foreach (var set in rules.Sets)
            text = text.Replace($"@{set.Name}", $"{{{string.Join(',', rules.Elements.Where(e => e.Map == set.Name).Select(e => e.Key))}}}", StringComparison.Ordinal);
        return string.Join("; ", text.Split('\n').Select(line => line.Trim()));
    }

    private static PolicyView Policy(string ns, string name, string spec) =>
        NetworkKinds.Policies.Read(Encoding.UTF8.GetBytes($$"""{"metadata":{"namespace":"{{ns}}","name":"{{name}}"},"spec":{{spec}} }"""));

    private static PolicyPodView Pod(string ns, string name, string address, string label, string node = "here", bool hostNetwork = false) => NetworkKinds.PolicyPods.Read(Encoding.UTF8.GetBytes($$"""
        {"metadata":{"namespace":"{{ns}}","name":"{{name}}","labels":{"{{label.Split('=')[0]}}":"{{label.Split('=')[1]}}"} },
         "spec":{"nodeName":"{{node}}","hostNetwork":{{(hostNetwork ? "true" : "false")}},"containers":[{"ports":[{"name":"http","containerPort":8080}]}]},"status":{"phase":"Running","podIP":"{{address}}"} }
        """));

    private static PolicyNamespaceView Namespace(string name, string label) =>
        NetworkKinds.PolicyNamespaces.Read(Encoding.UTF8.GetBytes($$"""{"metadata":{"name":"{{name}}","labels":{"{{label.Split('=')[0]}}":"{{label.Split('=')[1]}}"} } }"""));
}
