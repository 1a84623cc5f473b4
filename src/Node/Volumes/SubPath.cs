using System.Runtime.InteropServices;
using Slipway.Node.Linux;
using Slipway.Node.Pods;

namespace Slipway.Node.Volumes;

/// <summary>
/// Binds a part of a volume to a place of the node's own. What is opened is what is bound: a container that turns the
/// path into a link to somewhere else, at any moment, does not get there.
/// </summary>
internal static class SubPath
{
    private const UnixFileMode Permissions = (UnixFileMode)0x1FF;

    /// <summary>
    /// Opens <paramref name="subPath"/> beneath the volume and binds it at <paramref name="target"/>. Directories that are missing are
    /// made, with the permissions of the volume itself, so that who may write to the volume may write to them; those that are there stay as they are.
    /// </summary>
    /// <exception cref="ContainerConfigException">The path leaves the volume.</exception>
    public static void Bind(string volume, string subPath, string target)
    {
        if (Path.IsPathRooted(subPath) || subPath.Split('/').Contains(".."))
            throw new ContainerConfigException($"subPath \"{subPath}\" must be relative and must not contain \"..\"");
        var root = Syscalls.Open(volume, Syscalls.OpenPath | Syscalls.OpenDirectory | Syscalls.OpenCloseOnExec);
        try
        {
            var fd = OpenOrMake(root, subPath);
            try
            {
                var opened = $"/proc/self/fd/{fd}";
                Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                if (File.ResolveLinkTarget(opened, returnFinalTarget: false) is { } link && Directory.Exists(link.FullName))
                    Directory.CreateDirectory(target);
                else if (!File.Exists(target))
                    File.WriteAllBytes(target, []);
                Syscalls.Mount(opened, target, null, Syscalls.MountBind | Syscalls.MountRecursive, null);
            }
            finally
            {
                Syscalls.Close(fd);
            }
        }
        finally
        {
            Syscalls.Close(root);
        }
    }

    private static int OpenOrMake(int root, string subPath)
    {
        var permissions = Syscalls.FactsOf(root).Mode & Permissions;
        var parts = subPath.Split('/', StringSplitOptions.RemoveEmptyEntries);
        var path = ".";
        for (var i = 0; i <= parts.Length; i++)
        {
            var next = i == 0 ? "." : $"{path}/{parts[i - 1]}";
            var fd = Syscalls.OpenBeneath(root, next, Syscalls.OpenPath);
            if (fd < 0 && Marshal.GetLastPInvokeError() == Syscalls.ErrNoEntry)
            {
                Make(root, path, parts[i - 1], permissions, subPath);
                fd = Syscalls.OpenBeneath(root, next, Syscalls.OpenPath);
            }
            Checked(fd, subPath);
            if (i == parts.Length)
                return fd;
            Syscalls.Close(fd);
            path = next;
        }
        throw new InvalidOperationException("unreachable: the last part returns");
    }

    private static void Make(int root, string parentPath, string name, UnixFileMode permissions, string subPath)
    {
        var parent = Checked(Syscalls.OpenBeneath(root, parentPath, Syscalls.OpenPath | Syscalls.OpenDirectory), subPath);
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

    private static int Checked(int fd, string subPath) => fd >= 0 ? fd
        : Marshal.GetLastPInvokeError() is Syscalls.ErrCrossDevice or Syscalls.ErrLoop
            ? throw new ContainerConfigException($"subPath \"{subPath}\" leaves its volume through a symbolic link")
            : throw Syscalls.Failure($"subPath \"{subPath}\"");
}
