using Slipway.Cli;
using Slipway.Host.Clusters;
using Slipway.Node.Images;

namespace Slipway.Host.Images;

/// <summary>The images of a running cluster on this machine.</summary>
internal sealed class ClusterImages(ClusterRegistry clusters, TimeProvider clock)
{
    /// <summary>Builds an image and puts it into the cluster, unless it has it already.</summary>
    /// <returns>The complete name of the image, and whether it is new.</returns>
    public async Task<(string Name, bool Imported)> BuildAsync(string cluster, string tag, string? dockerfile, string directory, CancellationToken cancellation)
    {
        if (!ImageName.TryParse(tag, out var name) || name!.Digest is not null)
            throw new CommandException($"\"{tag}\" is not the name of an image; give one such as slipway.local/app:1", ExitCodes.Usage);
        if (!Directory.Exists(directory)) throw new CommandException($"there is no directory {directory} to build from");
        var paths = Open(cluster);
        using var images = Store(paths);
        var buildah = new Buildah(paths.Paths.Buildah, paths.Paths.Runtime);
        var id = await buildah.BuildAsync(name.ToString(), dockerfile, directory, cancellation);
        if (await images.FindAsync(name.ToString(), cancellation) is { } known && known.Id == id) return (name.ToString(), false);

        var archive = Path.Combine(paths.Paths.Data, $"image-{Guid.NewGuid():n}.tar");
        try
        {
            await buildah.SaveAsync(id, name.ToString(), archive, cancellation);
            await ImportAsync(images, archive, cancellation);
            return (name.ToString(), true);
        }
        finally
        {
            File.Delete(archive);
        }
    }

    /// <summary>Puts the images of an archive into the cluster.</summary>
    /// <returns>Their names.</returns>
    public async Task<IReadOnlyList<string>> LoadAsync(string cluster, string archive, CancellationToken cancellation)
    {
        if (!File.Exists(archive)) throw new CommandException($"there is no file {archive}");
        using var images = Store(Open(cluster));
        return await ImportAsync(images, archive, cancellation);
    }

    /// <summary>All images of the cluster.</summary>
    public async Task<IReadOnlyList<NodeImage>> ListAsync(string cluster, CancellationToken cancellation)
    {
        using var images = Store(Open(cluster));
        return await images.ListAsync(cancellation);
    }

    private (Cluster Cluster, ClusterPaths Paths) Open(string name)
    {
        Machine.RequireRoot("use a cluster's images");
        var cluster = clusters.Get(name);
        var paths = clusters.Paths.Of(cluster);
        if (FileLock.Holder(paths.ServerLock) is null)
            throw new CommandException($"cluster \"{name}\" does not run; start it with \"slipway up{ClusterRegistry.NameOption(name)}\"");
        return (cluster, paths);
    }

    private ImageStore Store((Cluster Cluster, ClusterPaths Paths) place) => new(ClusterContainerd.Options(place.Cluster, place.Paths), clock);

    private static async Task<IReadOnlyList<string>> ImportAsync(ImageStore images, string archive, CancellationToken cancellation)
    {
        try
        {
            return await images.ImportAsync(archive, cancellation);
        }
        catch (Exception e) when (e is InvalidDataException or InvalidOperationException)
        {
            throw new CommandException(e.Message);
        }
    }
}
