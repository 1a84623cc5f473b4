using k8s.Models;
using Slipway.Api.Kinds;

namespace Slipway.Flows;

/// <summary>
/// The pod that reaches the volume of a claim: it holds the volume and does nothing by itself; commands in it keep artifacts. It listens to nobody, has no
/// token, and fulfils the standard <c>restricted</c>.
/// </summary>
internal static class StorePodTemplate
{
    /// <summary>The container.</summary>
    public const string Container = "store";

    private const string Volume = "claim", Mount = "/claim";

    // Neither root nor anybody of the node; of the group in which the volume is to be written.
    private const long User = 65532;

    // A pod that a lost node holds is put back sooner than Kubernetes' five minutes.
    private const long LossSeconds = 30;

    /// <summary>Its name.</summary>
    public static string NameOf(ClaimOptions claim) => ClaimStoreSpec.PodOf(claim.Store);

    /// <summary>Whether a pod is that of the store, and not another one of the name.</summary>
    public static bool Owns(ClaimOptions claim, V1Pod pod) => pod.Metadata.OwnerReferences?.Any(o => o.Uid == claim.StoreUid) == true;

    /// <summary>The command by which artifacts are kept.</summary>
    public static string[] Command(ClaimOptions claim, StoreImage image) => [image.Program, "store", $"{Mount}/{claim.Directory}"];

    /// <summary>The pod.</summary>
    public static V1Pod Of(ClaimOptions claim, StoreImage image) => new()
    {
        ApiVersion = "v1",
        Kind = "Pod",
        Metadata = new V1ObjectMeta
        {
            NamespaceProperty = claim.Namespace,
            Name = NameOf(claim),
            Labels = new Dictionary<string, string> { [FlowNames.StoreLabel] = "true" },
            OwnerReferences = [new V1OwnerReference { ApiVersion = "slipway.dev/v1alpha1", Kind = FlowKinds.ArtifactStores.Kind, Name = claim.Store, Uid = claim.StoreUid, Controller = true }],
        },
        Spec = new V1PodSpec
        {
            AutomountServiceAccountToken = false,
            EnableServiceLinks = false,
            TerminationGracePeriodSeconds = 5,
            SecurityContext = new V1PodSecurityContext
            {
                RunAsNonRoot = true,
                RunAsUser = User,
                RunAsGroup = User,
                FsGroup = User,
                FsGroupChangePolicy = "OnRootMismatch",
                SeccompProfile = new V1SeccompProfile { Type = "RuntimeDefault" },
            },
            Tolerations = [Lost("node.kubernetes.io/not-ready"), Lost("node.kubernetes.io/unreachable")],
            Containers =
            [
                new V1Container
                {
                    Name = Container,
                    Image = image.Image,
                    ImagePullPolicy = "IfNotPresent",
                    Command = [image.Program, "pause"],
                    Resources = new V1ResourceRequirements
                    {
                        Requests = new Dictionary<string, ResourceQuantity> { ["cpu"] = new("10m"), ["memory"] = new("16Mi") },
                        Limits = new Dictionary<string, ResourceQuantity> { ["memory"] = new("128Mi") },
                    },
                    SecurityContext = new V1SecurityContext
                    {
                        AllowPrivilegeEscalation = false,
                        ReadOnlyRootFilesystem = true,
                        Capabilities = new V1Capabilities { Drop = ["ALL"] },
                    },
                    VolumeMounts = [new V1VolumeMount { Name = Volume, MountPath = Mount }],
                },
            ],
            Volumes = [new V1Volume { Name = Volume, PersistentVolumeClaim = new V1PersistentVolumeClaimVolumeSource { ClaimName = claim.Claim } }],
        },
    };

    private static V1Toleration Lost(string taint) => new() { Key = taint, OperatorProperty = "Exists", Effect = "NoExecute", TolerationSeconds = LossSeconds };
}
