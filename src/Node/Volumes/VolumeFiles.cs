using System.Text;
using k8s.Models;
using Slipway.Node.Linux;
using Slipway.Node.Pods;

namespace Slipway.Node.Volumes;

/// <summary>One file of a volume that is made of keys.</summary>
/// <param name="Path">Relative path in the volume.</param>
/// <param name="Content">What it holds.</param>
/// <param name="Mode">Permission bits.</param>
/// <param name="Owner">User that owns it; root when null.</param>
internal readonly record struct VolumeFile(string Path, byte[] Content, int Mode, long? Owner = null);

/// <summary>Chooses the files of volumes made of keys, and writes them so that readers see all of the old or all of the new.</summary>
internal static class VolumeFiles
{
    public const int DefaultMode = 0x1A4; // 0644

    /// <summary>The files of a ConfigMap or Secret: all keys, or the chosen ones.</summary>
    /// <param name="what">The object, for messages, such as <c>configmap "x"</c>.</param>
    /// <exception cref="ContainerConfigException">A chosen key is missing and not optional.</exception>
    public static IEnumerable<VolumeFile> OfKeys(string what, IReadOnlyDictionary<string, byte[]>? data, IList<V1KeyToPath>? items, int mode, bool optional)
    {
        if (data is null)
            return optional ? [] : throw new ContainerConfigException($"{what} not found");
        if (items is not { Count: > 0 })
            return data.Select(e => new VolumeFile(e.Key, e.Value, mode));
        var missing = items.FirstOrDefault(i => !data.ContainsKey(i.Key));
        if (missing is not null && !optional)
            throw new ContainerConfigException($"{what} references non-existent key: {missing.Key}");
        return items.Where(i => data.ContainsKey(i.Key)).Select(i => new VolumeFile(i.Path, data[i.Key], i.Mode ?? mode));
    }

    /// <summary>The files of a downward API volume.</summary>
    public static IEnumerable<VolumeFile> OfFields(V1Pod pod, IList<V1DownwardAPIVolumeFile>? items, int mode, PodFacts facts) =>
        (items ?? []).Select(item => new VolumeFile(
            item.Path,
            Encoding.UTF8.GetBytes(item.FieldRef is { } field ? PodFields.Value(pod, field.FieldPath, facts) : PodFields.Resource(pod, "", item.ResourceFieldRef, facts)),
            item.Mode ?? mode));

    /// <summary>
    /// Writes files into a fresh directory, points the link <c>..data</c> at it in one step, links each first path
    /// element through it, and removes what is no longer there. Does nothing where all is as it should be.
    /// </summary>
    /// <param name="group">Group that owns the files and may read them, if the pod has one.</param>
    /// <returns>Whether something was written.</returns>
    public static bool Write(string directory, IReadOnlyList<VolumeFile> files, long? group)
    {
        foreach (var file in files)
            if (file.Path.Split('/').Any(p => p is "" or "." or ".."))
                throw new ContainerConfigException($"path \"{file.Path}\" of a volume's item must be relative and stay within the volume");
        var data = Path.Combine(directory, "..data");
        var previous = new DirectoryInfo(data).LinkTarget;
        if (previous is not null && IsSame(Path.Combine(directory, previous), files, group))
            return false;

        var name = $"..{Guid.NewGuid():n}";
        var fresh = Directory.CreateDirectory(Path.Combine(directory, name)).FullName;
        foreach (var file in files)
        {
            var path = Path.Combine(fresh, file.Path);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, file.Content);
            File.SetUnixFileMode(path, ModeOf(file, group));
            if (group is not null || file.Owner is not null)
                Syscalls.ChangeOwner(path, (int)(file.Owner ?? 0), (int)(group ?? 0));
        }

        var link = Path.Combine(directory, "..data_new");
        File.Delete(link);
        File.CreateSymbolicLink(link, name);
        Syscalls.Rename(link, data);
        var tops = files.Select(f => f.Path.Split('/')[0]).ToHashSet(StringComparer.Ordinal);
        foreach (var top in tops)
        {
            var visible = Path.Combine(directory, top);
            // What is no link is a place that something else is mounted on.
            if (new FileInfo(visible).LinkTarget is null && !Path.Exists(visible))
                File.CreateSymbolicLink(visible, $"..data/{top}");
        }
        foreach (var stale in new DirectoryInfo(directory).EnumerateFileSystemInfos().Where(e => e.LinkTarget is not null && e.Name != "..data" && !tops.Contains(e.Name)))
            File.Delete(stale.FullName);
        // Also what a write that was interrupted has left.
        foreach (var old in Directory.EnumerateDirectories(directory, "..*").Where(d => Path.GetFileName(d) is var entry && entry != name && entry != "..data"))
            TreeRemoval.Remove(old);
        return true;
    }

    private static UnixFileMode ModeOf(VolumeFile file, long? group)
    {
        const UnixFileMode Readable = UnixFileMode.UserRead | UnixFileMode.GroupRead;
        return (UnixFileMode)(file.Mode & 0x1FF) | (group is null ? 0 : Readable);
    }

    private static bool IsSame(string directory, IReadOnlyList<VolumeFile> files, long? group)
    {
        if (!Directory.Exists(directory) || Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories).Count() != files.DistinctBy(f => f.Path).Count())
            return false;
        return files.All(f => new FileInfo(Path.Combine(directory, f.Path)) is { Exists: true } there && there.Length == f.Content.Length
            && there.UnixFileMode == ModeOf(f, group) && File.ReadAllBytes(there.FullName).AsSpan().SequenceEqual(f.Content));
    }
}
