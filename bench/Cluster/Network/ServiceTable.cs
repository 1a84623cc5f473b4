using System.Globalization;
using System.Text;
using Slipway.Network;

namespace Slipway.Bench.Cluster.Network;

/// <summary>
/// How long 10,000 services take to program, and one to change, in a network namespace of its own; beside a ruleset with a chain for each
/// service and each endpoint, as kube-proxy's nftables mode has, restored at once and changed by one service.
/// </summary>
internal static class ServiceTable
{
    private const int Count = 10_000;
    private const int PeerChanges = 3;   // each takes nft a look at all chains
    private const string Foreign = "bench";
    private const string Witness = "witness";   // comes and goes until it is told of

    public static async Task MeasureAsync(ResultTable table)
    {
        var network = new ClusterNetwork("bench", "be0c", Ipv4Range.Parse("10.128.0.0/16"), Ipv4Range.Parse("10.129.0.0/16"));
        var host = $"slipway-bench-{Guid.NewGuid().ToString("n")[..6]}";
        await Load.RunAsync("ip", "netns", "add", host);
        try
        {
            var (all, effect, one, peerAll, peerOne) = (new Times(), new Times(), new Times(), new Times(), new Times());
            for (var round = 0; round < 3; round++)
            {
                var rules = new ProxyTable(network);
                var began = TimeProvider.System.GetTimestamp();
                for (var i = 0; i < Count; i++) rules.Want("service", new("bench", $"s{i}"), Service(i, 2));
                await ApplyAsync(rules.Everything());
                all.Add(TimeProvider.System.GetElapsedTime(began));
                await using (var commits = await ListenAsync())
                    await ChangeAsync(20, i => rules.Changes(rules.Want("service", new("bench", $"s{i}"), Service(i, 3)), out _), one, async began => effect.Add(TimeProvider.System.GetElapsedTime(began, await commits.NextAsync())));
                await ApplyAsync($"delete table ip {network.Table}\n");

                if (round > 0) continue;   // the other side takes the kernel long
                began = TimeProvider.System.GetTimestamp();
                await ApplyAsync(Chains());
                peerAll.Add(TimeProvider.System.GetElapsedTime(began));
                await ChangeAsync(PeerChanges, i => string.Create(CultureInfo.InvariantCulture, $"flush chain ip {Foreign} s{i}\nadd rule ip {Foreign} s{i} numgen random mod 2 vmap {{ 0 : goto e{i}-1, 1 : goto e{i}-0 }}\n"), peerOne, _ => Task.CompletedTask);
                await ApplyAsync($"delete table ip {Foreign}\n");
            }
            table.Add("10,000 services of 2 endpoints programmed", all.ToString(), $"a chain for each service and endpoint: {peerAll}", "< 1 s");
            table.Add("one of 10,000 services changed, to in effect", effect.Percentiles, "", "< 10 ms");
            table.Add("one of 10,000 services changed, to the end of nft", one.Percentiles, $"its chain replaced: {peerOne.Percentiles}", "");
        }
        finally
        {
            await Load.RunAsync("ip", "netns", "delete", host);
        }

        async Task<Commits> ListenAsync()
        {
            var commits = new Commits(host);
            while (!await commits.HaveComeAsync())   // it reads the whole ruleset before it listens
                await ApplyAsync($"add table ip {Witness}\ndelete table ip {Witness}\n");
            while (await commits.HaveComeAsync()) { }
            return commits;
        }

        async Task ChangeAsync(int count, Func<int, string> change, Times ended, Func<long, Task> done)
        {
            for (var i = 0; i < count; i++)
            {
                var began = TimeProvider.System.GetTimestamp();
                await ApplyAsync(change(i));
                ended.Add(TimeProvider.System.GetElapsedTime(began));
                await done(began);
            }
        }

        async Task ApplyAsync(string commands)
        {
            var file = Path.GetTempFileName();
            await File.WriteAllTextAsync(file, commands);
            await Load.RunAsync("ip", "netns", "exec", host, "nft", "-f", file);
            File.Delete(file);
        }
    }

    private static IEnumerable<KeyValuePair<Frontend, Backends>> Service(int i, int ends) =>
        [new(new(string.Create(CultureInfo.InvariantCulture, $"10.129.{i / 250}.{i % 250}"), "tcp", 80), new([.. Enumerable.Range(0, ends).Select(end => End(i, end))]))];

    private static Backend End(int i, int end) => new(string.Create(CultureInfo.InvariantCulture, $"10.128.{i / 100}.{(i % 100 * 2) + end}"), 8080);

    private static string Chains()
    {
        var text = new StringBuilder($"table ip {Foreign} {{\n");
        var map = new StringBuilder();
        for (var i = 0; i < Count; i++)
        {
            for (var end = 0; end < 2; end++)
                text.Append(CultureInfo.InvariantCulture, $"chain e{i}-{end} {{ ip saddr {End(i, end).Address} meta mark set meta mark | 0x4000; meta l4proto tcp dnat to {End(i, end).Address}:8080; }}\n");
            text.Append(CultureInfo.InvariantCulture, $"chain s{i} {{ numgen random mod 2 vmap {{ 0 : goto e{i}-0, 1 : goto e{i}-1 }}; }}\n");
            map.Append(CultureInfo.InvariantCulture, $"{(i == 0 ? "" : ", ")}10.129.{i / 250}.{i % 250} . tcp . 80 : goto s{i}");
        }
        return text.Append(CultureInfo.InvariantCulture, $"map services {{ type ipv4_addr . inet_proto . inet_service : verdict; elements = {{ {map} }} }}\nchain output {{ type nat hook output priority -100; ip daddr . meta l4proto . th dport vmap @services; }}\n}}\n").ToString();
    }
}
