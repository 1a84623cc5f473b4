namespace Slipway.Wrapper.Tests;

public class CommandTests
{
    [Theory]
    [InlineData("exit 0", 0, null)]
    [InlineData("exit 3", 3, "Error")]
    [InlineData("exit 255", 255, "Error")]
    [InlineData("kill -TERM $$", 143, "Signal")]
    [InlineData("kill -KILL $$", 137, "Signal")]
    [InlineData("kill -SEGV $$", 139, "Signal")]
    public async Task Exit_code_is_the_command_s_or_128_and_the_signal(string script, int exitCode, string? reason)
    {
        await using var wrapper = WrapperProcess.Run([], "sh", "-c", script);
        Assert.Equal(exitCode, (await wrapper.EndAsync()).ExitCode);
        Assert.Equal(exitCode, wrapper.Report["exitCode"]!.GetValue<int>());
        Assert.Equal(reason, wrapper.Report["reason"]?.GetValue<string>());
        Assert.Equal(exitCode > 128 && reason == "Signal" ? exitCode - 128 : null, wrapper.Report["signal"]?.GetValue<int>());
    }

    [Fact]
    public async Task Streams_arguments_and_environment_pass_unchanged()
    {
        await using var wrapper = WrapperProcess.Run([], "sh", "-c", "printf '%s|' \"$@\"; echo oops >&2; echo \"$HOME\"", "sh", "a b", "", "$(x)", "ü");
        var (_, output, errors) = await wrapper.EndAsync();
        Assert.Equal($"a b||$(x)|ü|{Environment.GetEnvironmentVariable("HOME")}\n", output);
        Assert.Equal("oops\n", errors);
    }

    [Theory]
    [InlineData("no-such-command", 127, "CommandNotFound", "no-such-command is in no directory of PATH")]
    [InlineData("/no/such/command", 127, "CommandNotFound", "there is no /no/such/command in the image")]
    [InlineData("/etc/passwd", 126, "CommandNotExecutable", "/etc/passwd; check its permissions")]
    [InlineData("/etc", 126, "CommandNotExecutable", "/etc")]
    public async Task A_command_that_cannot_be_started_is_explained(string command, int exitCode, string reason, string message)
    {
        await using var wrapper = WrapperProcess.Run([], command);
        var (code, _, errors) = await wrapper.EndAsync();
        Assert.Equal(exitCode, code);
        Assert.Equal(reason, wrapper.Report["reason"]!.GetValue<string>());
        Assert.Contains(message, wrapper.Report["message"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Contains(message, errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_script_without_its_interpreter_is_told_from_a_missing_command()
    {
        var directory = Directory.CreateTempSubdirectory("slipway-task-").FullName;
        var script = Path.Combine(directory, "script");
        await File.WriteAllTextAsync(script, "#!/no/such/interpreter\n", TestContext.Current.CancellationToken);
        File.SetUnixFileMode(script, (UnixFileMode)0b111_101_101);
        await using var wrapper = WrapperProcess.Run([], script);
        Assert.Equal(127, (await wrapper.EndAsync()).ExitCode);
        Assert.Contains("interpreter or loader", wrapper.Report["message"]!.GetValue<string>(), StringComparison.Ordinal);
        Directory.Delete(directory, recursive: true);
    }

    [Theory]
    [InlineData("TERM")]
    [InlineData("INT")]
    [InlineData("HUP")]
    [InlineData("USR1")]
    public async Task Signals_are_passed_on(string signal)
    {
        await using var wrapper = WrapperProcess.Run([], "sh", "-c", $"trap 'echo got {signal}; exit 7' {signal}; echo ready > ready; while :; do sleep 0.05; done");
        await wrapper.FileAsync("ready");
        wrapper.Signal(signal);
        var (code, output, _) = await wrapper.EndAsync();
        Assert.Equal((7, $"got {signal}\n"), (code, output));
    }

    [Fact]
    public async Task A_command_starts_with_default_signals_and_none_blocked()
    {
        await using var wrapper = WrapperProcess.Run([], "sh", "-c", "grep -E 'SigBlk|SigIgn' /proc/self/status");
        var (_, output, _) = await wrapper.EndAsync();

        // glibc's posix_spawn leaves its own two signals, 32 and 33, ignored.
        Assert.Matches("^SigBlk:\t0{16}\nSigIgn:\t0{7}[01]80{7}\n$|^SigBlk:\t0{16}\nSigIgn:\t0{16}\n$", output);
    }

    [Fact]
    public async Task Orphans_are_reaped_while_the_command_runs()
    {
        // The orphan ends at once; nobody but the wrapper can reap it.
        await using var wrapper = WrapperProcess.Run([], "sh", "-c", "(sh -c 'echo $$ > orphan' &) ; while :; do sleep 0.05; done");
        var orphan = await wrapper.FileAsync("orphan");
        for (var i = 0; i < 500 && Directory.Exists($"/proc/{orphan}"); i++)
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, TestContext.Current.CancellationToken);
        Assert.False(Directory.Exists($"/proc/{orphan}"));
    }

    [Fact]
    public async Task Usage_is_measured()
    {
        await using var wrapper = WrapperProcess.Run([], "sh", "-c", "i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done");
        await wrapper.EndAsync();
        Assert.InRange(wrapper.Report["cpuSeconds"]!.GetValue<double>(), 0.01, 30);
        Assert.InRange(wrapper.Report["peakMemoryBytes"]!.GetValue<long>(), 1, long.MaxValue);
        Assert.Contains(wrapper.Report["peakMemorySource"]!.GetValue<string>(), new[] { "memory.peak", "memory.max_usage_in_bytes", "sampled", "ru_maxrss" });
        Assert.True(wrapper.Report["end"]!.GetValue<DateTimeOffset>() >= wrapper.Report["start"]!.GetValue<DateTimeOffset>());
    }

    [Theory]
    [InlineData("run")]
    [InlineData("run", "--")]
    [InlineData("run", "--file", "x", "--", "true")]
    [InlineData("run", "--nonsense", "x", "--", "true")]
    [InlineData("fly")]
    public async Task Wrong_arguments_are_refused(params string[] arguments)
    {
        await using var wrapper = WrapperProcess.Start(Directory.CreateTempSubdirectory("slipway-task-").FullName, [WrapperProcess.Executable, .. arguments]);
        var (code, _, errors) = await wrapper.EndAsync();
        Assert.Equal(125, code);
        Assert.NotEmpty(errors);
    }

    [Fact]
    public async Task Pause_ends_with_0_at_SIGTERM()
    {
        await using var pause = WrapperProcess.Start(Directory.CreateTempSubdirectory("slipway-task-").FullName, WrapperProcess.Executable, "pause");

        // It replaces itself once to have its signals blocked from the first thread on; before that SIGTERM ends it as any program.
        for (var i = 0; i < 500 && !File.ReadAllText($"/proc/{pause.Id}/status").Contains("SigBlk:\t0000000000001000", StringComparison.Ordinal); i++)
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, TestContext.Current.CancellationToken);
        pause.Signal("TERM");
        Assert.Equal(0, (await pause.EndAsync()).ExitCode);
    }
}
