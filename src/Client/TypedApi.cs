using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Slipway.Api;

namespace Slipway.Client;

/// <summary>
/// Typed calls on any <see cref="IApi"/>. Refusals throw <see cref="ApiException"/>, an unreachable server
/// <see cref="IOException"/>. Writes are creates, deletes and minimal patches: a model drops fields that it does
/// not know, so an object that was read is never put back.
/// </summary>
public static class TypedApi
{
    extension(IApi api)
    {
        /// <summary>Reads one object; null when there is none.</summary>
        public async ValueTask<T?> GetAsync<T>(Resource<T> resource, string? ns, string name, CancellationToken cancellation = default)
            where T : class, IKubernetesObject<V1ObjectMeta>
        {
            await using var response = await api.SendAsync(new("GET", resource.ObjectPath(ns, name)), cancellation);
            return response.StatusCode == 404 ? null : resource.Read((await SuccessAsync(response, cancellation)).Span);
        }

        /// <summary>Lists objects: of one namespace, or of all when <paramref name="ns"/> is null.</summary>
        public async ValueTask<ObjectList<T>> ListAsync<T>(Resource<T> resource, string? ns = null, ListOptions? options = null, CancellationToken cancellation = default)
            where T : class, IKubernetesObject<V1ObjectMeta>
        {
            options ??= new();
            var items = new List<T>();
            string? next = null;
            while (true)
            {
                // The token of a page says which version it is of.
                var exactly = next is null ? options.AtVersion : null;
                var path = resource.CollectionPath(ns)
                    + options.Query(("limit", options.PageSize?.ToString()), ("continue", next), ("resourceVersion", exactly), ("resourceVersionMatch", exactly is null ? null : "Exact"));
                await using var response = await api.SendAsync(new("GET", path) { Accept = options.Accept }, cancellation);
                (var version, next) = ListReader.Read((await SuccessAsync(response, cancellation)).Span, resource, items);
                if (next is null)
                    return new(items, version);
            }
        }

        /// <summary>Creates an object in the namespace that its metadata names.</summary>
        public async ValueTask<T> CreateAsync<T>(Resource<T> resource, T item, CancellationToken cancellation = default)
            where T : class, IKubernetesObject<V1ObjectMeta>
        {
            await using var response = await api.SendAsync(CreateRequest(resource, item), cancellation);
            return resource.Read((await SuccessAsync(response, cancellation)).Span);
        }

        /// <summary>Creates an object from a document, which names its namespace: what a typed model does not know is kept.</summary>
        public async ValueTask<T> CreateAsync<T>(Resource<T> resource, JsonObject document, CancellationToken cancellation = default)
            where T : class, IKubernetesObject<V1ObjectMeta>
        {
            var path = resource.CollectionPath((string?)document["metadata"]?["namespace"]);
            await using var response = await api.SendAsync(new("POST", path) { Body = DocumentBytes.Of(document) }, cancellation);
            return resource.Read((await SuccessAsync(response, cancellation)).Span);
        }

        /// <summary>Creates an object.</summary>
        /// <returns>False when one of that name is already there.</returns>
        public async ValueTask<bool> CreateIfAbsentAsync<T>(Resource<T> resource, T item, CancellationToken cancellation = default)
            where T : class, IKubernetesObject<V1ObjectMeta>
        {
            try
            {
                await api.SendForBodyAsync(CreateRequest(resource, item), cancellation);
                return true;
            }
            catch (ApiException e) when (e is { Code: 409, Reason: "AlreadyExists" })
            {
                return false;
            }
        }

        /// <summary>Creates an object from a document, or reads the one of its name that is already there, which a cache may not tell yet.</summary>
        public async ValueTask<T> CreateOrGetAsync<T>(Resource<T> resource, JsonObject document, CancellationToken cancellation = default)
            where T : class, IKubernetesObject<V1ObjectMeta>
        {
            try
            {
                return await api.CreateAsync(resource, document, cancellation);
            }
            catch (ApiException e) when (e is { Code: 409, Reason: "AlreadyExists" })
            {
                var metadata = document["metadata"]!;
                if (await api.GetAsync(resource, (string?)metadata["namespace"], (string)metadata["name"]!, cancellation) is { } there)
                    return there;
                throw;
            }
        }

        /// <summary>Patches one object, or the <paramref name="subresource"/> of it, and returns the result.</summary>
        public async ValueTask<T> PatchAsync<T>(Resource<T> resource, string? ns, string name, JsonNode patch,
            string contentType = MediaTypes.MergePatch, string? subresource = null, CancellationToken cancellation = default)
            where T : class, IKubernetesObject<V1ObjectMeta>
        {
            await using var response = await api.SendAsync(PatchRequest(resource, ns, name, patch, contentType, subresource), cancellation);
            return resource.Read((await SuccessAsync(response, cancellation)).Span);
        }

        /// <summary>Patches one object, or the <paramref name="subresource"/> of it, whose new state nobody asks for: it is not decoded.</summary>
        public async ValueTask SendPatchAsync<T>(Resource<T> resource, string? ns, string name, JsonNode patch,
            string contentType = MediaTypes.MergePatch, string? subresource = null, CancellationToken cancellation = default)
            where T : class, IKubernetesObject<V1ObjectMeta> =>
            await api.SendForBodyAsync(PatchRequest(resource, ns, name, patch, contentType, subresource), cancellation);

        /// <summary>Merges <paramref name="status"/> (the content of the field) into the object's status.</summary>
        public ValueTask PatchStatusAsync<T>(Resource<T> resource, string? ns, string name, JsonObject status, CancellationToken cancellation = default)
            where T : class, IKubernetesObject<V1ObjectMeta> =>
            api.SendPatchAsync(resource, ns, name, new JsonObject { ["status"] = status }, subresource: "status", cancellation: cancellation);

        /// <summary>
        /// Writes what differs between the statuses of an object as it was read and as it should be; nothing when
        /// they are equal. Neither is changed.
        /// </summary>
        /// <returns>Whether something was written.</returns>
        public async ValueTask<bool> PatchStatusAsync<T>(Resource<T> resource, T current, T desired, CancellationToken cancellation = default)
            where T : class, IKubernetesObject<V1ObjectMeta>
        {
            var from = resource.ToDocument(current)["status"] as JsonObject ?? [];
            var to = resource.ToDocument(desired)["status"] as JsonObject ?? [];
            if (MergeDiff.Between(from, to) is not { } difference)
                return false;
            await api.PatchStatusAsync(resource, current.Metadata.NamespaceProperty, current.Metadata.Name, difference, cancellation);
            return true;
        }

        /// <summary>Deletes objects in their order. One that may not be deleted, such as by a policy, keeps none of the others.</summary>
        /// <exception cref="ApiException">The first refusal, when all have been tried.</exception>
        public async ValueTask DeleteEachAsync<T>(Resource<T> resource, IEnumerable<T> objects, Func<T, DeleteOptions> options, CancellationToken cancellation)
            where T : class, IKubernetesObject<V1ObjectMeta>
        {
            ApiException? refusal = null;
            foreach (var one in objects)
            {
                try
                {
                    await api.DeleteAsync(resource, one.Metadata.NamespaceProperty, one.Metadata.Name, options(one), cancellation);
                }
                catch (ApiException e)
                {
                    refusal ??= e;
                }
            }

            if (refusal is not null)
                throw refusal;
        }

        /// <summary>Deletes one object.</summary>
        /// <returns>False when there was none.</returns>
        public async ValueTask<bool> DeleteAsync<T>(Resource<T> resource, string? ns, string name, DeleteOptions? options = null, CancellationToken cancellation = default)
            where T : class, IKubernetesObject<V1ObjectMeta>
        {
            var request = new ApiRequest("DELETE", resource.ObjectPath(ns, name)) { Body = options is null ? default : DocumentBytes.Of(options) };
            await using var response = await api.SendAsync(request, cancellation);
            if (response.StatusCode == 404)
                return false;
            await SuccessAsync(response, cancellation);
            return true;
        }

        /// <summary>Sends a request and returns the whole body of a success.</summary>
        public async ValueTask<ReadOnlyMemory<byte>> SendForBodyAsync(ApiRequest request, CancellationToken cancellation = default)
        {
            await using var response = await api.SendAsync(request, cancellation);
            return await SuccessAsync(response, cancellation);
        }
    }

    private static ApiRequest CreateRequest<T>(Resource<T> resource, T item)
        where T : class, IKubernetesObject<V1ObjectMeta> => new("POST", resource.CollectionPath(item.Metadata.NamespaceProperty)) { Body = resource.Write(item) };

    private static ApiRequest PatchRequest<T>(Resource<T> resource, string? ns, string name, JsonNode patch, string contentType, string? subresource)
        where T : class, IKubernetesObject<V1ObjectMeta> =>
        new("PATCH", resource.ObjectPath(ns, name) + (subresource is null ? "" : $"/{subresource}")) { Body = DocumentBytes.Of(patch), ContentType = contentType };

    private static async ValueTask<ReadOnlyMemory<byte>> SuccessAsync(ApiResponse response, CancellationToken cancellation)
    {
        if (!response.IsSuccess)
            throw await StatusReader.ReadAsync(response, cancellation);
        if (response.Stream is not { } stream)
            return response.Body;
        var buffer = new MemoryStream();
        await stream.CopyToAsync(buffer, cancellation);
        return buffer.ToArray();
    }
}
