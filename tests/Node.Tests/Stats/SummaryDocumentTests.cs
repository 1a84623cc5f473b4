using System.Text;
using System.Text.Json.Nodes;
using k8s.Models;
using Slipway.Node.Linux;
using Slipway.Node.Stats;

namespace Slipway.Node.Tests.Stats;

public sealed class SummaryDocumentTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [Fact]
    public void Everything_is_told_under_the_names_of_Kubernetes()
    {
        var windows = CpuWindows.None.With(new(Now.AddSeconds(-10), new Dictionary<string, long> { ["/"] = 0, ["/pods/podu"] = 0, ["/pods/podu/c"] = 2_000_000_000 }));
        var room = new FileSystemRoom(1000, 500, 600, 70, 30);
        var volume = new V1Volume { Name = "data", PersistentVolumeClaim = new() { ClaimName = "mine" } };
        var disk = new DiskReading(room, (room, new(44, 4)), new Dictionary<string, DiskUse> { ["c"] = new(10, 1) }, new Dictionary<string, DiskUse> { ["c"] = new(20, 2) },
            new Dictionary<string, IReadOnlyList<VolumeReading>> { ["u"] = [new(volume, new(7, 3), room), new(new() { Name = "tmp", EmptyDir = new() }, new(5, 2), room)] });
        const string Fs = "\"time\":\"2026-01-02T03:04:05Z\",\"availableBytes\":500,\"capacityBytes\":1000";
        const string Inodes = "\"inodesFree\":30,\"inodes\":70";
        const string Memory = """
            "memory":{"time":"2026-01-02T03:04:05Z","availableBytes":40,"usageBytes":100,"workingSetBytes":60,"rssBytes":50,"pageFaults":1,"majorPageFaults":2},"swap":{"time":"2026-01-02T03:04:05Z","swapUsageBytes":0}
            """;
        Check($$"""
            {"node":{"nodeName":"n","startTime":"2026-01-01T00:00:00Z",
              "cpu":{"time":"2026-01-02T03:04:05Z","usageNanoCores":500000000,"windowMilliseconds":10000,"usageCoreNanoSeconds":5000000000},{{Memory.Replace(":40,", ":80,", StringComparison.Ordinal)}},
              "network":{"time":"2026-01-02T03:04:05Z","name":"eth1","rxBytes":5,"rxErrors":0,"txBytes":6,"txErrors":0,"interfaces":[
                {"name":"eth0","rxBytes":1,"rxErrors":3,"txBytes":2,"txErrors":4},{"name":"eth1","rxBytes":5,"rxErrors":0,"txBytes":6,"txErrors":0}]},
              "fs":{ {{Fs}},"usedBytes":400,{{Inodes}},"inodesUsed":40},"runtime":{"imageFs":{ {{Fs}},"usedBytes":44,{{Inodes}},"inodesUsed":4} },
              "rlimit":{"time":"2026-01-02T03:04:05Z","curproc":9} },
             "pods":[{"podRef":{"name":"p","namespace":"ns","uid":"u"},"startTime":"2026-01-02T03:03:05Z","containers":[{"name":"main","startTime":"2026-01-02T03:03:15Z",
                "cpu":{"time":"2026-01-02T03:04:05Z","usageNanoCores":300000000,"windowMilliseconds":10000,"usageCoreNanoSeconds":5000000000},{{Memory}},
                "rootfs":{ {{Fs}},"usedBytes":10,{{Inodes}},"inodesUsed":1},"logs":{ {{Fs}},"usedBytes":20,{{Inodes}},"inodesUsed":2} }],
              "cpu":{"time":"2026-01-02T03:04:05Z","usageNanoCores":500000000,"windowMilliseconds":10000,"usageCoreNanoSeconds":5000000000},{{Memory}},"process_stats":{"process_count":9},
              "volume":[{ {{Fs}},"usedBytes":7,{{Inodes}},"inodesUsed":3,"name":"data","pvcRef":{"name":"mine","namespace":"ns"} },{ {{Fs}},"usedBytes":5,{{Inodes}},"inodesUsed":2,"name":"tmp"}],
              "ephemeral-storage":{ {{Fs}},"usedBytes":35,{{Inodes}},"inodesUsed":5} }]}
            """, new SummaryDocument("n", Samples.Reading(Now), windows, disk));
    }

    [Fact]
    public void Processors_and_memory_alone_can_be_asked_for()
    {
        var document = JsonNode.Parse(new SummaryDocument("n", Samples.Reading(Now), CpuWindows.None, null).Write())!;
        Assert.Equal("nodeName startTime cpu memory swap", string.Join(' ', document["node"]!.AsObject().Select(p => p.Key)));
        Assert.Equal("podRef startTime containers cpu memory swap process_stats", string.Join(' ', document["pods"]![0]!.AsObject().Select(p => p.Key)));
        Assert.Null(document["node"]!["cpu"]!["usageNanoCores"]);
    }

    private static void Check(string expected, SummaryDocument document)
    {
        var actual = Encoding.UTF8.GetString(document.Write());
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), JsonNode.Parse(actual)), $"{JsonNode.Parse(expected)!.ToJsonString()}\n{actual}");
    }
}
