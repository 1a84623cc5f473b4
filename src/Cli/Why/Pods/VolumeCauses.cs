using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;

namespace Slipway.Cli.Why.Pods;

/// <summary>Why a pod's volumes are not there.</summary>
internal static class VolumeCauses
{
    private static readonly string[] Served = ["emptyDir", "configMap", "secret", "projected", "downwardAPI", "persistentVolumeClaim", "ephemeral", "image", "hostPath", "csi"];

    /// <summary>The causes; none when its node has not complained about a volume.</summary>
    public static IReadOnlyList<Cause> Of(Inquiry inquiry, JsonObject pod, Declaration declared)
    {
        var started = (pod.Object("status")?.Objects("containerStatuses") ?? []).Any(status => status.Object("state")?.Object("waiting") is null);
        if (started || inquiry.Events(pod).FirstOrDefault(e => e.Reason is "FailedMount" or "FailedAttachVolume" or "FailedMapVolume") is not { } complaint)
            return [];
        List<Cause> because = [.. Missing(inquiry, pod, declared), .. ClaimCauses(inquiry, pod, declared)];
        if (because.Count == 0 && complaint.Message.Contains("kind is not supported by this node", StringComparison.Ordinal))
            because.AddRange(Unserved(pod, declared));
        else if (because.Count == 0 && complaint.Message.Contains("hostPath", StringComparison.Ordinal))
            because.Add(new Cause("A directory or file of the node is not there, or of another type") { Remedy = declared.Change("Create it on the node, or set type: DirectoryOrCreate", "volumes", null) });
        return [new Cause("Its volumes cannot be made") { Evidence = [complaint.Text(inquiry.Now)], Because = because }];
    }

    /// <summary>Claims of the pod that are missing or not bound.</summary>
    public static IEnumerable<Cause> ClaimCauses(Inquiry inquiry, JsonObject pod, Declaration declared)
    {
        foreach (var (index, volume) in (pod.Object("spec")?.Objects("volumes") ?? []).Index())
        {
            if (volume.Object("persistentVolumeClaim")?.Text("claimName") is not { } name)
                continue;
            var path = string.Create(CultureInfo.InvariantCulture, $"volumes[{index}].persistentVolumeClaim.claimName");
            if (inquiry.Find(KindName.Claim, pod.Namespace, name) is { } claim)
            {
                var causes = Storage.ClaimCauses.Of(inquiry, claim, isForPod: true);
                if (causes.Count > 0)
                    yield return new Cause($"Claim {name} is not bound") { Because = causes };
            }
            else if (inquiry.IsAbsent(KindName.Claim, pod.Namespace, name))
            {
                var near = NearestName.Of(name, inquiry.List(KindName.Claim, pod.Namespace).Select(other => other.Name));
                yield return new Cause($"There is no PersistentVolumeClaim \"{name}\" in namespace {pod.Namespace}")
                {
                    Remedy = near is not null
                        ? declared.Change($"Name \"{near}\", which exists, or create \"{name}\"", path, near)
                        : new("Create it") { Command = $"kubectl apply -n {pod.Namespace} -f - <<< '{{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {{name: {name}}}, spec: {{accessModes: [ReadWriteOnce], resources: {{requests: {{storage: 1Gi}}}}}}}}'" },
                };
            }
        }
    }

    // Volumes of kinds that no node of this machine mounts.
    private static IEnumerable<Cause> Unserved(JsonObject pod, Declaration declared)
    {
        foreach (var (index, volume) in (pod.Object("spec")?.Objects("volumes") ?? []).Index())
            if (volume.FirstOrDefault(field => field.Key != "name").Key is { } kind && !Served.Contains(kind))
                yield return new Cause($"Volume {volume.Text("name")} is of the kind {kind}, which its node does not mount")
                {
                    Remedy = declared.Change(
                        kind == "gitRepo" ? "Use an emptyDir, and an init container that clones the repository into it" : "Use a persistentVolumeClaim, or mount it on the node and use a hostPath",
                        string.Create(CultureInfo.InvariantCulture, $"volumes[{index}]"), null),
                };
    }

    private static IEnumerable<Cause> Missing(Inquiry inquiry, JsonObject pod, Declaration declared)
    {
        foreach (var (index, volume) in (pod.Object("spec")?.Objects("volumes") ?? []).Index())
        {
            var path = string.Create(CultureInfo.InvariantCulture, $"volumes[{index}]");
            var sources = new List<(KindName Kind, JsonObject Reference, string Path)>();
            if (volume.Object("configMap") is { } map) sources.Add((KindName.ConfigMap, map, $"{path}.configMap"));
            if (volume.Object("secret") is { } secret) sources.Add((KindName.Secret, secret, $"{path}.secret"));
            foreach (var (part, source) in (volume.Object("projected")?.Objects("sources") ?? []).Index())
            {
                var inner = string.Create(CultureInfo.InvariantCulture, $"{path}.projected.sources[{part}]");
                if (source.Object("configMap") is { } projectedMap) sources.Add((KindName.ConfigMap, projectedMap, $"{inner}.configMap"));
                if (source.Object("secret") is { } projectedSecret) sources.Add((KindName.Secret, projectedSecret, $"{inner}.secret"));
            }
            foreach (var (kind, reference, at) in sources)
                if (ConfigurationCauses.Missing(inquiry, pod.Namespace, kind, reference, at, declared) is { } cause)
                    yield return cause;
        }
    }
}
