namespace Slipway.Network;

/// <summary>The cluster's own nftables table, as input of <c>nft -f -</c>. Applying it again replaces it in one step.</summary>
internal static class NftTable
{
    public static string Create(ClusterNetwork network) =>
        $$"""
        table ip {{network.Table}}
        delete table ip {{network.Table}}
        table ip {{network.Table}} {
            chain postrouting {
                type nat hook postrouting priority srcnat; policy accept;
                ip saddr {{network.Pods}} ip daddr != { {{network.Pods}}, 224.0.0.0/4 } oifname != "{{network.Bridge}}" masquerade comment "pods leave with the address of the host"
            }
        }

        """;

    // Naming the table first creates it if it is not there, so that the deletion cannot fail.
    public static string Delete(ClusterNetwork network) =>
        $"""
        table ip {network.Table}
        delete table ip {network.Table}

        """;
}
