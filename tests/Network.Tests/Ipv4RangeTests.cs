namespace Slipway.Network;

public sealed class Ipv4RangeTests
{
    [Theory]
    [InlineData("10.64.0.0/20", "10.64.0.0/20", "10.64.0.1")]
    [InlineData("10.64.7.9/20", "10.64.0.0/20", "10.64.0.1")]
    [InlineData("192.168.1.0/24", "192.168.1.0/24", "192.168.1.1")]
    public void A_range_is_read_and_written_in_its_normal_form(string text, string normal, string second)
    {
        var range = Ipv4Range.Parse(text);
        Assert.Equal(normal, range.ToString());
        Assert.Equal(second, range.Address(1).ToString());
    }

    [Theory]
    [InlineData("10.64.0.0/33")]
    [InlineData("10.64.0/")]
    [InlineData("fe80::1/64")]
    [InlineData("default")]
    [InlineData("")]
    public void What_is_no_range_is_refused(string text) => Assert.False(Ipv4Range.TryParse(text, out _));

    [Theory]
    [InlineData("10.0.0.0/8", "10.200.0.0/16", true)]
    [InlineData("10.0.0.0/16", "10.1.0.0/16", false)]
    [InlineData("0.0.0.0/0", "192.0.2.1/32", true)]
    [InlineData("10.1.255.255", "10.1.0.0/16", true)]
    public void Overlap_is_symmetric(string a, string b, bool overlap)
    {
        Assert.Equal(overlap, Ipv4Range.Parse(a).Overlaps(Ipv4Range.Parse(b)));
        Assert.Equal(overlap, Ipv4Range.Parse(b).Overlaps(Ipv4Range.Parse(a)));
    }
}

public sealed class FreeRangeTests
{
    [Theory]
    [InlineData("", "10.128.0.0/20")]
    [InlineData("10.128.0.0/20", "10.128.16.0/20")]
    [InlineData("10.128.5.1/32", "10.128.16.0/20")]
    [InlineData("10.128.0.0/20 10.128.32.0/20", "10.128.16.0/20")]
    [InlineData("10.128.0.0/9", "10.64.0.0/20")]
    [InlineData("10.0.0.0/8", "172.16.0.0/20")]
    [InlineData("10.0.0.0/8 172.16.0.0/12", "192.168.0.0/20")]
    public void The_first_range_clear_of_what_is_taken_is_chosen(string taken, string expected) =>
        Assert.Equal(expected, FreeRange.Choose(20, Ranges(taken)).ToString());

    [Fact]
    public void There_may_be_none() => Assert.Null(FreeRange.Choose(20, Ranges("10.0.0.0/8 172.16.0.0/12 192.168.0.0/16")));

    private static Ipv4Range[] Ranges(string text) => [.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Ipv4Range.Parse)];
}

public sealed class HostRoutesTests
{
    [Fact]
    public void Routes_are_taken_and_default_routes_are_not()
    {
        const string json = """[{"dst":"default","gateway":"192.0.2.1","dev":"eth0"},{"dst":"192.0.2.0/24","dev":"eth0"},{"type":"local","dst":"127.0.0.1","dev":"lo","table":"local"},{"dst":"10.1.0.0/16","dev":"wg0","table":"51820"}]""";
        Assert.Equal(["192.0.2.0/24", "127.0.0.1/32", "10.1.0.0/16"], HostRoutes.FromRoutes(json).Select(r => r.ToString()));
    }

    [Fact]
    public void Name_servers_are_taken() =>
        Assert.Equal(["10.128.0.53/32"], HostRoutes.FromResolvers("# from DHCP\nsearch example.org\nnameserver 10.128.0.53\nnameserver fe80::1\n").Select(r => r.ToString()));
}
