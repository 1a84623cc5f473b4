using Slipway.Api.Kinds;
using Slipway.Client;
using Slipway.Testing;

namespace Slipway.Flows.Tests;

public sealed class BucketTriggerTests : IAsyncLifetime
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(500);

    private FlowCluster flows = null!;

    public async ValueTask InitializeAsync() => flows = await FlowCluster.StartAsync();

    public ValueTask DisposeAsync() => flows.DisposeAsync();

    [Fact]
    public async Task Each_object_starts_one_run_across_restarts_and_one_that_is_put_anew_another()
    {
        await CreateSecretAsync();
        flows.Buckets["in"] = [Object("sales/old.csv", "1") with { Changed = flows.Cluster.Clock.GetUtcNow().AddHours(-1) }];
        await ApplyAsync();
        Put(Object("sales/a.csv", "1"), Object("sales/a.txt", "1"), Object("sales/.part.csv", "1"), Object("sales/", "1"), Object("other/b.csv", "1"));
        var run = Assert.Single(await RunsAsync(1));
        Assert.Equal(("sales/a.csv a.csv in 3 1", "object sales/a.csv of 3 bytes is in bucket in"), (TextOf(run), run.Spec.Cause!.Message));

        await flows.StopControllersAsync();
        Put(Object("sales/2026/c.csv", "1"));
        flows.StartControllers();
        Assert.Equal(["sales/2026/c.csv c.csv in 3 1", "sales/a.csv a.csv in 3 1"], (await RunsAsync(2)).Select(TextOf).Order(StringComparer.Ordinal));

        flows.Buckets["in"] = [.. flows.Buckets["in"].Select(o => o.Name == "sales/a.csv" ? o with { Etag = "2" } : o)];
        Assert.Contains("sales/a.csv a.csv in 3 2", (await RunsAsync(3)).Select(TextOf));
    }

    [Fact]
    public async Task What_is_in_the_way_is_told_until_it_is_not()
    {
        await ApplyAsync();
        await BlockedAsync("bucket in: there is no Secret s3 in namespace default; make it with the keys accessKey and secretKey");
        await CreateSecretAsync();
        await BlockedAsync("bucket in at https://s3.example.com/: there is none");
        Put(Object("sales/a.csv", "1"));
        Assert.Single(await RunsAsync(1));
        await flows.Cluster.WaitAsync(FlowKinds.Flows, "default", "f", f => f?.Status?.Triggers is [{ Blocked: null }]);
    }

    [Fact]
    public async Task A_bucket_is_reached_once_for_all_looks_and_anew_with_other_credentials()
    {
        await CreateSecretAsync();
        await ApplyAsync();
        await UntilAsync(() => flows.ReachedBuckets.ToArray() is [{ Lists: > 2 }]);
        await flows.Cluster.PatchAsync("/api/v1/namespaces/default/secrets/s3", """{ "stringData": { "secretKey": "c" } }""");
        await UntilAsync(() => flows.ReachedBuckets.ToArray() is [{ IsDisposed: true }, { Lists: > 2, Options.SecretKey: "c" }]);
        await flows.Api.DeleteAsync(FlowKinds.Flows, "default", "f", cancellation: TestContext.Current.CancellationToken);
        await UntilAsync(() => flows.ReachedBuckets.ToArray() is [_, { IsDisposed: true }]);
    }

    private Task UntilAsync(Func<bool> condition) => flows.Cluster.WhileTimePassesAsync(WaitAsync(condition), Step);

    private static async Task<bool> WaitAsync(Func<bool> condition)
    {
        using var patience = new CancellationTokenSource(TestCluster.Patience);
        while (!condition())
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, patience.Token);
        return true;
    }

    private Task BlockedAsync(string why) =>
        flows.Cluster.WhileTimePassesAsync(flows.Cluster.WaitAsync(FlowKinds.Flows, "default", "f", f => f?.Status?.Triggers is [{ Blocked: { } told }] && told == why), Step);

    private void Put(params FileState[] objects) => flows.Buckets["in"] = [.. flows.Buckets.GetValueOrDefault("in") ?? [], .. objects];

    // Storages tell whole seconds.
    private FileState Object(string key, string etag)
    {
        var now = DateTimeOffset.FromUnixTimeSeconds(flows.Cluster.Clock.GetUtcNow().ToUnixTimeSeconds());
        return new(key, 3, now, now, etag);
    }

    private async Task<List<FlowRun>> RunsAsync(int count)
    {
        var runs = await flows.Cluster.WhileTimePassesAsync(flows.Cluster.WaitForAllAsync(FlowKinds.Runs, "default", all => all.Count >= count), Step);
        Assert.Equal(count, runs.Count);
        return runs;
    }

    private static string TextOf(FlowRun run) => (string?)run.Spec.Params?["text"] ?? "";

    private Task CreateSecretAsync() => flows.Cluster.CreateAsync("/api/v1/namespaces/default/secrets", """{ "metadata": { "name": "s3" }, "stringData": { "accessKey": "a", "secretKey": "b" } }""");

    private Task ApplyAsync() => flows.ApplyAsync("""
        apiVersion: slipway.dev/v1alpha1
        kind: Flow
        metadata: { name: f, namespace: default }
        spec:
          params: [{ name: text, default: "" }]
          triggers:
            - name: t
              bucket: { endpoint: "https://s3.example.com", bucket: in, prefix: sales/, pattern: "*.csv", interval: 1s, secretName: s3 }
              params: { text: "${{ event.key }} ${{ event.name }} ${{ event.bucket }} ${{ event.size }} ${{ event.etag }}" }
          defaults: { image: "x:1" }
          tasks:
            - { name: show, command: [show, "${{ params.text }}"] }
        """);
}
