using Slipway.Node.Stats;

namespace Slipway.Node.Tests.Stats;

public sealed class CgroupFilesTests
{
    private static readonly Dictionary<string, string> V1 = new()
    {
        ["cpuacct.usage"] = "1305849059883\n",
        ["cpuacct.stat"] = "user 101096\nsystem 29488\n",
        ["cpu.stat"] = "nr_periods 70\nnr_throttled 7\nthrottled_time 350000000\nnr_bursts 0\nburst_time 0\n",
        ["memory.usage_in_bytes"] = "20971520\n",
        ["memory.max_usage_in_bytes"] = "31457280\n",
        ["memory.limit_in_bytes"] = "67108864\n",
        ["memory.stat"] = "cache 1\nrss 2\nmapped_file 3\npgfault 4\ninactive_file 5\nhierarchical_memory_limit 67108864\ntotal_cache 9498624\ntotal_rss 12476416\ntotal_mapped_file 7618560\n"
            + "total_swap 4096\ntotal_pgfault 45712\ntotal_pgmajfault 17\ntotal_inactive_file 1048576\n",
        ["memory.oom_control"] = "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n",
        ["blkio.throttle.io_service_bytes_recursive"] = "8:0 Read 100\n8:0 Write 200\n8:0 Sync 300\n8:0 Async 0\n8:0 Total 300\n8:16 Read 11\n8:16 Write 22\nTotal 333\n",
        ["blkio.throttle.io_serviced_recursive"] = "8:0 Read 1\n8:0 Write 2\n8:0 Total 3\n8:16 Read 3\n8:16 Write 4\nTotal 10\n",
        ["cpu.shares"] = "512\n",
        ["cpu.cfs_period_us"] = "100000\n",
        ["cpu.cfs_quota_us"] = "50000\n",
    };

    private static readonly Dictionary<string, string> V2 = new()
    {
        ["cpu.stat"] = "usage_usec 5000000\nuser_usec 4000000\nsystem_usec 1000000\ncore_sched.force_idle_usec 0\nnr_periods 70\nnr_throttled 7\nthrottled_usec 350000\n",
        ["memory.current"] = "20971520\n",
        ["memory.peak"] = "31457280\n",
        ["memory.max"] = "67108864\n",
        ["memory.swap.current"] = "4096\n",
        ["memory.stat"] = "anon 12476416\nfile 9498624\nkernel 1\nfile_mapped 7618560\ninactive_file 1048576\npgfault 45712\npgmajfault 17\n",
        ["memory.events"] = "low 0\nhigh 0\nmax 0\noom 3\noom_kill 2\noom_group_kill 0\n",
        ["io.stat"] = "8:0 rbytes=100 wbytes=200 rios=1 wios=2 dbytes=0 dios=0\n8:16 rbytes=11 wbytes=22 rios=3 wios=4 dbytes=0 dios=0\n",
        ["cpu.weight"] = "20\n",
        ["cpu.max"] = "50000 100000\n",
    };

    private static readonly MemoryFigures Memory = new(20971520, 19922944, 12476416, 9498624, 7618560, 4096, 45712, 17, 31457280, 67108864, 2);

    [Fact]
    public void Files_of_v1_are_read() => Assert.Equal(
        (new CpuFigures(1305849059883, 1010960000000, 294880000000, 70, 7, 350000000), Memory),
        (CgroupFiles.CpuV1(Of(V1), Of(V1)), CgroupFiles.MemoryV1(Of(V1))));

    [Fact]
    public void Files_of_v2_are_read() => Assert.Equal(
        (new CpuFigures(5000000000, 4000000000, 1000000000, 70, 7, 350000000), Memory),
        (CgroupFiles.CpuV2(Of(V2)), CgroupFiles.MemoryV2(Of(V2))));

    [Fact]
    public void What_goes_to_block_devices_is_told_by_device()
    {
        IoFigures[] expected = [new("8:0", 100, 200, 1, 2), new("8:16", 11, 22, 3, 4)];
        Assert.Equal(expected, CgroupFiles.IoV1(Of(V1))!);
        Assert.Equal(expected, CgroupFiles.IoV2(Of(V2))!);
    }

    [Fact]
    public void The_part_of_processors_is_told_as_v1_counts_it()
    {
        Assert.Equal(new CpuShare(512, 100000, 50000), CgroupFiles.ShareV1(Of(V1)));
        Assert.Equal(new CpuShare(500, 100000, 50000), CgroupFiles.ShareV2(Of(V2)));
        Assert.Null(CgroupFiles.ShareV1(Of(new(V1) { ["cpu.cfs_quota_us"] = "-1\n" }))!.Value.QuotaMicros);
        Assert.Null(CgroupFiles.ShareV2(Of(new(V2) { ["cpu.max"] = "max 100000\n" }))!.Value.QuotaMicros);
    }

    [Theory]
    [InlineData("9223372036854771712", "max", null)]
    [InlineData("18446744073709551615", "max", null)]
    [InlineData("4096", "4096", 4096L)]
    public void A_limit_that_is_none_is_left_out(string v1, string v2, long? limit) => Assert.Equal((limit, limit),
        (CgroupFiles.MemoryV1(Of(new() { ["memory.usage_in_bytes"] = "1", ["memory.limit_in_bytes"] = v1 }))!.Value.Limit,
            CgroupFiles.MemoryV2(Of(new() { ["memory.current"] = "1", ["memory.max"] = v2 }))!.Value.Limit));

    [Fact]
    public void What_the_kernel_does_not_count_is_left_out()
    {
        Assert.Equal(((CpuFigures?)null, (MemoryFigures?)null, (IReadOnlyList<IoFigures>?)null, (CpuShare?)null), (CgroupFiles.CpuV1(Of([]), Of([])), CgroupFiles.MemoryV1(Of([])), CgroupFiles.IoV1(Of([])), CgroupFiles.ShareV1(Of([]))));
        Assert.Equal(((CpuFigures?)null, (MemoryFigures?)null, (IReadOnlyList<IoFigures>?)null, (CpuShare?)null), (CgroupFiles.CpuV2(Of([])), CgroupFiles.MemoryV2(Of([])), CgroupFiles.IoV2(Of([])), CgroupFiles.ShareV2(Of([]))));
        // Before Linux 5.19 there is no peak; a cgroup without the controller has no events.
        var bare = CgroupFiles.MemoryV2(Of(new() { ["memory.current"] = "7" }))!.Value;
        Assert.Equal((7, 7, null, 0), (bare.Usage, bare.WorkingSet, bare.Peak, bare.Kills));
    }

    [Fact]
    public void Files_that_nobody_uses_do_not_make_the_working_set_negative() =>
        Assert.Equal(0, CgroupFiles.MemoryV2(Of(new() { ["memory.current"] = "7", ["memory.stat"] = "inactive_file 8" }))!.Value.WorkingSet);

    private static Func<string, string?> Of(Dictionary<string, string> files) => name => files.GetValueOrDefault(name);
}
