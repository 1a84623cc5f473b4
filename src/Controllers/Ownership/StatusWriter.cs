using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Slipway.Api;
using Slipway.Client;

namespace Slipway.Controllers;

/// <summary>Writes statuses that the next decision reads.</summary>
internal static class StatusWriter
{
    /// <summary>Writes what differs, if it is still the same object.</summary>
    /// <returns>The object as written; null when nothing differed.</returns>
    public static async Task<T?> WriteStatusAsync<T>(this IApi api, Resource<T> resource, T current, T desired, CancellationToken cancellation)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        var from = resource.ToDocument(current)["status"] as JsonObject ?? [];
        var to = resource.ToDocument(desired)["status"] as JsonObject ?? [];
        if (MergeDiff.Between(from, to) is not { } difference)
            return null;
        var patch = new JsonObject { ["metadata"] = new JsonObject { ["uid"] = current.Metadata.Uid }, ["status"] = difference };
        return await api.PatchAsync(resource, current.Metadata.NamespaceProperty, current.Metadata.Name, patch, subresource: "status", cancellation: cancellation);
    }
}
