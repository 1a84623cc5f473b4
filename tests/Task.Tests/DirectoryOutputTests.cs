using Microsoft.Extensions.Logging.Abstractions;
using Slipway.Flows;

namespace Slipway.Wrapper.Tests;

public sealed class DirectoryOutputTests : IAsyncLifetime
{
    private readonly string directory = Directory.CreateTempSubdirectory("slipway-flows-").FullName;
    private readonly ArtifactStore store;
    private readonly TaskVolume volume;

    public DirectoryOutputTests()
    {
        store = new ArtifactStore(Path.Combine(directory, "artifacts"));
        volume = new TaskVolume(Path.Combine(directory, "driver"), WrapperProcess.Executable, store, NullLoggerFactory.Instance);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string Mount => Path.Combine(directory, "slipway");

    public async ValueTask InitializeAsync()
    {
        volume.Start();
        await volume.PublishAsync("pod-1", new Dictionary<string, string> { ["content"] = "runtime" }, Mount, Cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        await volume.DisposeAsync();
        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public async Task A_directory_comes_back_as_it_was_left()
    {
        var left = await LeaveAsync("""
            mkdir -p "m/a b/c" m/empty; printf one > "m/a b/c/ü.txt"; printf two > m/two; : > m/nothing; printf '#!/bin/sh\necho ran\n' > m/run; chmod 700 m/run; chmod 600 m/two
            ln -s two m/latest; ln -s ../../outside "m/a b/up"; ln -s c/ü.txt "m/a b/deeper"
            """);
        Assert.Equal(("m", 4, 25L), (left.FileName, left.FileCount, left.Size));

        var target = await LayOutAsync(left.Sha256);
        Assert.Equal(
            ["a b", "a b/c", "a b/c/ü.txt", "a b/deeper", "a b/up", "empty", "latest", "nothing", "run", "two"],
            Directory.EnumerateFileSystemEntries(target, "*", new EnumerationOptions { RecurseSubdirectories = true }).Select(f => Path.GetRelativePath(target, f)).Order(StringComparer.Ordinal));
        Assert.Equal("one", await File.ReadAllTextAsync(Path.Combine(target, "a b", "c", "ü.txt"), Cancellation));
        Assert.Equal(("two", "../../outside", "c/ü.txt"), (LinkOf("latest"), LinkOf("a b/up"), LinkOf("a b/deeper")));
        Assert.Equal((UnixFileMode)0b100_100_100, File.GetUnixFileMode(Path.Combine(target, "two")));
        Assert.Equal((UnixFileMode)0b111_101_101, File.GetUnixFileMode(Path.Combine(target, "run")));

        string? LinkOf(string path) => new FileInfo(Path.Combine(target, path)).LinkTarget;
    }

    [Fact]
    public async Task Files_are_links_to_the_store_and_a_second_laying_out_changes_nothing()
    {
        var left = await LeaveAsync("mkdir m; printf one > m/one; ln -s one m/latest; printf x > m/run; chmod +x m/run");
        var target = await LayOutAsync(left.Sha256);
        Assert.Equal(target, await LayOutAsync(left.Sha256));
        var manifest = await DirectoryManifest.ReadAsync(store, left.Sha256, Cancellation);
        var stored = Path.Combine(store.Root, "sha256", manifest!.Entries[1].Sha256![..2], manifest.Entries[1].Sha256!);
        Assert.Equal("one", manifest.Entries[1].Path);
        Assert.Equal("2", await LinesAsync("stat", "-c", "%h", stored));
        Assert.Equal("one", (await File.ReadAllTextAsync(Path.Combine(target, "latest"), Cancellation)));
    }

    [Fact]
    public async Task The_same_files_have_the_same_hash_whenever_they_were_written()
    {
        var first = await LeaveAsync("mkdir m; echo 1 > m/a; echo 2 > m/b");
        Assert.Equal(first, await LeaveAsync("mkdir m; echo 2 > m/b; echo 1 > m/a; touch -d 2001-01-01 m/a m; chmod 700 m; chmod 600 m/a"));
        Assert.NotEqual(first.Sha256, (await LeaveAsync("mkdir m; echo 1 > m/a; echo 2 > m/b; chmod +x m/b")).Sha256);
        Assert.NotEqual(first.Sha256, (await LeaveAsync("mkdir m; echo 1 > m/a; echo 2 > m/c")).Sha256);
        Assert.Equal((0, 0L), ((await LeaveAsync("mkdir m")).FileCount!.Value, (await LeaveAsync("mkdir m")).Size));
    }

    [Theory]
    [InlineData("mkdir m; mkfifo m/pipe", "m/pipe is neither a file, a directory nor a link")]
    [InlineData("mkdir -p m; : > m/\"$(printf 'bad\\377')\"", "m/bad\ufffd is no text in UTF-8; rename it")]
    [InlineData("mkdir -p m/\"$(printf 'bad\\377')\"", "m/bad\ufffd is no text in UTF-8; rename it")]
    [InlineData("mkdir -p m; ln -s x m/\"$(printf 'bad\\377')\"", "m/bad\ufffd is no text in UTF-8; rename it")]
    [InlineData("ln -s gone m", "m is a link to gone, which is not there; write the file itself")]
    public async Task What_cannot_be_kept_fails_the_task_and_is_named(string script, string message)
    {
        await using var wrapper = Run(script);
        Assert.Equal(125, (await wrapper.EndAsync()).ExitCode);
        Assert.Equal("OutputNotStored", wrapper.Report["reason"]!.GetValue<string>());
        Assert.Contains(message, wrapper.Report["message"]!.GetValue<string>(), StringComparison.Ordinal);
        await LinesAsync("rm", "-rf", Path.Combine(wrapper.Directory, "m")); // whose names the base library cannot remove
    }

    [Theory]
    [InlineData("mkdir m; for i in 1 2 3 4; do head -c 3000000 /dev/zero > m/$i; done")]
    [InlineData("head -c 12000000 /dev/zero > m")]
    public async Task A_refusal_is_heard_although_more_was_to_be_sent(string script)
    {
        await volume.UnpublishAsync("pod-1", Mount);
        var full = new ArtifactStore(Path.Combine(directory, "full"), reservedBytes: long.MaxValue / 2);
        await using var other = new TaskVolume(Path.Combine(directory, "other"), WrapperProcess.Executable, full, NullLoggerFactory.Instance);
        other.Start();
        await other.PublishAsync("pod-1", new Dictionary<string, string> { ["content"] = "runtime" }, Mount, Cancellation);
        await using var wrapper = Run(script);
        Assert.Equal(125, (await wrapper.EndAsync()).ExitCode);
        Assert.Contains("is full", wrapper.Report["message"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_directory_is_no_value()
    {
        await using var wrapper = WrapperProcess.Run(["--socket", Path.Combine(Mount, "task.sock"), "--value", "m=m"], "sh", "-c", "mkdir m");
        Assert.Equal(125, (await wrapper.EndAsync()).ExitCode);
        Assert.Contains("a value is a file with JSON", wrapper.Report["message"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_damaged_or_gone_is_not_laid_out()
    {
        var left = await LeaveAsync("mkdir m; printf one > m/one");
        var list = Path.Combine(store.Root, "sha256", left.Sha256[..2], left.Sha256);
        var content = await File.ReadAllTextAsync(list, Cancellation);
        File.Delete(list);
        await Assert.ThrowsAsync<FileNotFoundException>(() => LayOutAsync(left.Sha256));
        await File.WriteAllTextAsync(list, content.Replace("one", "two", StringComparison.Ordinal), Cancellation);
        Assert.Contains("is damaged", (await Assert.ThrowsAnyAsync<IOException>(() => LayOutAsync(left.Sha256))).Message, StringComparison.Ordinal);
        var file = await store.WriteAsync("no list"u8.ToArray(), Cancellation);
        Assert.Contains("the content is no list of a directory", (await Assert.ThrowsAsync<IOException>(() => LayOutAsync(file))).Message, StringComparison.Ordinal);
    }

    private async Task<FileRecord> LeaveAsync(string script)
    {
        await using var wrapper = Run(script);
        var end = await wrapper.EndAsync();
        Assert.Equal((0, ""), (end.ExitCode, end.Errors));
        return Flows.TaskReport.Parse(await File.ReadAllTextAsync(wrapper.TerminationLog, Cancellation))!.Files["m"];
    }

    private async Task<string> LayOutAsync(string sha256)
    {
        var inputs = InputManifest.Of([new("m/", sha256)]);
        await store.WriteAsync(inputs.Content, Cancellation);
        var target = Path.Combine(directory, "in");
        await volume.PublishAsync("pod-2", new Dictionary<string, string> { ["content"] = "inputs", ["manifest"] = inputs.Sha256 }, target, Cancellation);
        return Path.Combine(target, "m");
    }

    private WrapperProcess Run(string script) => WrapperProcess.Run(["--socket", Path.Combine(Mount, "task.sock"), "--file", "m=m"], "sh", "-c", script);

    private static async Task<string> LinesAsync(params string[] command)
    {
        using var process = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true })!;
        var text = await process.StandardOutput.ReadToEndAsync(Cancellation);
        await process.WaitForExitAsync(Cancellation);
        return text.Trim();
    }
}
