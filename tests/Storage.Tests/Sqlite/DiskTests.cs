using System.Collections.Concurrent;
using System.Diagnostics;

namespace Slipway.Storage.Tests.Sqlite;

/// <summary>What the files need, and what happens when the disk has no room for them.</summary>
public sealed class DiskTests : IDisposable
{
    private const int Megabyte = 1 << 20;

    private readonly TemporaryDirectory _directory = new();
    private string? _mount;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task After_many_updates_of_few_objects_the_files_are_at_most_three_times_what_lives()
    {
        const int Size = 1200, Keys = 1000, Rounds = 50;
        var database = _directory.File("store.db");
        await using var store = SqliteStore.Open(database);

        var revisions = new long[Keys];
        for (var round = 0; round < Rounds; round++) // 50,000 updates, 60 MB, of which 1.2 MB live
        {
            await Task.WhenAll(Enumerable.Range(0, Keys).Select(async key =>
                revisions[key] = (await store.CommitAsync(new StoreWrite($"/{key}", new byte[Size], revisions[key]), Cancel)).Revision));
        }
        var grown = new FileInfo(database).Length;
        await store.CompactAsync(store.Revision, Cancel);

        Assert.True(grown > 30 * Megabyte, $"the history took {grown} bytes");
        var bytes = new[] { database, database + "-wal", database + "-shm" }.Sum(file => new FileInfo(file).Length);
        Assert.InRange(bytes, Keys * Size, 3 * Keys * Size);
        Assert.Equal(Keys, (await store.ListAsync("", null, 0, 0, Cancel)).Records.Count);
    }

    [Fact]
    public async Task A_full_disk_refuses_writes_loses_nothing_and_the_store_goes_on_when_there_is_room()
    {
        var mount = MountSmallDisk(megabytes: 12);
        var database = Path.Combine(mount, "store.db");
        var ballast = Path.Combine(mount, "ballast");
        await File.WriteAllBytesAsync(ballast, new byte[8 * Megabyte], Cancel);
        var acknowledged = new ConcurrentDictionary<string, long>();

        await using (var store = SqliteStore.Open(database))
        {
            await Task.WhenAll(Enumerable.Range(0, 8).Select(client => FillAsync(store, client, acknowledged)));

            Assert.NotEmpty(acknowledged);
            await CheckAsync(store, acknowledged);
            await Assert.ThrowsAsync<StoreFullException>(async () => await WriteAsync(store, "/large", 3 * Megabyte));

            File.Delete(ballast);
            acknowledged["/after"] = await WriteAsync(store, "/after", 100_000);
            await CheckAsync(store, acknowledged);
        }

        await using (var store = SqliteStore.Open(database))
            await CheckAsync(store, acknowledged);
    }

    [Fact]
    public async Task In_a_group_only_the_writes_without_room_are_refused()
    {
        var mount = MountSmallDisk(megabytes: 4);
        await using var store = SqliteStore.Open(Path.Combine(mount, "store.db"));

        // Queued in one go, so that they share groups.
        var writes = Enumerable.Range(0, 40).Select(i =>
            (Key: $"/{i}", Result: store.CommitAsync(new StoreWrite($"/{i}", new byte[i % 4 == 3 ? 6 * Megabyte : 1000], 0), Cancel).AsTask())).ToArray();

        var acknowledged = new ConcurrentDictionary<string, long>();
        for (var i = 0; i < writes.Length; i++)
        {
            if (i % 4 == 3)
                await Assert.ThrowsAsync<StoreFullException>(async () => await writes[i].Result);
            else
                acknowledged[writes[i].Key] = (await writes[i].Result).Revision;
        }
        Assert.Equal(Enumerable.Range(2, 30).Select(i => (long)i), acknowledged.Values.Order());
        await CheckAsync(store, acknowledged);
    }

    public void Dispose()
    {
        if (_mount is not null)
            Run("umount", _mount);
        _directory.Dispose();
    }

    private static async Task FillAsync(SqliteStore store, int client, ConcurrentDictionary<string, long> acknowledged)
    {
        for (var i = 0; i < 1000; i++)
        {
            var key = $"/{client}/{i}";
            try
            {
                acknowledged[key] = await WriteAsync(store, key, 5000);
            }
            catch (StoreFullException e)
            {
                Assert.Contains("is full", e.Message, StringComparison.Ordinal);
                Assert.Null(await store.GetAsync(key, Cancel));
                return;
            }
        }
        Assert.Fail("the disk never filled");
    }

    private static async Task<long> WriteAsync(SqliteStore store, string key, int size)
    {
        var result = await store.CommitAsync(new StoreWrite(key, new byte[size], 0), Cancel);
        Assert.True(result.Committed);
        return result.Revision;
    }

    private static async Task CheckAsync(SqliteStore store, ConcurrentDictionary<string, long> acknowledged)
    {
        var records = (await store.ListAsync("", null, 0, 0, Cancel)).Records;
        Assert.Equal(
            acknowledged.OrderBy(write => write.Key, StringComparer.Ordinal).Select(write => (write.Key, write.Value)),
            records.Select(record => (record.Key, record.Revision)));

        var watched = new List<long>();
        await foreach (var batch in store.WatchAsync("", 1, Cancel))
        {
            watched.AddRange(batch.Changes.Select(change => change.Revision));
            if (batch.Revision >= store.Revision)
                break;
        }
        Assert.Equal(acknowledged.Values.Order(), watched);
        Assert.Equal(watched[^1], store.Revision);
    }

    private string MountSmallDisk(int megabytes)
    {
        var path = Directory.CreateDirectory(_directory.File("disk")).FullName;
        Run("mount", "-t", "tmpfs", "-o", $"size={megabytes}m", "slipway-test", path);
        return _mount = path;
    }

    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: {error} (this test mounts a small file system, which needs root)");
    }
}
