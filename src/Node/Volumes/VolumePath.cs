using System.Runtime.InteropServices;
using Slipway.Node.Linux;
using Slipway.Node.Pods;

namespace Slipway.Node.Volumes;

/// <summary>Paths in a volume, opened step by step: links that containers have put there are followed within the volume, and never out of it.</summary>
internal static class VolumePath
{
    /// <summary>What a mode says of who may do what.</summary>
    public const UnixFileMode Permissions = (UnixFileMode)0x1FF;

    /// <summary>Opens a path in a volume; directories that are missing are made, the last one too.</summary>
    /// <param name="root">The volume, opened.</param>
    /// <param name="path">Path relative to it, without <c>..</c>.</param>
    /// <param name="permissions">Permissions of the directories that are made; those that are there stay as they are.</param>
    /// <param name="field">What asks for the path, for messages.</param>
    /// <returns>What was opened with O_PATH, to be closed by the caller.</returns>
    /// <exception cref="ContainerConfigException">The path leaves the volume.</exception>
    public static int OpenOrMake(int root, string path, UnixFileMode permissions, string field)
    {
        var what = $"{field} \"{path}\"";
        var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        var parent = ".";
        for (var i = 0; i <= parts.Length; i++)
        {
            var next = i == 0 ? "." : $"{parent}/{parts[i - 1]}";
            var fd = Syscalls.OpenBeneath(root, next, Syscalls.OpenPath);
            if (fd < 0 && Marshal.GetLastPInvokeError() == Syscalls.ErrNoEntry)
            {
                Make(root, parent, parts[i - 1], permissions, what);
                fd = Syscalls.OpenBeneath(root, next, Syscalls.OpenPath);
            }
            Checked(fd, what);
            if (i == parts.Length)
                return fd;
            Syscalls.Close(fd);
            parent = next;
        }
        throw new InvalidOperationException("unreachable: the last part returns");
    }

    /// <summary>Whether something is at a path in a volume.</summary>
    /// <exception cref="ContainerConfigException">The path leaves the volume.</exception>
    public static bool Exists(int root, string path, string field)
    {
        var fd = Syscalls.OpenBeneath(root, path, Syscalls.OpenPath);
        if (fd < 0 && Marshal.GetLastPInvokeError() == Syscalls.ErrNoEntry)
            return false;
        Syscalls.Close(Checked(fd, $"{field} \"{path}\""));
        return true;
    }

    private static void Make(int root, string parentPath, string name, UnixFileMode permissions, string what)
    {
        var parent = Checked(Syscalls.OpenBeneath(root, parentPath, Syscalls.OpenPath | Syscalls.OpenDirectory), what);
        try
        {
            if (!Syscalls.MakeDirectoryAt(parent, name, permissions))
                return;
            var made = Syscalls.OpenBeneath(parent, name, Syscalls.OpenPath | Syscalls.OpenNoFollow);
            if (made < 0)
                return; // gone meanwhile, which the caller sees
            try
            {
                // The umask of this process has cut them. Whoever is killed before this leaves a directory with the rest of them.
                if (Syscalls.FactsOf(made) is { IsDirectory: true } facts)
                    File.SetUnixFileMode($"/proc/self/fd/{made}", facts.Mode | permissions);
            }
            finally
            {
                Syscalls.Close(made);
            }
        }
        finally
        {
            Syscalls.Close(parent);
        }
    }

    private static int Checked(int fd, string what) => fd >= 0 ? fd
        : Marshal.GetLastPInvokeError() is Syscalls.ErrCrossDevice or Syscalls.ErrLoop
            ? throw new ContainerConfigException($"{what} leaves its volume through a symbolic link")
            : throw Syscalls.Failure(what);
}
