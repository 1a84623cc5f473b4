using System.Runtime.InteropServices;

namespace Slipway.Wrapper;

/// <summary>
/// Signals, received by one thread that waits for them. Nothing is ever run in a signal handler, and a signal that arrives
/// before anybody waits stays pending.
/// </summary>
internal static unsafe class Signals
{
    /// <summary>What is passed on to the command.</summary>
    private static ReadOnlySpan<int> Forwarded =>
    [
        Libc.SIGHUP, Libc.SIGINT, Libc.SIGQUIT, Libc.SIGUSR1, Libc.SIGUSR2, Libc.SIGTERM, Libc.SIGCONT, Libc.SIGWINCH,
    ];

    /// <summary>
    /// Blocks the signals in every thread of the process. The runtime has started threads before the first line of Main, and
    /// one that does not block a signal would swallow it; so the program replaces itself by itself, with the mask set:
    /// masks survive exec.
    /// </summary>
    public static void BlockInAllThreads()
    {
        Libc.SignalSet current = default;
        _ = Libc.pthread_sigmask(Libc.SIG_BLOCK, null, &current);
        if (Libc.sigismember(&current, Libc.SIGCHLD) == 1)
            return;

        var set = Waited();
        _ = Libc.sigaddset(&set, Libc.SIGPIPE); // a closed socket or pipe is an error to report, not a reason to die
        _ = Libc.pthread_sigmask(Libc.SIG_BLOCK, &set, null);
        using var arguments = NativeTexts.FromProcess("cmdline");
        using var environment = NativeTexts.FromProcess("environ");
        fixed (byte* path = "/proc/self/exe\0"u8)
            _ = Libc.execve(path, arguments.Pointer, environment.Pointer);

        // exec can hardly fail; if it does, go on with the mask of this thread alone.
    }

    /// <summary>Waits for a signal; 0 when the time is over, or at once with a zero time and no signal pending.</summary>
    public static int Wait(TimeSpan? timeout)
    {
        var set = Waited();
        Libc.SignalInfo info;
        while (true)
        {
            int signal;
            if (timeout is { } limit)
            {
                var time = new Libc.TimeSpec { Seconds = (long)limit.TotalSeconds, Nanoseconds = limit.Ticks % TimeSpan.TicksPerSecond * 100 };
                signal = Libc.sigtimedwait(&set, &info, &time);
            }
            else
            {
                signal = Libc.sigtimedwait(&set, &info, null);
            }

            if (signal > 0)
                return signal;
            if (Marshal.GetLastPInvokeError() == Libc.EAGAIN)
                return 0;
        }
    }

    /// <summary>Whether the signal asks the process to end.</summary>
    public static bool IsStop(int signal) => signal is Libc.SIGTERM or Libc.SIGINT or Libc.SIGQUIT or Libc.SIGHUP;

    private static Libc.SignalSet Waited()
    {
        Libc.SignalSet set;
        _ = Libc.sigemptyset(&set);
        _ = Libc.sigaddset(&set, Libc.SIGCHLD);
        foreach (var signal in Forwarded)
            _ = Libc.sigaddset(&set, signal);
        return set;
    }
}
