using Slipway.Api.Kinds;

namespace Slipway.Flows.Tests.Stores;

/// <summary>What goes from a declared store, and from this machine, when its time is over.</summary>
public sealed class StoreSweepTests : IAsyncLifetime
{
    private readonly string directory = Directory.CreateTempSubdirectory("slipway-sweep-").FullName;
    private DirectoryPlace place = null!;
    private FlowCluster flows = null!;

    public async ValueTask InitializeAsync()
    {
        place = new DirectoryPlace(directory);
        flows = await FlowCluster.StartAsync(places: _ => place);
        await flows.Cluster.CreateAsync("/api/v1/namespaces/default/secrets", """{"apiVersion":"v1","kind":"Secret","metadata":{"name":"s3"},"stringData":{"accessKey":"me","secretKey":"mine"}}""");
    }

    public async ValueTask DisposeAsync()
    {
        await flows.DisposeAsync();
        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public async Task What_is_older_than_the_store_keeps_goes_from_everywhere()
    {
        await DeclareAsync("retention: { age: 3h }");
        var all = await RunAsync("");
        await AgeAsync(all);
        await PassAsync(() => !all.Exists(sha256 => File.Exists(place.PathOf(sha256)) || flows.Store.HasHere(sha256)));
        Assert.DoesNotContain(all, flows.Store.Has);
        Assert.Equal((0, 0), flows.Ledger.Placements.TotalOf("default", "team"));
        Assert.Single(flows.Ledger.Read.Attempts((await flows.RunAsync("f-1", _ => true)).Metadata.Uid)); // the record stays
    }

    [Fact]
    public async Task What_flows_let_go_goes_from_the_store_too_and_a_store_that_was_away_is_swept_later()
    {
        await DeclareAsync("");
        var all = await RunAsync("retention: { artifacts: 2h },");
        await AgeAsync(all);
        place.Fault = new ArtifactPlaceException(ArtifactPlaceFault.Unreachable, "away");
        await PassAsync(() => !all.Exists(flows.Store.HasHere));
        await PassAsync(() => flows.Ledger.Placements.TotalOf("default", "team").Count == 0 || all.TrueForAll(sha256 => !flows.Ledger.Read.IsReferred(sha256)));
        Assert.All(all, sha256 => Assert.True(File.Exists(place.PathOf(sha256))));
        place.Fault = null;
        await PassAsync(() => !all.Exists(sha256 => File.Exists(place.PathOf(sha256))));
    }

    [Fact]
    public async Task Copies_on_this_machine_go_after_a_day_and_come_back_when_they_are_read()
    {
        await DeclareAsync("");
        var all = await RunAsync("");
        await AgeAsync(all, days: 2);
        await PassAsync(() => !all.Exists(flows.Store.HasHere));
        Assert.All(all, sha256 => Assert.True(flows.Store.Has(sha256)));
        Assert.NotNull(await flows.Store.ReadAsync(all[0], TestContext.Current.CancellationToken));
        Assert.True(flows.Store.HasHere(all[0]));
    }

    [Theory]
    [InlineData(null, null, null, null)]
    [InlineData("90d", null, -90.0, null)]
    [InlineData("1h", "2Ki", -1.0 / 24, 2048L)]
    public void Limits_are_those_of_the_store(string? age, string? size, double? days, long? bytes)
    {
        var now = new DateTimeOffset(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);
        var limits = StoreSweep.LimitsOf(new ArtifactStoreRetention { Age = age, Size = size }, now);
        Assert.Equal((days is { } d ? now.AddDays(d) : (DateTimeOffset?)null, bytes, now.AddHours(-1)), (limits.KeptBefore, limits.Size, limits.Untouched));
    }

    /// <summary>Runs a flow; the hashes of all that it left.</summary>
    private async Task<List<string>> RunAsync(string fields)
    {
        await flows.ApplyAsync($$"""{ apiVersion: slipway.dev/v1alpha1, kind: Flow, metadata: { name: f, namespace: default }, spec: { {{fields}} tasks: [{ name: a, image: "x:1", command: [a], outputs: { files: { f: /out/f, d: /out/d } } }] } }""");
        await flows.ApplyAsync("{ apiVersion: slipway.dev/v1alpha1, kind: FlowRun, metadata: { name: f-1, namespace: default }, spec: { flow: f } }");
        await flows.EndAsync((await flows.PodsAsync("a"))[0], files: ["f"], directories: ["d"]);
        var run = await flows.RunAsync("f-1", r => r.Status?.Phase == FlowPhase.Succeeded);
        var files = flows.Ledger.Read.Attempts(run.Metadata.Uid).Single().Files;
        var list = (await DirectoryManifest.ReadAsync(flows.Store, files["d"].Sha256, TestContext.Current.CancellationToken))!;
        List<string> all = [files["f"].Sha256, files["d"].Sha256, .. list.Entries.Select(e => e.Sha256).OfType<string>()];
        Assert.All(all, sha256 => Assert.True(File.Exists(place.PathOf(sha256))));
        return all;
    }

    private async Task AgeAsync(List<string> all, int days = 0)
    {
        await flows.Cluster.WaitForAllAsync(FlowKinds.Pods, "default", pods => pods.TrueForAll(p => p.Metadata.Finalizers is null or []));
        foreach (var sha256 in all)
            File.SetLastWriteTimeUtc(flows.Store.PathOf(sha256), TimeProvider.System.GetUtcNow().UtcDateTime.AddHours(-2).AddDays(-days));
    }

    private async Task DeclareAsync(string fields) => await flows.ApplyAsync(
        $$"""{ apiVersion: slipway.dev/v1alpha1, kind: ArtifactStore, metadata: { name: team, namespace: default }, spec: { default: true, s3: { endpoint: https://s3.example.com, bucket: bucket, secretName: s3 } {{(fields.Length > 0 ? ", " : "")}}{{fields}} } }""");

    private Task<bool> PassAsync(Func<bool> condition) => flows.Cluster.WhileTimePassesAsync(UntilAsync(condition), TimeSpan.FromMinutes(10));

    private static async Task<bool> UntilAsync(Func<bool> condition)
    {
        using var patience = new CancellationTokenSource(Testing.TestCluster.Patience);
        while (!condition())
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, patience.Token);
        return true;
    }
}
