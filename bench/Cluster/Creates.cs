using System.Globalization;
using System.Text;
using Slipway.Bench.Peers.Etcd;
using Slipway.Testing;

namespace Slipway.Bench.Cluster;

/// <summary>
/// Durable creates per second through the API, with TLS, validation and admission, against etcd that stores the same documents
/// on the same disk, over TLS as it is reached below a Kubernetes, and without.
/// </summary>
internal static class Creates
{
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(4);

    public static async Task MeasureAsync(SlipwayCli slipway, ResultTable table)
    {
        var data = $"/var/lib/slipway/{slipway.Name}/bench-etcd";
        await using var plain = await EtcdServer.StartAsync(Directory.CreateDirectory($"{data}/plain").FullName, CancellationToken.None);
        await using var secure = await EtcdServer.StartAsync(Directory.CreateDirectory($"{data}/tls").FullName, CancellationToken.None, tls: true);
        foreach (var clients in new[] { 1, 16, 128 })
        {
            var (api, overTls, overTcp) = (new List<double>(), new List<double>(), new List<double>());
            for (var round = 0; round < 3; round++)
            {
                var name = $"c{clients}-{round}";
                api.Add(await ApiAsync(slipway, clients, name));
                overTls.Add(await EtcdAsync(secure, clients, name));
                overTcp.Add(await EtcdAsync(plain, clients, name));
            }
            var mine = Median(api);
            table.Add($"durable creates/s through the API, {clients} clients", Rate(mine), $"etcd over TLS {Against(overTls)}; without TLS {Against(overTcp)}", ">= 1x");

            string Against(List<double> peer) => $"{Rate(Median(peer))}: {(mine / Median(peer)).ToString("0.00", CultureInfo.InvariantCulture)}x";
        }

        static double Median(List<double> rates) => rates.Order().ElementAt(rates.Count / 2);
        static string Rate(double value) => value.ToString("N0", CultureInfo.InvariantCulture);
    }

    private static async Task<double> ApiAsync(SlipwayCli slipway, int clients, string name)
    {
        using var api = Connection.To(slipway);
        return await RateAsync(clients, (client, i) =>
            api.SendExpectingAsync("POST", "/api/v1/namespaces/default/configmaps", Document($"{name}-{client}-{i}"), 201));
    }

    private static async Task<double> EtcdAsync(EtcdServer server, int clients, string name)
    {
        using var etcd = new EtcdClient(server.Address);
        return await RateAsync(clients, async (client, i) =>
        {
            var document = $"{name}-{client}-{i}";
            if (await etcd.CreateAsync($"/registry/core/configmaps/default/{document}", Document(document), CancellationToken.None) is null)
                throw new InvalidOperationException($"{document} exists");
        });
    }

    private static async Task<double> RateAsync(int clients, Func<int, int, Task> create)
    {
        long done = 0;
        var began = TimeProvider.System.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, clients).Select(client => Task.Run(async () =>
        {
            for (var i = 0; TimeProvider.System.GetElapsedTime(began) < Duration; i++)
            {
                await create(client, i);
                Interlocked.Increment(ref done);
            }
        })));
        return done / TimeProvider.System.GetElapsedTime(began).TotalSeconds;
    }

    private static byte[] Document(string name) => Encoding.UTF8.GetBytes(
        $$$"""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"{{{name}}}","namespace":"default","labels":{"app":"bench"}},"data":{"text":"{{{new string('x', 1000)}}}"}}""");
}
