using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Slipway.Bench.Flows;
using Slipway.Client;
using Slipway.Flows;

// What flows cost beside their pods, on simulated nodes. tasks [N]: one run of N tasks, by default 100, 1,000 and 10,000. cache [N]: a run of N tasks
// whose results are cached, twice. runs [N]: N runs of one task that are there at once, by default 5,000. queue [N]: likewise, of a flow
// that lets 50 be under way at a time. requests [N]: which requests N runs of one task make of the API, by default 500. Without arguments: all.
var section = args.ElementAtOrDefault(0);
var size = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : (int?)null;
Console.WriteLine("| what | reached | details |\n|---|---|---|");
await TasksAsync(50, isShown: false); // compiles
if (section is null or "runs" or "queue")
    await RunsAsync(1_000, limit: null, isShown: false); // compiles anew what is used most; the published binary never does
if (section is null or "tasks")
{
    foreach (var tasks in size is { } one ? [one] : new[] { 100, 1_000, 10_000 })
        await TasksAsync(tasks, isShown: true);
}

if (section is null or "cache")
    await CacheAsync(size ?? 1_000);
if (section is null or "runs")
    await RunsAsync(size ?? 5_000, limit: null);
if (section is null or "queue")
    await RunsAsync(size ?? 5_000, limit: 50);
if (section is null or "requests")
    await RequestsAsync(size ?? 500);

static async Task TasksAsync(int tasks, bool isShown)
{
    await using var host = await FlowHost.StartAsync();
    await host.CreateFlowAsync("bench", tasks);
    var (seconds, processor) = await TimeAsync(host, "bench", 1);
    var memory = Environment.WorkingSet / 1e6;
    var document = await host.ReadRunAsync("run-0");
    var counts = JsonNode.Parse(document.Span)!["status"]!["counts"]!;
    if (isShown)
    {
        Show($"one run of {tasks:N0} tasks", $"{seconds / tasks * 1e3:0.00} ms a task",
            $"{seconds:0.0} s, {processor / tasks * 1e3:0.00} ms of processor time a task; this process with all of it {memory:0} MB; the FlowRun {document.Length / 1e3:0.0} KB; succeeded {counts["succeeded"]}");
    }
}

static async Task CacheAsync(int tasks)
{
    await using var host = await FlowHost.StartAsync();
    await host.CreateFlowAsync("bench", tasks, isCached: true);
    var (first, _) = await TimeAsync(host, "bench", 1, "first");
    var (second, _) = await TimeAsync(host, "bench", 1, "second");
    Show($"{tasks:N0} tasks with cache, no earlier result", $"{first / tasks * 1e3:0.00} ms a task", $"{first:0.0} s");
    Show($"{tasks:N0} tasks with cache, all results taken", $"{second / tasks * 1e3:0.00} ms a task", $"{second:0.0} s");
}

static async Task RunsAsync(int runs, int? limit, bool isShown = true)
{
    await using var host = await FlowHost.StartAsync();
    await host.CreateFlowAsync("bench", limit: limit);
    var (pauses, allocated) = (GC.GetTotalPauseDuration(), GC.GetTotalAllocatedBytes());
    var (seconds, processor) = await TimeAsync(host, "bench", runs);
    (pauses, allocated) = (GC.GetTotalPauseDuration() - pauses, GC.GetTotalAllocatedBytes() - allocated);
    if (!isShown)
        return;
    var events = await host.EventsAsync();
    Show($"{runs:N0} runs of one task, created by 64 clients{(limit is null ? "" : FormattableString.Invariant($", {limit} at a time"))}", $"{runs / seconds * 60:N0} a minute",
        $"{seconds:0.0} s from the first create to the end of the last run, {processor / runs * 1e3:0.00} ms of processor time a run; pauses of {pauses.TotalMilliseconds / runs:0.00} ms a run for {allocated / 1e3 / runs:0} KB of garbage; {events:N0} events; this process {Environment.WorkingSet / 1e6:0} MB");
}

static async Task RequestsAsync(int runs)
{
    var counts = new RequestCounts();
    await using var host = await FlowHost.StartAsync(counts);
    await host.CreateFlowAsync("bench");
    counts.Clear();
    await TimeAsync(host, "bench", runs);
    foreach (var (who, what, count) in counts.All.Where(c => c.Count * 100 >= runs))
        Show($"{what} by {who}", $"{(double)count / runs:0.00} a run", $"of {runs:N0} runs");
}

// From the creation of the first run until all have ended.
static async Task<(double Seconds, double Processor)> TimeAsync(FlowHost host, string flow, int runs, string prefix = "run")
{
    using var stop = new CancellationTokenSource();
    var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    var ended = 0;
    var watched = new Informer<Slipway.Api.Kinds.FlowRun>(host.Api, FlowKinds.Runs, new(), TimeProvider.System, NullLogger.Instance);
    watched.OnChange(change =>
    {
        if (change.New?.Metadata.Name.StartsWith(prefix, StringComparison.Ordinal) == true && IsFinal(change.New) && (change.Old is null || !IsFinal(change.Old)) && ++ended == runs)
            done.TrySetResult();
    });
    var watching = watched.RunAsync(stop.Token);
    await watched.Synced;

    var (began, used) = (TimeProvider.System.GetTimestamp(), Environment.CpuUsage.TotalTime);
    await Parallel.ForAsync(0, runs, new ParallelOptions { MaxDegreeOfParallelism = 64 }, async (i, _) => await host.CreateRunAsync($"{prefix}-{i}", flow));
    await done.Task.WaitAsync(TimeSpan.FromMinutes(30), TimeProvider.System);
    var seconds = TimeProvider.System.GetElapsedTime(began).TotalSeconds;
    await host.EventsAsync(); // they are work of the runs, too, and may come after them
    var measured = (seconds, (Environment.CpuUsage.TotalTime - used).TotalSeconds);
    await stop.CancelAsync();
    await watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    if (watched.List().FirstOrDefault(r => r.Metadata.Name.StartsWith(prefix, StringComparison.Ordinal) && r.Status?.Phase != "Succeeded") is { } failed)
        throw new InvalidOperationException($"Run {failed.Metadata.Name} has not succeeded: {failed.Status?.Message}");
    return measured;
}

static bool IsFinal(Slipway.Api.Kinds.FlowRun run) => run.Status?.Phase is "Succeeded" or "Failed";

static void Show(FormattableString what, FormattableString reached, FormattableString details) =>
    Console.WriteLine($"| {FormattableString.Invariant(what)} | {FormattableString.Invariant(reached)} | {FormattableString.Invariant(details)} |");
