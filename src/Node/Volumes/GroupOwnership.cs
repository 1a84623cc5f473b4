using System.Runtime.InteropServices;
using Slipway.Node.Linux;
using Slipway.Node.Pods;

namespace Slipway.Node.Volumes;

/// <summary>
/// Makes what a volume holds usable by a group, as <c>fsGroup</c> asks
/// (<see href="https://kubernetes.io/docs/tasks/configure-pod-container/security-context/#configure-volume-permission-and-ownership-change-policy-for-pods"/>).
/// </summary>
/// <remarks>Each entry is opened first and changed by what was opened: a container that puts a link in its place leads nowhere.</remarks>
internal static class GroupOwnership
{
    private const UnixFileMode Shared = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite;
    /// <summary>Each level costs two opened files and a part of the stack.</summary>
    private const int DeepestNesting = 256;

    private const UnixFileMode SharedDirectory = Shared | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.SetGroup;

    /// <summary>Gives a directory and all in it to a group. Links are given, never followed.</summary>
    /// <param name="directory">The volume.</param>
    /// <param name="group">Id of the group.</param>
    /// <param name="onlyOnMismatch">Leave all as it is when the directory itself belongs to the group already.</param>
    /// <exception cref="ContainerConfigException">Directories are nested too deeply.</exception>
    public static void Give(string directory, int group, bool onlyOnMismatch)
    {
        var root = Syscalls.Open(directory, Syscalls.OpenPath | Syscalls.OpenDirectory | Syscalls.OpenCloseOnExec);
        try
        {
            var facts = Syscalls.FactsOf(root);
            if (onlyOnMismatch && facts.Group == group && (facts.Mode & SharedDirectory) == SharedDirectory)
                return;
            // Itself last, so that a walk that was stopped begins again.
            GiveAllIn(root, group, depth: 1);
            Give(root, facts, group);
        }
        finally
        {
            Syscalls.Close(root);
        }
    }

    private static void GiveAllIn(int directory, int group, int depth)
    {
        if (depth > DeepestNesting)
            throw new ContainerConfigException($"fsGroup: directories of the volume are nested deeper than {DeepestNesting}");
        foreach (var path in Directory.EnumerateFileSystemEntries(PathOf(directory)))
        {
            var entry = Syscalls.OpenBeneath(directory, Path.GetFileName(path), Syscalls.OpenPath | Syscalls.OpenNoFollow);
            if (entry < 0 && Marshal.GetLastPInvokeError() == Syscalls.ErrNoEntry)
                continue; // gone meanwhile
            if (entry < 0)
                throw Syscalls.Failure($"open of {Path.GetFileName(path)}");
            try
            {
                var facts = Syscalls.FactsOf(entry);
                if (facts.IsDirectory)
                    GiveAllIn(entry, group, depth + 1);
                Give(entry, facts, group);
            }
            finally
            {
                Syscalls.Close(entry);
            }
        }
    }

    private static void Give(int entry, FileFacts facts, int group)
    {
        Syscalls.ChangeGroup(entry, group);
        if (!facts.IsLink)
            File.SetUnixFileMode(PathOf(entry), facts.Mode | (facts.IsDirectory ? SharedDirectory : Shared));
    }

    private static string PathOf(int opened) => $"/proc/self/fd/{opened}";
}
