using Amazon.Runtime;
using Amazon.S3;
using Slipway.Testing;
using Slipway.Testing.Swift;

namespace EndToEnd.Tests;

/// <summary>A flow in real containers whose artifacts are kept in a real Swift, which dies while it runs; and one that what comes into its bucket starts.</summary>
public sealed class ArtifactStoreTests(ClusterFixture cluster)
{
    private readonly SlipwayCli slipway = cluster.Slipway;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Artifacts_are_in_the_bucket_whatever_becomes_of_it_and_of_the_node_in_between()
    {
        var node = (string)(await slipway.JsonAsync("status"))["nodeAddress"]!;
        await using var swift = await SwiftServer.StartAsync(Cancellation, address: node);
        using var owner = new AmazonS3Client(new BasicAWSCredentials(SwiftServer.AccessKey, SwiftServer.SecretKey), new AmazonS3Config { ServiceURL = $"{swift.Endpoint}", ForcePathStyle = true, AuthenticationRegion = "us-east-1" });
        await owner.PutBucketAsync("flows", Cancellation);
        (await slipway.RunWithInputAsync($$"""
            apiVersion: v1
            kind: Secret
            metadata: { name: swift }
            stringData: { accessKey: "{{SwiftServer.AccessKey}}", secretKey: "{{SwiftServer.SecretKey}}" }
            ---
            apiVersion: slipway.dev/v1alpha1
            kind: ArtifactStore
            metadata: { name: swift }
            spec: { s3: { endpoint: "{{swift.Endpoint}}", bucket: flows, secretName: swift } }
            """, "apply", "-f", "-")).Expect();
        await swift.KillAsync();

        var file = await slipway.WriteFlowAsync("stored", """
            - { name: make, command: [sh, -c, "busybox mkdir /out/set; echo one > /out/set/item; echo 3 > /out/n"], outputs: { files: { set: /out/set }, values: { n: /out/n } } }
            - { name: read, command: [sh, -c, "cat /in/set/item > /out/copy; echo ${{ tasks.make.values.n }} >> /out/copy"], inputs: { set: "${{ tasks.make.files.set }}" }, outputs: { files: { copy: /out/copy } } }
            """);
        await File.AppendAllTextAsync(file, "  artifacts: { store: swift }\n", Cancellation);
        (await slipway.RunAsync("run", file, "--detach")).Expect();
        await Waiting.UntilAsync("the run says what it waits for", TimeSpan.FromMinutes(3), async () =>
            ((string?)(await slipway.OnlyRunAsync("stored"))["status"]?["tasks"]?[0]?["message"])?.Contains("cannot be kept in artifact store swift yet", StringComparison.Ordinal) == true);
        var waiting = await slipway.OnlyRunAsync("stored");
        Assert.Equal("Running", waiting.Phase());
        await swift.StartAgainAsync(Cancellation);
        await Waiting.UntilAsync("the run has succeeded", TimeSpan.FromMinutes(3), async () => (await slipway.OnlyRunAsync("stored")).Phase() == "Succeeded");
        var attempts = await slipway.AttemptsAsync("stored");
        Assert.All(attempts, attempt => Assert.Equal(("Succeeded", 1), ((string)attempt["reason"]!, (int)attempt["attempt"]!)));

        // The node loses all of it.
        var artifacts = $"/var/lib/slipway/{slipway.Name}/data/artifacts/sha256";
        var hashes = attempts.SelectMany(a => a["files"]!.AsObject().Select(f => (string)f.Value!["sha256"]!)).ToList();
        Assert.Equal(2, hashes.Count);
        foreach (var sha256 in hashes)
            File.Delete(Path.Combine(artifacts, sha256[..2], sha256));
        var name = (string)waiting["metadata"]!["name"]!;
        var copy = Path.Combine(slipway.Home, "copy");
        (await slipway.RunAsync("artifacts", "get", name, "read/copy", "-o", copy)).Expect();
        Assert.Equal("one\n3\n", await File.ReadAllTextAsync(copy, Cancellation));
        var set = Path.Combine(slipway.Home, "stored-set");
        (await slipway.RunAsync("artifacts", "get", name, "make/set", "-o", set)).Expect();
        Assert.Equal("one\n", await File.ReadAllTextAsync(Path.Combine(set, "item"), Cancellation));
        Assert.All(hashes, sha256 => Assert.True(File.Exists(Path.Combine(artifacts, sha256[..2], sha256))));
        (await slipway.RunAsync("delete", "artifactstore", "swift")).Expect();

        // What comes into a bucket starts a run.
        (await slipway.RunWithInputAsync($$$"""
            apiVersion: slipway.dev/v1alpha1
            kind: Flow
            metadata: { name: arrivals }
            spec:
              params: [{ name: key, default: "" }]
              triggers: [{ name: arrived, bucket: { endpoint: "{{{swift.Endpoint}}}", bucket: flows, prefix: in/, pattern: "*.csv", interval: 1s, secretName: swift }, params: { key: "${{ event.key }}" } }]
              tasks: [{ name: show, image: {{{BusyboxImage.Name}}}, command: [sh, -c, "echo ${{ params.key }}"] }]
            """, "apply", "-f", "-")).Expect();
        await owner.PutObjectAsync(new() { BucketName = "flows", Key = "in/a.csv", ContentBody = "1", UseChunkEncoding = false }, Cancellation);
        await Waiting.UntilAsync("the object has started a run", TimeSpan.FromMinutes(3), async () =>
            (await slipway.JsonAsync("get", "flowruns", "-l", "slipway.dev/flow=arrivals"))["items"]!.AsArray() is [{ } run] && run.Phase() == "Succeeded" && (string?)run["spec"]!["params"]!["key"] == "in/a.csv");
        (await slipway.RunAsync("delete", "flow", "arrivals")).Expect();
    }
}
