using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using Slipway.ApiServer.Caching;
using Slipway.ApiServer.Catalog;

namespace Slipway.ApiServer.Authorization.Nodes;

/// <summary>What leads from a node to an object: its pods, and from their claims to volumes and the Secrets of these.</summary>
internal sealed class NodeGraph
{
    private static readonly string[] VolumeSecrets = ["nodePublishSecretRef", "nodeStageSecretRef", "nodeExpandSecretRef", "controllerExpandSecretRef", "controllerPublishSecretRef"];

    private readonly NodePods _pods = new();
    private readonly ResourceCache _claims;
    private readonly ResourceCache _volumes;
    private readonly ResourceCache _attachments;
    private readonly ResourceCache _slices;

    public NodeGraph(CacheFeed feed)
    {
        feed.For(ServedResource.PrefixOf("", "pods")).Observer = _pods;
        _claims = feed.For(ServedResource.PrefixOf("", "persistentvolumeclaims"));
        _volumes = feed.For(ServedResource.PrefixOf("", "persistentvolumes"));
        _attachments = feed.For(ServedResource.PrefixOf("storage.k8s.io", "volumeattachments"));
        _slices = feed.For(ServedResource.PrefixOf("resource.k8s.io", "resourceslices"));
    }

    /// <summary>Whether an object has to do with a node.</summary>
    /// <param name="node">The node.</param>
    /// <param name="resource">Plural of the object's resource; those that nodes are not limited in are unknown here.</param>
    /// <param name="ns">Its namespace.</param>
    /// <param name="name">Its name.</param>
    public bool Relates(string node, string resource, string ns, string name) => resource switch
    {
        "pods" => _pods.Has(node, ns, name),
        "serviceaccounts" => _pods.AnyRefers(node, ns, r => r.ServiceAccount == name),
        "configmaps" => _pods.AnyRefers(node, ns, r => r.ConfigMaps.Contains(name)),
        "secrets" => _pods.AnyRefers(node, ns, r => r.Secrets.Contains(name)) || VolumesOf(node).Any(v => HasSecret(v, ns, name)),
        "persistentvolumeclaims" => _pods.AnyRefers(node, ns, r => r.VolumeClaims.Contains(name)),
        "persistentvolumes" => VolumesOf(node).Any(v => v.Name.SequenceEqual(name)),
        "resourceclaims" => _pods.AnyRefers(node, ns, r => r.ResourceClaims.Contains(name)),
        "volumeattachments" => _attachments.Find(_attachments.Prefix + name)?.Field("spec.nodeName") == node,
        "resourceslices" => _slices.Find(_slices.Prefix + name)?.Field("spec.nodeName") == node,
        _ => false,
    };

    private IEnumerable<CachedObject> VolumesOf(string node)
    {
        foreach (var (ns, name) in _pods.VolumeClaims(node))
        {
            if (_claims.Find($"{_claims.Prefix}{ns}/{name}")?.Field("spec.volumeName") is { Length: > 0 } volume && _volumes.Find(_volumes.Prefix + volume) is { } found)
                yield return found;
        }
    }

    private static bool HasSecret(CachedObject volume, string ns, string name)
    {
        var spec = ((JsonObject)JsonNode.Parse(volume.Bytes.Json.Span, documentOptions: Nesting.Document)!).Object("spec") ?? [];
        var claimNamespace = spec.Object("claimRef")?.Text("namespace") ?? "";
        foreach (var (_, source) in spec)
        {
            if (source is not JsonObject driver) continue;
            foreach (var field in VolumeSecrets)
                if (Is(driver.Object(field), "name", "namespace")) return true;
            // Where older drivers name no namespace, the claim's is meant.
            if (Is(driver.Object("secretRef"), "name", "namespace") || Is(driver, "secretName", "secretNamespace")) return true;
        }
        return false;

        bool Is(JsonObject? reference, string nameField, string namespaceField) =>
            reference?.Text(nameField) == name && (reference.Text(namespaceField) is { Length: > 0 } own ? own : claimNamespace) == ns;
    }
}
