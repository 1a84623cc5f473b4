namespace Slipway.Network;

public sealed class NftTests
{
    private static readonly ClusterNetwork Network = new("demo", "3f2a", Ipv4Range.Parse("10.128.0.0/20"), Ipv4Range.Parse("10.128.16.0/20"));

    [Fact]
    public void The_table_masquerades_what_leaves_the_bridge()
    {
        var text = NftTable.Create(Network);
        Assert.Contains("ip saddr 10.128.0.0/20 ip daddr != { 10.128.0.0/20, 224.0.0.0/4 } oifname != \"sw3f2a0\" masquerade", text);
        Assert.StartsWith("table ip slipway-demo\ndelete table ip slipway-demo\ntable bridge slipway-demo\ndelete table bridge slipway-demo\ntable ip slipway-demo {", text);
    }

    [Fact]
    public void Only_forward_chains_of_others_are_found()
    {
        const string json = """
            {"nftables":[{"metainfo":{"version":"1.0.6"}},
            {"chain":{"family":"ip","table":"slipway-demo","name":"postrouting","handle":1,"type":"nat","hook":"postrouting","prio":100,"policy":"accept"}},
            {"chain":{"family":"ip","table":"filter","name":"FORWARD","handle":2,"type":"filter","hook":"forward","prio":0,"policy":"drop"}},
            {"chain":{"family":"ip","table":"filter","name":"DOCKER-USER","handle":9}},
            {"chain":{"family":"ip6","table":"filter","name":"FORWARD","handle":2,"type":"filter","hook":"forward","prio":0,"policy":"drop"}},
            {"chain":{"family":"inet","table":"firewalld","name":"filter_FORWARD","handle":2,"type":"filter","hook":"forward","prio":10,"policy":"accept"}}]}
            """;
        Assert.Equal([new("ip", "filter", "FORWARD", true), new("inet", "firewalld", "filter_FORWARD", false)], ForeignForwardChains.FromChains(json));
    }

    [Theory]
    [InlineData(true, "", true)]                                                     // Docker, ufw: the policy drops
    [InlineData(false, "", false)]
    [InlineData(false, """,{"rule":{"handle":5,"expr":[{"counter":{}},{"reject":{"type":"icmpx"}}]}}""", true)]   // firewalld: the last rule rejects
    [InlineData(false, """,{"rule":{"handle":5,"expr":[{"match":{}},{"drop":null}]}}""", false)]                   // drops only some
    public void Accepts_are_inserted_where_a_chain_drops(bool policy, string rules, bool inserted)
    {
        var chain = new ForeignForwardChains.Chain("ip", "filter", "FORWARD", policy);
        var commands = ForeignForwardChains.Insert(chain, "{\"nftables\":[{\"chain\":{}}" + rules + "]}", Network);
        Assert.Equal(inserted
            ? "insert rule ip filter FORWARD iifname \"sw3f2a0\" accept comment \"slipway-demo\"\ninsert rule ip filter FORWARD oifname \"sw3f2a0\" accept comment \"slipway-demo\"\n"
            : "", commands);
    }

    [Fact]
    public void Accepts_are_neither_doubled_nor_forgotten()
    {
        var chain = new ForeignForwardChains.Chain("ip", "filter", "FORWARD", true);
        const string json = """
            {"nftables":[{"rule":{"handle":7,"comment":"slipway-demo","expr":[{"accept":null}]}},{"rule":{"handle":8,"comment":"slipway-demo","expr":[{"accept":null}]}},
            {"rule":{"handle":9,"comment":"slipway-demo-2","expr":[{"accept":null}]}},{"rule":{"handle":10,"expr":[{"drop":null}]}}]}
            """;
        Assert.Equal("", ForeignForwardChains.Insert(chain, json, Network));
        Assert.Equal("delete rule ip filter FORWARD handle 7\ndelete rule ip filter FORWARD handle 8\n", ForeignForwardChains.Delete(chain, json, Network));
    }
}

public sealed class CniConfigurationTests
{
    [Fact]
    public void Pods_are_bridged_and_addressed_from_the_clusters_range() => Assert.Equal(
        """{"cniVersion":"0.4.0","name":"slipway-3f2a","plugins":[{"type":"bridge","bridge":"sw3f2a0","isGateway":true,"ipMasq":false,"hairpinMode":true,"ipam":{"type":"host-local","dataDir":"/run/slipway/demo/cni/addresses","ranges":[[{"subnet":"10.128.0.0/20","gateway":"10.128.0.1"}]],"routes":[{"dst":"0.0.0.0/0"}]}}]}""",
        CniConfiguration.For(new ClusterNetwork("demo", "3f2a", Ipv4Range.Parse("10.128.0.0/20"), Ipv4Range.Parse("10.128.16.0/20")), "/run/slipway/demo/cni/addresses"));
}
