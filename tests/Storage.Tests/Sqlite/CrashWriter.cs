using System.Diagnostics;

namespace Slipway.Storage.Tests.Sqlite;

/// <summary>A process of its own that writes to a store; see its Program.cs for what it says.</summary>
internal sealed class CrashWriter : IDisposable
{
    private readonly Process _process;

    public CrashWriter(string database, int clients, int round, int seed, IEnumerable<long> watchers) => _process = Process.Start(new ProcessStartInfo(
        Path.Combine(AppContext.BaseDirectory, "Storage.CrashWriter"), [database, $"{clients}", $"{round}", $"{seed}", string.Join(',', watchers)])
    {
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    })!;

    /// <summary>One acknowledged write or one event; null at the end. A line that was torn by the end of the process is none.</summary>
    public async Task<(Acknowledgement? Written, Sight? Seen)?> ReadAsync(CancellationToken cancellation)
    {
        if (await _process.StandardOutput.ReadLineAsync(cancellation) is not { } line || !line.EndsWith(" .", StringComparison.Ordinal))
            return null;
        return line.StartsWith("watch ", StringComparison.Ordinal) ? (null, Sight.Parse(line)) : (Acknowledgement.Parse(line), null);
    }

    /// <summary>Sends SIGKILL.</summary>
    public void Kill() => _process.Kill();

    /// <summary>Waits for the end; the exit code and what was said on standard error.</summary>
    public async Task<(int ExitCode, string Error)> EndAsync(CancellationToken cancellation)
    {
        var error = await _process.StandardError.ReadToEndAsync(cancellation);
        await _process.WaitForExitAsync(cancellation);
        return (_process.ExitCode, error);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.Dispose();
    }
}

/// <summary>What the writer says of an acknowledged write.</summary>
internal sealed record Acknowledgement(int Client, int Number, string Key, long Revision, bool Deleted)
{
    public static Acknowledgement Parse(string line)
    {
        var parts = line.Split(' ');
        return new(int.Parse(parts[0]), int.Parse(parts[1]), parts[2], long.Parse(parts[3]), parts[4] == "delete");
    }
}

/// <summary>What a watcher says of an event.</summary>
internal sealed record Sight(int Watcher, long Revision, string Key, string? FirstWord)
{
    public static Sight Parse(string line)
    {
        var parts = line.Split(' ');
        return new(int.Parse(parts[1]), long.Parse(parts[2]), parts[3], parts[4] == "-" ? null : parts[4]);
    }
}
