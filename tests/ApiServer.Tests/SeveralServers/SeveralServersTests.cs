using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Testing;
using Slipway.Testing.Etcd;

namespace Slipway.ApiServer.Tests.SeveralServers;

/// <summary>Two API servers over an etcd of three members, all of which are killed in turn while clients work through both.</summary>
public sealed class SeveralServersTests : IDisposable
{
    private const string ConfigMaps = "/api/v1/namespaces/default/configmaps";
    private const int Counters = 4, Writers = 6, Watchers = 4, IncrementsBetweenKills = 25;

    // Far more than a busy machine takes for an election and some requests.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly string _directory = Directory.CreateTempSubdirectory("slipway-servers-").FullName;
    private readonly ConcurrentBag<Attempt> _attempts = [];
    private int _acknowledged;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Clients_of_two_servers_see_one_history_while_members_and_servers_are_killed()
    {
        await using var etcd = await EtcdCluster.StartAsync(3, tls: false, Cancel);
        var options = etcd.Options("/two/");
        var pki = ProcessPki.Create(_directory);
        await using var a = new ServerProcess(string.Join(',', options.Endpoints), options.Prefix, pki);
        await using var b = new ServerProcess(string.Join(',', options.Endpoints.Reverse()), options.Prefix, pki);
        ServerProcess[] servers = [a, b];
        await Task.WhenAll(servers.Select(server => server.StartAsync(Cancel)));
        for (var counter = 0; counter < Counters; counter++)
            Assert.Equal(201, (await a.SendAsync("POST", ConfigMaps, Document(counter, "none", 0, null), Cancel)).Code);
        var start = await RevisionAsync(b);

        // Clients at work
        using var done = new CancellationTokenSource();
        var watches = Enumerable.Range(0, Watchers).Select(i => new Observer(servers, i % 2, start)).ToArray();
        var watching = watches.Select(watch => Task.Run(() => watch.RunAsync(Cancel))).ToArray();
        var writing = Enumerable.Range(0, Writers).Select(writer => Task.Run(() => IncrementAsync(servers, writer, done.Token))).ToArray();

        // Whoever may fail fails once. A server that comes back has seen the present before the other goes, so that watches go on.
        foreach (var victim in new[] { 0, 1, 2 })
        {
            await etcd.KillAsync(victim);
            await IncrementsAsync();
            etcd.Start(victim);
            await etcd.WaitUntilServingAsync(victim, Cancel);
            if (victim == 2)
                break;
            await servers[victim].KillAsync();
            await IncrementsAsync();
            await servers[victim].StartAsync(Cancel);
            var seen = await RevisionAsync(servers[victim]);
            await UntilAsync(() => watches.All(watch => watch.Position >= seen));
        }
        await IncrementsAsync();
        await done.CancelAsync();
        await Task.WhenAll(writing);
        var end = (await b.SendAsync("POST", ConfigMaps, Document(Counters, "end", 0, null), Cancel)).Body;
        await Task.WhenAll(watching).WaitAsync(Patience, TimeProvider.System, Cancel);

        // One history: what the store has, every watcher has seen, each event once and in order.
        var history = await HistoryAsync(etcd, options.Prefix, start, Revision(end));
        Assert.True(history.Zip(history.Skip(1)).All(pair => pair.First.Revision < pair.Second.Revision));
        Assert.All(watches, watch => Assert.Equal(history, watch.Events));

        // No lost update: each counter goes up by one with each event, and both servers show the last.
        foreach (var counter in history.GroupBy(change => change.Counter))
            Assert.Equal(Enumerable.Range(1, counter.Count()), counter.Select(change => change.Value));
        foreach (var server in servers)
            foreach (var last in history.GroupBy(change => change.Counter).Select(counter => counter.Last()))
                Assert.Equal(last, Change.Of((await server.SendAsync("GET", $"{ConfigMaps}/{last.Counter}", null, Cancel)).Body));

        // What was acknowledged happened as was said, what was refused did not; of what is unknown, each at most once.
        var written = history.ToDictionary(change => change.Writer);
        Assert.All(_attempts, attempt =>
        {
            var happened = written.TryGetValue(attempt.Writer, out var change);
            Assert.True(attempt.Outcome switch { Outcome.Acknowledged => happened && change!.Revision == attempt.Revision, Outcome.Refused => !happened, _ => true }, $"{attempt}: {change}");
        });
        Assert.Equal(history.Count, _attempts.Count(attempt => written.ContainsKey(attempt.Writer)));
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private static JsonObject Document(int counter, string writer, int value, string? revision) => new()
    {
        ["apiVersion"] = "v1",
        ["kind"] = "ConfigMap",
        ["metadata"] = new JsonObject { ["name"] = counter == Counters ? "end" : $"counter-{counter}", ["resourceVersion"] = revision },
        ["data"] = new JsonObject { ["value"] = value.ToString(CultureInfo.InvariantCulture), ["writer"] = writer },
    };

    private static long Revision(JsonNode document) => long.Parse(document["metadata"]!["resourceVersion"]!.ToString(), CultureInfo.InvariantCulture);

    private static async Task<long> RevisionAsync(ServerProcess server) => Revision((await server.SendAsync("GET", ConfigMaps, null, Cancel)).Body);

    /// <summary>Reads a counter through one server and writes it one higher, until told to stop; reads through the other what it wrote.</summary>
    private async Task IncrementAsync(ServerProcess[] servers, int writer, CancellationToken stop)
    {
        var random = new Random(writer);
        for (var number = 0; !stop.IsCancellationRequested; number++)
        {
            var (server, counter, name) = (random.Next(2), random.Next(Counters), $"{writer}.{number}");
            var outcome = Outcome.Refused;
            var revision = 0L;
            try
            {
                var (code, found) = await servers[server].SendAsync("GET", $"{ConfigMaps}/counter-{counter}", null, Cancel);
                if (code != 200)
                    continue;
                var change = Change.Of(found);
                outcome = Outcome.Unknown;
                (code, var answer) = await servers[server].SendAsync("PUT", $"{ConfigMaps}/counter-{counter}", Document(counter, name, change.Value + 1, $"{change.Revision}"), Cancel);
                outcome = code switch { 200 => Outcome.Acknowledged, 409 or 503 => Outcome.Refused, _ => Outcome.Unknown };
                if (code != 200)
                    continue;
                revision = Revision(answer);
                Interlocked.Increment(ref _acknowledged);
                (code, found) = await servers[1 - server].SendAsync("GET", $"{ConfigMaps}/counter-{counter}", null, Cancel);
                Assert.True(code != 200 || Revision(found) >= revision, $"{name} was acknowledged at {revision}, and then read at {found}");
            }
            catch (HttpRequestException)
            {
                await Task.Yield(); // killed
            }
            finally
            {
                _attempts.Add(new Attempt(name, outcome, revision));
            }
        }
    }

    private Task IncrementsAsync()
    {
        var goal = Volatile.Read(ref _acknowledged) + IncrementsBetweenKills;
        return UntilAsync(() => Volatile.Read(ref _acknowledged) >= goal);
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < Patience, "the servers and their clients have stood still for too long");
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, Cancel);
        }
    }

    private static async Task<List<Change>> HistoryAsync(EtcdCluster etcd, string prefix, long after, long end)
    {
        await using var store = await etcd.ConnectAsync(prefix, Cancel);
        var history = new List<Change>();
        await foreach (var batch in store.WatchAsync("/registry/core/configmaps/", after, Cancel))
        {
            foreach (var change in batch.Changes.Where(change => change.Revision < end))
                history.Add(Change.Of(JsonNode.Parse(change.Current!.Value.Span)!) with { Revision = change.Revision });
            if (batch.Revision >= end)
                break;
        }
        return history;
    }

    private enum Outcome { Acknowledged, Refused, Unknown }

    private sealed record Attempt(string Writer, Outcome Outcome, long Revision);

    /// <summary>One state of a counter.</summary>
    private sealed record Change(string Counter, int Value, string Writer, long Revision)
    {
        public static Change Of(JsonNode document) => new(
            document["metadata"]!["name"]!.ToString(),
            int.Parse(document["data"]!["value"]!.ToString(), CultureInfo.InvariantCulture),
            document["data"]!["writer"]!.ToString(),
            document["metadata"]!["resourceVersion"] is { } revision ? long.Parse(revision.ToString(), CultureInfo.InvariantCulture) : 0);
    }

    /// <summary>A client that watches, at the other server when its own is gone, from where it was.</summary>
    private sealed class Observer(ServerProcess[] servers, int server, long start)
    {
        private long _position = start;

        public long Position => Volatile.Read(ref _position);

        public List<Change> Events { get; } = [];

        public async Task RunAsync(CancellationToken cancellation)
        {
            for (var current = server; ; current = 1 - current)
            {
                try
                {
                    await foreach (var line in servers[current].WatchAsync($"{ConfigMaps}?watch=true&resourceVersion={Position}", cancellation))
                    {
                        Assert.True(line["type"]!.ToString() is "MODIFIED" or "ADDED", line.ToJsonString());
                        var change = Change.Of(line["object"]!);
                        if (change.Writer == "end")
                            return;
                        Events.Add(change);
                        Volatile.Write(ref _position, change.Revision);
                    }
                }
                catch (Exception e) when (e is HttpRequestException or IOException)
                {
                    await Task.Yield(); // killed
                }
            }
        }
    }
}
