using System.Text;
using Slipway.Storage;

// Writes to a store from several clients until it is killed, and says of each write what it is once it has been
// acknowledged: "<client> <number> <key> <revision> put|delete ." (the full stop tells a whole line from a torn one).
// A client has one write under way at a time. Arguments: database, clients, round (part of the values), seed.
var (path, clients, round, seed) = (args[0], int.Parse(args[1]), args[2], int.Parse(args[3]));

try
{
    await using var store = SqliteStore.Open(path);
    using var output = Console.OpenStandardOutput();
    await Task.WhenAll(Enumerable.Range(0, clients).Select(client => Task.Run(() => WriteAsync(store, client, output))));
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

        var line = Encoding.UTF8.GetBytes($"{client} {number} {key} {result.Revision} {(delete ? "delete" : "put")} .\n");
        lock (output)
            output.Write(line);

        if (client == 0 && number % WritesBetweenCompactions == 0)
            await store.CompactAsync(Math.Max(store.Revision - random.Next(RevisionsKept), 0), CancellationToken.None);
    }
}
