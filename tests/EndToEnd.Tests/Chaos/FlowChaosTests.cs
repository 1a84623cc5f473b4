using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Testing;

namespace EndToEnd.Tests.Chaos;

/// <summary>
/// The server (with the controllers and the node's agent in it), containerd, shims and the wrappers of tasks are killed while a flow runs, in an order that a seed
/// gives. Every run ends as it should, no task runs again whose success is recorded, and no output is lost or torn.
/// </summary>
/// <remarks>
/// <c>SLIPWAY_FLOW_CHAOS_ROUNDS</c> runs of <c>SLIPWAY_FLOW_CHAOS_TASKS</c> tasks (2 and 30 if not set; 100 and 200 is the long form);
/// <c>SLIPWAY_CHAOS_SEED</c> repeats an order.
/// </remarks>
[Collection(AloneTestGroup.Name)]
public sealed class FlowChaosTests(ITestOutputHelper output)
{
    /// <summary>Dealt like cards, shuffled each time when all are dealt, so that a short run has all of them and a long one has them in many orders.</summary>
    private static readonly string[] Blows = ["wrapper", "server", "wrapper", "containerd", "shim", "wrapper", "both"];
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    [Fact]
    public async Task Whatever_is_killed_a_flow_ends_right()
    {
        var seed = Setting("SLIPWAY_CHAOS_SEED", Environment.TickCount & 0xffff);
        var (rounds, tasks) = (Setting("SLIPWAY_FLOW_CHAOS_ROUNDS", 2), Setting("SLIPWAY_FLOW_CHAOS_TASKS", 30));
        output.WriteLine($"seed {seed}, {rounds} rounds of {tasks} tasks");
        var random = new Random(seed);
        await using var slipway = new SlipwayCli("flowchaos");
        (await slipway.RunAsync("up")).Expect();
        await BusyboxImage.BuildAsync(slipway);
        (await slipway.RunWithInputAsync(Flow(tasks - 1), "apply", "-f", "-")).Expect();
        var dealt = new Queue<string>();
        for (var round = 1; round <= rounds; round++)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"chaos-{round}");
            (await slipway.RunWithInputAsync($$"""{ apiVersion: slipway.dev/v1alpha1, kind: FlowRun, metadata: { name: {{name}} }, spec: { flow: chaos } }""", "apply", "-f", "-")).Expect();
            var began = TimeProvider.System.GetTimestamp();
            JsonNode run;
            while (true)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(random.Next(300, 3000)), TimeProvider.System, TestContext.Current.CancellationToken);
                run = await slipway.JsonAsync("get", "flowrun", name);
                if (run.Phase() is "Succeeded" or "Failed")
                    break;
                Assert.True(TimeProvider.System.GetElapsedTime(began) < Patience, $"the run has not ended: {run["status"]?.ToJsonString()}");
                if (dealt.Count == 0)
                {
                    var shuffled = Blows.ToArray();
                    random.Shuffle(shuffled);
                    dealt = new Queue<string>(shuffled);
                }

                var done = await StrikeAsync(slipway, name, dealt.Dequeue(), random);
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name} {TimeProvider.System.GetElapsedTime(began).TotalSeconds:0.0} s, {run["status"]?["progress"]}: {done}"));
            }

            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name} ended after {TimeProvider.System.GetElapsedTime(began).TotalSeconds:0.0} s"));
            await CheckAsync(slipway, run, tasks - 1);
            (await slipway.RunAsync("delete", "flowrun", name)).Expect();
        }
    }

    private static string Flow(int items) => $$$"""
        apiVersion: slipway.dev/v1alpha1
        kind: Flow
        metadata: { name: chaos }
        spec:
          defaults: { image: {{{BusyboxImage.Name}}}, retries: { limit: 50, backoff: { first: 1s, factor: 1, limit: 1s }, faults: 50 } }
          volumes: [{ name: book, size: 10Mi }]
          tasks:
            - name: work
              forEach: { range: { from: 1, to: {{{items}}} } }
              parallelism: 10
              command: [sh, -c, "sleep 1; echo line $SLIPWAY_ITEM > /out/f.txt; echo $SLIPWAY_ITEM > /out/v.json; echo $SLIPWAY_ITEM $SLIPWAY_ATTEMPT >> /book/ran"]
              mounts: [{ path: /book, volume: book }]
              outputs: { files: { f: /out/f.txt }, values: { v: /out/v.json } }
            - name: gather
              command: [sh, -c, "cat /in/all/* > /out/all.txt; cat /book/ran > /out/ran.txt"]
              inputs: { all: "${{ tasks.work.files.f }}" }
              mounts: [{ path: /book, volume: book }]
              outputs: { files: { all: /out/all.txt, ran: /out/ran.txt } }
        """;

    private static async Task CheckAsync(SlipwayCli slipway, JsonNode run, int items)
    {
        var name = (string)run["metadata"]!["name"]!;
        Assert.True(run.Phase() == "Succeeded", run["status"]!["message"]?.ToJsonString());
        var attempts = (await slipway.JsonAsync("runs", "show", name))["attempts"]!.AsArray().Select(a => a!).ToList();
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
            Assert.Equal(Sha256($"line {i + 1}\n"), (string)last["files"]!["f"]!["sha256"]!);
            Assert.Equal(i + 1, (int)last["values"]!["v"]!["value"]!);
        }

        var all = await ReadAsync(slipway, attempts, "all");
        Assert.Equal(string.Concat(Enumerable.Range(1, items).Select(i => $"line {i}\n")), all);
        var ran = (await ReadAsync(slipway, attempts, "ran")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        // A container whose start containerd did not live to note is made again, as by the kubelet: so a command may have run twice within its attempt.
        foreach (var line in ran)
        {
            var (item, number) = (int.Parse(line.Split(' ')[0], CultureInfo.InvariantCulture), int.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture));
            Assert.True(attempts.Exists(a => (string?)a["path"] == $"work[{item - 1}]" && (int)a["attempt"]! == number), $"attempt {number} of item {item} ran and is not recorded");
        }
    }

    /// <summary>What the task that comes last has left, checked against its record.</summary>
    private static async Task<string> ReadAsync(SlipwayCli slipway, List<JsonNode> attempts, string output)
    {
        var file = attempts.Last(a => (string?)a["path"] == "gather" && (string?)a["reason"] == "Succeeded")["files"]![output]!;
        var hash = (string)file["sha256"]!;
        var content = await File.ReadAllTextAsync(Directory.EnumerateFiles($"/var/lib/slipway/{slipway.Name}/data", hash, SearchOption.AllDirectories).First(), TestContext.Current.CancellationToken);
        Assert.Equal(hash, Sha256(content));
        return content;
    }

    /// <summary>Does one thing to the cluster, and says what it was.</summary>
    private static async Task<string> StrikeAsync(SlipwayCli slipway, string run, string blow, Random random)
    {
        switch (blow)
        {
            case "wrapper":
                // The start of a flow, or a containerd that is just being started, leaves moments without any.
                List<string> containers = [];
                await Waiting.IsSoWithinAsync(TimeSpan.FromSeconds(3), async () => (containers = await ContainersAsync(slipway, run)).Count > 0);
                if (containers.Count == 0)
                    return "no task runs";
                var processes = ClusterProcesses.OfContainer(containers[random.Next(containers.Count)]).Order().ToList();
                return processes.Count > 0 && ClusterProcesses.Kill(processes[0]) ? "killed a wrapper" : "the wrapper has ended already";
            case "shim":
                var shims = ClusterProcesses.Shims(slipway.Name).Order().ToList();
                return shims.Count > 0 && ClusterProcesses.Kill(shims[random.Next(shims.Count)]) ? "killed a shim" : "no shim runs";
            case "containerd":
                return ClusterProcesses.Containerd(slipway.Name) is { } containerd && ClusterProcesses.Kill(containerd) ? "killed containerd" : "containerd does not run";
            case "both":
                if (ClusterProcesses.Containerd(slipway.Name) is { } other)
                    ClusterProcesses.Kill(other);
                slipway.KillServer();
                (await slipway.RunAsync("up")).Expect();
                return "killed containerd and the server";
            default:
                slipway.KillServer();
                (await slipway.RunAsync("up")).Expect();
                return "killed the server";
        }
    }

    /// <summary>The ids of the containers in which tasks of a run are.</summary>
    private static async Task<List<string>> ContainersAsync(SlipwayCli slipway, string run) =>
        [.. (await slipway.JsonAsync("get", "pods"))["items"]!.AsArray()
            .Where(p => (string?)p!["metadata"]!["labels"]?["slipway.dev/run"] == run)
            .SelectMany(p => p!["status"]?["containerStatuses"]?.AsArray() ?? [])
            .Where(c => c!["state"]?["running"] is not null).Select(c => (string)c!["containerID"]!)];

    private static string Sha256(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private static int Setting(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var value) ? value : otherwise;
}
