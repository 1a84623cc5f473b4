using Grpc.Core;
using Microsoft.Extensions.Logging;
using Slipway.Node.Cri;
using Slipway.Node.Images;

namespace Slipway.Node.Housekeeping;

/// <summary>An image and when something last used it.</summary>
internal readonly record struct ImageUse(string Id, long Size, DateTimeOffset LastUsed, bool IsKept);

/// <summary>
/// Removes images that nothing uses, the longest unused first, when the disk becomes full. Images that no registry has are
/// never removed.
/// </summary>
/// <param name="cri">The runtime.</param>
/// <param name="pauseImage">The image of the pods' sandboxes.</param>
/// <param name="shown">The images that volumes of pods show, as they are written: they are in no container.</param>
/// <param name="clock">The clock.</param>
/// <param name="log">Where it is told what was removed.</param>
internal sealed class ImageCollection(CriClient cri, string pauseImage, Func<IEnumerable<string>> shown, TimeProvider clock, ILogger log)
{
    private static readonly TimeSpan MinimumAge = TimeSpan.FromMinutes(2);

    private readonly Dictionary<string, DateTimeOffset> _lastUsed = [];

    /// <summary>Takes note of which images are used and, if so much room is wanted, removes others.</summary>
    /// <returns>The bytes that the removed images had.</returns>
    public async Task<long> CollectAsync(long wanted, CancellationToken cancellation)
    {
        var images = (await cri.Images.ListImagesAsync(new(), cancellationToken: cancellation)).Images;
        var used = (await cri.Runtime.ListContainersAsync(new(), cancellationToken: cancellation)).Containers.Select(c => c.ImageRef).ToHashSet();
        foreach (var name in shown())
            if (images.FirstOrDefault(image => IsOf(image, name)) is { } image)
                used.Add(image.Id);
        var now = clock.GetUtcNow();
        foreach (var image in images)
            if (used.Contains(image.Id) || !_lastUsed.ContainsKey(image.Id))
                _lastUsed[image.Id] = now;
        foreach (var gone in _lastUsed.Keys.Except(images.Select(i => i.Id)).ToList())
            _lastUsed.Remove(gone);
        var freed = 0L;
        foreach (var image in Choose(images.Select(i => new ImageUse(i.Id, (long)i.Size, _lastUsed[i.Id], used.Contains(i.Id) || IsKept(i))), wanted, now))
        {
            try
            {
                await cri.Images.RemoveImageAsync(new() { Image = new() { Image = image.Id } }, cancellationToken: cancellation);
                freed += image.Size;
                log.LogInformation("Removed the image {Image}, which nothing used since {Since}, as the disk is almost full", image.Id, image.LastUsed);
            }
            catch (RpcException failure) when (!cancellation.IsCancellationRequested)
            {
                log.LogWarning("The unused image {Image} was not removed: {Reason}", image.Id, failure.Status.Detail);
            }
        }
        return freed;
    }

    /// <summary>Which images go: as many as are needed, the longest unused first, none that was used just now.</summary>
    internal static IReadOnlyList<ImageUse> Choose(IEnumerable<ImageUse> images, long wanted, DateTimeOffset now)
    {
        var chosen = new List<ImageUse>();
        foreach (var image in images.Where(i => !i.IsKept && now - i.LastUsed >= MinimumAge).OrderBy(i => i.LastUsed))
        {
            if (wanted <= 0)
                break;
            chosen.Add(image);
            wanted -= image.Size;
        }
        return chosen;
    }

    private static bool IsOf(Image image, string written) => image.Id == written
        || (ImageName.TryParse(written, out var name) && image.RepoTags.Concat(image.RepoDigests).Contains(name!.ToString()));

    private bool IsKept(Image image) => image.Pinned || image.RepoTags.Concat(image.RepoDigests).Any(n => n == pauseImage || n.StartsWith(ImagePuller.LocalDomain + "/", StringComparison.Ordinal));
}
