using Slipway.Api;

namespace Slipway.Flows.Tests;

public sealed class RetentionKeeperTests
{
    [Fact]
    public async Task What_runs_left_goes_when_its_time_is_over()
    {
        await using var flows = await FlowCluster.StartAsync();
        await flows.ApplyAsync("""
            apiVersion: slipway.dev/v1alpha1
            kind: Flow
            metadata: { name: f, namespace: default }
            spec:
              retention: { artifacts: 2h, logs: 4h }
              tasks: [{ name: a, image: "x:1", command: [a], outputs: { files: { f: /out/f } } }]
            """);
        await flows.ApplyAsync("{ apiVersion: slipway.dev/v1alpha1, kind: FlowRun, metadata: { name: f-1, namespace: default }, spec: { flow: f } }");
        var pod = (await flows.PodsAsync("a"))[0];
        flows.PodLogs[pod.Metadata.Name] = "text";
        await flows.EndAsync(pod, files: ["f"]);
        var run = await flows.RunAsync("f-1", r => r.Status?.Phase == "Succeeded");
        await flows.Cluster.WaitForAllAsync(FlowKinds.Pods, "default", pods => pods.TrueForAll(p => p.Metadata.Finalizers is null or []));
        var attempt = flows.Ledger.Read.Attempts(run.Metadata.Uid).Single();
        var (file, log) = (attempt.Files["f"].Sha256, flows.Ledger.Read.Log(run.Metadata.Uid, attempt.Path, 1)!.Sha256);
        foreach (var hash in new[] { file, log })
            File.SetLastWriteTimeUtc(flows.Store.PathOf(hash), TimeProvider.System.GetUtcNow().UtcDateTime.AddHours(-2));

        await flows.Cluster.WhileTimePassesAsync(GoneAsync(flows, file), TimeSpan.FromMinutes(1));
        Assert.True(flows.Store.Has(log));
        await flows.Cluster.WhileTimePassesAsync(GoneAsync(flows, log), TimeSpan.FromMinutes(1));
        Assert.Single(flows.Ledger.Read.Attempts(run.Metadata.Uid));
    }

    [Fact]
    public async Task A_directory_goes_with_the_files_that_nobody_else_has()
    {
        await using var flows = await FlowCluster.StartAsync();
        await flows.ApplyAsync("""
            apiVersion: slipway.dev/v1alpha1
            kind: Flow
            metadata: { name: f, namespace: default }
            spec:
              retention: { artifacts: 2h }
              tasks: [{ name: a, image: "x:1", command: [a], outputs: { files: { d: /out/d } } }]
            """);
        await flows.ApplyAsync("{ apiVersion: slipway.dev/v1alpha1, kind: FlowRun, metadata: { name: f-1, namespace: default }, spec: { flow: f } }");
        await flows.EndAsync((await flows.PodsAsync("a"))[0], directories: ["d"]);
        var run = await flows.RunAsync("f-1", r => r.Status?.Phase == "Succeeded");
        var left = flows.Ledger.Read.Attempts(run.Metadata.Uid).Single().Files["d"];
        Assert.Equal(("d", 2), (left.FileName, left.FileCount));
        var manifest = (await DirectoryManifest.ReadAsync(flows.Store, left.Sha256, TestContext.Current.CancellationToken))!;
        Assert.True(flows.Ledger.Read.KnowsDirectory(left.Sha256));
        string[] all = [left.Sha256, .. manifest.Entries.Select(e => e.Sha256).OfType<string>()];
        foreach (var hash in all)
            File.SetLastWriteTimeUtc(flows.Store.PathOf(hash), TimeProvider.System.GetUtcNow().UtcDateTime.AddHours(-2));

        await flows.Cluster.WhileTimePassesAsync(Task.WhenAll(all.Select(hash => GoneAsync(flows, hash))), TimeSpan.FromMinutes(1));
        Assert.False(flows.Ledger.Read.KnowsDirectory(left.Sha256));
    }

    private static async Task<bool> GoneAsync(FlowCluster flows, string hash)
    {
        using var patience = new CancellationTokenSource(Testing.TestCluster.Patience);
        while (flows.Store.Has(hash))
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, patience.Token);
        return true;
    }

    [Fact]
    public async Task A_wrong_age_is_refused_with_its_field()
    {
        await using var flows = await FlowCluster.StartAsync();
        var refusal = await Assert.ThrowsAsync<ApiException>(() => flows.ApplyAsync(
            "{ apiVersion: slipway.dev/v1alpha1, kind: Flow, metadata: { name: f, namespace: default }, spec: { retention: { logs: long }, tasks: [{ name: a, image: 'x:1', command: [a] }] } }"));
        Assert.Contains("spec.retention.logs: Invalid value: \"long\": must be a duration such as 30s, 1h30m or 3d", refusal.Message, StringComparison.Ordinal);
    }
}
