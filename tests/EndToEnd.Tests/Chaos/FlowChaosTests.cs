using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Amazon.Runtime;
using Amazon.S3;
using Slipway.Testing;
using Slipway.Testing.Swift;

namespace EndToEnd.Tests.Chaos;

/// <summary>
/// The server (with the controllers and the node's agent in it), containerd, shims, the wrappers of tasks, the store of artifacts and the operators are killed while
/// a flow runs, in an order that a seed gives. Every run ends as it should, no task runs again whose success is recorded, and no output is lost or torn.
/// </summary>
/// <remarks>
/// <c>SLIPWAY_FLOW_CHAOS_ROUNDS</c> runs of <c>SLIPWAY_FLOW_CHAOS_TASKS</c> tasks (1 and 20 if not set; 100 and 200 is the long form), and as many more as it takes until each
/// blow has fallen; in the last one nothing is killed any more when each has.
/// <c>SLIPWAY_CHAOS_SEED</c> repeats an order.
/// </remarks>
[Collection(AloneTestGroup.Name)]
public sealed class FlowChaosTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(15);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Whatever_is_killed_a_flow_ends_right()
    {
        await using var slipway = new SlipwayCli("flowchaos");
        (await slipway.RunAsync("up")).Expect();
        await BusyboxImage.BuildAsync(slipway);
        await RunAsync(slipway, FlowBlows.OfServer);
    }

    [Fact]
    public async Task Whatever_is_killed_a_flow_of_operators_ends_right()
    {
        await using var slipway = new SlipwayCli("opchaos");
        (await slipway.RunAsync("up", "--flows", "off")).Expect();
        await BusyboxImage.BuildAsync(slipway);
        var archive = Path.Combine(slipway.Home, "slipway.tar");
        (await slipway.RunAsync("image", "export", archive)).Expect();
        (await slipway.RunAsync("image", "load", archive)).Expect();
        (await slipway.RunAsync("install", "--replicas", "2", "--storage", "1Gi")).Expect();
        (await slipway.KubectlAsync("create", "role", "store", "--verb", "get", "--resource", "secrets", "--resource-name", "swift")).Expect();
        (await slipway.KubectlAsync("create", "rolebinding", "store", "--role", "store", "--serviceaccount", $"{FlowBlows.OperatorNamespace}:slipway-operator")).Expect();
        (await slipway.KubectlAsync("-n", FlowBlows.OperatorNamespace, "rollout", "status", "deployment/slipway-operator", "--timeout=60s")).Expect();
        await RunAsync(slipway, FlowBlows.OfOperator);
    }

    private async Task RunAsync(SlipwayCli slipway, string[] blows)
    {
        var seed = Setting("SLIPWAY_CHAOS_SEED", Environment.TickCount & 0xffff);
        var (rounds, tasks) = (Setting("SLIPWAY_FLOW_CHAOS_ROUNDS", 1), Setting("SLIPWAY_FLOW_CHAOS_TASKS", 20));
        output.WriteLine($"seed {seed}, {rounds} rounds of {tasks} tasks");
        var random = new Random(seed);
        await using var swift = await SwiftServer.StartAsync(Cancellation, address: (string)(await slipway.JsonAsync("status"))["nodeAddress"]!);
        using var bucket = new AmazonS3Client(new BasicAWSCredentials(SwiftServer.AccessKey, SwiftServer.SecretKey), new AmazonS3Config { ServiceURL = $"{swift.Endpoint}", ForcePathStyle = true, AuthenticationRegion = "us-east-1" });
        await bucket.PutBucketAsync("flows", Cancellation);
        (await slipway.RunWithInputAsync(Store(swift) + Flow(tasks - 1), "apply", "-f", "-")).Expect();
        var strikes = new FlowBlows(slipway, swift, random);
        // Dealt like cards, shuffled each time when all are dealt, so that a long run has them in many orders.
        var dealt = new Queue<string>();
        var hasDealtAll = false;
        for (var round = 1; round <= rounds || !hasDealtAll; round++)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"chaos-{round}");
            (await slipway.RunWithInputAsync($$"""{ apiVersion: slipway.dev/v1alpha1, kind: FlowRun, metadata: { name: {{name}} }, spec: { flow: chaos } }""", "apply", "-f", "-")).Expect();
            var began = TimeProvider.System.GetTimestamp();
            JsonNode run;
            while (true)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(random.Next(300, 3000)), TimeProvider.System, Cancellation);
                run = await slipway.JsonAsync("get", "flowrun", name);
                if (run.Phase() is "Succeeded" or "Failed")
                    break;
                Assert.True(TimeProvider.System.GetElapsedTime(began) < Patience, $"the run has not ended: {run["status"]?.ToJsonString()}");
                if (hasDealtAll && round >= rounds)
                {
                    if (!swift.IsRunning)
                        await swift.StartAgainAsync(Cancellation); // a run does not end without its store
                    continue;
                }

                if (dealt.Count == 0)
                {
                    var shuffled = blows.ToArray();
                    random.Shuffle(shuffled);
                    dealt = new Queue<string>(shuffled);
                }

                var done = await strikes.StrikeAsync(name, dealt.Dequeue());
                hasDealtAll |= dealt.Count == 0;
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name} {TimeProvider.System.GetElapsedTime(began).TotalSeconds:0.0} s, {run["status"]?["progress"]}: {done}"));
            }

            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name} ended after {TimeProvider.System.GetElapsedTime(began).TotalSeconds:0.0} s"));
            if (!swift.IsRunning)
                await swift.StartAgainAsync(Cancellation);
            await CheckAsync(slipway, bucket, run, tasks - 1);
            (await slipway.RunAsync("delete", "flowrun", name)).Expect();
        }
    }

    private static string Store(SwiftServer swift) => $$"""
        apiVersion: v1
        kind: Secret
        metadata: { name: swift }
        stringData: { accessKey: "{{SwiftServer.AccessKey}}", secretKey: "{{SwiftServer.SecretKey}}" }
        ---
        apiVersion: slipway.dev/v1alpha1
        kind: ArtifactStore
        metadata: { name: swift }
        spec: { s3: { endpoint: "{{swift.Endpoint}}", bucket: flows, secretName: swift } }
        ---

        """;

    private static string Flow(int items) => $$$"""
        apiVersion: slipway.dev/v1alpha1
        kind: Flow
        metadata: { name: chaos }
        spec:
          artifacts: { store: swift }
          defaults: { image: {{{BusyboxImage.Name}}}, retries: { limit: 50, backoff: { first: 1s, factor: 1, limit: 1s }, faults: 50 } }
          volumes: [{ name: book, size: 10Mi }]
          tasks:
            - name: work
              forEach: { range: { from: 1, to: {{{items}}} } }
              parallelism: 10
              command: [sh, -c, "sleep 1; echo line $SLIPWAY_ITEM of $SLIPWAY_RUN > /out/f.txt; busybox mkdir /out/set; echo $SLIPWAY_RUN > /out/set/item; seq $SLIPWAY_ITEM 9999 > /out/set/numbers; echo $SLIPWAY_ITEM > /out/v.json; echo $SLIPWAY_ITEM $SLIPWAY_ATTEMPT >> /book/ran"]
              mounts: [{ path: /book, volume: book }]
              outputs: { files: { f: /out/f.txt, set: /out/set }, values: { v: /out/v.json } }
            - name: gather
              command: [sh, -c, "cat /in/all/* > /out/all.txt; cat /in/sets/*/item /in/sets/*/numbers > /out/sets.txt; cat /book/ran > /out/ran.txt"]
              inputs: { all: "${{ tasks.work.files.f }}", sets: "${{ tasks.work.files.set }}" }
              mounts: [{ path: /book, volume: book }]
              outputs: { files: { all: /out/all.txt, sets: /out/sets.txt, ran: /out/ran.txt } }
        """;

    private static async Task CheckAsync(SlipwayCli slipway, AmazonS3Client bucket, JsonNode run, int items)
    {
        var name = (string)run["metadata"]!["name"]!;
        Assert.True(run.Phase() == "Succeeded", run["status"]!["message"]?.ToJsonString());
        JsonNode record = new JsonObject();
        // An operator that takes over answers for the ledger when the API server has heard of it.
        await Waiting.UntilAsync("the record can be read", TimeSpan.FromMinutes(2), async () =>
            await slipway.RunAsync("runs", "show", name, "-o", "json") is { ExitCode: 0 } shown && (record = JsonNode.Parse(shown.Out)!) is not null);
        var attempts = record["attempts"]!.AsArray().Select(a => a!).ToList();
        foreach (var ofItem in attempts.GroupBy(a => (string)a["path"]!))
        {
            // In the order of their numbers, which have no gap: it failed until it succeeded, and was left alone then.
            Assert.Equal(Enumerable.Range(1, ofItem.Count()), ofItem.Select(a => (int)a["attempt"]!).Order());
            Assert.Equal("Succeeded", (string)Assert.Single(ofItem, a => (string?)a["reason"] == "Succeeded")["reason"]!);
            Assert.Equal("Succeeded", (string)ofItem.MaxBy(a => (int)a["attempt"]!)!["reason"]!);
        }

        for (var i = 0; i < items; i++)
        {
            var last = attempts.Last(a => (string?)a["path"] == $"work[{i}]" && (string?)a["reason"] == "Succeeded");
            Assert.Equal(Sha256($"line {i + 1} of {name}\n"), (string)last["files"]!["f"]!["sha256"]!);
            Assert.Equal(i + 1, (int)last["values"]!["v"]!["value"]!);
            Assert.Equal($"line {i + 1} of {name}\n", await ReadAsync(bucket, last["files"]!["f"]!));
            await ReadAsync(bucket, last["files"]!["set"]!);
        }

        var gathered = attempts.Last(a => (string?)a["path"] == "gather" && (string?)a["reason"] == "Succeeded")["files"]!;
        Assert.Equal(string.Concat(Enumerable.Range(1, items).Select(i => $"line {i} of {name}\n")), await ReadAsync(bucket, gathered["all"]!));
        var numbers = Enumerable.Range(1, items).SelectMany(i => Enumerable.Range(i, 10_000 - i)).Select(n => string.Create(CultureInfo.InvariantCulture, $"{n}\n"));
        Assert.Equal(Sha256(string.Concat(Enumerable.Repeat($"{name}\n", items).Concat(numbers))), (string)gathered["sets"]!["sha256"]!);
        await ReadAsync(bucket, gathered["sets"]!);
        // A container whose start containerd did not live to note is made again, as by the kubelet: so a command may have run twice within its attempt.
        foreach (var line in (await ReadAsync(bucket, gathered["ran"]!)).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var (item, number) = (int.Parse(line.Split(' ')[0], CultureInfo.InvariantCulture), int.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture));
            Assert.True(attempts.Exists(a => (string?)a["path"] == $"work[{item - 1}]" && (int)a["attempt"]! == number), $"attempt {number} of item {item} ran and is not recorded");
        }
    }

    /// <summary>What the store has of an output, which is whole.</summary>
    private static async Task<string> ReadAsync(AmazonS3Client bucket, JsonNode file)
    {
        var hash = (string)file["sha256"]!;
        using var stored = await bucket.GetObjectAsync("flows", $"default/swift/{hash[..2]}/{hash}", Cancellation);
        using var reader = new StreamReader(stored.ResponseStream);
        var content = await reader.ReadToEndAsync(Cancellation);
        Assert.Equal(hash, Sha256(content));
        return content;
    }

    private static string Sha256(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private static int Setting(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var value) ? value : otherwise;
}
