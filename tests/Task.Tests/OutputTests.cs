using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Slipway.Flows;

namespace Slipway.Wrapper.Tests;

public sealed class OutputTests : IAsyncLifetime
{
    private readonly string directory = Directory.CreateTempSubdirectory("slipway-flows-").FullName;
    private readonly ArtifactStore store;
    private readonly TaskVolume volume;
    private readonly string target;
    private readonly string mount;

    public OutputTests()
    {
        store = new ArtifactStore(Path.Combine(directory, "artifacts"));
        volume = NewVolume();

        // As deep as a real pod's volume: socket paths end at 107 bytes. The container mounts it at /slipway.
        target = Path.Combine(directory, "pods", Guid.NewGuid().ToString(), "volumes", "kubernetes.io~csi", "slipway", "mount", new string('d', 40));
        mount = Path.Combine(directory, "slipway");
        Directory.CreateSymbolicLink(mount, target);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        volume.Start();
        await PublishAsync(volume);
    }

    public async ValueTask DisposeAsync()
    {
        await volume.DisposeAsync();
        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public async Task Files_and_values_are_stored_after_success()
    {
        await using var wrapper = Run(["--file", "raw=raw.bin", "--value", "months=months.json"], "head -c 3000000 /dev/urandom > raw.bin; echo '[\"2001-01\"]' > months.json");
        Assert.Equal(0, (await wrapper.EndAsync()).ExitCode);
        var report = Flows.TaskReport.Parse(await File.ReadAllTextAsync(wrapper.TerminationLog, Cancellation))!;
        Assert.Equal(("raw.bin", 3000000L), (report.Files["raw"].FileName, report.Files["raw"].Size));
        Assert.Equal(await File.ReadAllBytesAsync(Path.Combine(wrapper.Directory, "raw.bin"), Cancellation), await store.ReadAsync(report.Files["raw"].Sha256, Cancellation));
        Assert.Equal("[\"2001-01\"]\n", Encoding.UTF8.GetString((await store.ReadAsync(report.Values["months"].Sha256, Cancellation))!));
    }

    [Fact]
    public async Task A_missing_output_fails_the_task_and_is_named()
    {
        await using var wrapper = Run(["--file", "raw=raw.bin"], "true");
        Assert.Equal(125, (await wrapper.EndAsync()).ExitCode);
        Assert.Equal("OutputMissing", wrapper.Report["reason"]!.GetValue<string>());
        Assert.Contains("output raw: the command ended with 0 but did not write raw.bin", wrapper.Report["message"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Outputs_of_a_failed_command_are_not_asked_for()
    {
        await using var wrapper = Run(["--file", "raw=raw.bin"], "exit 4");
        Assert.Equal(4, (await wrapper.EndAsync()).ExitCode);
    }

    [Theory]
    [InlineData("echo {oops > v.json", "value v is no JSON: line 1, column 2")]
    [InlineData("head -c 300000 /dev/zero > v.json", "300000 bytes, and a value can have 262144")]
    public async Task A_wrong_value_is_refused(string script, string message)
    {
        await using var wrapper = Run(["--value", "v=v.json"], script);
        Assert.Equal(125, (await wrapper.EndAsync()).ExitCode);
        Assert.Contains(message, wrapper.Report["message"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_long_report_goes_to_the_store()
    {
        string[] options = [.. Enumerable.Range(0, 60).SelectMany(i => new[] { "--file", $"f{i}=f{i}" })];
        await using var wrapper = Run(options, string.Join(';', Enumerable.Range(0, 60).Select(i => $"echo {i} > f{i}")));
        Assert.Equal(0, (await wrapper.EndAsync()).ExitCode);
        var message = await File.ReadAllTextAsync(wrapper.TerminationLog, Cancellation);
        Assert.InRange(Encoding.UTF8.GetByteCount(message), 1, 4096);
        var stored = await store.ReadAsync(Flows.TaskReport.Parse(message)!.Stored!, Cancellation);
        Assert.Equal(60, Flows.TaskReport.Parse(Encoding.UTF8.GetString(stored!))!.Files.Count);
    }

    [Fact]
    public async Task An_endpoint_that_restarts_is_waited_for()
    {
        await volume.DisposeAsync();
        await using var wrapper = Run(["--file", "raw=raw.bin"], "echo content > raw.bin; echo done > done");
        await wrapper.FileAsync("done");
        await using var restarted = NewVolume();
        restarted.Start(); // finds the pod's volume by its record
        Assert.Equal(0, (await wrapper.EndAsync()).ExitCode);
        Assert.NotNull(wrapper.Report["files"]!["raw"]);
    }

    [Fact]
    public async Task A_task_that_waits_for_its_endpoint_can_be_stopped()
    {
        await volume.DisposeAsync();
        await using var wrapper = Run(["--file", "raw=raw.bin"], "echo content > raw.bin; echo done > done");
        await wrapper.FileAsync("done");
        wrapper.Signal("TERM");
        Assert.InRange((await wrapper.EndAsync()).ExitCode, 125, 143);
    }

    [Fact]
    public async Task A_full_disk_is_told()
    {
        var full = new ArtifactStore(Path.Combine(directory, "full"), reservedBytes: long.MaxValue / 2);
        await using var other = new TaskVolume(Path.Combine(directory, "other"), WrapperProcess.Executable, full, NullLoggerFactory.Instance);
        other.Start();
        await volume.UnpublishAsync("pod-1", target);
        await PublishAsync(other);
        await using var wrapper = Run(["--file", "raw=raw.bin"], "echo content > raw.bin");
        Assert.Equal(125, (await wrapper.EndAsync()).ExitCode);
        Assert.Contains("is full", wrapper.Report["message"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Any_user_can_reach_the_endpoint()
    {
        foreach (var ancestor in Ancestors(target))
            File.SetUnixFileMode(ancestor, (UnixFileMode)0b111_101_101);
        await using var wrapper = WrapperProcess.Run(["--socket", Path.Combine(mount, "task.sock"), "--file", "raw=/etc/hostname"], ["true"], ["setpriv", "--reuid=65534", "--clear-groups"]);
        File.SetUnixFileMode(wrapper.Directory, (UnixFileMode)0b111_111_111);
        Assert.Equal(0, (await wrapper.EndAsync()).ExitCode);
    }

    private IEnumerable<string> Ancestors(string path)
    {
        for (var at = path; at.Length >= directory.Length; at = Path.GetDirectoryName(at)!)
            yield return at;
    }

    private TaskVolume NewVolume() => new(Path.Combine(directory, "driver"), WrapperProcess.Executable, store, NullLoggerFactory.Instance);

    private ValueTask PublishAsync(TaskVolume driver) =>
        driver.PublishAsync("pod-1", new Dictionary<string, string> { ["content"] = "runtime" }, target, Cancellation);

    private WrapperProcess Run(string[] options, string script) => WrapperProcess.Run(["--socket", Path.Combine(mount, "task.sock"), .. options], "sh", "-c", script);
}
