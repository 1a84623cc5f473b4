using System.Diagnostics;
using Slipway.Node.Containerd;
using Slipway.Node.Cri;

namespace Slipway.Node.Images;

/// <summary>An image of the node.</summary>
/// <param name="Id">Digest of its configuration.</param>
/// <param name="Tags">Names with tags.</param>
/// <param name="Digests">Names with the digest of the manifest.</param>
/// <param name="Size">Bytes of its compressed layers.</param>
public sealed record NodeImage(string Id, IReadOnlyList<string> Tags, IReadOnlyList<string> Digests, long Size);

/// <summary>The images of a private containerd: import, list, remove.</summary>
/// <param name="containerd">The containerd, whose <c>ctr</c> does the import.</param>
/// <param name="clock">Paces the wait until an imported image can be used.</param>
public sealed class ImageStore(ContainerdOptions containerd, TimeProvider clock) : IDisposable
{
    private readonly CriClient _cri = new(containerd.Socket);

    /// <summary>Imports an OCI or docker archive and unpacks its images.</summary>
    /// <returns>Full names of the images.</returns>
    /// <exception cref="InvalidDataException">The file is not an archive of named images.</exception>
    /// <exception cref="InvalidOperationException">Containerd refused it; the message says why.</exception>
    public async Task<IReadOnlyList<string>> ImportAsync(string archive, CancellationToken cancellation)
    {
        var (names, needsNames) = await ImageArchive.ReadNamesAsync(archive, cancellation);
        if (names.Count == 0)
            throw new InvalidDataException($"{archive} holds no image with a name; give it one when it is built or saved (such as slipway.local/app:1).");

        var start = new ProcessStartInfo(CtrPath) { RedirectStandardInput = true, RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (var argument in new[] { "--address", containerd.Socket, "--namespace", "k8s.io", "images", "import" })
            start.ArgumentList.Add(argument);
        // With names by digest too, an image that was never pulled can be pinned as well as one that was.
        if (names.Select(Repository).Distinct().ToList() is [var repository])
            foreach (var argument in new[] { "--base-name", repository, "--digests" })
                start.ArgumentList.Add(argument);
        start.ArgumentList.Add(needsNames ? "-" : archive);
        using var ctr = Process.Start(start)!;
        var errors = ctr.StandardError.ReadToEndAsync(cancellation);
        var output = ctr.StandardOutput.ReadToEndAsync(cancellation);
        if (needsNames)
            await ImageArchive.CopyNamedAsync(archive, ctr.StandardInput.BaseStream, cancellation);
        ctr.StandardInput.Close();
        await ctr.WaitForExitAsync(cancellation);
        if (ctr.ExitCode != 0)
            throw new InvalidOperationException($"containerd refused {archive}: {(await errors).Trim()}");
        _ = await output;

        // The CRI learns of new images by an event, a moment after the import.
        foreach (var name in names)
            while (await FindAsync(name, cancellation) is null)
                await Task.Delay(TimeSpan.FromMilliseconds(2), clock, cancellation);
        return names;
    }

    /// <summary>Composes an image and imports it, unless it is there already.</summary>
    public async Task EnsureAsync(OciImage image, CancellationToken cancellation)
    {
        if (await FindAsync(image.Name, cancellation) is not null)
            return;
        var file = Path.Combine(containerd.State, $"import-{Guid.NewGuid():n}.tar");
        try
        {
            OciArchive.Write(file, image);
            await ImportAsync(file, cancellation);
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>The image of a name, or null.</summary>
    public async Task<NodeImage?> FindAsync(string name, CancellationToken cancellation)
    {
        var answer = await _cri.Images.ImageStatusAsync(new() { Image = new() { Image = name } }, cancellationToken: cancellation);
        return answer.Image is { } image ? From(image) : null;
    }

    /// <summary>Mounts an image on a directory, read-only.</summary>
    /// <exception cref="InvalidOperationException">Containerd refused it; the message says why.</exception>
    public Task MountAsync(string image, string directory, CancellationToken cancellation) =>
        ControlAsync(cancellation, "images", "mount", "--snapshotter", ContainerdMachineProbe.Snapshotter(containerd), image, directory);

    /// <summary>Lets go of what was mounted on a directory, after it has been unmounted: a mount holds its layers by a lease of its name.</summary>
    public async Task ReleaseAsync(string directory, CancellationToken cancellation)
    {
        try
        {
            await ControlAsync(cancellation, "leases", "delete", directory);
        }
        catch (InvalidOperationException)
        {
            // Let go before; and no lease lasts longer than a day.
        }
    }

    private async Task ControlAsync(CancellationToken cancellation, params string[] arguments)
    {
        var start = new ProcessStartInfo(CtrPath) { RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (var argument in (string[])["--address", containerd.Socket, "--namespace", "k8s.io", .. arguments])
            start.ArgumentList.Add(argument);
        using var ctr = Process.Start(start)!;
        var errors = ctr.StandardError.ReadToEndAsync(cancellation);
        var output = ctr.StandardOutput.ReadToEndAsync(cancellation);
        await ctr.WaitForExitAsync(cancellation);
        _ = await output;
        if (ctr.ExitCode != 0)
            throw new InvalidOperationException($"containerd refused \"{string.Join(' ', arguments)}\": {(await errors).Trim()}");
    }

    /// <summary>All images.</summary>
    public async Task<IReadOnlyList<NodeImage>> ListAsync(CancellationToken cancellation) =>
        [.. (await _cri.Images.ListImagesAsync(new(), cancellationToken: cancellation)).Images.Select(From)];

    /// <summary>Removes an image by name or id; nothing happens when there is none.</summary>
    public async Task RemoveAsync(string name, CancellationToken cancellation) =>
        await _cri.Images.RemoveImageAsync(new() { Image = new() { Image = name } }, cancellationToken: cancellation);

    /// <inheritdoc/>
    public void Dispose() => _cri.Dispose();

    private string CtrPath => Path.GetDirectoryName(containerd.ContainerdPath) is { Length: > 0 } directory && File.Exists(Path.Combine(directory, "ctr"))
        ? Path.Combine(directory, "ctr")
        : ContainerdMachineProbe.Find("ctr")
          ?? throw new FileNotFoundException("ctr was not found; it comes with containerd (Debian, Ubuntu: apt-get install containerd).");

    private static string Repository(string name) =>
        ImageName.TryParse(name, out var parsed) ? $"{parsed!.Domain}/{parsed.Path}" : name;

    private static NodeImage From(Image image) => new(image.Id, [.. image.RepoTags], [.. image.RepoDigests], (long)image.Size);
}
