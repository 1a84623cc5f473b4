using Slipway.Cli;
using Slipway.Network;

namespace Slipway.Host;

/// <summary>What a machine needs to run a cluster.</summary>
internal static class Machine
{
    // Programs by the Debian and Ubuntu packages that bring them.
    private static readonly (string Program, string Package)[] Programs =
        [("containerd", "containerd"), ("ctr", "containerd"), ("runc", "runc"), ("nft", "nftables"), ("ip", "iproute2"), ("mount", "mount")];

    /// <summary>Refuses other systems than Linux and other users than root.</summary>
    public static void RequireRoot(string purpose)
    {
        if (Fault(purpose, OperatingSystem.IsLinux(), Environment.IsPrivilegedProcess) is { } fault) throw new CommandException(fault);
    }

    /// <summary>Why this system or user cannot do something; null if it can.</summary>
    internal static string? Fault(string purpose, bool isLinux, bool isRoot) => (isLinux, isRoot) switch
    {
        (false, _) => $"to {purpose} needs Linux, because containers do; use a Linux machine or virtual machine, and reach its cluster from here with --context",
        (_, false) => $"to {purpose} needs root; run the same command with sudo",
        _ => null,
    };

    /// <summary>Refuses a machine on which a program is missing, and says which package brings it.</summary>
    public static void RequirePrograms()
    {
        var packages = Programs.Where(p => ExternalProgram.Find(p.Program) is null && !(p.Program == "runc" && ExternalProgram.Find("crun") is not null))
            .Select(p => p.Package).ToList();
        if (CniConfiguration.FindPlugins() is null) packages.Add("containernetworking-plugins");
        if (packages.Count > 0)
            throw new CommandException($"programs that clusters need are not installed; run: apt-get install --no-remove {string.Join(' ', packages.Distinct())}");
    }
}
