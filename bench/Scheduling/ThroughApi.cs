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
        foreach (var (name, spec) in Shapes.Pods)
        {
            var seconds = await RunAsync(nodes, pods, spec);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| bound through the API, {nodes:N0} nodes, {name} | {pods / seconds:N0}/s | {pods:N0} pods in {seconds:0.0} s |"));
        }
    }

    private static async Task<double> RunAsync(int nodes, int pods, string spec)
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

            var began = TimeProvider.System.GetTimestamp();
            var scheduling = new PodScheduler(server.For(new("system:kube-scheduler", [UserInfo.Authenticated])), TimeProvider.System, NullLoggerFactory.Instance).RunAsync(stop.Token);
            await done.Task;
            var seconds = TimeProvider.System.GetElapsedTime(began).TotalSeconds;
            await stop.CancelAsync();
            await Task.WhenAll(watching, scheduling).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return seconds;
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
