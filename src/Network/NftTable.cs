using System.Text.Json.Nodes;

namespace Slipway.Network;

/// <summary>
/// The cluster's own nftables tables, as input of <c>nft -f -</c>. Services are entries of maps, so that one more costs an
/// entry and no rule; <see cref="ProxyTable"/> fills them.
/// </summary>
internal static class NftTable
{
    /// <summary>Bit of the packet's mark for connections that leave with the node's address; the one that Kubernetes uses.</summary>
    public const string OutsideMark = "0x4000";

    /// <summary>The tables without services. Applied again, it replaces what is there in one step.</summary>
    public static string Create(ClusterNetwork network)
    {
        var bridge = network.Bridge;
        var node = network.ServesMachine ? "fib daddr type local ip daddr != 127.0.0.0/8" : $"ip daddr {network.NodeAddress}";
        return Delete(network) +
            $$"""
            table ip {{network.Table}} {
                map services { type ipv4_addr . inet_proto . inet_service : verdict; }
                map endpoints { type ipv4_addr . inet_proto . inet_service . classid : ipv4_addr . inet_service; }
                map refused { type ipv4_addr . inet_proto . inet_service : verdict; }
                map node_services { type inet_proto . inet_service : verdict; }
                map node_endpoints { type inet_proto . inet_service . classid : ipv4_addr . inet_service; }
                map node_refused { type inet_proto . inet_service : verdict; }
                set hairpins { type ipv4_addr . ipv4_addr; }
                map policy_egress { type ipv4_addr : verdict; }
                map policy_ingress { type ipv4_addr : verdict; }

                chain refuse {
                    meta l4proto tcp reject with tcp reset comment "the kernel sends few messages of ICMP to one host"
                    reject
                }
                chain discard { drop; }

                chain dispatch {
                    ip daddr . meta l4proto . th dport vmap @services
                    {{node}} meta l4proto . th dport vmap @node_services
                }
                chain loopback {
                    type filter hook prerouting priority raw; policy accept;
                    iifname "{{bridge}}" ip daddr 127.0.0.0/8 drop comment "answers come for the machine's own connections alone, under the node's address"
                }
                chain prerouting {
                    type nat hook prerouting priority dstnat; policy accept;
                    {{node}} socket wildcard <= 1 return comment "where something of the machine listens, it answers"
                    jump dispatch
                }
                chain output {
                    type nat hook output priority -100; policy accept;
                    jump dispatch
                }
                chain postrouting {
                    type nat hook postrouting priority srcnat; policy accept;
                    meta mark & {{OutsideMark}} == {{OutsideMark}} masquerade comment "connections from outside come back by this node"
                    ip saddr . ip daddr @hairpins masquerade comment "a pod that reaches itself by a service"
                    ip saddr {{network.Pods}} ip daddr != { {{network.Pods}}, 224.0.0.0/4 } oifname != "{{bridge}}" masquerade comment "pods leave with the address of the host"
                }

                chain admit {
                    ip daddr . meta l4proto . th dport vmap @refused
                    ip daddr {{network.Services}} goto refuse
                }
                chain input_filter {
                    type filter hook input priority filter; policy accept;
                    ct state new {{node}} meta l4proto . th dport vmap @node_refused
                    ct state new jump admit
                }
                chain forward_filter {
                    type filter hook forward priority filter; policy accept;
                    ct state new jump admit
                }
                chain policies {
                    type filter hook forward priority 10; policy accept;
                    ct state established,related accept
                    ip saddr . ip daddr @hairpins accept comment "a pod reaches itself whatever policies say"
                    ip saddr vmap @policy_egress
                    ip daddr vmap @policy_ingress
                }
                chain output_filter {
                    type filter hook output priority filter; policy accept;
                    ct state new {{node}} meta l4proto . th dport vmap @node_refused
                    ct state new jump admit
                }
            }
            table bridge {{network.Table}} {
                chain prerouting {
                    type filter hook prerouting priority dstnat; policy accept;
                    ip saddr {{network.Pods}} ip daddr {{network.Pods}} ether daddr & 01:00:00:00:00:00 == 00:00:00:00:00:00 meta pkttype set host ether daddr set {{network.HardwareAddress}} comment "answers go the way of the questions, where addresses are translated"
                }
            }

            """;
    }

    // Naming the tables first creates them if they are not there, so that the deletion cannot fail.
    public static string Delete(ClusterNetwork network) =>
        $"""
        table ip {network.Table}
        delete table ip {network.Table}
        table bridge {network.Table}
        delete table bridge {network.Table}

        """;

    /// <summary>Whether the tables are among those in the JSON of <c>nft --json list chains</c>.</summary>
    public static bool IsIn(string chainsJson, ClusterNetwork network)
    {
        var chains = (JsonNode.Parse(chainsJson)?["nftables"] as JsonArray ?? []).Select(entry => entry?["chain"] as JsonObject).Where(chain => (string?)chain?["table"] == network.Table).ToList();
        return chains.Exists(chain => (string?)chain!["name"] == "dispatch") && chains.Exists(chain => (string?)chain!["family"] == "bridge");
    }
}
