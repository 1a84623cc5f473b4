using Slipway.Network.Services;

namespace Slipway.Network.Dns;

public sealed class ClusterZoneTests
{
    private static readonly ClusterZone Zone = new("cluster.local", Make.Network.DnsAddress, [Make.Network.Pods, Make.Network.Services], new Directory());

    [Theory]
    // A service with an address
    [InlineData("web.shop.svc.cluster.local", DnsType.A, "web.shop.svc.cluster.local A 10.128.16.7")]
    [InlineData("web.shop.svc.cluster.local", DnsType.Aaaa, "nothing")]
    [InlineData("web.shop.svc.cluster.local", DnsType.Txt, "nothing")]
    [InlineData("_http._tcp.web.shop.svc.cluster.local", DnsType.Srv, "_http._tcp.web.shop.svc.cluster.local SRV 100 80 web.shop.svc.cluster.local; web.shop.svc.cluster.local A 10.128.16.7")]
    [InlineData("_dns._udp.web.shop.svc.cluster.local", DnsType.Srv, "_dns._udp.web.shop.svc.cluster.local SRV 100 53 web.shop.svc.cluster.local; web.shop.svc.cluster.local A 10.128.16.7")]
    [InlineData("web.shop.svc.cluster.local", DnsType.Srv, "web.shop.svc.cluster.local SRV 50 80 web.shop.svc.cluster.local; web.shop.svc.cluster.local SRV 50 53 web.shop.svc.cluster.local; web.shop.svc.cluster.local A 10.128.16.7")]
    [InlineData("_dns._tcp.web.shop.svc.cluster.local", DnsType.Srv, "no such name")]
    [InlineData("_http._tcp.web.shop.svc.cluster.local", DnsType.A, "nothing")]
    [InlineData("_tcp.web.shop.svc.cluster.local", DnsType.Srv, "nothing")]
    [InlineData("one.web.shop.svc.cluster.local", DnsType.A, "no such name")]
    [InlineData("a.b.c.web.shop.svc.cluster.local", DnsType.A, "no such name")]
    [InlineData("7.16.128.10.in-addr.arpa", DnsType.Ptr, "7.16.128.10.in-addr.arpa PTR web.shop.svc.cluster.local")]
    // A headless one
    [InlineData("db.shop.svc.cluster.local", DnsType.A, "db.shop.svc.cluster.local A 10.128.0.2; db.shop.svc.cluster.local A 10.128.0.3")]
    [InlineData("db-0.db.shop.svc.cluster.local", DnsType.A, "db-0.db.shop.svc.cluster.local A 10.128.0.2")]
    [InlineData("10-128-0-3.db.shop.svc.cluster.local", DnsType.A, "10-128-0-3.db.shop.svc.cluster.local A 10.128.0.3")]
    [InlineData("10-128-0-4.db.shop.svc.cluster.local", DnsType.A, "no such name")]      // it is not ready
    [InlineData("_pg._tcp.db.shop.svc.cluster.local", DnsType.Srv, "_pg._tcp.db.shop.svc.cluster.local SRV 50 5432 db-0.db.shop.svc.cluster.local; _pg._tcp.db.shop.svc.cluster.local SRV 50 5432 10-128-0-3.db.shop.svc.cluster.local; db-0.db.shop.svc.cluster.local A 10.128.0.2; 10-128-0-3.db.shop.svc.cluster.local A 10.128.0.3")]
    [InlineData("db.shop.svc.cluster.local", DnsType.Srv, "db.shop.svc.cluster.local SRV 50 5432 db-0.db.shop.svc.cluster.local; db.shop.svc.cluster.local SRV 50 5432 10-128-0-3.db.shop.svc.cluster.local; db-0.db.shop.svc.cluster.local A 10.128.0.2; 10-128-0-3.db.shop.svc.cluster.local A 10.128.0.3")]
    [InlineData("db-0.db.shop.svc.cluster.local", DnsType.Srv, "db-0.db.shop.svc.cluster.local SRV 100 5432 db-0.db.shop.svc.cluster.local; db-0.db.shop.svc.cluster.local A 10.128.0.2")]
    [InlineData("_pg._tcp.db.shop.svc.cluster.local", DnsType.A, "nothing")]
    [InlineData("away.shop.svc.cluster.local", DnsType.Srv, "away.shop.svc.cluster.local CNAME example.org > example.org")]
    [InlineData("2.0.128.10.in-addr.arpa", DnsType.Ptr, "2.0.128.10.in-addr.arpa PTR db-0.db.shop.svc.cluster.local")]
    [InlineData("3.0.128.10.in-addr.arpa", DnsType.Ptr, "no such name")]
    [InlineData("empty.shop.svc.cluster.local", DnsType.A, "no such name")]
    // An alias
    [InlineData("away.shop.svc.cluster.local", DnsType.Cname, "away.shop.svc.cluster.local CNAME example.org")]
    [InlineData("away.shop.svc.cluster.local", DnsType.A, "away.shop.svc.cluster.local CNAME example.org > example.org")]
    [InlineData("x.away.shop.svc.cluster.local", DnsType.A, "no such name")]
    // Pods
    [InlineData("10-128-0-77.shop.pod.cluster.local", DnsType.A, "10-128-0-77.shop.pod.cluster.local A 10.128.0.77")]
    [InlineData("10-128-0-77.shop.pod.cluster.local", DnsType.Aaaa, "nothing")]
    [InlineData("10-128-0-777.shop.pod.cluster.local", DnsType.A, "no such name")]
    [InlineData("fd00--1.shop.pod.cluster.local", DnsType.Aaaa, "fd00--1.shop.pod.cluster.local AAAA fd00::1")]
    // What is between them, and what is not there
    [InlineData("cluster.local", DnsType.A, "nothing")]
    [InlineData("cluster.local", DnsType.Soa, "cluster.local SOA ns.dns.cluster.local")]
    [InlineData("cluster.local", DnsType.Ns, "cluster.local NS ns.dns.cluster.local; ns.dns.cluster.local A 10.128.16.10")]
    [InlineData("ns.dns.cluster.local", DnsType.A, "ns.dns.cluster.local A 10.128.16.10")]
    [InlineData("dns-version.cluster.local", DnsType.Txt, "dns-version.cluster.local TXT 1.1.0")]
    [InlineData("svc.cluster.local", DnsType.A, "nothing")]
    [InlineData("shop.svc.cluster.local", DnsType.A, "nothing")]
    [InlineData("none.svc.cluster.local", DnsType.A, "no such name")]
    [InlineData("none.shop.svc.cluster.local", DnsType.A, "no such name")]
    [InlineData("web.none.svc.cluster.local", DnsType.A, "no such name")]
    [InlineData("example.org.cluster.local", DnsType.A, "no such name")]
    [InlineData("9.16.128.10.in-addr.arpa", DnsType.Ptr, "no such name")]
    // Names of elsewhere
    [InlineData("example.org", DnsType.A, "elsewhere")]
    [InlineData("notcluster.local", DnsType.A, "elsewhere")]
    [InlineData("1.2.0.192.in-addr.arpa", DnsType.Ptr, "elsewhere")]
    [InlineData("128.10.in-addr.arpa", DnsType.Ptr, "elsewhere")]
    public void Names_are_those_of_the_specification(string name, ushort type, string expected)
    {
        var answer = Zone.Answer(name, type);
        Assert.Equal(expected, answer switch
        {
            null => "elsewhere",
            { Code: DnsCode.NoSuchName } => "no such name",
            { Answers.Count: 0 } => "nothing",
            _ => string.Join("; ", answer.Answers.Concat(answer.Additional)) + (answer.Continue is { } next ? $" > {next}" : ""),
        });
        // An empty answer says for how long it holds.
        if (answer is { Answers.Count: 0 }) Assert.Equal("cluster.local SOA ns.dns.cluster.local", $"{answer.Authority.Single()}");
    }
}
