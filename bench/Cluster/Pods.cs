using System.Text;
using System.Text.Json.Nodes;
using Slipway.Testing;

namespace Slipway.Bench.Cluster;

/// <summary>Pods created through the API to Running as a watch shows it, one by one and many at once, against the bare CRI calls for the same pods.</summary>
internal sealed class Pods(Times throughApi, IReadOnlyDictionary<int, Times> together)
{
    private const int Count = 20;
    private const int Rounds = 3;
    private static readonly int[] Sizes = [10, 100];
    private static readonly string[] Command = ["sleep", "3600"];

    public static async Task<Pods> MeasureAsync(SlipwayCli slipway)
    {
        using var api = Connection.To(slipway);
        using var cri = new BareCri(slipway.Name);
        var times = new Times();
        for (var i = 0; i <= Count; i++)
        {
            var began = TimeProvider.System.GetTimestamp();
            var name = $"bench-{i}";
            await api.SendExpectingAsync("POST", "/api/v1/namespaces/default/pods", Pod(name, Command), 201);
            await api.WatchPodUntilAsync(name, pod => (string?)pod["status"]?["phase"] == "Running");
            if (i > 0)   // the first one warms up both sides
                times.Add(TimeProvider.System.GetElapsedTime(began));
        }
        // Only now, so that no pod starts while another one's sandbox is taken down.
        for (var i = 0; i <= Count; i++)
        {
            await api.SendExpectingAsync("DELETE", $"/api/v1/namespaces/default/pods/bench-{i}?gracePeriodSeconds=0", null, 200);
            await api.WaitUntilGoneAsync($"bench-{i}");
        }
        await cri.WaitUntilRemovedAsync();
        var together = new Dictionary<int, Times>();
        foreach (var size in Sizes)
        {
            together[size] = new Times();
            for (var round = 0; round < Rounds; round++)
            {
                together[size].Add(await StartTogetherAsync(api, size, $"{size}-{round}"));
                await cri.WaitUntilRemovedAsync();
            }
        }
        return new Pods(times, together);
    }

    public async Task CompareAsync(BareCri cri, ResultTable table)
    {
        var bare = new Times();
        for (var i = 0; i <= Count; i++)
        {
            var began = TimeProvider.System.GetTimestamp();
            await cri.StartAsync($"bare-{i}", Command);
            if (i > 0)
                bare.Add(TimeProvider.System.GetElapsedTime(began));
        }
        await cri.RemoveAllAsync();
        table.Add("pod created to Running", throughApi.ToString(), $"bare CRI calls {bare}: {throughApi.Median / bare.Median:0.00}x", "<= 1.2x");
        foreach (var (size, times) in together)
        {
            var calls = new Times();
            for (var round = 0; round < Rounds; round++)
            {
                var began = TimeProvider.System.GetTimestamp();
                await Task.WhenAll(Enumerable.Range(0, size).Select(i => cri.StartAsync($"bare-{size}-{round}-{i}", Command)));
                calls.Add(TimeProvider.System.GetElapsedTime(began));
                await cri.RemoveAllAsync();
            }
            table.Add($"{size} pods created at once to all Running", times.ToString(), $"bare CRI calls {calls}: {times.Median / calls.Median:0.00}x", "<= 1.2x");
        }
    }

    /// <summary>Creates pods at once; the time until the last of them runs.</summary>
    private static async Task<TimeSpan> StartTogetherAsync(Connection api, int size, string name)
    {
        var label = $"burst={name}";
        var began = TimeProvider.System.GetTimestamp();
        var running = new HashSet<string>(StringComparer.Ordinal);
        var watched = api.WatchPodsUntilAsync(label, pod => (string?)pod["status"]?["phase"] == "Running" && running.Add((string)pod["metadata"]!["name"]!) && running.Count == size);
        await Task.WhenAll(Enumerable.Range(0, size).Select(i => api.SendExpectingAsync("POST", "/api/v1/namespaces/default/pods", Pod($"burst-{name}-{i}", Command, labels: new() { ["burst"] = name }), 201)));
        await watched;
        var time = TimeProvider.System.GetElapsedTime(began);
        await api.SendExpectingAsync("DELETE", $"/api/v1/namespaces/default/pods?gracePeriodSeconds=0&labelSelector={Uri.EscapeDataString(label)}", null, 200);
        for (var i = 0; i < size; i++)
            await api.WaitUntilGoneAsync($"burst-{name}-{i}");
        return time;
    }

    /// <summary>Runs pods one after the other, each when a watch shows that the one before has ended; the time of all.</summary>
    public static async Task<TimeSpan> RunInTurnAsync(SlipwayCli slipway, int count, params string[] command)
    {
        using var api = Connection.To(slipway);
        var began = TimeProvider.System.GetTimestamp();
        for (var i = 0; i < count; i++)
        {
            await api.SendExpectingAsync("POST", "/api/v1/namespaces/default/pods", Pod($"turn-{i}", command), 201);
            await api.WatchPodUntilAsync($"turn-{i}", pod => (string?)pod["status"]?["phase"] == "Succeeded");
        }
        return TimeProvider.System.GetElapsedTime(began);
    }

    /// <summary>A pod of one container, whose memory and CPU nobody limits.</summary>
    public static byte[] Pod(string name, string[] command, string restartPolicy = "Never", JsonObject? labels = null) => Encoding.UTF8.GetBytes(new JsonObject
    {
        ["apiVersion"] = "v1",
        ["kind"] = "Pod",
        ["metadata"] = new JsonObject { ["name"] = name, ["labels"] = labels },
        ["spec"] = new JsonObject
        {
            ["terminationGracePeriodSeconds"] = 0,
            ["restartPolicy"] = restartPolicy,
            ["containers"] = new JsonArray(new JsonObject
            {
                ["name"] = "main",
                ["image"] = BusyboxImage.Name,
                ["imagePullPolicy"] = "IfNotPresent",
                ["command"] = new JsonArray([.. command.Select(word => JsonValue.Create(word))]),
            }),
        },
    }.ToJsonString());
}
