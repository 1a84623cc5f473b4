using System.Runtime.InteropServices;

namespace Slipway.Host.Clusters;

/// <summary>Signals that the base library does not send.</summary>
internal static partial class Signals
{
    private const int Sigterm = 15, Sigkill = 9;

    /// <summary>Asks a process to end (SIGTERM).</summary>
    public static void Terminate(int pid) => _ = Send(pid, Sigterm);

    /// <summary>Ends a process (SIGKILL).</summary>
    public static void Kill(int pid) => _ = Send(pid, Sigkill);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Send(int pid, int signal);
}
