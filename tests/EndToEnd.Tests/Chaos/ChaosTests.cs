using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Testing;

namespace EndToEnd.Tests.Chaos;

/// <summary>
/// Containers, shims, containerd and the server are killed under load, in an order that a seed gives. Afterwards all is as declared, and
/// nothing is left of what was killed.
/// </summary>
/// <remarks><c>SLIPWAY_CHAOS_SECONDS</c> makes it last longer than 25 s, and <c>SLIPWAY_CHAOS_SEED</c> repeats an order.</remarks>
[Collection(AloneTestGroup.Name)]
public sealed class ChaosTests(ITestOutputHelper output)
{
    private static readonly string[] Blows =
        ["container", "container", "container", "pod", "pod", "shim", "shim", "containerd", "server", "both", "scale", "roll"];

    [Fact]
    public async Task Whatever_is_killed_all_becomes_as_declared_and_nothing_leaks()
    {
        var seed = Setting("SLIPWAY_CHAOS_SEED", Environment.TickCount & 0xffff);
        var seconds = Setting("SLIPWAY_CHAOS_SECONDS", 25);
        output.WriteLine($"seed {seed}, {seconds} s");
        var random = new Random(seed);
        await using var slipway = new SlipwayCli("chaos");
        (await slipway.RunAsync("up")).Expect();
        var id = (string)(await slipway.JsonAsync("status"))["id"]!;
        var load = new ChaosLoad(slipway);
        await load.BuildImageAsync();
        var before = await PodRemains.OfAsync(slipway, id);

        await load.ApplyAsync();
        await SettleAsync(slipway, load);
        var address = (string)(await slipway.JsonAsync("get", "service", "web"))["spec"]!["clusterIP"]!;
        await using (var traffic = new ServiceTraffic(address))
        {
            traffic.Start();
            var began = TimeProvider.System.GetTimestamp();
            for (var turn = 0; TimeProvider.System.GetElapsedTime(began).TotalSeconds < seconds; turn++)
            {
                if (turn % 5 == 0) await load.AddJobAsync();
                // Each kind in the first turns, then whatever comes.
                var blow = turn < Blows.Length ? Blows[^(turn + 1)] : Blows[random.Next(Blows.Length)];
                var done = await StrikeAsync(slipway, load, blow, random);
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{TimeProvider.System.GetElapsedTime(began).TotalSeconds:0.0} s: {done}"));
                await Task.Delay(TimeSpan.FromMilliseconds(random.Next(200, 2500)), TimeProvider.System, TestContext.Current.CancellationToken);
            }
            output.WriteLine($"requests: {traffic.Count}");
            await SettleAsync(slipway, load);
            await ChaosLoad.WaitForAsync(async () => await traffic.IsAnsweredAsync() ? [] : ["the service does not answer"], TimeSpan.FromSeconds(10));
            for (var i = 0; i < 50; i++)
                Assert.True(await traffic.IsAnsweredAsync(), "the service does not answer although all is as declared");
            var (answered, failed) = traffic.Count;
            output.WriteLine($"requests: {traffic.Count}");
            // All endpoints may have been struck at once; most of the time they have not.
            Assert.True(answered > failed, $"{failed} requests failed and {answered} were answered");
        }
        Assert.Empty(await load.NotOnceAsync());

        // Nothing is going on any more: neither a new server nor a new containerd restarts a container.
        var running = await RunningAsync(load);
        slipway.KillServer();
        (await slipway.RunAsync("up")).Expect();
        await SettleAsync(slipway, load);
        Assert.Equal(running, await RunningAsync(load));
        ClusterProcesses.Kill(ClusterProcesses.Containerd(slipway.Name)!.Value);
        await ChaosLoad.WaitForAsync(() => Task.FromResult<IReadOnlyList<string>>(ClusterProcesses.Containerd(slipway.Name) is null ? ["containerd does not run"] : []), TimeSpan.FromSeconds(60));
        await SettleAsync(slipway, load);
        Assert.Equal(running, await RunningAsync(load));

        await load.DeleteAsync();
        await ChaosLoad.WaitForAsync(async () => [.. (await PodRemains.OfAsync(slipway, id)).Except(before)], TimeSpan.FromSeconds(45));
        Assert.Empty(before.Except(await PodRemains.OfAsync(slipway, id)));
        (await slipway.RunAsync("delete")).Expect();
        Assert.Empty((await Traces.OfAsync(slipway.Name, id)).All);
    }

    /// <summary>Does one thing to the cluster, and says what it was.</summary>
    private static async Task<string> StrikeAsync(SlipwayCli slipway, ChaosLoad load, string blow, Random random)
    {
        switch (blow)
        {
            case "container":
                var containers = (await load.PodsAsync()).SelectMany(pod => (pod["status"]?["containerStatuses"]?.AsArray() ?? [])
                    .Where(container => container!["state"]?["running"] is not null)
                    .Select(container => (Pod: pod, Container: container!))).ToList();
                if (containers.Count == 0) return "no container runs";
                var (struckPod, struck) = containers[random.Next(containers.Count)];
                var processes = ClusterProcesses.OfContainer((string)struck["containerID"]!).ToList();
                foreach (var process in processes) ClusterProcesses.Kill(process);
                return $"killed container {struck["name"]} of {NameOf(struckPod)} ({processes.Count} processes)";
            case "pod":
                var pods = await load.PodsAsync();
                var deleted = pods[random.Next(pods.Count)];
                load.MarkDeleted(deleted);
                await slipway.KubectlAsync("delete", "pod", NameOf(deleted), "--wait=false");
                return $"deleted pod {NameOf(deleted)}";
            case "shim":
                var shims = ClusterProcesses.Shims(slipway.Name).Order().ToList();
                if (shims.Count == 0) return "no shim runs";
                ClusterProcesses.Kill(shims[random.Next(shims.Count)]);
                return $"killed one of {shims.Count} shims";
            case "containerd":
                return ClusterProcesses.Containerd(slipway.Name) is { } containerd && ClusterProcesses.Kill(containerd) ? "killed containerd" : "containerd does not run";
            case "server":
                slipway.KillServer();
                (await slipway.RunAsync("up")).Expect();
                return "killed the server";
            case "both":
                if (ClusterProcesses.Containerd(slipway.Name) is { } other) ClusterProcesses.Kill(other);
                slipway.KillServer();
                (await slipway.RunAsync("up")).Expect();
                return "killed containerd and the server";
            case "scale":
                var replicas = random.Next(3, 7);
                (await slipway.KubectlAsync("scale", "deployment", "web", $"--replicas={replicas}")).Expect();
                return $"scaled to {replicas}";
            case "roll":
                var kind = random.Next(3) switch { 0 => "deployment/web", 1 => "statefulset/base", _ => "daemonset/agent" };
                // Within one second there is nothing new to roll out.
                await slipway.KubectlAsync("rollout", "restart", kind);
                return $"restarted {kind}";
            default:
                throw new UnreachableException();
        }
    }

    private async Task SettleAsync(SlipwayCli slipway, ChaosLoad load)
    {
        try
        {
            var began = TimeProvider.System.GetTimestamp();
            // What there is to do grows with the time in which more is asked for.
            await ChaosLoad.WaitForAsync(load.DifferencesAsync, TimeSpan.FromMinutes(3) + TimeSpan.FromSeconds(Setting("SLIPWAY_CHAOS_SECONDS", 0)));
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"as declared after {TimeProvider.System.GetElapsedTime(began).TotalSeconds:0.0} s"));
        }
        catch (TimeoutException)
        {
            foreach (var arguments in new[] { "get pods -o wide", "get events --sort-by=.lastTimestamp", "get pods -o yaml" })
                output.WriteLine((await slipway.KubectlAsync(arguments.Split(' '))).Out);
            output.WriteLine(await File.ReadAllTextAsync($"/var/lib/slipway/{slipway.Name}/server.log"));
            throw;
        }
    }

    /// <summary>The containers that run: one that was started again has another id.</summary>
    private static async Task<IReadOnlyList<string>> RunningAsync(ChaosLoad load) =>
        [.. (await load.PodsAsync()).SelectMany(pod => pod["status"]?["containerStatuses"]?.AsArray() ?? [])
            .Where(container => container!["state"]?["running"] is not null).Select(container => (string)container!["containerID"]!).Order(StringComparer.Ordinal)];

    private static string NameOf(JsonNode pod) => (string)pod["metadata"]!["name"]!;

    private static int Setting(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var value) ? value : otherwise;
}
