using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Testing;

namespace Slipway.Bench.Cluster.Network;

/// <summary>Queries a second that the cluster's DNS answers for names of 1,000 services, beside Debian's dnsmasq with the same names.</summary>
internal static class Names
{
    private const int Count = 1_000, PeerPort = 18053;

    public static async Task MeasureAsync(SlipwayCli slipway, ResultTable table)
    {
        using var api = Connection.To(slipway);
        var (hosts, queries) = (new StringBuilder(), new StringBuilder());
        await Task.WhenAll(Enumerable.Range(0, 16).Select(worker => Task.Run(async () =>
        {
            for (var i = worker; i < Count; i += 16)
                await api.SendExpectingAsync("POST", "/api/v1/namespaces/default/services", Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $$"""{"metadata":{"name":"bench-name-{{i}}"},"spec":{"ports":[{"port":80}]} }""")), 201);
        })));
        var services = JsonNode.Parse((await api.SendExpectingAsync(new ApiRequest("GET", "/api/v1/namespaces/default/services"), 200)).Span)!["items"]!.AsArray();
        foreach (var service in services)
        {
            var name = $"{service!["metadata"]!["name"]}.default.svc.cluster.local";
            hosts.Append(CultureInfo.InvariantCulture, $"{service["spec"]!["clusterIP"]} {name}\n");
            queries.Append(CultureInfo.InvariantCulture, $"{name} A\n");
        }
        var (hostsFile, queriesFile) = (Path.Combine(slipway.Home, "hosts"), Path.Combine(slipway.Home, "queries"));
        await File.WriteAllTextAsync(hostsFile, hosts.ToString());
        await File.WriteAllTextAsync(queriesFile, queries.ToString());
        var dns = (string)JsonNode.Parse((await api.SendExpectingAsync(new ApiRequest("GET", "/api/v1/namespaces/kube-system/services/kube-dns"), 200)).Span)!["spec"]!["clusterIP"]!;

        using var dnsmasq = Load.Start("dnsmasq", "--keep-in-foreground", "--user=root", "--conf-file=/dev/null", "--no-resolv", "--no-hosts", $"--addn-hosts={hostsFile}", "--listen-address=127.0.0.1", "--bind-interfaces", $"--port={PeerPort}");
        try
        {
            var rates = await Load.InTurnAsync(() => Load.DnsAsync(dns, 53, queriesFile), () => Load.DnsAsync($"{IPAddress.Loopback}", PeerPort, queriesFile));
            table.Add("DNS queries/s, names of 1,000 services", rates[0].ToString("N0", CultureInfo.InvariantCulture), Load.Compare(rates[0], rates[1], "dnsmasq"));
        }
        finally
        {
            dnsmasq.Kill();
        }
    }
}
