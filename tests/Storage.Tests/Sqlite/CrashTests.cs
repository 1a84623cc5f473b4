using System.Text;

namespace Slipway.Storage.Tests.Sqlite;

/// <summary>Kills a process that writes, again and again, and looks at what it left.</summary>
public sealed class CrashTests : IDisposable
{
    private const int Kills = 55;
    private const int Clients = 6;

    private readonly TemporaryDirectory _directory = new();

    /// <summary>Which write each revision was given to, over all rounds: a put by its value's first word, a deletion by its key.</summary>
    private readonly Dictionary<long, string> _used = [];

    /// <summary>What each key must hold: the revision of its last write, absent if that deleted it.</summary>
    private readonly Dictionary<string, long> _expected = [];

    /// <summary>How far each watcher has come; it goes on there after each death.</summary>
    private readonly long[] _watched = [1, 1];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string Database => _directory.File("store.db");

    [Fact]
    public async Task After_each_kill_every_acknowledged_write_is_there_no_revision_is_used_twice_and_watchers_go_on_without_a_gap()
    {
        var random = new Random(20);
        var acknowledged = 0;
        for (var round = 0; round < Kills; round++)
        {
            // In some rounds death comes at once, in others after a while.
            var lines = await WriteUntilKilledAsync(round, random.Next(4) == 0 ? 1 : random.Next(1, 600));
            acknowledged += lines.Count;
            await CheckAsync(round, lines);
        }

        await using var store = SqliteStore.Open(Database);
        Assert.All(_watched, revision => Assert.InRange(revision, acknowledged / 2, store.Revision));
        Assert.True(acknowledged > Kills * 50, $"only {acknowledged} writes were acknowledged: too few to show anything");
    }

    public void Dispose() => _directory.Dispose();

    private async Task<List<Acknowledgement>> WriteUntilKilledAsync(int round, int lines)
    {
        using var writer = new CrashWriter(Database, Clients, round, seed: round * Clients, _watched);
        var acknowledged = new List<Acknowledgement>();
        while (await writer.ReadAsync(Cancel) is var (written, seen))
        {
            if (seen is not null)
                See(seen);
            if (written is null)
                continue;
            acknowledged.Add(written);
            if (acknowledged.Count == lines)
                writer.Kill();
        }
        var (exitCode, error) = await writer.EndAsync(Cancel);
        Assert.Equal((137, ""), (exitCode, error));
        return acknowledged;
    }

    // Every revision is a change: whoever misses one, sees one twice or out of order does not see the next number.
    private void See(Sight seen)
    {
        Assert.Equal(++_watched[seen.Watcher], seen.Revision);
        Use(seen.Revision, seen.FirstWord ?? seen.Key);
    }

    private async Task CheckAsync(int round, List<Acknowledgement> acknowledged)
    {
        await using var store = SqliteStore.Open(Database);
        var log = await ReadLogAsync(store);
        var state = (await store.ListAsync("", null, 0, 0, Cancel)).Records.ToDictionary(record => record.Key);

        foreach (var line in acknowledged)
        {
            Use(line.Revision, line.Deleted ? line.Key : $"{round}.{line.Client}.{line.Number}");
            Assert.True(line.Revision <= store.Revision, $"{line} is newer than the store, which is at {store.Revision}");
            Assert.True(line.Revision <= store.CompactedRevision || log.ContainsKey(line.Revision), $"{line} is not in the log");
            Expect(line.Key, line.Revision, line.Deleted);
        }

        Assert.All(_watched, revision => Assert.InRange(revision, Math.Max(store.CompactedRevision, 1), store.Revision));

        // What was under way and not acknowledged may be there: one write of each client, its last.
        foreach (var change in log.Values)
            Use(change.Revision, change.Current is null ? change.Key : FirstWord(change.Current));
        var last = acknowledged.GroupBy(line => line.Client).ToDictionary(lines => lines.Key, lines => lines.Max(line => line.Number));
        var beyond = log.Values.Where(change => change.Revision > Known(change.Key)).ToArray();
        Assert.Equal(beyond.Length, beyond.Select(change => Client(change.Key)).Distinct().Count());
        foreach (var change in beyond)
        {
            if (change.Current is not null)
                Assert.Equal($"{round}.{Client(change.Key)}.{last.GetValueOrDefault(Client(change.Key), -1) + 1}", FirstWord(change.Current));
            Expect(change.Key, change.Revision, change.Current is null);
        }

        Assert.Equal(
            _expected.Where(entry => entry.Value > 0).OrderBy(entry => entry.Key).Select(entry => (entry.Key, entry.Value)),
            state.Values.OrderBy(record => record.Key).Select(record => (record.Key, record.Revision)));
        Assert.All(state.Values, record => Assert.Equal(_used[record.Revision], FirstWord(record)));
    }

    /// <summary>The revision of the last known write of a key, whether it is there or deleted.</summary>
    private long Known(string key) => Math.Abs(_expected.GetValueOrDefault(key));

    private void Expect(string key, long revision, bool deleted)
    {
        if (revision > Known(key))
            _expected[key] = deleted ? -revision : revision;
    }

    private void Use(long revision, string write)
    {
        if (!_used.TryAdd(revision, write))
            Assert.True(_used[revision] == write, $"revision {revision} was given to {_used[revision]} and to {write}");
    }

    private static async Task<Dictionary<long, StoreChange>> ReadLogAsync(SqliteStore store)
    {
        var log = new Dictionary<long, StoreChange>();
        if (store.CompactedRevision == store.Revision)
            return log;
        await foreach (var batch in store.WatchAsync("", Math.Max(store.CompactedRevision, 1), Cancel))
        {
            foreach (var change in batch.Changes)
                log.Add(change.Revision, change);
            if (batch.Revision >= store.Revision)
                break;
        }
        return log;
    }

    private static int Client(string key) => int.Parse(key.Split('/')[1]);

    private static string FirstWord(StoreRecord record) => Encoding.UTF8.GetString(record.Value.Span).Split(' ')[0];
}
