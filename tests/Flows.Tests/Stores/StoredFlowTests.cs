using System.Formats.Tar;
using System.Text;
using Slipway.Api;
using Slipway.Api.Kinds;
using Slipway.Flows.Tests.Places;
using Slipway.Testing.Swift;

namespace Slipway.Flows.Tests.Stores;

/// <summary>What flows can rely on wherever their artifacts are kept: on the node alone, or in a bucket of a real OpenStack Swift, which dies on the way.</summary>
[Collection("swift")] // one server at a time: each is four programs that take seconds to start
public sealed class StoredFlowTests(SwiftFixture swift) : IClassFixture<SwiftFixture>, IAsyncLifetime
{
    private const string Flow = """
        apiVersion: slipway.dev/v1alpha1
        kind: Flow
        metadata: { name: f, namespace: default }
        spec:
          defaults: { image: "x:1" }
          tasks:
            - { name: list, command: [l], outputs: { values: { v: /out/v } } }
            - { name: work, forEach: "${{ tasks.list.values.v }}", command: [w], outputs: { files: { f: /out/f, d: /out/d } } }
            - { name: join, command: [j], inputs: { f: "${{ tasks.work.files.f }}", d: "${{ tasks.work.files.d }}" }, outputs: { files: { sum: /out/sum } } }
        """;

    private readonly string files = Directory.CreateTempSubdirectory("slipway-stored-").FullName;
    private readonly string bucket = $"b{Guid.NewGuid():n}";
    private FlowCluster flows = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private S3Options Options => new() { Endpoint = swift.Server.Endpoint, Bucket = bucket, Prefix = "here/", AccessKey = SwiftServer.AccessKey, SecretKey = SwiftServer.SecretKey };

    public async ValueTask InitializeAsync()
    {
        await S3Buckets.CreateAsync(Options, Cancellation);
        flows = await FlowCluster.StartAsync(places: options => new S3Place(options));
    }

    public async ValueTask DisposeAsync()
    {
        await flows.DisposeAsync();
        Directory.Delete(files, recursive: true);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_flow_goes_through_and_its_artifacts_come_back(bool isDeclared)
    {
        if (isDeclared)
            await DeclareAsync();
        await flows.ApplyAsync(Flow);
        await flows.ApplyAsync("{ apiVersion: slipway.dev/v1alpha1, kind: FlowRun, metadata: { name: f-1, namespace: default }, spec: { flow: f } }");
        await flows.EndAsync((await flows.PodsAsync("list"))[0], values: new() { ["v"] = "[1,2]" });
        var work = await flows.PodsAsync("work[0]", "work[1]");
        await flows.EndAsync(work[0], files: ["f"], directories: ["d"]);
        await flows.RunAsync("f-1", r => r.Status?.Tasks?[1].Counts?.Succeeded == 1);
        if (isDeclared)
            await swift.Server.KillAsync();
        await flows.EndAsync(work[1], files: ["f"], directories: ["e"]);
        if (isDeclared)
        {
            await flows.RunAsync("f-1", r => r.Status?.Tasks?[1] is { Phase: FlowPhase.Running, Message: { } said } && said.Contains("is not reached", StringComparison.Ordinal));
            await flows.StopControllersAsync();
            await swift.Server.StartAgainAsync(Cancellation);
            flows.StartControllers();
        }

        var join = (await flows.Cluster.WhileTimePassesAsync(flows.PodsAsync("join"), TimeSpan.FromSeconds(1)))[0];
        if (isDeclared)
            LoseAll();
        var target = Path.Combine(files, "in");
        await InputTree.LayAsync(InputManifest.Parse((await flows.Store.ReadAsync(AttemptReader.InputHash(join)!, Cancellation))!), target, new StoredInputs(flows.Store), Cancellation);
        Assert.Equal("content of f", await File.ReadAllTextAsync(Path.Combine(target, "f", "00001-f.bin"), Cancellation));
        Assert.Equal("second of d", await File.ReadAllTextAsync(Path.Combine(target, "d", "00000-d", "below", "second"), Cancellation));
        await flows.EndAsync(join, files: ["sum"]);
        var run = await flows.Cluster.WhileTimePassesAsync(flows.RunAsync("f-1", r => FlowPhase.IsFinal(r.Status?.Phase)), TimeSpan.FromSeconds(1));
        Assert.Equal(FlowPhase.Succeeded, run.Status!.Phase);
        Assert.All(flows.Ledger.Read.Attempts(run.Metadata.Uid), attempt => Assert.Equal((1, AttemptReason.Succeeded), (attempt.Number, attempt.Reason)));

        if (isDeclared)
            LoseAll();
        Assert.Equal("content of sum", await TextAsync("runs/f-1/artifacts/join/sum"));
        Assert.Equal("[1,2]", await TextAsync("runs/f-1/artifacts/list/v"));
        await using (var archive = new TarReader(await OpenAsync("runs/f-1/artifacts/work%5B0%5D/d")))
        {
            var names = new List<string>();
            while (await archive.GetNextEntryAsync(cancellationToken: Cancellation) is { } entry)
                names.Add(entry.Name);
            Assert.Equal(["below", "below/second", "first"], names.Select(n => n.TrimEnd('/')));
        }
    }

    [Fact]
    public async Task What_is_damaged_in_the_bucket_is_told_and_not_handed_on()
    {
        await DeclareAsync();
        await flows.ApplyAsync(Flow);
        await flows.ApplyAsync("{ apiVersion: slipway.dev/v1alpha1, kind: FlowRun, metadata: { name: f-1, namespace: default }, spec: { flow: f } }");
        await flows.EndAsync((await flows.PodsAsync("list"))[0], values: new() { ["v"] = "[1,2]" });
        await flows.PodsAsync("work[0]");
        var sha256 = flows.Ledger.Read.Attempts((await flows.RunAsync("f-1", _ => true)).Metadata.Uid).Single().Values["v"].Sha256;
        using (var client = S3Buckets.Client(Options))
            await client.PutObjectAsync(new() { BucketName = bucket, Key = $"here/default/team/{sha256[..2]}/{sha256}", ContentBody = "[9,9]", UseChunkEncoding = false }, Cancellation);
        LoseAll();
        Assert.Contains("is damaged", (await Assert.ThrowsAsync<IOException>(async () => await flows.Store.ReadAsync(sha256, Cancellation))).Message, StringComparison.Ordinal);
        Assert.False(flows.Store.HasHere(sha256));
    }

    private async Task DeclareAsync()
    {
        await flows.Cluster.CreateAsync("/api/v1/namespaces/default/secrets", $$$"""{"apiVersion":"v1","kind":"Secret","metadata":{"name":"s3"},"stringData":{"accessKey":"{{{SwiftServer.AccessKey}}}","secretKey":"{{{SwiftServer.SecretKey}}}"}}""");
        await flows.ApplyAsync($$"""
            apiVersion: slipway.dev/v1alpha1
            kind: ArtifactStore
            metadata: { name: team, namespace: default }
            spec: { default: true, s3: { endpoint: "{{swift.Server.Endpoint}}", bucket: {{bucket}}, prefix: here/, secretName: s3 } }
            """);
        await flows.Cluster.WaitAsync(FlowKinds.ArtifactStores, "default", "team", s => s?.Status?.Conditions?[0].Status == "True");
    }

    /// <summary>This machine loses all that is in the bucket, too.</summary>
    private void LoseAll()
    {
        foreach (var file in Directory.EnumerateFiles(Path.Combine(flows.Store.Root, "sha256"), "*", SearchOption.AllDirectories).Where(f => flows.Ledger.Placements.Of(Path.GetFileName(f)).Count > 0).ToList())
            File.Delete(file);
    }

    private async Task<Stream> OpenAsync(string path)
    {
        var answer = await new LedgerApi(flows.Ledger, flows.Store).SendAsync(new ApiRequest("GET", $"{LedgerApi.PathPrefix}/namespaces/default/{path}"), Cancellation);
        Assert.True(answer.IsSuccess, Encoding.UTF8.GetString(answer.Body.Span));
        return answer.Stream!;
    }

    private async Task<string> TextAsync(string path)
    {
        await using var stream = await OpenAsync(path);
        return await new StreamReader(stream).ReadToEndAsync(Cancellation);
    }
}
