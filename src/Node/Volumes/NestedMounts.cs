using Slipway.Node.Linux;
using Slipway.Node.Pods;

namespace Slipway.Node.Volumes;

/// <summary>What a container mounts within another mount of its own, such as an <c>emptyDir</c> below a ConfigMap.</summary>
internal static class NestedMounts
{
    private const string Field = "mountPath";
    private const UnixFileMode OfFiles = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const UnixFileMode OfDirectories = OfFiles | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>Each mount that lies within another, with the nearest one around it.</summary>
    /// <param name="paths">Where the container has its mounts: absolute paths.</param>
    /// <returns>Indexes of both, and where the inner one lies: a path relative to the outer one.</returns>
    public static IEnumerable<(int Outer, int Inner, string Place)> Of(IReadOnlyList<string> paths)
    {
        var places = paths.Select(path => Path.TrimEndingDirectorySeparator(Path.GetFullPath(path))).ToList();
        for (var inner = 0; inner < places.Count; inner++)
        {
            var outer = -1;
            for (var i = 0; i < places.Count; i++)
                if (places[inner].StartsWith($"{places[i]}/", StringComparison.Ordinal) && (outer < 0 || places[i].Length > places[outer].Length))
                    outer = i;
            if (outer >= 0)
                yield return (outer, inner, places[inner][(places[outer].Length + 1)..]);
        }
    }

    /// <summary>Makes what the runtime mounts on, since it cannot do so itself in what it mounts read-only; what is there stays.</summary>
    /// <param name="volume">Directory of the outer mount, in which containers cannot write, but may have written once.</param>
    /// <param name="place">Path relative to it.</param>
    /// <param name="source">What is mounted there: a directory or a file.</param>
    /// <exception cref="ContainerConfigException">The path leaves the volume.</exception>
    public static void MakePlace(string volume, string place, string source)
    {
        var root = Syscalls.Open(volume, Syscalls.OpenPath | Syscalls.OpenDirectory | Syscalls.OpenCloseOnExec);
        try
        {
            if (Directory.Exists(source))
                Syscalls.Close(VolumePath.OpenOrMake(root, place, OfDirectories, Field));
            else if (!VolumePath.Exists(root, place, Field))
                MakeFile(root, place);
        }
        finally
        {
            Syscalls.Close(root);
        }
    }

    private static void MakeFile(int root, string place)
    {
        var parent = VolumePath.OpenOrMake(root, Path.GetDirectoryName(place)!, OfDirectories, Field);
        try
        {
            Syscalls.MakeFileAt(parent, Path.GetFileName(place), OfFiles);
        }
        finally
        {
            Syscalls.Close(parent);
        }
    }
}
