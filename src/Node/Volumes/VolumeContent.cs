using System.Text;
using k8s.Models;
using Slipway.Node.Pods;

namespace Slipway.Node.Volumes;

/// <summary>Collects the files of volumes that are made of API objects: ConfigMaps, Secrets, tokens and the pod's own fields.</summary>
internal sealed class VolumeContent(PodReferences references, ServiceAccountTokens tokens)
{
    /// <summary>Whether a volume's files come from API objects, and follow their changes.</summary>
    public static bool IsOfObjects(V1Volume volume) => volume is { ConfigMap: not null } or { Secret: not null } or { DownwardAPI: not null } or { Projected: not null };

    /// <summary>Whether a volume shows fields of its pod.</summary>
    public static bool ShowsPod(V1Volume volume) => volume.DownwardAPI is not null || volume.Projected?.Sources?.Any(s => s.DownwardAPI is not null) == true;

    /// <summary>Whether a volume is kept in memory, so that nothing secret comes to the disk.</summary>
    public static bool IsSecret(V1Volume volume) => volume.Secret is not null || volume.Projected is not null;

    /// <summary>The ConfigMaps and Secrets that the volumes of a pod show.</summary>
    public static IEnumerable<(string Kind, string Name)> ObjectsOf(V1Pod pod)
    {
        foreach (var volume in pod.Spec.Volumes ?? [])
        {
            if (volume.ConfigMap is { } map)
                yield return ("ConfigMap", map.Name);
            if (volume.Secret is { } secret)
                yield return ("Secret", secret.SecretName);
            foreach (var source in volume.Projected?.Sources ?? [])
            {
                if (source.ConfigMap is { } projectedMap)
                    yield return ("ConfigMap", projectedMap.Name);
                if (source.Secret is { } projectedSecret)
                    yield return ("Secret", projectedSecret.Name);
            }
        }
    }

    /// <summary>The files of a volume, and when they must be written anew although no object changes.</summary>
    /// <exception cref="ContainerConfigException">An object is missing and not optional, or a source is of a kind that is not served.</exception>
    public async Task<(IReadOnlyList<VolumeFile> Files, DateTimeOffset? RefreshAt)> CollectAsync(V1Pod pod, V1Volume volume, PodFacts facts, CancellationToken cancellation)
    {
        var ns = pod.Key.Namespace;
        switch (volume)
        {
            case { ConfigMap: { } map }:
                return ([.. await OfMapAsync(ns, map.Name, map.Items, map.DefaultMode, map.Optional, cancellation)], null);
            case { Secret: { } secret }:
                return ([.. await OfSecretAsync(ns, secret.SecretName, secret.Items, secret.DefaultMode, secret.Optional, cancellation)], null);
            case { DownwardAPI: { } fields }:
                return ([.. VolumeFiles.OfFields(pod, fields.Items, fields.DefaultMode ?? VolumeFiles.DefaultMode, facts)], null);
            case { Projected: { } projected }:
                return await OfProjectionAsync(pod, volume.Name, projected, facts, cancellation);
            default:
                throw new InvalidOperationException($"volume {volume.Name} is not made of objects");
        }
    }

    private async Task<(IReadOnlyList<VolumeFile>, DateTimeOffset?)> OfProjectionAsync(V1Pod pod, string volume, V1ProjectedVolumeSource projected, PodFacts facts, CancellationToken cancellation)
    {
        var ns = pod.Key.Namespace;
        var mode = projected.DefaultMode ?? VolumeFiles.DefaultMode;
        var files = new List<VolumeFile>();
        DateTimeOffset? refreshAt = null;
        foreach (var source in projected.Sources ?? [])
        {
            switch (source)
            {
                case { ConfigMap: { } map }:
                    files.AddRange(await OfMapAsync(ns, map.Name, map.Items, mode, map.Optional, cancellation));
                    break;
                case { Secret: { } secret }:
                    files.AddRange(await OfSecretAsync(ns, secret.Name, secret.Items, mode, secret.Optional, cancellation));
                    break;
                case { DownwardAPI: { } fields }:
                    files.AddRange(VolumeFiles.OfFields(pod, fields.Items, mode, facts));
                    break;
                case { ServiceAccountToken: { } projection }:
                    var token = await tokens.GetAsync(pod, volume, projection, cancellation);
                    files.Add(TokenFile(pod, projection.Path, token.Token, mode));
                    refreshAt = refreshAt is { } earlier && earlier < token.RefreshAt ? earlier : token.RefreshAt;
                    break;
                case { ClusterTrustBundle: not null }:
                    throw NotServed("clusterTrustBundle");
                case { PodCertificate: not null }:
                    throw NotServed("podCertificate");
                default:
                    throw new ContainerConfigException("a source of its projection is empty; give it one of configMap, secret, downwardAPI and serviceAccountToken");
            }
        }
        // A later source wins over an earlier one of the same path.
        return ([.. files.AsEnumerable().Reverse().DistinctBy(f => f.Path).Reverse()], refreshAt);
    }

    /// <summary>A token is readable by the one user that the pod runs as, or its group, if there is such a one; else by all as its mode says.</summary>
    internal static VolumeFile TokenFile(V1Pod pod, string path, string token, int mode)
    {
        var user = PodSpecs.CommonUser(pod);
        const int OwnerOnly = 0x180; // 0600
        return new(path, Encoding.UTF8.GetBytes(token), user is not null || pod.Spec.SecurityContext?.FsGroup is not null ? OwnerOnly : mode, user);
    }

    private async Task<IEnumerable<VolumeFile>> OfMapAsync(string ns, string name, IList<V1KeyToPath>? items, int? mode, bool? optional, CancellationToken cancellation) =>
        VolumeFiles.OfKeys($"configmap \"{name}\"", await references.ConfigMapAsync(ns, name, cancellation), items, mode ?? VolumeFiles.DefaultMode, optional == true);

    private async Task<IEnumerable<VolumeFile>> OfSecretAsync(string ns, string name, IList<V1KeyToPath>? items, int? mode, bool? optional, CancellationToken cancellation) =>
        VolumeFiles.OfKeys($"secret \"{name}\"", await references.SecretAsync(ns, name, cancellation), items, mode ?? VolumeFiles.DefaultMode, optional == true);

    private static ContainerConfigException NotServed(string source) =>
        new($"projected source {source} is not supported by this node; use configMap, secret, downwardAPI or serviceAccountToken");
}
