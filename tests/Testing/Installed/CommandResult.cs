using System.Diagnostics;
using System.Text;

namespace Slipway.Testing;

/// <summary>What a program that was run to its end left.</summary>
/// <param name="Command">The command line, for messages.</param>
/// <param name="ExitCode">Its exit code.</param>
/// <param name="Out">What it wrote to stdout.</param>
/// <param name="Error">What it wrote to stderr.</param>
/// <param name="Took">How long it ran.</param>
public sealed record CommandResult(string Command, int ExitCode, string Out, string Error, TimeSpan Took)
{
    /// <summary>This result, if the exit code is <paramref name="exitCode"/>; otherwise a failure that shows all output.</summary>
    public CommandResult Expect(int exitCode = 0) => ExitCode == exitCode
        ? this
        : throw new InvalidOperationException($"'{Command}' ended with {ExitCode} instead of {exitCode}.\nstdout:\n{Out}\nstderr:\n{Error}");

    /// <summary>Runs a program to its end; kills it and its children when <paramref name="limit"/> has passed.</summary>
    /// <param name="start">Program, arguments, directory and environment.</param>
    /// <param name="limit">The longest that it may take.</param>
    /// <param name="input">What it reads on stdin; nothing if null.</param>
    /// <param name="started">Called with the process id once it runs.</param>
    public static async Task<CommandResult> RunAsync(ProcessStartInfo start, TimeSpan limit, string? input = null, Action<int>? started = null)
    {
        start.RedirectStandardInput = start.RedirectStandardOutput = start.RedirectStandardError = true;
        var command = $"{Path.GetFileName(start.FileName)} {string.Join(' ', start.ArgumentList)}";
        var begun = Stopwatch.GetTimestamp();
        using var process = Process.Start(start)!;
        started?.Invoke(process.Id);

        var (output, error) = (new StringBuilder(), new StringBuilder());
        var reading = Task.WhenAll(CopyAsync(process.StandardOutput, output), CopyAsync(process.StandardError, error));
        if (input is not null)
            await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();

        using var timeout = new CancellationTokenSource(limit);
        try
        {
            await process.WaitForExitAsync(timeout.Token);
            // A background child may hold the pipes open: its output is not waited for.
            await Task.WhenAny(reading, Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, CancellationToken.None));
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"'{command}' took longer than {limit.TotalSeconds:0} s.\nstdout:\n{Text(output)}\nstderr:\n{Text(error)}");
        }
        return new CommandResult(command, process.ExitCode, Text(output), Text(error), Stopwatch.GetElapsedTime(begun));
    }

    private static async Task CopyAsync(StreamReader from, StringBuilder to)
    {
        var buffer = new char[4096];
        while (await from.ReadAsync(buffer) is > 0 and var read)
            lock (to)
                to.Append(buffer, 0, read);
    }

    private static string Text(StringBuilder builder)
    {
        lock (builder)
            return builder.ToString();
    }
}
