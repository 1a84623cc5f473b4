using Microsoft.Extensions.Logging.Abstractions;
using Slipway.Node.Containerd;
using Slipway.Node.Cri;
using Slipway.Node.Images;
using Slipway.Node.Linux;

namespace Slipway.Node.Tests.Real;

/// <summary>The life of a private containerd; each test has one of its own.</summary>
[Trait("Level", "Node")]
public sealed class ContainerdTests : IAsyncDisposable
{
    private readonly ContainerdOptions _options;
    private readonly string _home;

    public ContainerdTests()
    {
        var id = Guid.NewGuid().ToString("n")[..8];
        _home = $"/tmp/slipway-containerd-{id}";
        _options = new()
        {
            Root = $"{_home}/root",
            State = $"/run/slipway-test-{id}",
            Socket = $"/run/slipway-test-{id}/containerd.sock",
            CgroupRoot = $"/slipway-test-{id}",
            CniConfDir = $"{_home}/cni",
            LogFile = $"{_home}/containerd.log",
        };
    }

    [Fact]
    public async Task It_is_adopted_when_it_still_runs_and_its_cgroup_is_its_own()
    {
        await using var first = Containerd();
        await first.StartAsync(default);
        var pid = first.ProcessId;
        Assert.All(await File.ReadAllLinesAsync($"/proc/{pid}/cgroup"), line => Assert.EndsWith($"{_options.CgroupRoot}/containerd", line, StringComparison.Ordinal));
        await first.DisposeAsync();

        await using var second = Containerd();
        await second.StartAsync(default);
        Assert.Equal(pid, second.ProcessId);
        await second.StopAsync(default);
        Assert.False(IsRunning(pid));

        await using var third = Containerd();
        await third.StartAsync(default);
        Assert.NotEqual(pid, third.ProcessId);
    }

    [Fact]
    public async Task It_is_started_again_when_it_dies_also_if_it_was_adopted()
    {
        await using (var first = Containerd())
            await first.StartAsync(default);
        await using var adopted = Containerd();
        await adopted.StartAsync(default);
        var pid = adopted.ProcessId;
        Syscalls.Kill(pid, Syscalls.SigKill);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        while (adopted.ProcessId == pid)
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, patience.Token);
        using var images = new ImageStore(_options, TimeProvider.System);
        Assert.Empty(await images.ListAsync(patience.Token));
    }

    [Fact]
    public async Task One_that_is_only_just_starting_is_waited_for()
    {
        // Who starts it is gone before it answers, as a server is that is killed.
        var cgroup = new Cgroup(_options.CgroupRoot, CgroupHierarchy.OfThisMachine());
        using var killed = new CancellationTokenSource();
        await using var first = Containerd();
        var starting = first.StartAsync(killed.Token);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        while (cgroup.Processes().Count == 0)
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, patience.Token);
        await killed.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => starting);

        await using var second = Containerd();
        await second.StartAsync(default);
        Assert.Contains(second.ProcessId, cgroup.Processes());
        await second.StopAsync(default);
        Assert.False(IsRunning(second.ProcessId));
    }

    [Fact]
    public async Task One_that_does_not_come_up_says_why()
    {
        Directory.CreateDirectory(Path.Combine(_options.Root, "io.containerd.metadata.v1.bolt", "meta.db")); // a directory where its database belongs
        await using var containerd = Containerd();
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => containerd.StartAsync(default));
        Assert.Contains("meta.db", failure.Message, StringComparison.Ordinal);
        await using var missing = new ContainerdProcess(_options with { ContainerdPath = "/nowhere/containerd" }, TimeProvider.System, NullLoggerFactory.Instance);
        Assert.Contains("install it", (await Assert.ThrowsAsync<FileNotFoundException>(() => missing.StartAsync(default))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Removal_leaves_nothing_also_when_everything_was_killed()
    {
        Directory.CreateDirectory(_options.CniConfDir);
        await File.WriteAllTextAsync($"{_options.CniConfDir}/10-test.conflist", """{ "cniVersion": "0.4.0", "name": "test", "plugins": [ { "type": "ptp", "ipam": { "type": "host-local", "dataDir": "HOME/ipam", "ranges": [[{ "subnet": "10.199.77.0/24" }]] } } ] }""".Replace("HOME", _home, StringComparison.Ordinal));
        string sandbox;
        await using (var containerd = Containerd())
        {
            await containerd.StartAsync(default);
            using var cri = new CriClient(_options.Socket);
            using var images = new ImageStore(_options, TimeProvider.System);
            await images.EnsureAsync(new(_options.PauseImage) { Files = [OciFile.Program("/bin/busybox", "/bin/busybox")], Entrypoint = ["/bin/busybox", "sleep", "1000"] }, default);
            sandbox = (await cri.Runtime.RunPodSandboxAsync(new()
            {
                Config = new() { Metadata = new() { Name = "x", Namespace = "default", Uid = "x" }, Linux = new() { CgroupParent = $"{_options.CgroupRoot}/kubepods/x", SecurityContext = new() } },
            })).PodSandboxId;
            Syscalls.Mount("tmpfs", Directory.CreateDirectory($"{_home}/pods/x").FullName, "tmpfs", 0, null);
        }
        await new Cgroup(_options.CgroupRoot, CgroupHierarchy.OfThisMachine()).KillAsync(TimeProvider.System, default);
        Assert.NotEmpty(Remains(sandbox));
        await ContainerdRemoval.RunAsync(_options, [_home], keepRoot: false, TimeProvider.System, default);
        Assert.Empty(Remains(sandbox));
        Assert.False(Directory.Exists(_options.State) || Directory.Exists(_options.Root));
        Assert.DoesNotContain(MountTable.Read(), m => m.Target.StartsWith(_home, StringComparison.Ordinal));
        Assert.All(CgroupHierarchy.OfThisMachine(), h => Assert.False(Directory.Exists(h.MountPoint + _options.CgroupRoot)));
    }

    public async ValueTask DisposeAsync()
    {
        await ContainerdRemoval.RunAsync(_options, [_home], keepRoot: false, TimeProvider.System, default);
        if (Directory.Exists(_home))
            Directory.Delete(_home, recursive: true);
    }

    private static IEnumerable<string> Remains(string sandbox) => Directory.EnumerateFiles("/var/lib/cni/results").Where(f => f.Contains(sandbox, StringComparison.Ordinal));

    private ContainerdProcess Containerd() => new(_options, TimeProvider.System, new TestOutputLog());

    private static bool IsRunning(int pid) => File.Exists($"/proc/{pid}/cmdline") && File.ReadAllText($"/proc/{pid}/cmdline").Length > 0;
}
