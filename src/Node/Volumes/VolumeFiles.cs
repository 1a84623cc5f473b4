using System.Text;
using k8s.Models;
using Slipway.Node.Linux;
using Slipway.Node.Pods;

namespace Slipway.Node.Volumes;

/// <summary>One file of a volume that is made of keys.</summary>
internal readonly record struct VolumeFile(string Path, byte[] Content, int Mode);

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
    /// Writes files into a fresh directory, points the link <c>..data</c> at it in one step, and links each first path
    /// element through it.
    /// </summary>
    /// <param name="group">Group that owns the files and may read them, if the pod has one.</param>
    public static void Write(string directory, IEnumerable<VolumeFile> files, long? group)
    {
        var name = $"..{Guid.NewGuid():n}";
        var fresh = Directory.CreateDirectory(Path.Combine(directory, name)).FullName;
        var tops = new HashSet<string>(StringComparer.Ordinal);
        foreach (var file in files)
        {
            var parts = file.Path.Split('/');
            if (parts.Any(p => p is "" or "." or ".."))
                throw new ContainerConfigException($"path \"{file.Path}\" of a volume's item must be relative and stay within the volume");
            var path = Path.Combine(fresh, file.Path);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, file.Content);
            File.SetUnixFileMode(path, (UnixFileMode)(file.Mode & 0x1FF) | (group is null ? 0 : UnixFileMode.GroupRead));
            if (group is { } owner)
                Syscalls.ChangeOwner(path, 0, (int)owner);
            tops.Add(parts[0]);
        }

        var data = Path.Combine(directory, "..data");
        var previous = new DirectoryInfo(data).LinkTarget;
        var link = Path.Combine(directory, "..data_new");
        File.Delete(link);
        File.CreateSymbolicLink(link, name);
        Syscalls.Rename(link, data);
        foreach (var top in tops)
        {
            var visible = Path.Combine(directory, top);
            if (new FileInfo(visible).LinkTarget is null)
                File.CreateSymbolicLink(visible, $"..data/{top}");
        }
        if (previous is not null && Directory.Exists(Path.Combine(directory, previous)))
            Directory.Delete(Path.Combine(directory, previous), recursive: true);
    }
}
