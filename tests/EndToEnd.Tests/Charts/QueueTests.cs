using System.Text.Json.Nodes;
using Slipway.Testing;

namespace EndToEnd.Tests.Charts;

/// <summary>A scheduler with workers, as Airflow is built, from <c>examples/queue</c> with the database of <c>examples/postgres</c>: a worker is lost, others come and go with the work, and a new release is rolled out in its midst.</summary>
public sealed class QueueTests(ClusterFixture cluster) : ChartTest(cluster.Slipway, "queue")
{
    private const int Tasks = 20, More = 4, Size = 20_000;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);
    // A task is given to another after five seconds.
    private static readonly TimeSpan UntilTold = TimeSpan.FromSeconds(8);
    private readonly SlipwayCli slipway = cluster.Slipway;

    [Fact]
    public async Task All_tasks_are_done_although_a_worker_is_lost_and_workers_come_and_go_with_the_work()
    {
        (await slipway.RunAsync("image", "build", "-t", "slipway.local/postgres:15", Repository.Require(Repository.File("artifacts", "postgres", "image")))).Expect();
        (await slipway.HelmAsync("install", "db", Repository.File("examples", "postgres", "chart"), "-n", "queue", "--create-namespace")).Expect();
        // It waits for the database itself, before its migration.
        (await HelmAsync("install", "--set", $"tasks={Tasks},size={Size},patience=5 seconds")).Expect();

        var lost = new List<string>();
        await UntilAsync("the task of a worker that was lost is given to another", () => LoseWorkerAsync(lost));
        await UntilAsync("there are more workers", async () => (int?)(await WorkersAsync())["status"]!["readyReplicas"] >= 2);

        // A release with more tasks, in the midst of the work: its migration comes first, and does no harm the second time; the workers are as many as they were.
        (await HelmAsync("upgrade", "--reuse-values", "--set", $"tasks={Tasks + More}")).Expect();
        // Unless the work was nearly done by then, and the autoscaler has taken workers away.
        if ((int)(await WorkersAsync())["spec"]!["replicas"]! is < 2 or > 3)
            Assert.Contains("New size: 1", (await slipway.KubectlAsync("describe", "hpa", "queue-worker", "-n", "queue")).Expect().Out, StringComparison.Ordinal);

        await UntilAsync("all tasks are done", async () => await SqlAsync("SELECT count(*) FROM tasks WHERE state = 'done'") == $"{Tasks + More}");
        Assert.Equal($"{Enumerable.Range(1, Tasks + More).Sum(task => PrimesBelow(Size + task))}", await SqlAsync("SELECT sum(result) FROM tasks"));
        Assert.NotEqual("0", await SqlAsync("SELECT count(*) FROM tasks WHERE attempts > 1"));
        await UntilAsync("one worker is left", async () => (int?)(await WorkersAsync())["spec"]!["replicas"] == 1);
        Assert.Contains("SuccessfulRescale", (await slipway.KubectlAsync("describe", "hpa", "queue-worker", "-n", "queue")).Expect().Out);

        (await slipway.KubectlAsync("delete", "namespace", "queue", "--timeout=60s")).Expect();
    }

    // A worker that has just done its task loses none: then another is deleted.
    private async Task<bool> LoseWorkerAsync(List<string> lost)
    {
        if (await SqlAsync("SELECT worker FROM tasks WHERE state = 'running' LIMIT 1") is not { Length: > 0 } worker)
            return false;
        (await slipway.KubectlAsync("delete", "pod", worker, "-n", "queue", "--grace-period=0", "--force", "--ignore-not-found")).Expect();
        lost.Add(worker);
        return await Waiting.IsSoWithinAsync(UntilTold, async () =>
        {
            var log = (await slipway.KubectlAsync("logs", "deployment/queue-scheduler", "-n", "queue")).Out;
            return lost.Exists(name => log.Contains($"was lost with {name}", StringComparison.Ordinal));
        });
    }

    private Task<CommandResult> HelmAsync(string command, params string[] arguments) =>
        slipway.HelmAsync([command, "queue", Repository.File("examples", "queue", "chart"), "-n", "queue", "--wait", "--timeout", "90s", .. arguments]);

    private Task<JsonNode> WorkersAsync() => slipway.JsonAsync("get", "deployment", "queue-worker", "-n", "queue");

    private async Task<string> SqlAsync(string statement) =>
        (await slipway.KubectlAsync("exec", "-n", "queue", "db-postgres-0", "--", "psql", "-XAtqU", "postgres", "-d", "app", "-c", statement)).Expect().Out.Trim();

    private static int PrimesBelow(int end) => Enumerable.Range(2, end - 2).Count(n => Enumerable.Range(2, (int)Math.Sqrt(n) - 1).All(divisor => n % divisor != 0));

    private static Task UntilAsync(string what, Func<Task<bool>> condition) => Waiting.UntilAsync(what, Patience, condition);
}
