using k8s.Models;

namespace Slipway.Flows;

/// <summary>Where the pods of a cluster reach the operator.</summary>
/// <param name="Image">The image of this program, as the cluster's nodes find it.</param>
/// <param name="Url">The operator's <see cref="ArtifactGateway"/>, such as <c>https://slipway-operator.slipway-system.svc</c>.</param>
/// <param name="CertificateAuthority">The authority of its certificate, PEM.</param>
public sealed record GatewayAddress(string Image, string Url, string CertificateAuthority);

/// <summary>
/// On any Kubernetes, by nothing but pods: an init container of this program's image copies slipway-task into an emptyDir and fetches the inputs
/// from the operator; a sidecar listens at the socket that slipway-task sends outputs to, and passes them on. Both show the operator a token of the
/// pod's service account that is good for nothing else; the task's own containers do not see it.
/// </summary>
/// <remarks>
/// The sidecar is an init container that restarts always
/// (<see href="https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/"/>), so the pod ends with its task: Kubernetes 1.29 or later.
/// </remarks>
public sealed class GatewayDelivery(GatewayAddress gateway) : ITaskDelivery
{
    /// <summary>The init container.</summary>
    public const string PrepareContainer = "slipway-prepare";

    /// <summary>The sidecar.</summary>
    public const string RelayContainer = "slipway-relay";

    /// <summary>Whom the tokens are for.</summary>
    public const string Audience = "artifacts.slipway.dev";

    /// <summary>Variable with <see cref="GatewayAddress.Url"/>.</summary>
    public const string UrlVariable = "SLIPWAY_GATEWAY";

    /// <summary>Variable with <see cref="GatewayAddress.CertificateAuthority"/>.</summary>
    public const string AuthorityVariable = "SLIPWAY_GATEWAY_CA";

    /// <summary>The file with the token.</summary>
    public const string TokenFile = TokenDirectory + "/token";

    /// <summary>Where the volume <see cref="TaskDelivery.RuntimeVolume"/> is mounted.</summary>
    public const string RuntimeDirectory = "/slipway";

    /// <summary>Where the volume <see cref="TaskDelivery.InputVolume"/> is mounted.</summary>
    public const string InputDirectory = "/in";

    private const string TokenVolume = "slipway-token";
    private const string TokenDirectory = "/var/run/secrets/slipway.dev";
    private const long TokenSeconds = 3600;

    /// <inheritdoc/>
    public IReadOnlyList<V1Volume> Further =>
    [
        new()
        {
            Name = TokenVolume,
            Projected = new V1ProjectedVolumeSource
            {
                Sources = [new V1VolumeProjection { ServiceAccountToken = new V1ServiceAccountTokenProjection { Audience = Audience, ExpirationSeconds = TokenSeconds, Path = "token" } }],
            },
        },
    ];

    /// <summary>Whether a container is one that stands beside those of the task.</summary>
    public static bool Owns(string container) => container is PrepareContainer or RelayContainer;

    /// <inheritdoc/>
    public V1Volume Runtime() => Empty(TaskDelivery.RuntimeVolume);

    /// <inheritdoc/>
    public V1Volume Inputs(InputManifest inputs) => Empty(TaskDelivery.InputVolume);

    /// <inheritdoc/>
    public IReadOnlyList<V1Container> Before(bool hasInputs, bool leavesOutputs)
    {
        var prepare = Container(PrepareContainer, hasInputs ? ["slipway", "task", "prepare", "--inputs"] : ["slipway", "task", "prepare"]);
        prepare.TerminationMessagePolicy = "FallbackToLogsOnError"; // what it complains about becomes the reason of the attempt
        if (hasInputs)
            prepare.VolumeMounts.Add(new V1VolumeMount { Name = TaskDelivery.InputVolume, MountPath = InputDirectory });
        if (!leavesOutputs)
            return [prepare];
        var relay = Container(RelayContainer, ["slipway", "task", "relay"]);
        relay.RestartPolicy = "Always";
        return [prepare, relay];
    }

    private V1Container Container(string name, List<string> command) => new()
    {
        Name = name,
        Image = gateway.Image,
        ImagePullPolicy = "IfNotPresent",
        Command = command,
        Env =
        [
            new V1EnvVar { Name = UrlVariable, Value = gateway.Url },
            new V1EnvVar { Name = AuthorityVariable, Value = gateway.CertificateAuthority },
        ],
        Resources = new V1ResourceRequirements
        {
            Requests = new Dictionary<string, ResourceQuantity> { ["cpu"] = new("10m"), ["memory"] = new("32Mi") },
        },
        SecurityContext = new V1SecurityContext
        {
            AllowPrivilegeEscalation = false,
            Capabilities = new V1Capabilities { Drop = ["ALL"] },
        },
        VolumeMounts =
        [
            new V1VolumeMount { Name = TaskDelivery.RuntimeVolume, MountPath = RuntimeDirectory },
            new V1VolumeMount { Name = TokenVolume, MountPath = TokenDirectory, ReadOnlyProperty = true },
        ],
    };

    private static V1Volume Empty(string name) => new() { Name = name, EmptyDir = new V1EmptyDirVolumeSource() };
}
