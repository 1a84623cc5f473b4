using System.Globalization;
using System.Text;
using Slipway.Bench.Peers.Etcd;
using Slipway.Testing;

namespace Slipway.Bench.Cluster;

/// <summary>From the sending of a change to its arrival at 10, 100 and 1,000 watchers, beside etcd with as many watches of the same document.</summary>
internal static class FanOut
{
    private const int Changes = 100;
    private const string Collection = "/api/v1/namespaces/default/configmaps";
    private const string Key = "/registry/core/configmaps/default/bench-fan-out";

    public static async Task MeasureAsync(SlipwayCli slipway, ResultTable table)
    {
        foreach (var watchers in new[] { 10, 100, 1_000 })
            await MeasureAsync(slipway, table, watchers);
    }

    private static async Task MeasureAsync(SlipwayCli slipway, ResultTable table, int watchers)
    {
        var directory = Directory.CreateDirectory($"/var/lib/slipway/{slipway.Name}/bench-fan-out-{watchers}").FullName;
        await using var server = await EtcdServer.StartAsync(directory, CancellationToken.None);
        using var etcd = new EtcdClient(server.Address);
        using var api = Connection.To(slipway);
        using var end = new CancellationTokenSource();

        await api.SendExpectingAsync("POST", Collection, Document(-1), 201);
        var (mine, mineAll) = await RoundsAsync(
            watchers,
            arrived => WatchAsync(api, arrived, end.Token),
            change => api.SendExpectingAsync("PUT", $"{Collection}/bench-fan-out", Document(change), 200));

        var revision = await etcd.CreateAsync(Key, Document(-1), CancellationToken.None);
        var (theirs, theirsAll) = await RoundsAsync(
            watchers,
            arrived => etcd.WatchAsync(Key, _ => arrived(), end.Token),
            async change => revision = await etcd.UpdateAsync(Key, Document(change), revision!.Value, CancellationToken.None));

        await end.CancelAsync();
        await api.SendExpectingAsync("DELETE", $"{Collection}/bench-fan-out", null, 200);
        Add(string.Create(CultureInfo.InvariantCulture, $"at one of {watchers:N0} watchers"), mine, theirs);
        Add(string.Create(CultureInfo.InvariantCulture, $"at all {watchers:N0} watchers"), mineAll, theirsAll);

        void Add(string where, Times times, Times peer) => table.Add($"a change arrives {where}, p50 / p99", times.Percentiles,
            string.Create(CultureInfo.InvariantCulture, $"etcd {peer.Percentiles}: {times.Median / peer.Median:0.00}x"));
    }

    private static async Task<Task> WatchAsync(Connection api, Action arrived, CancellationToken end)
    {
        var lines = await api.OpenWatchAsync($"{Collection}?watch=true&fieldSelector=metadata.name%3Dbench-fan-out&resourceVersion=0");
        if (await lines.ReadLineAsync(end) is null)
            throw new InvalidOperationException("The watch ended before it told what is there.");
        return FollowAsync();

        async Task FollowAsync()
        {
            using (lines)
                while (await lines.ReadLineAsync(end) is not null)
                    arrived();
        }
    }

    /// <summary>Makes one change after the other, each when all have seen the one before.</summary>
    private static async Task<(Times Each, Times All)> RoundsAsync(int watchers, Func<Action, Task<Task>> watch, Func<int, Task> changeAsync)
    {
        var (each, all) = (new Times(), new Times());
        long began = 0;
        var missing = 0;
        var complete = new TaskCompletionSource();
        var watches = new List<Task>();
        for (var i = 0; i < watchers; i++)
            watches.Add(await watch(Arrived));

        for (var change = 0; change < Changes; change++)
        {
            (missing, complete) = (watchers, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            began = TimeProvider.System.GetTimestamp();
            await changeAsync(change);
            if (await Task.WhenAny([complete.Task, .. watches]) != complete.Task)
                throw new InvalidOperationException("A watch ended.");
            all.Add(TimeProvider.System.GetElapsedTime(began));
        }
        return (each, all);

        void Arrived()
        {
            var took = TimeProvider.System.GetElapsedTime(began);
            lock (each)
                each.Add(took);
            if (Interlocked.Decrement(ref missing) == 0)
                complete.SetResult();
        }
    }

    private static byte[] Document(int change) => Encoding.UTF8.GetBytes(
        $$$"""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"bench-fan-out","namespace":"default"},"data":{"change":"{{{change}}}","text":"{{{new string('x', 1000)}}}"}}""");
}
