using System.Text;
using Slipway.Storage;

// Writes to a store from several clients, and watches it, until it is killed. It says of each write what it is once it has been
// acknowledged: "<client> <number> <key> <revision> put|delete .", and of each event what it is once it has been seen:
// "watch <watcher> <revision> <key> <first word of the value, or - for a deletion> ." (the full stop tells a whole line from a
// torn one). A client has one write under way at a time. A watcher goes on after a revision, and history that it has not said
// is kept. Arguments: database, clients, round (part of the values), seed, a revision for each watcher ("1,1").
var (path, clients, round, seed) = (args[0], int.Parse(args[1]), args[2], int.Parse(args[3]));
var said = args[4].Split(',').Select(long.Parse).ToArray();

try
{
    await using var store = SqliteStore.Open(path);
    using var output = Console.OpenStandardOutput();
    await Task.WhenAll([
        .. Enumerable.Range(0, said.Length).Select(watcher => Task.Run(() => WatchAsync(store, watcher, output))),
        .. Enumerable.Range(0, clients).Select(client => Task.Run(() => WriteAsync(store, client, output))),
    ]);
}
catch (StoreUnusableException e)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}
return 0;

async Task WriteAsync(SqliteStore store, int client, Stream output)
{
    const int Keys = 10, WritesBetweenCompactions = 40, RevisionsKept = 50;

    var random = new Random(seed + client);
    var page = await store.ListAsync($"/{client}/", null, 0, 0, CancellationToken.None);
    var stored = page.Records.ToDictionary(record => record.Key, record => record.Revision);
    for (var number = 0; ; number++)
    {
        var key = $"/{client}/{random.Next(Keys)}";
        var expected = stored.GetValueOrDefault(key);
        var delete = expected != 0 && random.Next(3) == 0;
        ReadOnlyMemory<byte>? value = delete ? default(ReadOnlyMemory<byte>?) : Encoding.UTF8.GetBytes($"{round}.{client}.{number} ".PadRight(random.Next(20, 1500), '.'));

        var result = await store.CommitAsync(new StoreWrite(key, value, expected), CancellationToken.None);
        if (!result.Committed)
            throw new InvalidOperationException($"{key} was expected at {expected}, but is at {result.Current?.Revision}");
        stored[key] = delete ? 0 : result.Revision;
        Say(output, $"{client} {number} {key} {result.Revision} {(delete ? "delete" : "put")} .\n");

        if (client == 0 && number % WritesBetweenCompactions == 0)
        {
            var oldest = said.Select((_, watcher) => Volatile.Read(ref said[watcher])).Min();
            await store.CompactAsync(Math.Max(Math.Min(store.Revision - random.Next(RevisionsKept), oldest), 0), CancellationToken.None);
        }
    }
}

async Task WatchAsync(SqliteStore store, int watcher, Stream output)
{
    await foreach (var batch in store.WatchAsync("/", said[watcher], CancellationToken.None))
    {
        var lines = new StringBuilder();
        foreach (var change in batch.Changes)
            lines.Append($"watch {watcher} {change.Revision} {change.Key} {(change.Current is null ? "-" : Encoding.UTF8.GetString(change.Current.Value.Span).Split(' ')[0])} .\n");
        Say(output, lines.ToString());
        Volatile.Write(ref said[watcher], batch.Revision);
    }
}

static void Say(Stream output, string lines)
{
    var bytes = Encoding.UTF8.GetBytes(lines);
    lock (output)
        output.Write(bytes);
}
