using System.Runtime.InteropServices;

namespace Slipway.Host.Clusters;

/// <summary>Signals that the base library does not send.</summary>
internal static partial class Signals
{
    private const int Sigterm = 15;

    /// <summary>Asks a process to end (SIGTERM).</summary>
    public static void Terminate(int pid) => Kill(pid, Sigterm);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int pid, int signal);
}
