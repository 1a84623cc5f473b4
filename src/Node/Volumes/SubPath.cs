using Slipway.Node.Linux;
using Slipway.Node.Pods;

namespace Slipway.Node.Volumes;

/// <summary>
/// Binds a part of a volume to a place of the node's own. What is opened is what is bound: a container that turns the
/// path into a link to somewhere else, at any moment, does not get there.
/// </summary>
internal static class SubPath
{
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
            var fd = VolumePath.OpenOrMake(root, subPath, Syscalls.FactsOf(root).Mode & VolumePath.Permissions, "subPath");
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
}
