using System.Text;
using System.Text.Json.Nodes;
using Slipway.Testing;

namespace Slipway.Bench.Cluster;

/// <summary>How long it takes until what was killed works again, against the bare calls that do the least that is needed for it.</summary>
internal sealed class Healing(Times container, Times pod, Times containerd, Times server)
{
    private const int Count = 10;
    private static readonly string[] Command = ["sleep", "3600"];

    public static async Task<Healing> MeasureAsync(SlipwayCli slipway)
    {
        using var api = Connection.To(slipway);
        var (container, pod, containerd, server) = (new Times(), new Times(), new Times(), new Times());
        for (var i = 0; i <= Count; i++)
        {
            var name = $"heals-{i}";
            await api.SendExpectingAsync("POST", "/api/v1/namespaces/default/pods", Pods.Pod(name, Command, "Always"), 201);
            var first = "";
            await api.WatchPodUntilAsync(name, there => Running(there, "") is { } id && (first = id).Length > 0);
            var began = TimeProvider.System.GetTimestamp();
            KillContainer(first);
            await api.WatchPodUntilAsync(name, there => Running(there, first) is not null);
            Add(container, i, began);
        }
        for (var i = 0; i <= Count; i++)
            await RemoveAsync(api, $"heals-{i}");

        await api.SendExpectingAsync("POST", "/apis/apps/v1/namespaces/default/deployments", Deployment(), 201);
        var known = await ReadyAsync(api, "");
        for (var i = 0; i <= Count; i++)
        {
            var began = TimeProvider.System.GetTimestamp();
            await api.SendExpectingAsync("DELETE", $"/api/v1/namespaces/default/pods/{known}?gracePeriodSeconds=0", null, 200);
            var former = known;
            known = await ReadyAsync(api, former);
            Add(pod, i, began);
            await api.WaitUntilGoneAsync(former);
        }
        await api.SendExpectingAsync("DELETE", "/apis/apps/v1/namespaces/default/deployments/heals", null, 200);
        await api.WaitUntilGoneAsync(known);

        for (var i = 0; i < Count; i++)
        {
            var began = TimeProvider.System.GetTimestamp();
            ClusterProcesses.Kill(ClusterProcesses.Containerd(slipway.Name) ?? throw new InvalidOperationException("containerd does not run."));
            await api.SendExpectingAsync("POST", "/api/v1/namespaces/default/pods", Pods.Pod($"after-{i}", Command), 201);
            await api.WatchPodUntilAsync($"after-{i}", there => Running(there, "") is not null);
            Add(containerd, i + 1, began);
            await RemoveAsync(api, $"after-{i}");
        }
        for (var i = 0; i < Count; i++)
        {
            var began = TimeProvider.System.GetTimestamp();
            slipway.KillServer();
            (await slipway.RunAsync("up")).Expect();
            Add(server, i + 1, began);
        }
        return new Healing(container, pod, containerd, server);
    }

    public async Task CompareAsync(BareCri cri, ResultTable table)
    {
        var (restart, start) = (new Times(), new Times());
        for (var i = 0; i <= Count; i++)
        {
            var (sandbox, first) = await cri.StartAsync($"heals-{i}", Command);
            var began = TimeProvider.System.GetTimestamp();
            await cri.RestartAsync($"heals-{i}", sandbox, first, () => KillContainer(first), Command);
            Add(restart, i, began);
        }
        await cri.RemoveAllAsync();
        for (var i = 0; i <= Count; i++)
        {
            var began = TimeProvider.System.GetTimestamp();
            await cri.StartAsync($"starts-{i}", Command);
            Add(start, i, began);
        }
        table.Add("container killed to running again", container.ToString(), $"bare CRI calls {restart}: {container.Median / restart.Median:0.00}x");
        table.Add("pod of a Deployment deleted to another one ready", pod.ToString(), $"bare CRI calls for a pod {start}: {pod.Median / start.Median:0.00}x");
        table.Add("containerd killed to a new pod running", containerd.ToString(), $"bare CRI calls for a pod {start}");
        table.Add("server killed to node Ready, by `slipway up`", server.ToString());
    }

    private static void Add(Times times, int turn, long began)
    {
        if (turn > 0)   // the first one warms up
            times.Add(TimeProvider.System.GetElapsedTime(began));
    }

    private static void KillContainer(string id)
    {
        foreach (var process in ClusterProcesses.OfContainer(id).ToList())
            ClusterProcesses.Kill(process);
    }

    /// <summary>The id of a pod's container that runs and is not <paramref name="former"/>.</summary>
    private static string? Running(JsonNode pod, string former) =>
        pod["status"]?["containerStatuses"]?[0] is { } status && status["state"]?["running"] is not null && (string?)status["containerID"] is { } id && id != former ? id : null;

    private static async Task<string> ReadyAsync(Connection api, string former)
    {
        var name = "";
        await api.WatchPodsUntilAsync("app=heals", pod => pod["metadata"]!["deletionTimestamp"] is null && (name = (string)pod["metadata"]!["name"]!) != former
            && pod["status"]?["conditions"]?.AsArray().Any(condition => (string?)condition!["type"] == "Ready" && (string?)condition["status"] == "True") == true);
        return name;
    }

    private static async Task RemoveAsync(Connection api, string name)
    {
        await api.SendExpectingAsync("DELETE", $"/api/v1/namespaces/default/pods/{name}?gracePeriodSeconds=0", null, 200);
        await api.WaitUntilGoneAsync(name);
    }

    private static byte[] Deployment()
    {
        var pod = JsonNode.Parse(Pods.Pod("heals", Command, "Always"))!;
        return Encoding.UTF8.GetBytes(new JsonObject
        {
            ["apiVersion"] = "apps/v1",
            ["kind"] = "Deployment",
            ["metadata"] = new JsonObject { ["name"] = "heals" },
            ["spec"] = new JsonObject
            {
                ["selector"] = new JsonObject { ["matchLabels"] = new JsonObject { ["app"] = "heals" } },
                ["template"] = new JsonObject { ["metadata"] = new JsonObject { ["labels"] = new JsonObject { ["app"] = "heals" } }, ["spec"] = pod["spec"]!.DeepClone() },
            },
        }.ToJsonString());
    }
}
