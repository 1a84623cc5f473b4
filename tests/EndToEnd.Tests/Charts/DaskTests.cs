using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Slipway.Testing;

namespace EndToEnd.Tests.Charts;

/// <summary>A real Dask, installed by the real Helm from <c>examples/dask</c>: it computes, loses workers, and scales.</summary>
public sealed class DaskTests(ClusterFixture cluster) : ChartTest(cluster.Slipway, "dask")
{
    private const int Parts = 60;

    private const string Program = """
        import sys, time
        from distributed import Client, as_completed

        def square(n):
            time.sleep(0.25)
            return n * n

        with Client(sys.argv[1], timeout=60) as client:
            client.wait_for_workers(2)
            parts = [client.submit(square, n) for n in range(PARTS)]
            total = 0
            for done, (part, result) in enumerate(as_completed(parts, with_results=True), 1):
                total += result
                print(f"{done} done", flush=True)
            print(f"total {total}", flush=True)
        """;

    private const string Names = """
        from distributed import Client
        with Client("tcp://dask-scheduler:8786", timeout=60) as client:
            client.wait_for_workers(4, timeout=60)
            print(" ".join(sorted(worker["name"] for worker in client.scheduler_info()["workers"].values())))
        """;

    private readonly SlipwayCli slipway = cluster.Slipway;

    [Fact]
    public async Task It_computes_while_workers_are_lost_and_takes_on_new_ones()
    {
        (await slipway.RunAsync("image", "build", "-t", "slipway.local/dask:1", Repository.Require(Repository.File("artifacts", "dask", "image")))).Expect();
        (await slipway.KubectlAsync("create", "namespace", "dask")).Expect();
        var chart = Repository.File("examples", "dask", "chart");
        Assert.Contains("tcp://dask-scheduler.dask.svc.cluster.local:8786", (await slipway.HelmAsync("install", "dask", chart, "-n", "dask", "--wait", "--timeout", "90s")).Expect().Out);

        // A client in a pod of its own finds the scheduler by the name of its service.
        await ComputeAsync();
        await WaitForLogAsync(done => done >= 8);
        var workers = await WorkersAsync();
        Assert.Equal(2, workers.Count);
        var (struck, deleted) = (workers[0], workers[1]);
        foreach (var process in ClusterProcesses.OfContainer(ContainerOf(struck)).ToList()) ClusterProcesses.Kill(process);
        await WaitForLogAsync(done => done >= 20);
        (await slipway.KubectlAsync("delete", "pod", NameOf(deleted), "-n", "dask", "--wait=false")).Expect();

        (await slipway.KubectlAsync("wait", "job", "squares", "-n", "dask", "--for=condition=Complete", "--timeout=3m")).Expect();
        Assert.Equal(Enumerable.Range(0, Parts).Sum(n => n * n), int.Parse(Regex.Match(await LogAsync(), @"(?m)^total (\d+)$").Groups[1].Value));

        // The one is the same pod with a new container, the other another pod.
        (await slipway.KubectlAsync("rollout", "status", "deployment/dask-worker", "-n", "dask", "--timeout=60s")).Expect();
        workers = await WorkersAsync();
        Assert.Equal(1, (int)workers.Single(worker => NameOf(worker) == NameOf(struck))["status"]!["containerStatuses"]![0]!["restartCount"]!);
        Assert.DoesNotContain(NameOf(deleted), workers.Select(NameOf));

        (await slipway.KubectlAsync("scale", "deployment", "dask-worker", "-n", "dask", "--replicas=4")).Expect();
        (await slipway.KubectlAsync("rollout", "status", "deployment/dask-worker", "-n", "dask", "--timeout=60s")).Expect();
        var known = (await slipway.KubectlAsync("exec", "deployment/dask-scheduler", "-n", "dask", "--", "python3", "-c", Names)).Expect().Out.Trim();
        Assert.Equal((await WorkersAsync()).Select(NameOf).Order(StringComparer.Ordinal), known.Split(' '));

        (await slipway.HelmAsync("uninstall", "dask", "-n", "dask", "--wait")).Expect();
        (await slipway.KubectlAsync("delete", "namespace", "dask", "--timeout=60s")).Expect();
    }

    private async Task ComputeAsync()
    {
        (await slipway.RunWithInputAsync(new JsonObject
        {
            ["apiVersion"] = "batch/v1",
            ["kind"] = "Job",
            ["metadata"] = new JsonObject { ["name"] = "squares", ["namespace"] = "dask" },
            ["spec"] = new JsonObject
            {
                ["backoffLimit"] = 0,
                ["template"] = new JsonObject
                {
                    ["spec"] = new JsonObject
                    {
                        ["restartPolicy"] = "Never",
                        ["containers"] = new JsonArray(new JsonObject
                        {
                            ["name"] = "client",
                            ["image"] = "slipway.local/dask:1",
                            ["command"] = new JsonArray("python3", "-c", Program.Replace("PARTS", $"{Parts}", StringComparison.Ordinal), "tcp://dask-scheduler.dask.svc.cluster.local:8786"),
                        }),
                    },
                },
            },
        }.ToJsonString(), "apply", "-f", "-")).Expect();
    }

    private async Task<List<JsonNode>> WorkersAsync() =>
        [.. (await slipway.JsonAsync("get", "pods", "-n", "dask", "-l", "component=worker"))["items"]!.AsArray().Select(pod => pod!).Where(pod => pod["metadata"]!["deletionTimestamp"] is null)];

    private static string NameOf(JsonNode pod) => (string)pod["metadata"]!["name"]!;

    private static string ContainerOf(JsonNode pod) => (string)pod["status"]!["containerStatuses"]![0]!["containerID"]!;

    private async Task<string> LogAsync() => (await slipway.KubectlAsync("logs", "job/squares", "-n", "dask")).Out;

    private Task WaitForLogAsync(Func<int, bool> reached) =>
        Waiting.UntilAsync("the computation goes on", TimeSpan.FromMinutes(3), async () => reached(Regex.Count(await LogAsync(), "(?m)^[0-9]+ done$")));
}
