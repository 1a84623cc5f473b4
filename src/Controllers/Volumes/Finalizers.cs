using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Slipway.Api;
using Slipway.Client;

namespace Slipway.Controllers;

/// <summary>Adds and removes one finalizer of an object, upon the list that was read and no other.</summary>
internal static class Finalizers
{
    /// <summary>Whether the object has it.</summary>
    public static bool Has(IKubernetesObject<V1ObjectMeta> item, string finalizer) => item.Metadata.Finalizers?.Contains(finalizer) == true;

    public static async Task AddAsync<T>(IApi api, Resource<T> resource, T item, string finalizer, CancellationToken cancellation) where T : class, IKubernetesObject<V1ObjectMeta> =>
        await WriteAsync(api, resource, item, [.. item.Metadata.Finalizers ?? [], finalizer], cancellation);

    public static async Task RemoveAsync<T>(IApi api, Resource<T> resource, T item, string finalizer, CancellationToken cancellation) where T : class, IKubernetesObject<V1ObjectMeta> =>
        await WriteAsync(api, resource, item, [.. (item.Metadata.Finalizers ?? []).Where(other => other != finalizer)], cancellation);

    private static async Task WriteAsync<T>(IApi api, Resource<T> resource, T item, IEnumerable<string> finalizers, CancellationToken cancellation)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        var patch = new JsonObject
        {
            ["metadata"] = new JsonObject
            {
                ["uid"] = item.Metadata.Uid,
                ["resourceVersion"] = item.Metadata.ResourceVersion,
                ["finalizers"] = new JsonArray([.. finalizers.Select(finalizer => (JsonNode)finalizer)]),
            },
        };
        await api.PatchAsync(resource, item.Metadata.NamespaceProperty, item.Metadata.Name, patch, cancellation: cancellation);
    }
}
