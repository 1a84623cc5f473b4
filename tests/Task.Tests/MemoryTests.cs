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
    public async Task The_peak_is_the_group_s()
    {
        await using var wrapper = Run("head -c 60000000 /dev/zero | tail -c 60000000 > /dev/null");
        Assert.Equal(0, (await wrapper.EndAsync()).ExitCode);
        Assert.InRange(wrapper.Report["peakMemoryBytes"]!.GetValue<long>(), 50_000_000, Limit);
        Assert.Equal(isVersion2 ? File.Exists($"{group}/memory.peak") ? "memory.peak" : "sampled" : "memory.max_usage_in_bytes", wrapper.Report["peakMemorySource"]!.GetValue<string>());
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

        Assert.Equal((2000L, peakFile), found.Peak(5));
        Assert.Equal(3, found.KillCount);
        Directory.Delete(root, recursive: true);
    }

    [Fact]
    public void Without_a_peak_it_is_sampled_and_without_a_group_it_is_the_largest_process()
    {
        var root = Directory.CreateTempSubdirectory("slipway-cgroup-").FullName;
        File.WriteAllText(Path.Combine(root, "memory.current"), "7000\n");
        var sampled = MemoryGroup.Find(["0::/"], root);
        Assert.True(sampled.NeedsSampling);
        sampled.Sample();
        File.WriteAllText(Path.Combine(root, "memory.current"), "1000\n");
        Assert.Equal((7000L, "sampled"), sampled.Peak(5));
        Assert.Equal((5 * 1024L, "ru_maxrss"), MemoryGroup.Find([], root).Peak(5));
        Directory.Delete(root, recursive: true);
    }

    private WrapperProcess Run(string script) => WrapperProcess.Run([], ["sh", "-c", script], ["sh", "-c", $"echo $$ > {group}/cgroup.procs; exec \"$@\"", "sh"]);
}
