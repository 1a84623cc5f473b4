using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Slipway.Api;
using Slipway.ApiServer;
using Slipway.Client;
using Slipway.Scheduler;
using Slipway.Storage;

namespace Slipway.Bench.Scheduling;

/// <summary>
/// How many pods a second are bound through the API over the durable store, all in this process, as kube-scheduler's benchmark has it:
/// the pods wait when the scheduler starts.
/// </summary>
internal static class ThroughApi
{
    public static async Task MeasureAsync(int nodes, int pods)
    {
        await RunAsync(Math.Min(nodes, 1000), Math.Min(pods, 5000), Shapes.Pods[0].Spec);   // compiles
        foreach (var (name, spec) in Shapes.Pods)
        {
            var (seconds, processor) = await RunAsync(nodes, pods, spec);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| bound through the API, {nodes:N0} nodes, {name} | {pods / seconds:N0}/s | {pods:N0} pods in {seconds:0.0} s, {processor / pods * 1e6:0} µs of processor time for each |"));
        }
    }

    private static async Task<(double Seconds, double Processor)> RunAsync(int nodes, int pods, string spec)
    {
        var directory = Directory.CreateTempSubdirectory("slipway-bench-").FullName;
        try
        {
            await using var store = SqliteStore.Open(Path.Combine(directory, "store.db"));
            await using var server = new ApiServer.ApiServer(store, new ApiServerOptions(), TimeProvider.System, NullLoggerFactory.Instance);
            await server.StartAsync(CancellationToken.None);
            var admin = server.For(new("admin", [UserInfo.Masters, UserInfo.Authenticated]));
            await CreateAsync(admin, nodes, "/api/v1/nodes", Shapes.Node);
            await CreateAsync(admin, pods, "/api/v1/namespaces/default/pods", i => Shapes.Pod(i, spec));

            using var stop = new CancellationTokenSource();
            var (bound, done) = (0, new TaskCompletionSource());
            var watched = new Informer<PodView>(admin, Kinds.Pods, new() { FieldSelector = "spec.nodeName!=" }, TimeProvider.System, NullLogger.Instance);
            watched.OnChange(change =>
            {
                if (change.Old is null && ++bound == pods)
                    done.TrySetResult();
            });
            var watching = watched.RunAsync(stop.Token);
            await watched.Synced;

            var (began, used) = (TimeProvider.System.GetTimestamp(), Environment.CpuUsage.TotalTime);
            var scheduling = new PodScheduler(server.For(new("system:kube-scheduler", [UserInfo.Authenticated])), TimeProvider.System, NullLoggerFactory.Instance).RunAsync(stop.Token);
            await done.Task;
            var (seconds, processor) = (TimeProvider.System.GetElapsedTime(began).TotalSeconds, (Environment.CpuUsage.TotalTime - used).TotalSeconds);
            await stop.CancelAsync();
            await Task.WhenAll(watching, scheduling).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return (seconds, processor);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static Task CreateAsync(IApi api, int count, string path, Func<int, string> document) =>
        Parallel.ForAsync(0, count, new ParallelOptions { MaxDegreeOfParallelism = 64 }, async (i, cancellation) =>
            await api.SendForBodyAsync(new("POST", path) { Body = Encoding.UTF8.GetBytes(document(i)) }, cancellation));
}
