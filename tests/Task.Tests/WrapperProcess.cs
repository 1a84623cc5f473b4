using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Slipway.Wrapper.Tests;

/// <summary>
/// slipway-task as a child process: the one that SLIPWAY_TASK names (the published static program), otherwise the one built beside
/// the tests.
/// </summary>
internal sealed class WrapperProcess : IAsyncDisposable
{
    private readonly Process process;
    private readonly Task<string> output;
    private readonly Task<string> errors;

    private WrapperProcess(string directory, Process process)
    {
        Directory = directory;
        this.process = process;
        output = process.StandardOutput.ReadToEndAsync();
        errors = process.StandardError.ReadToEndAsync();
    }

    public static string Executable => Environment.GetEnvironmentVariable("SLIPWAY_TASK") ?? Path.Combine(AppContext.BaseDirectory, "slipway-task");

    public string Directory { get; }

    public int Id => process.Id;

    public string TerminationLog => Path.Combine(Directory, "termination-log");

    /// <summary>Starts <c>slipway-task run</c> with options and a command.</summary>
    public static WrapperProcess Run(string[] options, params string[] command) => Run(options, command, prefix: []);

    /// <summary>The same behind another program, a shell that joins a cgroup for instance.</summary>
    public static WrapperProcess Run(string[] options, string[] command, string[] prefix)
    {
        var directory = System.IO.Directory.CreateTempSubdirectory("slipway-task-").FullName;
        return Start(directory, [.. prefix, Executable, "run", "--termination", Path.Combine(directory, "termination-log"), .. options, "--", .. command]);
    }

    public static WrapperProcess Start(string directory, params string[] arguments)
    {
        var start = new ProcessStartInfo(arguments[0], arguments[1..]) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = directory };
        return new WrapperProcess(directory, Process.Start(start)!);
    }

    /// <summary>Waits for the end.</summary>
    public async Task<(int ExitCode, string Output, string Errors)> EndAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await process.WaitForExitAsync(patience.Token);
        return (process.ExitCode, await output, await errors);
    }

    /// <summary>The termination message.</summary>
    public JsonObject Report => JsonNode.Parse(File.ReadAllText(TerminationLog))!.AsObject();

    /// <summary>Sends a signal with kill(1).</summary>
    public void Signal(string name) => Process.Start("kill", [$"-{name}", $"{process.Id}"]).WaitForExit();

    /// <summary>Waits until the command has made a file.</summary>
    public async Task<string> FileAsync(string name)
    {
        var path = Path.Combine(Directory, name);
        for (var i = 0; i < 1000 && !(File.Exists(path) && new FileInfo(path).Length > 0); i++)
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        return (await File.ReadAllTextAsync(path)).Trim();
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
            process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync();
        process.Dispose();
        System.IO.Directory.Delete(Directory, recursive: true);
    }
}
