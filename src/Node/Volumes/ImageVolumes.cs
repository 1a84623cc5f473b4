using k8s.Models;
using Slipway.Node.Images;
using Slipway.Node.Pods;

namespace Slipway.Node.Volumes;

/// <summary>Volumes that show what is in an image (<see href="https://kubernetes.io/docs/tasks/configure-pod-container/image-volumes/"/>).</summary>
/// <remarks>Read-only, as there. Programs in them can be run, other than there: the runtime takes no such option for what it mounts into containers.</remarks>
internal sealed class ImageVolumes(ImagePuller puller, ImageStore? images)
{
    /// <summary>The images that the volumes of a pod show, as they are written.</summary>
    public static IEnumerable<string> ImagesOf(V1Pod pod) => from volume in pod.Spec.Volumes ?? [] where volume.Image?.Reference is { Length: > 0 } select volume.Image.Reference;

    /// <summary>Fills a directory, pulling the image if its policy says so.</summary>
    /// <exception cref="ContainerConfigException">The image is not there, or cannot be mounted; the message says why.</exception>
    public async Task MountAsync(V1Pod pod, V1Volume volume, string directory, CancellationToken cancellation)
    {
        if (images is null)
            throw new ContainerConfigException("volumes of images are not served by this node");
        var container = new V1Container { Name = volume.Name, Image = volume.Image.Reference, ImagePullPolicy = volume.Image.PullPolicy };
        var image = await puller.EnsureAsync(pod, container, cancellation) switch
        {
            PodEvent.ImageReady ready => ready.ImageId,
            PodEvent.ImageFailed failed => throw new ContainerConfigException($"{failed.Reason}: {failed.Message}"),
            _ => throw new ContainerConfigException("the container runtime was away while it was asked for the image"),
        };
        try
        {
            await images.MountAsync(image, directory, cancellation);
        }
        catch (InvalidOperationException refused)
        {
            throw new ContainerConfigException(refused.Message);
        }
    }

    /// <summary>Lets go of what was mounted in a directory, and is there no longer.</summary>
    public Task ReleaseAsync(string directory, CancellationToken cancellation) => images?.ReleaseAsync(directory, cancellation) ?? Task.CompletedTask;
}
