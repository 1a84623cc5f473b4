namespace Slipway.Node.Volumes;

/// <summary>What a container mounts within another mount of its own, such as an <c>emptyDir</c> below a ConfigMap.</summary>
internal static class NestedMounts
{
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
    /// <param name="volume">Directory of the outer mount, in which containers cannot write.</param>
    /// <param name="place">Path relative to it.</param>
    /// <param name="source">What is mounted there: a directory or a file.</param>
    public static void MakePlace(string volume, string place, string source)
    {
        var path = Path.Combine(volume, place);
        if (Path.Exists(path))
            return;
        if (Directory.Exists(source))
        {
            Directory.CreateDirectory(path);
            return;
        }
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, []);
    }
}
