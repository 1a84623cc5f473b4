using System.Globalization;
using Slipway.Bench.Peers.Etcd;
using Slipway.Bench.Storage;

// Durable creates per second: Slipway's SQLite store against etcd, with the same documents on the same disk.
// Each run begins with an empty store; the two alternate, and the medians over the rounds are compared.
// Arguments: rounds (default 5), seconds of each run (default 3), clients ("1,16,128"), "sqlite" to leave etcd out.
// "growth" instead: the size of the store's files after 1,000,000 updates of 1,000 objects (or as many as are given).
if (args is ["growth", ..])
{
    var updates = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 1_000_000;
    Console.WriteLine("| updates | compacted every | live data | largest | at the end | ratio | updates/s |");
    Console.WriteLine("|---|---|---|---|---|---|---|");
    foreach (var between in new[] { updates / 20, updates })
        await Growth.MeasureAsync(Path.Combine(AppContext.BaseDirectory, "data"), updates, between, CancellationToken.None);
    return;
}

var rounds = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 5;
var duration = TimeSpan.FromSeconds(args.Length > 1 ? double.Parse(args[1], CultureInfo.InvariantCulture) : 3);
int[] clientCounts = args.Length > 2 ? [.. args[2].Split(',').Select(count => int.Parse(count, CultureInfo.InvariantCulture))] : [1, 16, 128];
var alone = args.Length > 3 && args[3] == "sqlite";

// Under the program, because a temporary directory may lie in memory, where nothing is durable.
var root = Path.Combine(AppContext.BaseDirectory, "data");
using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, e) =>
{
    e.Cancel = true;
    stop.Cancel();
};

var figures = clientCounts.ToDictionary(clients => clients, _ => (Sqlite: new List<Figures>(), Etcd: new List<Figures>()));
for (var round = 0; round < rounds; round++)
{
    foreach (var clients in clientCounts)
    {
        figures[clients].Sqlite.Add(await MeasureAsync("sqlite", clients, directory => Task.FromResult<Subject>(new SqliteSubject(directory))));
        if (!alone)
            figures[clients].Etcd.Add(await MeasureAsync("etcd", clients, async directory => new EtcdSubject(await EtcdServer.StartAsync(directory, stop.Token))));
    }
}

Console.WriteLine("| clients | SQLite creates/s | etcd creates/s | ratio | SQLite p50 / p99 | etcd p50 / p99 |");
Console.WriteLine("|---|---|---|---|---|---|");
foreach (var (clients, (sqlite, etcd)) in figures)
{
    var ratio = alone ? "" : (Median(sqlite, f => f.CreatesPerSecond) / Median(etcd, f => f.CreatesPerSecond)).ToString("F2", CultureInfo.InvariantCulture);
    Console.WriteLine($"| {clients} | {Rate(sqlite)} | {Rate(etcd)} | {ratio} | {Times(sqlite)} | {Times(etcd)} |");
}

async Task<Figures> MeasureAsync(string name, int clients, Func<string, Task<Subject>> start)
{
    var directory = Directory.CreateDirectory(Path.Combine(root, $"{name}-{Environment.ProcessId}")).FullName;
    try
    {
        await using var subject = await start(directory);
        var run = await Load.RunAsync(subject, clients, duration / 3, duration, stop.Token);
        Console.Error.WriteLine($"{name}, {clients} clients: {run.CreatesPerSecond:F0}/s, p50 {Microseconds(run.Median)}, p99 {Microseconds(run.Slowest1Percent)}");
        return run;
    }
    finally
    {
        Directory.Delete(directory, recursive: true);
    }
}

static T Median<T>(List<Figures> runs, Func<Figures, T> of) => runs.Select(of).Order().ElementAt(runs.Count / 2);

static string Rate(List<Figures> runs) => runs.Count == 0 ? "" : Median(runs, f => f.CreatesPerSecond).ToString("F0", CultureInfo.InvariantCulture);

static string Times(List<Figures> runs) =>
    runs.Count == 0 ? "" : $"{Microseconds(Median(runs, f => f.Median))} / {Microseconds(Median(runs, f => f.Slowest1Percent))}";

static string Microseconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMicroseconds:F0} µs");
