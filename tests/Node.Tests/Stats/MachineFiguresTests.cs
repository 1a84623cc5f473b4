using Slipway.Node.Stats;

namespace Slipway.Node.Tests.Stats;

public sealed class MachineFiguresTests
{
    private const string Interfaces = """
        Inter-|   Receive                                                |  Transmit
         face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
            lo: 4894885224 1805126    0    0    0     0          0         0 4894885224 1805126    0    0    0     0       0          0
          eth0:455655624   10302    3    4    0     0          0         0   516182    6708    5    6    0     0       0          0
        veth12: 1       2    0    0    0     0          0         0        3       4    0    0    0     0       0          0
        """;

    [Fact]
    public void The_machine_is_read_like_a_cgroup()
    {
        var figures = MachineFigures.From(
            "cpu  1000 20 300 5000 60 7 8 900 0 0\ncpu0 1 2 3 4 5 6 7 8 9 10\nbtime 1767322800\n",
            "MemTotal: 1000 kB\nMemFree: 300 kB\nMemAvailable: 500 kB\nCached: 200 kB\nInactive(file): 100 kB\nAnonPages: 150 kB\nMapped: 50 kB\nSwapTotal: 40 kB\nSwapFree: 10 kB\n",
            "pgfault 11\npgmajfault 12\noom_kill 13\n",
            "0.52 0.58 0.59 3/421 12345\n");
        Assert.Equal(new CpuFigures(13_350_000_000, 10_200_000_000, 3_150_000_000, 0, 0, 0), figures.Cpu);
        Assert.Equal(new MemoryFigures(700 << 10, 600 << 10, 150 << 10, 200 << 10, 50 << 10, 30 << 10, 11, 12, null, 1000 << 10, 13), figures.Memory);
        Assert.Equal(421, figures.Processes);
        Assert.Equal(new DateTimeOffset(2026, 1, 2, 3, 0, 0, TimeSpan.Zero), MachineFigures.Boot("cpu 1\nbtime 1767322800\n"));
    }

    [Fact]
    public void Interfaces_of_others_are_left_out() =>
        Assert.Equal([new("eth0", new(455655624, 10302, 3, 4), new(516182, 6708, 5, 6))], InterfaceFigures.Parse(Interfaces));

    [Theory]
    [InlineData("Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\neth1\t0000000A\t0\t1\t0\t0\t0\t000000FF\neth0\t00000000\t010000AC\t3\t0\t0\t0\t00000000\n", "eth0")]
    [InlineData("Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\n", null)]
    [InlineData("", null)]
    public void The_default_route_names_the_interface_that_counts(string routes, string? name) => Assert.Equal(name, InterfaceFigures.Default(routes));
}
