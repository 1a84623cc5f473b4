using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Slipway.Testing;

namespace EndToEnd.Tests.Charts;

/// <summary>A PostgreSQL, installed by the real Helm from <c>examples/postgres</c>: while a client writes, it is killed in every way, upgraded, dumped, and installed anew.</summary>
[Collection(AloneTestGroup.Name)]
public sealed class PostgresTests(ClusterFixture cluster) : ChartTest(cluster.Slipway, "db")
{
    private const string Server = "db-postgres-0";

    // Each row is printed when it is committed, and is sent until it is; so whatever the server lost would be missing, or leave a gap.
    private const string Writer = """
        apiVersion: v1
        kind: Pod
        metadata: { name: writer, namespace: db }
        spec:
          terminationGracePeriodSeconds: 0
          containers:
          - name: writer
            image: slipway.local/postgres:15
            command:
            - sh
            - -c
            - |
              n=0
              while :; do
                n=$((n + 1))
                until psql -Xqc "INSERT INTO rows VALUES ($n) ON CONFLICT DO NOTHING"; do sleep 0.2; done
                echo $n
              done
            env:
            - { name: PGHOST, value: db-postgres.db }
            - { name: PGUSER, value: postgres }
            - { name: PGDATABASE, value: app }
            - { name: PGCONNECT_TIMEOUT, value: "2" }
            - { name: PGPASSWORD, valueFrom: { secretKeyRef: { name: db-postgres, key: password } } }
        """;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly SlipwayCli slipway = cluster.Slipway;

    [Fact]
    public async Task What_was_committed_outlives_kills_deletions_upgrades_and_the_release_itself()
    {
        (await slipway.RunAsync("image", "build", "-t", "slipway.local/postgres:15", Repository.Require(Repository.File("artifacts", "postgres", "image")))).Expect();
        (await HelmAsync("install", "--create-namespace", "--set", "init=CREATE TABLE rows (n integer PRIMARY KEY);")).Expect();
        Assert.Contains("Phase:          Succeeded", (await slipway.HelmAsync("test", "db", "-n", "db")).Expect().Out);
        Assert.Equal("1", await GetAsync("pdb/db-postgres", "{.status.disruptionsAllowed}"));
        var volume = await GetAsync("pvc/data-db-postgres-0", "{.spec.volumeName}");
        (await slipway.RunWithInputAsync(Writer, "apply", "-f", "-")).Expect();
        await WrittenAsync(20);

        // 1. One of its processes is killed: PostgreSQL itself starts all others anew.
        var first = await PodAsync();
        (await slipway.KubectlAsync("exec", "-n", "db", Server, "--", "sh", "-c",
            "kill -9 $(psql -XAtU postgres -c \"SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'\")")).Expect();
        await NothingIsLostAsync();
        Assert.Equal(ContainerOf(first), ContainerOf(await PodAsync()));

        // 2. All of them: another container of the same pod.
        foreach (var process in ClusterProcesses.OfContainer(ContainerOf(first)).ToList()) ClusterProcesses.Kill(process);
        await NothingIsLostAsync();
        var restarted = await PodAsync();
        Assert.Equal((UidOf(first), 1), (UidOf(restarted), (int)restarted["status"]!["containerStatuses"]![0]!["restartCount"]!));

        // 3. The pod: another with the same volume.
        (await slipway.KubectlAsync("delete", "pod", Server, "-n", "db")).Expect();
        await NothingIsLostAsync();
        var replaced = await PodAsync();
        Assert.NotEqual(UidOf(first), UidOf(replaced));

        // 4. The cluster's server: nothing is restarted.
        slipway.KillServer();
        (await slipway.RunAsync("up")).Expect();
        await NothingIsLostAsync();
        Assert.Equal(ContainerOf(replaced), ContainerOf(await PodAsync()));

        // 5. A setting changes, and changes back.
        (await HelmAsync("upgrade", "--reuse-values", "--set", "settings.max_connections=40")).Expect();
        Assert.Equal("40", await SqlAsync("SHOW max_connections"));
        await NothingIsLostAsync();
        (await slipway.HelmAsync("rollback", "db", "1", "-n", "db", "--wait", "--timeout", "60s")).Expect();
        Assert.Equal("50", await SqlAsync("SHOW max_connections"));
        await NothingIsLostAsync();

        // 6. What is dumped can be restored.
        var before = await LastWrittenAsync();
        (await slipway.KubectlAsync("create", "job", "dump", "-n", "db", "--from=cronjob/db-postgres-backup")).Expect();
        (await slipway.KubectlAsync("wait", "job/dump", "-n", "db", "--for=condition=Complete", "--timeout=60s")).Expect();
        (await slipway.KubectlAsync("exec", "-n", "db", Server, "--", "sh", "-ec", "createdb -U postgres again; pg_restore -U postgres -d again /backup/app-*.dump")).Expect();
        Assert.InRange(int.Parse(await SqlAsync("SELECT count(*) FROM rows", "again")), before, await LastWrittenAsync());

        // 7. The release goes and comes again; its claims and its password stay.
        (await slipway.HelmAsync("uninstall", "db", "-n", "db", "--wait")).Expect();
        (await slipway.KubectlAsync("wait", "pod", Server, "-n", "db", "--for=delete", "--timeout=60s")).Expect();
        Assert.Equal("Bound", await GetAsync("pvc/data-db-postgres-0", "{.status.phase}"));
        (await HelmAsync("install")).Expect();
        await NothingIsLostAsync();
        Assert.Equal(volume, await GetAsync("pvc/data-db-postgres-0", "{.spec.volumeName}"));

        (await slipway.HelmAsync("uninstall", "db", "-n", "db", "--wait")).Expect();
        (await slipway.KubectlAsync("delete", "namespace", "db", "--timeout=60s")).Expect();
    }

    private Task<CommandResult> HelmAsync(string command, params string[] arguments) =>
        slipway.HelmAsync([command, "db", Repository.File("examples", "postgres", "chart"), "-n", "db", "--wait", "--timeout", "60s", .. arguments]);

    /// <summary>Waits until the client has written more than it had, and compares what it wrote with what is there.</summary>
    private async Task NothingIsLostAsync()
    {
        await WrittenAsync(await LastWrittenAsync() + 5);
        var acknowledged = await LastWrittenAsync();
        var rows = (await SqlAsync("SELECT min(n), max(n), count(*) FROM rows")).Split('|').Select(int.Parse).ToList();
        Assert.Equal((1, rows[1]), (rows[0], rows[2]));
        Assert.True(rows[1] >= acknowledged, $"{acknowledged} was committed, {rows[1]} is the last");
    }

    private Task WrittenAsync(int last) => Waiting.UntilAsync($"row {last} is written", Patience, async () => await LastWrittenAsync() >= last);

    private async Task<int> LastWrittenAsync() =>
        Regex.Matches((await slipway.KubectlAsync("logs", "writer", "-n", "db", "--tail=30")).Out, @"(?m)^\d+$") is { Count: > 0 } numbers ? int.Parse(numbers[^1].Value) : 0;

    private async Task<string> SqlAsync(string statement, string database = "app") =>
        (await slipway.KubectlAsync("exec", "-n", "db", Server, "--", "psql", "-XAtqU", "postgres", "-d", database, "-c", statement)).Expect().Out.Trim();

    private async Task<string> GetAsync(string what, string path) => (await slipway.KubectlAsync("get", what, "-n", "db", "-o", $"jsonpath={path}")).Expect().Out;

    private Task<JsonNode> PodAsync() => slipway.JsonAsync("get", "pod", Server, "-n", "db");

    private static string UidOf(JsonNode pod) => (string)pod["metadata"]!["uid"]!;

    private static string ContainerOf(JsonNode pod) => (string)pod["status"]!["containerStatuses"]![0]!["containerID"]!;
}
