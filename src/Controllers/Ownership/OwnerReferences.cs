using System.Text.Json;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Slipway.Api;
using Slipway.Client;

namespace Slipway.Controllers;

/// <summary>Which object controls which.</summary>
internal static class OwnerReferences
{
    extension(V1ObjectMeta metadata)
    {
        /// <summary>The owner that controls the object; null when nobody does.</summary>
        public V1OwnerReference? ControllerOf()
        {
            foreach (var owner in metadata.OwnerReferences ?? [])
                if (owner.Controller == true)
                    return owner;
            return null;
        }

        /// <summary>Whether that owner controls the object.</summary>
        public bool IsControlledBy(IKubernetesObject<V1ObjectMeta> owner) => metadata.ControllerOf()?.Uid == owner.Metadata.Uid;

        /// <summary>The references to other owners than this one, as a document.</summary>
        public JsonArray OwnersWithout(IKubernetesObject<V1ObjectMeta> owner) => new([.. (metadata.OwnerReferences ?? [])
            .Where(reference => reference.Uid != owner.Metadata.Uid)
            .Select(reference => JsonSerializer.SerializeToNode(reference, Kinds.Set.Type<V1OwnerReference>()))]);
    }

    /// <summary>The reference by which an owner controls an object.</summary>
    public static JsonObject To(IKubernetesObject<V1ObjectMeta> owner) => new()
    {
        ["apiVersion"] = owner.ApiVersion,
        ["kind"] = owner.Kind,
        ["name"] = owner.Metadata.Name,
        ["uid"] = owner.Metadata.Uid,
        ["controller"] = true,
        ["blockOwnerDeletion"] = true,
    };

    /// <summary>That an owner may take objects: the API itself says that it is the same as in the cache, and is not being deleted.</summary>
    /// <exception cref="ApiException">It is going or gone.</exception>
    public static async Task CheckAliveAsync<T>(IApi api, Resource<T> resource, T owner, CancellationToken cancellation) where T : class, IKubernetesObject<V1ObjectMeta>
    {
        var (ns, name, uid) = (owner.Metadata.NamespaceProperty, owner.Metadata.Name, owner.Metadata.Uid);
        var live = await api.GetAsync(resource, ns, name, cancellation);
        if (live is not { Metadata.DeletionTimestamp: null } || live.Metadata.Uid != uid)
            throw new ApiException(409, "Conflict", $"the {resource.Kind} {ns}/{name} with uid {uid} takes no objects: it {(live?.Metadata.Uid == uid ? "is being deleted" : "is gone")}");
    }
}
