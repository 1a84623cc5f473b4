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
        if (!OperatingSystem.IsLinux())
            throw new CommandException($"to {purpose} needs Linux, because containers do; use a Linux machine or virtual machine, and reach its cluster from here with --context");
        if (!Environment.IsPrivilegedProcess)
            throw new CommandException($"to {purpose} needs root; run the same command with sudo");
    }

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
