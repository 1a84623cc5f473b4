using k8s.Models;

namespace Slipway.Flows;

/// <summary>
/// A pod that does nothing but to tell the digest of an image, for tasks whose earlier results may be taken: what a tag means can be asked of
/// nobody else through the Kubernetes API, and without it no result can be told to be the same. There is one for an image in a run, and
/// only if no other pod of the run has told it.
/// </summary>
internal static class ImagePod
{
    /// <summary>Whether a pod is one.</summary>
    public static bool Is(V1Pod pod) => pod.Metadata.Labels?.ContainsKey(FlowNames.ImageLabel) == true;

    /// <summary>Whether there is nothing to wait for: it has ended without a digest, or cannot be started. Then a task's own pod says what is wrong.</summary>
    public static bool IsLost(V1Pod pod, DateTimeOffset now) =>
        PodImage.Digest(pod) is null && (pod.Status?.Phase is "Succeeded" or "Failed" || pod.Metadata.DeletionTimestamp is not null || PodTrouble.Find(pod, "image", now) is not null);

    /// <summary>The pod for an image, as the user of the task that asks first: a namespace that lets the task run lets it run too.</summary>
    public static V1Pod For(RunView view, string image, long? runAsUser) => new()
    {
        ApiVersion = "v1",
        Kind = "Pod",
        Metadata = new V1ObjectMeta
        {
            NamespaceProperty = view.Namespace,
            Name = Name(view, image),
            Labels = new Dictionary<string, string> { [FlowNames.FlowLabel] = view.FlowName, [FlowNames.RunLabel] = view.Name, [FlowNames.ImageLabel] = "true" },
            OwnerReferences = [PodTemplate.Owner(view)],
        },
        Spec = new V1PodSpec
        {
            RestartPolicy = "Never",
            AutomountServiceAccountToken = false,
            EnableServiceLinks = false,
            SecurityContext = new V1PodSecurityContext
            {
                SeccompProfile = new V1SeccompProfile { Type = "RuntimeDefault" },
                RunAsUser = runAsUser,
                RunAsNonRoot = runAsUser > 0 ? true : null,
            },
            InitContainers = view.Delivery.Before(hasInputs: false, leavesOutputs: false) is { Count: > 0 } before ? [.. before] : null,
            Containers =
            [
                new V1Container
                {
                    Name = FlowNames.Container,
                    Image = image,
                    ImagePullPolicy = "IfNotPresent",
                    Command = [FlowNames.Wrapper, "version"],
                    SecurityContext = new V1SecurityContext { AllowPrivilegeEscalation = false, Capabilities = new V1Capabilities { Drop = ["ALL"] } },
                    VolumeMounts = [new V1VolumeMount { Name = TaskDelivery.RuntimeVolume, MountPath = "/slipway", ReadOnlyProperty = true }],
                },
            ],
            Volumes = [view.Delivery.Runtime(), .. view.Delivery.Further],
        },
    };

    private static string Name(RunView view, string image)
    {
        var tail = $"-image-{FlowNames.Hash($"{view.Uid}/{image}", 12)}";
        return (view.Name.Length + tail.Length <= 63 ? view.Name : view.Name[..(63 - tail.Length)].TrimEnd('-', '.')) + tail;
    }
}
