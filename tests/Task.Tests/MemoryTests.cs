namespace Slipway.Wrapper.Tests;

/// <summary>In a memory cgroup of its own, which needs root.</summary>
public sealed class MemoryTests : IDisposable
{
    private const long Limit = 192 << 20;
    private readonly string group;
    private readonly bool isVersion2 = File.Exists("/sys/fs/cgroup/cgroup.controllers");

    public MemoryTests()
    {
        group = $"/sys/fs/cgroup/{(isVersion2 ? "" : "memory/")}slipway-test-{Guid.NewGuid():n}";
        if (isVersion2)
            File.WriteAllText("/sys/fs/cgroup/cgroup.subtree_control", "+memory");
        Directory.CreateDirectory(group);
        File.WriteAllText($"{group}/{(isVersion2 ? "memory.max" : "memory.limit_in_bytes")}", $"{Limit}");
    }

    public void Dispose() => Directory.Delete(group);

    [Theory]
    [InlineData("tail /dev/zero", 137)] // a shell ends with what its last command got
    [InlineData("tail /dev/zero; exit 5", 5)]
    [InlineData("tail /dev/zero; exit 0", 137)]
    public async Task A_kill_by_the_kernel_is_OutOfMemory_whatever_the_exit_code(string script, int exitCode)
    {
        await using var wrapper = Run(script);
        Assert.Equal(exitCode, (await wrapper.EndAsync()).ExitCode);
        Assert.Equal("OutOfMemory", wrapper.Report["reason"]!.GetValue<string>());
        Assert.InRange(wrapper.Report["peakMemoryBytes"]!.GetValue<long>(), Limit * 9 / 10, Limit);
    }

    [Fact]
    public async Task The_peak_is_what_processes_have()
    {
        await using var wrapper = Run("head -c 60000000 /dev/zero | tail -c 60000000 > /dev/null");
        Assert.Equal(0, (await wrapper.EndAsync()).ExitCode);
        Assert.InRange(wrapper.Report["peakMemoryBytes"]!.GetValue<long>(), 50_000_000, Limit);
        Assert.Contains(wrapper.Report["peakMemorySource"]!.GetValue<string>(), new[] { "sampled", "ru_maxrss" });
    }

    [Fact]
    public async Task What_is_read_and_written_is_no_memory_of_the_command()
    {
        var file = Path.Combine(AppContext.BaseDirectory, $"{Guid.NewGuid():n}.tmp"); // what a temporary directory in memory holds would count
        try
        {
            await using var wrapper = Run($"dd if=/dev/zero of={file} bs=1M count=160 2>/dev/null && cat {file} > /dev/null");
            Assert.Equal(0, (await wrapper.EndAsync()).ExitCode);
            Assert.InRange(wrapper.Report["peakMemoryBytes"]!.GetValue<long>(), 1, 140_000_000);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task Several_processes_count_together()
    {
        // Each holds 60 MB until both have them, and for many samples more.
        var directory = Directory.CreateTempSubdirectory("slipway-memory-").FullName;
        string Holder(string name) => $"{{ head -c 60000000 /dev/zero; touch {name}; while [ ! -e go ]; do sleep 0.1; done; }} | tail -c 60000000 > /dev/null &";
        try
        {
            await using var wrapper = Run($"cd {directory}; {Holder("a")} {Holder("b")} while [ ! -e a ] || [ ! -e b ]; do sleep 0.1; done; sleep 4; touch go; wait");
            Assert.Equal(0, (await wrapper.EndAsync()).ExitCode);
            Assert.InRange(wrapper.Report["peakMemoryBytes"]!.GetValue<long>(), 110_000_000, Limit);
            Assert.Equal("sampled", wrapper.Report["peakMemorySource"]!.GetValue<string>());
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Theory]
    [InlineData("12:memory:/pod/c1\n0::/", "memory/pod/c1/memory.usage_in_bytes", "memory.max_usage_in_bytes")]
    [InlineData("12:memory:/not/mounted/here\n0::/", "memory/memory.usage_in_bytes", "memory.max_usage_in_bytes")]
    [InlineData("0::/pod/c1", "pod/c1/memory.current", "memory.peak")]
    [InlineData("0::/", "memory.current", "memory.peak")]
    public void The_group_is_found_in_v1_and_v2(string membership, string usageFile, string peakFile)
    {
        var root = Directory.CreateTempSubdirectory("slipway-cgroup-").FullName;
        var directory = Path.GetDirectoryName(Path.Combine(root, usageFile))!;
        Directory.CreateDirectory(directory);
        File.WriteAllText(Path.Combine(root, usageFile), "1000\n");
        File.WriteAllText(Path.Combine(directory, peakFile), "2000\n");
        File.WriteAllText(Path.Combine(directory, "memory.events"), "low 0\noom 1\noom_kill 3\n");
        File.WriteAllText(Path.Combine(directory, "memory.oom_control"), "oom_kill_disable 0\nunder_oom 0\noom_kill 3\n");

        var found = MemoryGroup.Find(membership.Split('\n'), root);

        Assert.Equal((2000L, peakFile), found.Peak(5, wasKilledAtLimit: true));
        Assert.Equal(3, found.KillCount);
        Directory.Delete(root, recursive: true);
    }

    [Theory]
    [InlineData("total_rss 7000\ntotal_shmem 500\nrss 1", true, 5, 9000, false, 7500, "sampled")]
    [InlineData("anon 7000\nfile 100000\nshmem 500", false, 5, 9000, false, 7500, "sampled")]
    [InlineData("anon 7000\nfile 100000\nshmem 500", false, 8, 9000, false, 8192, "ru_maxrss")]      // over between two samples
    [InlineData("anon 7000\nfile 100000\nshmem 500", false, 10, 9000, false, 9000, "memory.peak")]    // files that a process maps count as resident
    [InlineData("total_rss 7000", true, 5, 9000, true, 9000, "memory.max_usage_in_bytes")]
    [InlineData("anon 7000\nshmem 500", false, 5, null, true, 7500, "sampled")]                        // v2 before Linux 5.19
    [InlineData("shmem 500", true, 5, 9000, false, 5120, "ru_maxrss")]
    [InlineData(null, true, 5, 9000, false, 5120, "ru_maxrss")]
    public void The_peak_leaves_out_what_the_kernel_can_give_back(string? statistics, bool isVersion1, long residentKilobytes, int? groupPeak, bool wasKilled, long bytes, string source)
    {
        var root = Directory.CreateTempSubdirectory("slipway-cgroup-").FullName;
        var directory = isVersion1 ? Directory.CreateDirectory(Path.Combine(root, "memory")).FullName : root;
        File.WriteAllText(Path.Combine(directory, isVersion1 ? "memory.usage_in_bytes" : "memory.current"), "1\n");
        if (groupPeak is not null)
            File.WriteAllText(Path.Combine(directory, isVersion1 ? "memory.max_usage_in_bytes" : "memory.peak"), $"{groupPeak}\n");
        using var group = MemoryGroup.Find([isVersion1 ? "4:memory:/" : "0::/"], root);
        if (statistics is not null)
        {
            File.WriteAllText(Path.Combine(directory, "memory.stat"), statistics + "\n");
            group.Sample();
            File.WriteAllText(Path.Combine(directory, "memory.stat"), "anon 1\ntotal_rss 1\n");
        }

        Assert.Equal((bytes, source), group.Peak(residentKilobytes, wasKilled));
        Directory.Delete(root, recursive: true);
    }

    [Fact]
    public void Without_a_group_the_peak_is_that_of_the_largest_process()
    {
        using var none = MemoryGroup.Find([], "/nowhere");
        Assert.False(none.CanBeSampled);
        Assert.Equal((5 * 1024L, "ru_maxrss"), none.Peak(5, wasKilledAtLimit: false));
        Assert.Equal((5 * 1024L, "ru_maxrss"), none.Peak(5, wasKilledAtLimit: true));
    }

    private WrapperProcess Run(string script) => WrapperProcess.Run([], ["sh", "-c", script], ["sh", "-c", $"echo $$ > {group}/cgroup.procs; exec \"$@\"", "sh"]);
}
