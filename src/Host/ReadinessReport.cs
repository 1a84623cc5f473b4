using System.Runtime.InteropServices;

namespace Slipway.Host;

/// <summary>
/// How a server in the background tells the command that started it what became of it: one line on its standard output,
/// <see cref="Ready"/> or a sentence. Everything else it writes goes to its log.
/// </summary>
internal sealed partial class ReadinessReport : IDisposable
{
    /// <summary>The line that says that the node is Ready.</summary>
    public const string Ready = "ready";

    private readonly FileStream? log;

    private ReadinessReport(FileStream? log) => this.log = log;

    /// <summary>In the foreground there is nobody to tell.</summary>
    public static ReadinessReport None { get; } = new(null);

    /// <summary>Leaves the terminal's session and sends errors to the log from here on.</summary>
    public static ReadinessReport Detach(string logFile)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(logFile)!);
        var log = new FileStream(logFile, FileMode.Append, FileAccess.Write, FileShare.ReadWrite);
        _ = SetSession();
        // Both the base library's stream and the descriptor itself, to which the runtime writes when it fails.
        _ = Duplicate((int)log.SafeFileHandle.DangerousGetHandle(), 2);
        Console.SetError(new StreamWriter(log, leaveOpen: true) { AutoFlush = true });
        return new(log);
    }

    /// <summary>Tells the outcome, once.</summary>
    public void Tell(string line)
    {
        if (log is null) return;
        Console.Out.WriteLine(line.ReplaceLineEndings(" "));
        Console.Out.Flush();
        _ = Duplicate((int)log.SafeFileHandle.DangerousGetHandle(), 1);   // closes the pipe
    }

    public void Dispose() => log?.Dispose();

    [LibraryImport("libc", EntryPoint = "setsid")]
    private static partial int SetSession();

    [LibraryImport("libc", EntryPoint = "dup2")]
    private static partial int Duplicate(int from, int to);
}
