using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Slipway.Api;
using Slipway.Client;

namespace Slipway.Controllers;

/// <summary>
/// Creates and deletes the pods of one controller's owners, and tells of it. Its view of them is the cache with what
/// this controller has done since, so that nothing is done twice.
/// </summary>
internal sealed class PodControl
{
    private const int MostAtOnce = 64;

    private readonly OwnedObjects<PodView> _pods;
    private readonly ConcurrentDictionary<string, bool> _deleting = new();
    private readonly IApi _api;
    private readonly EventRecorder _events;

    /// <summary>Joins the host's pods, before these are watched.</summary>
    public PodControl(ControllerHost host, EventRecorder events)
    {
        (_api, _events) = (host.Api, events);
        var cache = host.Informer(Kinds.Pods);
        _pods = new(cache, host.Api);
        cache.OnChange(Seen);
    }

    /// <summary>What an event says when something is done (<c>create</c>, <c>delete</c>) to a pod of an owner.</summary>
    public Func<IKubernetesObject<V1ObjectMeta>, string, string, string> Words { get; init; } = static (_, verb, pod) => $"{(verb == "create" ? "Created" : "Deleted")} pod: {pod}";

    /// <summary>The cache behind it.</summary>
    public Informer<PodView> Cache => _pods.Cache;

    /// <summary>The pods that an owner controls, and those of its namespace that nobody does.</summary>
    public IReadOnlyList<PodView> Candidates(IKubernetesObject<V1ObjectMeta> owner) => Marked(() => _pods.Candidates(owner));

    /// <summary>The pods that the owner of this uid controls.</summary>
    public IReadOnlyList<PodView> Controlled(string ownerUid) => Marked(() => _pods.Controlled(ownerUid));

    /// <inheritdoc cref="OwnedObjects{T}.SettleAsync"/>
    public Task SettleAsync<TOwner>(Resource<TOwner> owners, TOwner owner, Claims<PodView> claims, CancellationToken cancellation) where TOwner : class, IWorkload =>
        _pods.SettleAsync(owners, owner, claims, cancellation);

    /// <summary>Creates a pod.</summary>
    /// <exception cref="ApiException">The API refuses it; an event says so.</exception>
    public async Task<PodView> CreateAsync(IKubernetesObject<V1ObjectMeta> owner, JsonObject document, CancellationToken cancellation)
    {
        try
        {
            var pod = await _pods.CreateAsync(document, cancellation);
            _events.Normal(owner, "SuccessfulCreate", Words(owner, "create", pod.Metadata.Name));
            return pod;
        }
        catch (ApiException e) when (e.Code is not (409 or 500 or 504))
        {
            _events.Warning(owner, "FailedCreate", $"Error creating: {e.Message}");
            throw;
        }
    }

    /// <summary>
    /// Creates pods in batches of 1, 2, 4 and so on, so that what the API refuses (a quota, a webhook) is not asked
    /// for hundreds of times.
    /// </summary>
    /// <returns>The first refusal; null when all were created.</returns>
    public async Task<ApiException?> CreateSlowlyAsync(IKubernetesObject<V1ObjectMeta> owner, IReadOnlyList<JsonObject> documents, CancellationToken cancellation)
    {
        var done = 0;
        for (var batch = 1; done < documents.Count; batch = Math.Min(batch * 2, MostAtOnce))
        {
            var results = await Task.WhenAll(documents.Skip(done).Take(batch).Select(document => TryAsync(() => CreateAsync(owner, document, cancellation))));
            if (Array.Find(results, result => result is not null) is { } refusal)
                return refusal;
            done += batch;
        }
        return null;
    }

    /// <summary>Deletes pods.</summary>
    /// <returns>The first refusal; null when all are going.</returns>
    public async Task<ApiException?> DeleteAllAsync(IKubernetesObject<V1ObjectMeta> owner, IReadOnlyList<PodView> pods, CancellationToken cancellation)
    {
        foreach (var batch in pods.Chunk(MostAtOnce))
        {
            var results = await Task.WhenAll(batch.Select(pod => TryAsync(() => DeleteAsync(owner, pod, cancellation))));
            if (Array.Find(results, result => result is not null) is { } refusal)
                return refusal;
        }
        return null;
    }

    /// <summary>Deletes a pod, if it is still the same.</summary>
    /// <exception cref="ApiException">The API refuses; an event says so.</exception>
    public async Task DeleteAsync(IKubernetesObject<V1ObjectMeta> owner, PodView pod, CancellationToken cancellation)
    {
        _deleting[pod.Uid] = true;
        try
        {
            if (await _api.DeleteAsync(Kinds.Pods, pod.Metadata.NamespaceProperty, pod.Metadata.Name, new() { Uid = pod.Uid }, cancellation))
                _events.Normal(owner, "SuccessfulDelete", Words(owner, "delete", pod.Metadata.Name));
        }
        catch (ApiException e) when (e.Code == 409)
        {
            // Another pod has its name by now; this one's end is on its way.
        }
        catch (Exception e) when (e is ApiException or IOException or OperationCanceledException)
        {
            _deleting.TryRemove(pod.Uid, out _);
            if (e is ApiException)
                _events.Warning(owner, "FailedDelete", $"Error deleting: {e.Message}");
            throw;
        }
    }

    private static async Task<ApiException?> TryAsync(Func<Task> act)
    {
        try
        {
            await act();
            return null;
        }
        catch (ApiException e)
        {
            return e;
        }
    }

    // Taken before the cache is read: a deletion that the cache comes to show meanwhile is in both, never in neither.
    private IReadOnlyList<PodView> Marked(Func<IReadOnlyList<PodView>> read)
    {
        var going = _deleting.IsEmpty ? null : _deleting.Keys.ToHashSet(StringComparer.Ordinal);
        var pods = read();
        return going is null ? pods : [.. pods.Select(pod => going.Contains(pod.Uid) && !pod.IsBeingDeleted ? pod.AsBeingDeleted() : pod)];
    }

    // Once the cache itself shows that a pod is going, nothing is to be added.
    private void Seen(ObjectChange<PodView> change)
    {
        if (change.New is not { IsBeingDeleted: false })
            _deleting.TryRemove(change.Latest.Uid, out _);
    }
}
