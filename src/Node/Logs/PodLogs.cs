using k8s.Models;
using Microsoft.Extensions.Logging;
using Slipway.Node.Linux;

namespace Slipway.Node.Logs;

/// <summary>
/// The directories of pods' logs. Where collectors of logs are to find them, they lie in <c>/var/log/pods</c> and are linked to by container in
/// <c>/var/log/containers</c>, as kubelets have it; in the node's own directory is then a link to each, which tells whose it is.
/// </summary>
/// <param name="root">The node's own directory of logs.</param>
/// <param name="shared">The machine's directory of logs, in which collectors look; null when they are not to find them.</param>
/// <param name="log">Where it is told that a link was not made.</param>
internal sealed class PodLogs(string root, string? shared, ILogger log)
{
    private const int MostCharacters = 255;
    private const string Suffix = ".log";

    /// <summary>Makes the directory of a pod, if it is not there.</summary>
    /// <param name="directory">Its path below the node's own directory.</param>
    public void Make(string directory)
    {
        if (shared is null || Directory.Exists(directory))
        {
            Directory.CreateDirectory(directory);
            return;
        }
        // The link comes first, so that nothing lies in the machine's directory of which nobody knows whose it is.
        var target = Path.Combine(PodsOf(shared), Path.GetFileName(directory));
        Directory.CreateDirectory(root);
        if (new FileInfo(directory).LinkTarget is null)
            File.CreateSymbolicLink(directory, target);
        Directory.CreateDirectory(target);
    }

    /// <summary>Removes the directory of a pod, and what links to it.</summary>
    public void Remove(string directory, CancellationToken cancellation) => RemoveLinked(directory, shared, cancellation);

    /// <summary>The directories that are there of a pod.</summary>
    public IEnumerable<string> Of(string uid) => Directory.Exists(root) ? Directory.EnumerateFileSystemEntries(root, $"*_{uid}") : [];

    /// <summary>Lets collectors find the log of a container.</summary>
    /// <param name="pod">The pod.</param>
    /// <param name="container">Its container.</param>
    /// <param name="id">The container's id.</param>
    /// <param name="file">The log, below the pod's directory.</param>
    public void Link(V1Pod pod, string container, string id, string file)
    {
        if (shared is null)
            return;
        try
        {
            var directory = Path.GetDirectoryName(Path.GetDirectoryName(file))!;
            var target = new FileInfo(directory).LinkTarget is { } elsewhere ? Path.Combine(elsewhere, Path.GetRelativePath(directory, file)) : file;
            Directory.CreateDirectory(ContainersOf(shared));
            var link = Path.Combine(ContainersOf(shared), NameOf(pod.Metadata.Name, pod.Metadata.NamespaceProperty, container, id));
            File.Delete(link);
            File.CreateSymbolicLink(link, target);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            log.LogWarning("The log of container {Id} was not linked in {Directory}: {Reason}", id, ContainersOf(shared), failure.Message);
        }
    }

    /// <summary>Removes the link to the log of a container that is gone.</summary>
    public void Unlink(string id)
    {
        if (shared is not null && Directory.Exists(ContainersOf(shared)))
            foreach (var link in Directory.EnumerateFiles(ContainersOf(shared), $"*-{id}{Suffix}"))
                File.Delete(link);
    }

    /// <summary>The name under which kubelets link to the log of a container.</summary>
    internal static string NameOf(string pod, string? ns, string container, string id)
    {
        var name = $"{pod}_{ns}_{container}-{id}";
        return (name.Length > MostCharacters - Suffix.Length ? name[..(MostCharacters - Suffix.Length)] : name) + Suffix;
    }

    /// <summary>Removes what pods of a node have in the machine's directory of logs.</summary>
    /// <param name="root">The node's own directory of logs.</param>
    /// <param name="shared">The machine's directory of logs.</param>
    public static void RemoveAll(string root, string shared)
    {
        if (!Directory.Exists(root))
            return;
        foreach (var directory in Directory.EnumerateFileSystemEntries(root))
            RemoveLinked(directory, shared, CancellationToken.None);
        foreach (var directory in new[] { PodsOf(shared), ContainersOf(shared) })
            if (Directory.Exists(directory) && !Directory.EnumerateFileSystemEntries(directory).Any())
                Directory.Delete(directory);
    }

    private static void RemoveLinked(string directory, string? shared, CancellationToken cancellation)
    {
        // The directory itself where it was made before logs were shared.
        var target = new FileInfo(directory).LinkTarget;
        // Nothing else is removed for what a link says.
        if (target is null || shared is not null && Path.GetDirectoryName(target) == PodsOf(shared))
        {
            TreeRemoval.Remove(target ?? directory, cancellation);
            if (shared is not null && Directory.Exists(ContainersOf(shared)))
                foreach (var link in new DirectoryInfo(ContainersOf(shared)).EnumerateFiles())
                    if (link.LinkTarget?.StartsWith($"{target ?? directory}/", StringComparison.Ordinal) == true)
                        link.Delete();
        }
        if (target is not null)
            File.Delete(directory);
    }

    /// <summary>Where the pods' directories are in the machine's directory of logs.</summary>
    public static string PodsOf(string shared) => Path.Combine(shared, "pods");

    private static string ContainersOf(string shared) => Path.Combine(shared, "containers");
}
