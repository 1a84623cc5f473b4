using System.Net;
using Slipway.Api;

namespace Slipway.Network.Services;

public sealed class ProxyTableTests
{
    private static readonly ObjectKey Web = new("shop", "web"), Api = new("shop", "api");
    private static readonly Frontend Http = new("10.128.16.7", "tcp", 80), Node = new("", "udp", 30053);
    private static readonly Backend One = new("10.128.0.2", 8080), Two = new("10.128.0.3", 8080);

    private readonly ProxyTable _table = new(Make.Network);

    [Fact]
    public void A_service_is_entries_of_maps() => Assert.Equal("""
        add chain ip slipway-demo pick-2
        flush chain ip slipway-demo pick-2
        add rule ip slipway-demo pick-2 meta priority set numgen random mod 2
        add rule ip slipway-demo pick-2 dnat ip to ip daddr . meta l4proto . th dport . meta priority map @endpoints
        add element ip slipway-demo hairpins { 10.128.0.2 . 10.128.0.2, 10.128.0.3 . 10.128.0.3 }
        add element ip slipway-demo endpoints { 10.128.16.7 . tcp . 80 . 0 : 10.128.0.2 . 8080, 10.128.16.7 . tcp . 80 . 1 : 10.128.0.3 . 8080 }
        add element ip slipway-demo services { 10.128.16.7 . tcp . 80 : goto pick-2 }

        """, Change(Web, Http, One, Two));

    [Fact]
    public void What_has_not_changed_is_not_written()
    {
        Change(Web, Http, One, Two);
        Assert.Equal("", Change(Web, Http, One, Two));
        Assert.Equal("""
            delete element ip slipway-demo hairpins { 10.128.0.3 . 10.128.0.3 }
            delete element ip slipway-demo endpoints { 10.128.16.7 . tcp . 80 . 1 }
            add element ip slipway-demo hairpins { 10.128.0.4 . 10.128.0.4 }
            add element ip slipway-demo endpoints { 10.128.16.7 . tcp . 80 . 1 : 10.128.0.4 . 8080 }

            """, Change(Web, Http, One, new("10.128.0.4", 8080)));
    }

    [Fact]
    public void Without_ends_connections_are_refused()
    {
        Change(Web, Http, One);
        Assert.Equal("""
            delete element ip slipway-demo hairpins { 10.128.0.2 . 10.128.0.2 }
            delete element ip slipway-demo endpoints { 10.128.16.7 . tcp . 80 . 0 }
            delete element ip slipway-demo services { 10.128.16.7 . tcp . 80 }
            add element ip slipway-demo refused { 10.128.16.7 . tcp . 80 : goto refuse }

            """, Change(Web, Http));
        Assert.Equal("delete element ip slipway-demo refused { 10.128.16.7 . tcp . 80 }\n", Gone(Web));
        Assert.Equal(0, _table.Count);
    }

    [Fact]
    public void An_end_of_two_services_counts_twice()
    {
        Change(Web, Http, One);
        Change(Api, new("10.128.16.8", "tcp", 80), One);
        Assert.DoesNotContain("hairpins", Gone(Web));
        Assert.Contains("delete element ip slipway-demo hairpins { 10.128.0.2 . 10.128.0.2 }", Gone(Api));
    }

    [Fact]
    public void Of_two_who_claim_a_frontend_the_first_by_name_has_it_and_the_other_follows()
    {
        Change(Web, Http, One);
        Assert.Contains("10.128.0.3 . 8080", Change(Api, Http, Two));
        Assert.Equal("", Change(Web, Http, new Backend("10.128.0.9", 1)));
        Assert.Contains("10.128.0.9 . 1", Gone(Api));
    }

    [Fact]
    public void Clients_that_stay_are_remembered_by_each_end()
    {
        var commands = _table.Changes(_table.Want("service", Web, [new(Http, new Backends([One, Two]) { AffinitySeconds = 60 })]), out _);
        Assert.Matches(@"add set ip slipway-demo stay-[0-9a-f]{12}-[0-9a-f]{12} \{ type ipv4_addr; flags dynamic,timeout; timeout 60s; \}", commands);
        Assert.Matches(@"add rule ip slipway-demo stay-([0-9a-f]{12}) ip saddr @(stay-\1-[0-9a-f]{12}) goto \2\n", commands);
        Assert.Contains("meta l4proto tcp dnat to 10.128.0.2:8080", commands);

        // Who stays with the end that is left is not forgotten.
        var less = _table.Changes(_table.Want("service", Web, [new(Http, new Backends([One]) { AffinitySeconds = 60 })]), out _);
        Assert.DoesNotContain("add set", less);
        Assert.Single(System.Text.RegularExpressions.Regex.Matches(less, "delete set"));
    }

    [Fact]
    public void Flows_of_UDP_to_ends_that_go_are_stale()
    {
        Change(Web, Node);
        _table.Changes(_table.Want("service", Web, [new(Node, new([One, Two]))]), out var came);
        Assert.Equal([new(Node, null)], StaleFlows.Of(came));
        _table.Changes(_table.Want("service", Web, [new(Node, new([Two]))]), out var left);
        Assert.Equal([new(Node, "10.128.0.2")], StaleFlows.Of(left));
        _table.Changes(_table.Want("service", Api, [new(Http, new([Two]))]), out var tcp);
        Assert.Empty(StaleFlows.Of(tcp));
    }

    [Theory]
    [InlineData("10.128.16.10", 53, "10.128.0.2", true)]
    [InlineData("10.128.16.10", 54, "10.128.0.2", false)]
    [InlineData("10.128.16.11", 53, "10.128.0.2", false)]
    [InlineData("10.128.16.10", 53, "10.128.0.3", false)]
    [InlineData("10.128.16.10", 53, "10.128.16.10", false)]
    public void A_flow_is_known_by_where_it_was_sent_and_who_answers(string destination, ushort port, string answers, bool stale) =>
        Assert.Equal(stale, ConnectionTable.IsStale(new([], IPAddress.Parse(destination), port, IPAddress.Parse(answers)), [new(new("10.128.16.10", "udp", 53), "10.128.0.2")]));

    private string Change(ObjectKey key, Frontend frontend, params Backend[] ends) => _table.Changes(_table.Want("service", key, [new(frontend, new(ends))]), out _);

    private string Gone(ObjectKey key) => _table.Changes(_table.Want("service", key, []), out _);
}
