using System.Collections.Concurrent;
using Grpc.Core;
using k8s.Models;
using Slipway.Client;
using Slipway.Node.Cri;
using Slipway.Node.Pods;
using Slipway.Node.Runtime;

namespace Slipway.Node.Images;

/// <summary>Sees to it that the images of containers are there, as their pull policies say.</summary>
internal sealed class ImagePuller(CriClient cri, RuntimeAbsence absence, PodReferences references, EventRecorder events, TimeProvider clock)
{
    /// <summary>The registry name of images that are made on the node and never pulled.</summary>
    public const string LocalDomain = "slipway.local";

    private readonly ConcurrentDictionary<string, Lazy<Task>> _pulls = new();

    public async Task<PodEvent> EnsureAsync(V1Pod pod, V1Container container, CancellationToken cancellation)
    {
        var field = FieldPath(pod, container);
        // An image can be named by its id, as the status of another container tells it.
        if (IsImageId(container.Image))
            return await FindAsync(container.Image, cancellation) is { } byId ? Ready(container, byId) : Failed(container, "ErrImagePull", $"no image with the id {container.Image} is on this node");
        if (!ImageName.TryParse(container.Image ?? "", out var name))
        {
            var message = $"Failed to apply default image tag \"{container.Image}\": couldn't parse image name \"{container.Image}\": invalid reference format";
            events.Record(pod, "Warning", "InspectFailed", message, field);
            return Failed(container, "InvalidImageName", message);
        }
        var policy = container.ImagePullPolicy ?? (name!.IsLatest ? "Always" : "IfNotPresent");
        try
        {
            if (policy != "Always" || name!.Domain == LocalDomain)
            {
                if (await FindAsync(name!.ToString(), cancellation) is { } present)
                {
                    events.Record(pod, "Normal", "Pulled", $"Container image \"{container.Image}\" already present on machine", field);
                    return Ready(container, present);
                }
                if (policy == "Never")
                {
                    var message = $"Container image \"{container.Image}\" is not present with pull policy of Never";
                    events.Record(pod, "Warning", "ErrImageNeverPull", message, field);
                    return Failed(container, "ErrImageNeverPull", message);
                }
                if (name.Domain == LocalDomain)
                    return PullFailed(pod, container, $"\"{name}\" is not on this node, and images of {LocalDomain} are in no registry; build it with \"slipway image build\" or load it with \"slipway image load\"");
            }
            return await PullAsync(pod, container, name!, field, cancellation);
        }
        catch (RpcException failure)
        {
            return await absence.EndsAsync(failure, cancellation) ? new PodEvent.ImageInterrupted(container.Name) : PullFailed(pod, container, failure.Status.Detail);
        }
    }

    public async Task<ContainerImage?> FindAsync(string name, CancellationToken cancellation)
    {
        var answer = await cri.Images.ImageStatusAsync(new() { Image = new() { Image = name } }, cancellationToken: cancellation);
        if (answer.Image is not { } image)
            return null;
        var reference = image.RepoDigests.Count > 0 ? image.RepoDigests[0] : image.Id;
        return new(image.Id, reference, new(image.Uid?.Value, image.Username));
    }

    public static string FieldPath(V1Pod pod, V1Container container) =>
        $"spec.{(pod.InitContainers.Contains(container) ? "initContainers" : pod.Spec.Containers.Contains(container) ? "containers"
            : pod.Spec.EphemeralContainers?.Any(other => other.Name == container.Name) == true ? "ephemeralContainers" : "volumes")}{{{container.Name}}}";

    private async Task<PodEvent> PullAsync(V1Pod pod, V1Container container, ImageName name, string field, CancellationToken cancellation)
    {
        events.Record(pod, "Normal", "Pulling", $"Pulling image \"{container.Image}\"", field);
        var started = clock.GetTimestamp();
        var credentials = await CredentialsAsync(pod, name, cancellation);
        RpcException? failure = null;
        foreach (var credential in credentials)
        {
            try
            {
                await PullOnceAsync(name.ToString(), credential, cancellation);
                failure = null;
                break;
            }
            catch (RpcException refused)
            {
                failure = refused;
            }
        }
        if (failure is not null)
            throw failure;
        var image = await FindAsync(name.ToString(), cancellation)
            ?? throw new RpcException(new(StatusCode.NotFound, $"\"{name}\" was pulled but is gone again"));
        events.Record(pod, "Normal", "Pulled", $"Successfully pulled image \"{container.Image}\" in {clock.GetElapsedTime(started).TotalSeconds:0.###}s", field);
        return Ready(container, image);
    }

    // Pods that start together share one pull.
    private async Task PullOnceAsync(string image, AuthConfig? credential, CancellationToken cancellation)
    {
        var key = $"{image} {credential?.Username} {credential?.Password}";
        var pull = _pulls.GetOrAdd(key, _ => new Lazy<Task>(async () =>
        {
            try
            {
                await cri.Images.PullImageAsync(new() { Image = new() { Image = image }, Auth = credential }, cancellationToken: CancellationToken.None);
            }
            finally
            {
                _pulls.TryRemove(key, out Lazy<Task>? _);
            }
        }));
        await pull.Value.WaitAsync(cancellation);
    }

    private async Task<IReadOnlyList<AuthConfig?>> CredentialsAsync(V1Pod pod, ImageName image, CancellationToken cancellation)
    {
        var found = new List<AuthConfig?>();
        var missing = new List<string>();
        foreach (var reference in pod.Spec.ImagePullSecrets ?? [])
        {
            var secret = await references.SecretAsync(pod.Key.Namespace, reference.Name, cancellation);
            if (secret is null)
                missing.Add(reference.Name);
            foreach (var key in new[] { ".dockerconfigjson", ".dockercfg" })
                if (secret is not null && secret.TryGetValue(key, out var configuration))
                    found.AddRange(RegistryCredentials.For(image, configuration));
        }
        if (missing.Count > 0)
            events.Record(pod, "Warning", "FailedToRetrieveImagePullSecret", $"Unable to retrieve some image pull secrets ({string.Join(", ", missing)}); attempting to pull the image may not succeed.");
        return found.Count > 0 ? found : [null];
    }

    private PodEvent.ImageFailed PullFailed(V1Pod pod, V1Container container, string message)
    {
        var field = FieldPath(pod, container);
        events.Record(pod, "Warning", "Failed", $"Failed to pull image \"{container.Image}\": {message}", field);
        events.Record(pod, "Warning", "Failed", "Error: ErrImagePull", field);
        return Failed(container, "ErrImagePull", message);
    }

    private static PodEvent.ImageReady Ready(V1Container container, ContainerImage image) => new(container.Name, image.Id, image.Reference);

    private static PodEvent.ImageFailed Failed(V1Container container, string reason, string message) => new(container.Name, reason, message);

    private static bool IsImageId(string? image) =>
        image is { Length: 71 } && image.StartsWith("sha256:", StringComparison.Ordinal) && image.AsSpan(7).IndexOfAnyExceptInRange('0', 'f') < 0;
}
