using Slipway.Testing;
using Slipway.Testing.Swift;

namespace EndToEnd.Tests.Chaos;

/// <summary>What may be done to a cluster while a flow runs on it.</summary>
/// <param name="slipway">The cluster.</param>
/// <param name="swift">The storage of its artifacts.</param>
/// <param name="random">Chooses whom a blow hits.</param>
internal sealed class FlowBlows(SlipwayCli slipway, SwiftServer swift, Random random)
{
    /// <summary>Where the operators are, if they run flows.</summary>
    public const string OperatorNamespace = "slipway-system";

    /// <summary>The blows to a cluster that runs flows itself.</summary>
    public static readonly string[] OfServer = ["wrapper", "server", "store", "wrapper", "containerd", "shim", "wrapper", "both"];

    /// <summary>The blows to a cluster whose flows are run by operators in it.</summary>
    public static readonly string[] OfOperator = [.. OfServer, "operator"];

    /// <summary>Does one thing, and says what it was. A store that was killed is away for some of what comes next.</summary>
    public async Task<string> StrikeAsync(string run, string blow)
    {
        if (swift.IsRunning)
            return await HitAsync(run, blow);
        var isBack = random.Next(2) == 0 || blow == "store";
        if (isBack)
            await swift.StartAgainAsync(TestContext.Current.CancellationToken);
        return $"{await HitAsync(run, blow)}; the store is {(isBack ? "back" : "away")}";
    }

    private async Task<string> HitAsync(string run, string blow)
    {
        switch (blow)
        {
            case "wrapper":
                // The start of a flow, or a containerd that is just being started, leaves moments without any.
                List<string> containers = [];
                await Waiting.IsSoWithinAsync(TimeSpan.FromSeconds(3), async () => (containers = await ContainersAsync(run)).Count > 0);
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
                await KillServerAsync();
                return "killed containerd and the server";
            case "store":
                await swift.KillAsync();
                return "killed the artifact store";
            case "operator":
                return await KillOperatorAsync();
            default:
                await KillServerAsync();
                return "killed the server";
        }
    }

    private async Task KillServerAsync()
    {
        slipway.KillServer();
        (await slipway.RunAsync("up")).Expect();
    }

    /// <summary>Kills the processes of the operator that leads; its pod is replaced, since one that is killed again and again is started ever later.</summary>
    private async Task<string> KillOperatorAsync()
    {
        var holder = (await slipway.KubectlAsync("-n", OperatorNamespace, "get", "lease", "slipway-operator", "-o", "jsonpath={.spec.holderIdentity}")).Expect().Out.Split('_')[0];
        var found = await slipway.KubectlAsync("-n", OperatorNamespace, "get", "pod", holder, "-o", "jsonpath={.status.containerStatuses[*].containerID}");
        if (found.ExitCode != 0 || found.Out.Length == 0)
            return "no operator leads";
        foreach (var process in ClusterProcesses.OfContainer(found.Out).ToList())
            ClusterProcesses.Kill(process);
        await slipway.KubectlAsync("-n", OperatorNamespace, "delete", "pod", holder, "--force", "--grace-period=0");
        return "killed the operator that leads";
    }

    /// <summary>The ids of the containers in which tasks of a run are, or what brings their files.</summary>
    private async Task<List<string>> ContainersAsync(string run) =>
        [.. (await slipway.JsonAsync("get", "pods"))["items"]!.AsArray()
            .Where(p => (string?)p!["metadata"]!["labels"]?["slipway.dev/run"] == run)
            .SelectMany(p => new[] { "containerStatuses", "initContainerStatuses" }.SelectMany(s => p!["status"]?[s]?.AsArray() ?? []))
            .Where(c => c!["state"]?["running"] is not null).Select(c => (string)c!["containerID"]!)];
}
