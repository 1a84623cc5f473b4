using System.Globalization;
using Slipway.Api;
using Slipway.Network.Services;

namespace Slipway.Network.Real;

/// <summary>The commands are taken by the real nftables, and a table that was changed step by step is as one that was made at once.</summary>
public sealed class NftablesTests
{
    [Fact]
    public async Task A_table_changed_step_by_step_is_as_one_made_at_once()
    {
        await using var stepwise = await NetworkNamespace.CreateAsync();
        await using var atOnce = await NetworkNamespace.CreateAsync();
        var random = new Random(7);
        var table = new ProxyTable(Make.Network);
        var wanted = new Dictionary<ObjectKey, List<KeyValuePair<Frontend, Backends>>>();
        await stepwise.ApplyAsync(table.Everything(), CancellationToken.None);
        for (var step = 1; step <= 120; step++)
        {
            var key = new ObjectKey("shop", $"s{random.Next(12)}");
            wanted[key] = random.Next(4) == 0 ? [] : [.. Frontends(random)];
            var commands = table.Changes(table.Want("service", key, wanted[key]), out _);
            if (commands.Length > 0) await stepwise.ApplyAsync(commands, CancellationToken.None);
            if (step % 30 != 0) continue;

            var fresh = new ProxyTable(Make.Network);
            foreach (var (other, frontends) in wanted) fresh.Want("service", other, frontends);
            await atOnce.ApplyAsync(fresh.Everything(), CancellationToken.None);
            Assert.Equal(Lines(await atOnce.RunAsync("nft", "list", "ruleset")), Lines(await stepwise.RunAsync("nft", "list", "ruleset")));
        }
    }

    [Theory]
    [InlineData("default")]
    [InlineData("demo")]
    public async Task The_tables_are_found_and_removed(string cluster)
    {
        await using var ns = await NetworkNamespace.CreateAsync();
        var network = Make.Network with { Cluster = cluster };
        Assert.False(NftTable.IsIn(await ns.RunAsync("nft", "--json", "list", "chains"), network));
        await ns.ApplyAsync(NftTable.Create(network), CancellationToken.None);
        Assert.True(NftTable.IsIn(await ns.RunAsync("nft", "--json", "list", "chains"), network));
        Assert.False(NftTable.IsIn(await ns.RunAsync("nft", "--json", "list", "chains"), network with { Cluster = "other" }));
        await ns.ApplyAsync(NftTable.Delete(network), CancellationToken.None);
        Assert.Equal("", (await ns.RunAsync("nft", "list", "ruleset")).Trim());
    }

    [Fact]
    public async Task Ten_thousand_services_are_programmed_at_once_and_one_changed_without_the_others()
    {
        await using var ns = await NetworkNamespace.CreateAsync();
        var table = new ProxyTable(Make.Network);
        for (var i = 0; i < 10_000; i++)
            table.Want("service", new("shop", $"s{i}"), [new(new(string.Create(CultureInfo.InvariantCulture, $"10.200.{i / 250}.{i % 250}"), "tcp", 80), new([new("10.128.0.2", 80), new("10.128.0.3", 80)]))]);
        await ns.ApplyAsync(table.Everything(), CancellationToken.None);
        var change = table.Changes(table.Want("service", new("shop", "s77"), [new(new("10.200.0.77", "tcp", 80), new([new("10.128.0.9", 80)]))]), out _);
        Assert.True(change.Length < 1_500, change);
        await ns.ApplyAsync(change, CancellationToken.None);
    }

    private static IEnumerable<KeyValuePair<Frontend, Backends>> Frontends(Random random)
    {
        for (var i = random.Next(1, 4); i > 0; i--)
        {
            var address = random.Next(3) == 0 ? "" : $"10.128.16.{random.Next(1, 9)}";
            var frontend = new Frontend(address, new[] { "tcp", "udp", "sctp" }[random.Next(3)], random.Next(80, 84));
            yield return new(frontend, new([.. Enumerable.Range(2, 6).Where(_ => random.Next(2) == 0).Select(n => new Backend($"10.128.0.{n}", 8080))])
            {
                FromOutside = random.Next(2) == 0,
                AffinitySeconds = random.Next(4) == 0 ? 60 + random.Next(2) : null,
                OnOtherNodes = random.Next(2) == 0,
                Sources = random.Next(4) == 0 ? ["192.0.2.0/24", "192.0.2.0/25", "198.51.100.7"] : [],
            });
        }
    }

    // Chains that choose among a number of ends stay when nobody needs them any more; the order of maps means nothing.
    private static IEnumerable<string> Lines(string ruleset) => ruleset.Split('\n').Select(line => line.Trim(' ', '\t', ',')).Select(line => line.Replace("elements = { ", "", StringComparison.Ordinal).Replace(" }", "", StringComparison.Ordinal))
        .SelectMany(line => line.Split(", ")).Where(line => !line.Contains("pick-", StringComparison.Ordinal) || line.Contains("goto", StringComparison.Ordinal))
        .Where(line => !line.StartsWith("meta priority", StringComparison.Ordinal) && !line.StartsWith("dnat ip to", StringComparison.Ordinal) && !line.StartsWith("meta mark set", StringComparison.Ordinal) && line is not ("}" or "" or "{"))
        .Distinct().Order(StringComparer.Ordinal);
}
