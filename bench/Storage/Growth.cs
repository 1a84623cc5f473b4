using System.Globalization;
using Slipway.Storage;

namespace Slipway.Bench.Storage;

/// <summary>
/// How large the files of a store become when few objects are written often: 1,000 objects, updated in turn by 64 clients. The
/// history is compacted after every so many updates, as the server does it after every so many minutes.
/// </summary>
internal static class Growth
{
    private const int Objects = 1000, Clients = 64;

    /// <summary>A document's size, like a small pod as it is stored.</summary>
    private const int DocumentBytes = 1200;

    public static async Task MeasureAsync(string root, int updates, int updatesBetweenCompactions, CancellationToken cancellation)
    {
        var directory = Directory.CreateDirectory(Path.Combine(root, $"growth-{Environment.ProcessId}")).FullName;
        try
        {
            var path = Path.Combine(directory, "store.db");
            await using var store = SqliteStore.Open(path);
            var began = TimeProvider.System.GetTimestamp();
            var (largest, done) = (0L, 0);
            while (done < updates)
            {
                var part = Math.Min(updatesBetweenCompactions, updates - done);
                await UpdateAsync(store, done, part, cancellation);
                done += part;
                largest = Math.Max(largest, Bytes(path));
                await store.CompactAsync(store.Revision, cancellation);
            }
            var elapsed = TimeProvider.System.GetElapsedTime(began);

            var live = (await store.ListAsync("/", null, 0, 0, cancellation)).Records.Sum(record => (long)record.Key.Length + record.Value.Length);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {updates:N0} | {updatesBetweenCompactions:N0} | {Megabytes(live)} | {Megabytes(largest)} | {Megabytes(Bytes(path))} | {(double)Bytes(path) / live:F2}x | {updates / elapsed.TotalSeconds:N0} |"));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static Task UpdateAsync(SqliteStore store, int first, int count, CancellationToken cancellation) =>
        Task.WhenAll(Enumerable.Range(0, Clients).Select(client => Task.Run(async () =>
        {
            // Each client has objects of its own, so that none finds another's write in its way.
            var revisions = new Dictionary<string, long>();
            for (var i = client; i < count; i += Clients)
            {
                var key = $"/registry/core/pods/default/pod-{i / Clients % ((Objects + Clients - 1 - client) / Clients) * Clients + client:d6}";
                if (!revisions.TryGetValue(key, out var expected))
                    expected = (await store.GetAsync(key, cancellation))?.Revision ?? 0;
                var document = new byte[DocumentBytes];
                new Random(first + i).NextBytes(document);
                var result = await store.CommitAsync(new StoreWrite(key, document, expected), cancellation);
                if (!result.Committed)
                    throw new InvalidOperationException($"{key} was not at {expected}");
                revisions[key] = result.Revision;
            }
        }, cancellation)));

    /// <summary>The database, its write-ahead log and the log's index.</summary>
    private static long Bytes(string path) =>
        new[] { path, path + "-wal", path + "-shm" }.Select(file => new FileInfo(file)).Where(file => file.Exists).Sum(file => file.Length);

    private static string Megabytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:F2} MB");
}
