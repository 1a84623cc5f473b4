using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.ApiServer.Authorization.Nodes;

/// <summary>
/// What a pod makes its node need: the names, in the pod's namespace, of its service account and of the Secrets, ConfigMaps,
/// claims of storage and claims of devices that it refers to.
/// </summary>
internal sealed record PodReferences
{
    private static readonly string[] ContainerLists = ["containers", "initContainers", "ephemeralContainers"];

    public string ServiceAccount { get; private init; } = "";
    public IReadOnlySet<string> Secrets => _secrets;
    public IReadOnlySet<string> ConfigMaps => _configMaps;
    public IReadOnlySet<string> VolumeClaims => _volumeClaims;
    public IReadOnlySet<string> ResourceClaims => _resourceClaims;

    private readonly HashSet<string> _secrets = new(StringComparer.Ordinal);
    private readonly HashSet<string> _configMaps = new(StringComparer.Ordinal);
    private readonly HashSet<string> _volumeClaims = new(StringComparer.Ordinal);
    private readonly HashSet<string> _resourceClaims = new(StringComparer.Ordinal);

    /// <summary>Reads a pod.</summary>
    public static PodReferences Of(JsonObject pod)
    {
        var spec = pod.Object("spec") ?? [];
        var found = new PodReferences { ServiceAccount = spec.Text("serviceAccountName") ?? "" };
        foreach (var secret in spec.Objects("imagePullSecrets")) Add(found._secrets, secret, "name");
        foreach (var list in ContainerLists)
            foreach (var container in spec.Objects(list)) found.AddEnvironment(container);
        foreach (var volume in spec.Objects("volumes")) found.AddVolume(pod.Name, volume);

        foreach (var claim in spec.Objects("resourceClaims")) Add(found._resourceClaims, claim, "resourceClaimName");
        var status = pod.Object("status") ?? [];
        foreach (var claim in status.Objects("resourceClaimStatuses")) Add(found._resourceClaims, claim, "resourceClaimName");
        Add(found._resourceClaims, status.Object("extendedResourceClaimStatus"), "resourceClaimName");
        return found;
    }

    private void AddEnvironment(JsonObject container)
    {
        foreach (var variable in container.Objects("env"))
        {
            Add(_secrets, variable.Object("valueFrom")?.Object("secretKeyRef"), "name");
            Add(_configMaps, variable.Object("valueFrom")?.Object("configMapKeyRef"), "name");
        }
        foreach (var source in container.Objects("envFrom"))
        {
            Add(_secrets, source.Object("secretRef"), "name");
            Add(_configMaps, source.Object("configMapRef"), "name");
        }
    }

    private void AddVolume(string pod, JsonObject volume)
    {
        Add(_secrets, volume.Object("secret"), "secretName");
        Add(_configMaps, volume.Object("configMap"), "name");
        Add(_volumeClaims, volume.Object("persistentVolumeClaim"), "claimName");
        if (volume.Object("ephemeral") is not null) _volumeClaims.Add($"{pod}-{volume.Text("name")}");
        foreach (var source in volume.Object("projected")?.Objects("sources") ?? [])
        {
            Add(_secrets, source.Object("secret"), "name");
            Add(_configMaps, source.Object("configMap"), "name");
        }
        // Drivers get their secrets from the node.
        Add(_secrets, volume.Object("csi")?.Object("nodePublishSecretRef"), "name");
        Add(_secrets, volume.Object("azureFile"), "secretName");
        foreach (var driver in (ReadOnlySpan<string>)["cephfs", "flexVolume", "iscsi", "rbd", "scaleIO", "storageos"])
            Add(_secrets, volume.Object(driver)?.Object("secretRef"), "name");
    }

    private static void Add(HashSet<string> names, JsonObject? holder, string field)
    {
        if (holder?.Text(field) is { Length: > 0 } name) names.Add(name);
    }
}
