using System.Text.Json.Serialization.Metadata;
using k8s;
using k8s.Models;

namespace Slipway.Client;

/// <summary>A resource as typed code uses it: where it is served, and how its objects are read and written.</summary>
/// <param name="Group">API group; empty for the core group.</param>
/// <param name="Version">Version within the group.</param>
/// <param name="Plural">Plural name in paths.</param>
/// <param name="Kind">Kind of the objects.</param>
/// <param name="Namespaced">Whether objects live in namespaces.</param>
/// <param name="Type">Source-generated JSON metadata of <typeparamref name="T"/>; each project lists the kinds that it uses in a context of its own.</param>
public sealed record Resource<T>(string Group, string Version, string Plural, string Kind, bool Namespaced, JsonTypeInfo<T> Type)
    where T : class, IKubernetesObject<V1ObjectMeta>
{
    /// <summary><c>group/version</c>, or the version alone for the core group.</summary>
    public string ApiVersion => Group.Length == 0 ? Version : $"{Group}/{Version}";

    /// <summary>Path of the collection: of one namespace, or of all when <paramref name="ns"/> is null or the resource is cluster-scoped.</summary>
    public string CollectionPath(string? ns)
    {
        var root = Group.Length == 0 ? $"/api/{Version}" : $"/apis/{Group}/{Version}";
        return Namespaced && !string.IsNullOrEmpty(ns) ? $"{root}/namespaces/{ns}/{Plural}" : $"{root}/{Plural}";
    }

    /// <summary>Path of one object.</summary>
    public string ObjectPath(string? ns, string name) => $"{CollectionPath(ns)}/{Uri.EscapeDataString(name)}";
}
