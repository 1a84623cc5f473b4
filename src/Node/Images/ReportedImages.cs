using k8s.Models;
using Slipway.Node.Cri;

namespace Slipway.Node.Images;

/// <summary>The images of the node as its status tells of them, so that pods can be sent where their images are.</summary>
internal static class ReportedImages
{
    // As the kubelet's nodeStatusMaxImages and MaxNamesPerImageInNodeStatus: a status is written often and read by many.
    private const int MostImages = 50;
    private const int MostNames = 5;

    /// <summary>The largest images, each with its names by digest before those by tag.</summary>
    public static List<V1ContainerImage> Of(IEnumerable<Image> images) =>
        [.. images.OrderByDescending(i => i.Size).ThenBy(i => i.Id, StringComparer.Ordinal).Take(MostImages)
            .Select(i => new V1ContainerImage { Names = [.. i.RepoDigests.Concat(i.RepoTags).Take(MostNames)], SizeBytes = (long)i.Size })];
}
