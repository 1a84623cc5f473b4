using System.Text;

namespace Slipway.Wrapper;

/// <summary>The command as a child process.</summary>
internal static unsafe class Child
{
    /// <summary>How a command ended.</summary>
    /// <param name="ExitCode">Its exit code, or 128 and the signal's number.</param>
    /// <param name="Signal">The signal that ended it; 0 for none.</param>
    /// <param name="Stopped">Whether it was asked to stop meanwhile, which it may have been too late to notice.</param>
    public readonly record struct End(int ExitCode, int Signal, bool Stopped);

    /// <summary>Starts the command with default signals and this process's environment, directory and streams.</summary>
    /// <returns>0, or the error number of the C library.</returns>
    public static int Start(IReadOnlyList<string> command, out int pid)
    {
        Libc.SpawnAttributes attributes;
        Libc.SignalSet all, none;
        _ = Libc.sigfillset(&all);
        _ = Libc.sigemptyset(&none);
        _ = Libc.posix_spawnattr_init(&attributes);
        _ = Libc.posix_spawnattr_setflags(&attributes, Libc.POSIX_SPAWN_SETSIGDEF | Libc.POSIX_SPAWN_SETSIGMASK);
        _ = Libc.posix_spawnattr_setsigdefault(&attributes, &all);
        _ = Libc.posix_spawnattr_setsigmask(&attributes, &none);
        using var arguments = new NativeTexts(command);
        using var environment = NativeTexts.FromProcess("environ");
        int started;
        var error = Libc.posix_spawnp(&started, arguments.Pointer[0], null, &attributes, arguments.Pointer, environment.Pointer);
        _ = Libc.posix_spawnattr_destroy(&attributes);
        pid = error == 0 ? started : 0;
        return error;
    }

    /// <summary>Passes signals on and reaps every process that ends, until the command has ended.</summary>
    /// <param name="pid">The command's process.</param>
    /// <param name="tick">How often to call <paramref name="onTick"/>; null for never.</param>
    /// <param name="onTick">Called now and then while the command runs.</param>
    public static End Wait(int pid, TimeSpan? tick, Action onTick)
    {
        var stopped = false;
        while (true)
        {
            int reaped;
            while ((reaped = Libc.wait4(-1, out var status, Libc.WNOHANG, out _)) > 0)
            {
                if (reaped == pid)
                    return Decode(status, stopped);
            }

            var signal = Signals.Wait(tick);
            if (signal == 0)
                onTick();
            else if (signal != Libc.SIGCHLD)
            {
                stopped |= Signals.IsStop(signal);
                _ = Libc.kill(pid, signal);
            }
        }
    }

    /// <summary>What to tell when a command could not be started, and the exit code that shells use for it.</summary>
    public static (int ExitCode, string Reason, string Message) Explain(int error, string file, string? path)
    {
        var found = Find(file, path);
        return error switch
        {
            Libc.ENOENT or Libc.ENOTDIR when found is null => file.Contains('/')
                ? (127, "CommandNotFound", $"command not found: there is no {file} in the image")
                : (127, "CommandNotFound", $"command not found: {file} is in no directory of PATH ({path ?? "not set"}) of the image"),
            Libc.ENOENT or Libc.ENOTDIR => (127, "CommandNotFound", $"command cannot start: {found} exists, but the interpreter or loader that it asks for is not in the image"),
            Libc.EACCES => (126, "CommandNotExecutable", $"command is not executable: {found ?? file}; check its permissions and the user that the task runs as"),
            Libc.ENOEXEC => (126, "CommandNotExecutable", $"command cannot be executed: {found ?? file} is not a program of this machine's architecture, nor a script that starts with #!"),
            _ => (126, "CommandNotExecutable", $"command cannot be started: {found ?? file}: error {error}"),
        };
    }

    private static string? Find(string file, string? path)
    {
        if (file.Contains('/'))
            return File.Exists(file) || Directory.Exists(file) ? file : null;
        foreach (var directory in (path ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries))
        {
            var candidate = new StringBuilder(directory).Append('/').Append(file).ToString();
            if (File.Exists(candidate))
                return candidate;
        }

        return null;
    }

    /// <summary>The wait status of wait(2): the low seven bits are the signal, the next byte the exit code.</summary>
    private static End Decode(int status, bool stopped)
    {
        var signal = status & 0x7f;
        return signal == 0 ? new End((status >> 8) & 0xff, 0, stopped) : new End(128 + signal, signal, stopped);
    }
}
