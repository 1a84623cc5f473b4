using Slipway.Node.Stats;

namespace Slipway.Node.Tests.Stats;

/// <summary>A node with a pod that has one container.</summary>
internal static class Samples
{
    public static NodeReading Reading(DateTimeOffset at)
    {
        var figures = new CgroupFigures(
            new(5_000_000_000, 4_000_000_000, 1_000_000_000, 70, 7, 350_000_000),
            new(100, 60, 50, 30, 20, 0, 1, 2, 120, 100, 3), [new("0:0", 8, 9, 3, 4)], 9);
        return new(at, new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero), figures with { Io = null }, 80,
            [new("eth0", new(1, 10, 3, 30), new(2, 20, 4, 40)), new("eth1", new(5, 0, 0, 0), new(6, 0, 0, 0))], "eth1",
            [
                new(new() { Metadata = new() { Name = "p", NamespaceProperty = "ns", Uid = "u" }, Spec = new() { Volumes = [] } }, "/pods/podu", at.AddMinutes(-1), "s", figures,
                    [], [new("main", "c", "image:1", "/pods/podu/c", at.AddSeconds(-50), figures, "/logs/main/0.log")]),
            ]);
    }
}
