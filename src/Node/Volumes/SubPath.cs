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
    /// made, with the permissions of the volume itself, so that who may write to the volume may write to them.
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
                var parent = Checked(Syscalls.OpenBeneath(root, path, Syscalls.OpenPath | Syscalls.OpenDirectory), subPath);
                try
                {
                    // Without permissions until it has the right ones, which the umask of this process would cut: so it shows when that was not reached.
                    Syscalls.MakeDirectoryAt(parent, parts[i - 1], mode: 0);
                }
                finally
                {
                    Syscalls.Close(parent);
                }
                fd = Syscalls.OpenBeneath(root, next, Syscalls.OpenPath);
            }
            Checked(fd, subPath);
            if (i > 0 && Syscalls.FactsOf(fd) is { IsDirectory: true } made && (made.Mode & Permissions) == 0)
                File.SetUnixFileMode($"/proc/self/fd/{fd}", made.Mode | permissions);
            if (i == parts.Length)
                return fd;
            Syscalls.Close(fd);
            path = next;
        }
        throw new InvalidOperationException("unreachable: the last part returns");
    }

    private static int Checked(int fd, string subPath) => fd >= 0 ? fd
        : Marshal.GetLastPInvokeError() is Syscalls.ErrCrossDevice or Syscalls.ErrLoop
            ? throw new ContainerConfigException($"subPath \"{subPath}\" leaves its volume through a symbolic link")
            : throw Syscalls.Failure($"subPath \"{subPath}\"");
}
