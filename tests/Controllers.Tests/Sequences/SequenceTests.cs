using Slipway.Client;

namespace Slipway.Controllers.Tests.Sequences;

/// <summary>
/// All controllers, of which any may be stopped at any moment, and whose watches may be late, among random changes of what is declared, of
/// pods and of nodes, while the clock goes on by steps. <c>SLIPWAY_SEQUENCES</c> gives how many sequences to run instead of the usual few.
/// </summary>
public sealed class SequenceTests(ITestOutputHelper output) : ControllersTest
{
    private const int Steps = 60;
    // The watches of which one may be late, for a few steps: more than these are too long for what a watch may miss.
    private static readonly string[] Late = ["pods", "jobs", "cronjobs", "replicasets", "deployments", "statefulsets", "daemonsets", "controllerrevisions", "poddisruptionbudgets", "nodes", "leases"];
    private const int StepsLate = 4;

    private int _late;

    private const string Apps = "/apis/apps/v1/namespaces/default", Core = "/api/v1/namespaces/default";

    public static IEnumerable<TheoryDataRow<int>> Seeds =>
        Enumerable.Range(1, int.TryParse(Environment.GetEnvironmentVariable("SLIPWAY_SEQUENCES"), out var count) ? count : 3).Select(seed => new TheoryDataRow<int>(seed));

    private protected override void Register(ControllerHost host) => BuiltInControllers.Register(host);

    [Theory, MemberData(nameof(Seeds))]
    public async Task Whatever_happens_no_bound_is_left_and_in_the_end_all_is_as_declared(int seed)
    {
        var random = new Random(seed);
        var nodes = new SimulatedNodes(Cluster, random);
        var declared = new Declared(Cluster);
        var watch = new BoundsWatch(Cluster);
        watch.Start();
        await nodes.AddAsync();
        await declared.CreateAsync();
        for (var step = 0; step < Steps; step++)
        {
            if (--_late == 0)
                Watches.ReleaseAll();
            output.WriteLine($"{step}: {await ChangeAsync(nodes, declared, random, step)}");
            await nodes.LiveAsync(random.Next(101));
            await nodes.PassAsync(TimeSpan.FromSeconds(random.Next(8) == 0 ? random.Next(120) : random.Next(3)));
            Assert.Empty(watch.Violations);
        }

        Watches.ReleaseAll();
        foreach (var cron in new[] { "allow", "forbid", "replace" })
            await Cluster.PatchAsync($"/apis/batch/v1/namespaces/default/cronjobs/{cron}", """{"spec":{"suspend":true}}""");
        await Cluster.PatchAsync($"{Apps}/statefulsets/p", """{"spec":{"updateStrategy":{"rollingUpdate":{"partition":0}}}}""");
        await Cluster.PatchAsync($"{Apps}/statefulsets/s", """{"spec":{"updateStrategy":{"rollingUpdate":{"partition":0}}}}""");
        await nodes.RecoverAsync();
        IReadOnlyList<string> differences = [];
        for (var round = 0; round < 600; round++)
        {
            await nodes.LiveAsync();
            await nodes.PassAsync(TimeSpan.FromSeconds(3));
            if (round % 10 == 9 && (differences = await declared.DifferencesAsync()).Count == 0)
                break;
        }
        Assert.Empty(differences);
        Assert.Empty(watch.Violations);
    }

    private async Task<string> ChangeAsync(SimulatedNodes nodes, Declared declared, Random random, int step)
    {
        var (plural, name) = Declared.Workloads[random.Next(Declared.Workloads.Length)];
        switch (random.Next(17))
        {
            case 0 when plural != "daemonsets":
                var replicas = random.Next(6);
                await Cluster.PatchAsync($"{Apps}/{plural}/{name}", $$$"""{"spec":{"replicas":{{{replicas}}} } }""");
                return $"{name} has {replicas} replicas";
            case 1 or 2:
                var image = random.Next(1, 4);
                await Cluster.PatchAsync($"{Apps}/{plural}/{name}", $$$"""{"spec":{"template":{"spec":{"containers":[{"name":"c","image":"i:{{{image}}}"}]} } } }""");
                return $"{name} has image {image}";
            case 3:
                var partition = random.Next(4);
                await Cluster.PatchAsync($"{Apps}/statefulsets/s", $$$"""{"spec":{"updateStrategy":{"rollingUpdate":{"partition":{{{partition}}} } } } }""");
                return $"s has partition {partition}";
            case 4 or 5:
                var (completions, parallelism, indexed) = (random.Next(1, 6), random.Next(1, 4), random.Next(2) == 0);
                await Cluster.CreateAsync("/apis/batch/v1/namespaces/default/jobs", $$$"""
                    {"apiVersion":"batch/v1","kind":"Job","metadata":{"name":"job-{{{step}}}"},"spec":{"completions":{{{completions}}},"parallelism":{{{parallelism}}},"backoffLimit":1000,
                     "completionMode":"{{{(indexed ? "Indexed" : "NonIndexed")}}}","template":{"metadata":{"labels":{"app":"job"} },"spec":{"restartPolicy":"Never","containers":[{"name":"c","image":"i"}]} } } }
                    """);
                return $"job-{step} wants {completions} completions, {parallelism} at a time{(indexed ? ", indexed" : "")}";
            case 6:
                await StopControllersAsync();
                StartControllers();
                return "the controllers are new";
            case 7:
                var node = SimulatedNodes.Names[random.Next(3)];
                await nodes.TurnAsync(node);
                return $"{node} falls silent or speaks again";
            case 8:
                var gone = SimulatedNodes.Names[random.Next(3)];
                await nodes.SendAsync("PATCH", $"/api/v1/nodes/{gone}", $$$"""{"spec":{"unschedulable":{{{(random.Next(2) == 0 ? "true" : "null")}}} } }""");
                return $"{gone} is cordoned, or no longer";
            case 9 when random.Next(2) == 0:
                var removed = SimulatedNodes.Names[random.Next(3)];
                await nodes.SendAsync("DELETE", $"/api/v1/nodes/{removed}", "{}");
                return $"{removed} is removed";
            case 14 or 15:
                var late = Late[random.Next(Late.Length)];
                Watches.Hold(late);
                _late = StepsLate;
                return $"what watches tell of {late} is late";
            case 16:
                // Its pods stay, and the next one of its name takes them.
                await nodes.SendAsync("DELETE", $"{Apps}/{plural}/{name}", """{"propagationPolicy":"Orphan"}""");
                var resource = PartialObjectMetadata.ResourceOf("apps", "v1", plural, "", namespaced: true);
                await Cluster.WaitAsync(resource, "default", name, item => item is null);
                await declared.CreateAsync(name);
                return $"{name} is made anew over its pods";
        }
        if ((await Cluster.Admin.ListAsync(Kinds.Pods)).Items is not { Count: > 0 } pods)
            return "nothing";
        var pod = pods[random.Next(pods.Count)];
        switch (random.Next(4))
        {
            case 0:
                await nodes.SendAsync("DELETE", $"{Core}/pods/{pod.Metadata.Name}", "{}");
                return $"pod {pod.Metadata.Name} is deleted";
            case 1 when !pod.HasEnded:
                await nodes.SetAsync(pod, "Failed", ready: false);
                return $"pod {pod.Metadata.Name} fails";
            case 2 when pod.Status?.Phase == "Running":
                await nodes.SetAsync(pod, "Running", ready: false);
                return $"pod {pod.Metadata.Name} is not ready";
            default:
                var code = await nodes.SendAsync("POST", $"{Core}/pods/{pod.Metadata.Name}/eviction", $$$"""{"apiVersion":"policy/v1","kind":"Eviction","metadata":{"name":"{{{pod.Metadata.Name}}}"} }""");
                return $"pod {pod.Metadata.Name} is evicted: {code}";
        }
    }
}
