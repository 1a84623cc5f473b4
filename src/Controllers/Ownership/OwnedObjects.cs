using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Slipway.Api;
using Slipway.Client;

namespace Slipway.Controllers;

/// <summary>
/// The objects of one kind that owners of one kind control: the cache, with what this controller has just created and
/// the cache does not show yet, because a stale cache would have it created twice.
/// </summary>
internal sealed class OwnedObjects<T> where T : class, IKubernetesObject<V1ObjectMeta>
{
    private readonly ConcurrentDictionary<string, T> _created = new(StringComparer.Ordinal);
    private readonly InformerIndex<T> _free;
    private readonly IApi _api;

    /// <summary>Joins an informer that does not run yet.</summary>
    public OwnedObjects(Informer<T> cache, IApi api)
    {
        (Cache, _api) = (cache, api);
        _free = cache.SharedIndex("uncontrolled", static item => item.Metadata.ControllerOf() is null ? [item.Metadata.NamespaceProperty ?? ""] : []);
    }

    /// <summary>The cache behind it.</summary>
    public Informer<T> Cache { get; }

    /// <summary>What the owner controls, and what it might take: that of its namespace which nobody controls.</summary>
    public IReadOnlyList<T> Candidates(IKubernetesObject<V1ObjectMeta> owner)
    {
        var items = Controlled(owner.Metadata.Uid);
        items.AddRange(_free.Find(owner.Metadata.NamespaceProperty ?? ""));
        return items;
    }

    /// <summary>What the owner of this uid controls.</summary>
    public List<T> Controlled(string ownerUid)
    {
        var created = Created(item => item.Metadata.ControllerOf()?.Uid == ownerUid);
        return With(created, [.. Cache.OwnedBy(ownerUid).Where(item => item.Metadata.ControllerOf()?.Uid == ownerUid)]);
    }

    /// <summary>What an index of the cache finds, and what of that kind the cache does not show yet.</summary>
    public List<T> Find(InformerIndex<T> index, string value, Func<T, bool> created) => With(Created(created), [.. index.Find(value)]);

    /// <summary>Creates an object from a document.</summary>
    /// <exception cref="ApiException">The API refuses it.</exception>
    public async Task<T> CreateAsync(JsonObject document, CancellationToken cancellation)
    {
        var item = await _api.CreateAsync(Cache.Resource, document, cancellation);
        _created[item.Metadata.Uid] = item;
        return item;
    }

    /// <summary>Takes and lets go as decided. What is taken belongs to the owner once its watch tells.</summary>
    /// <param name="owners">Resource of the owner, asked whether it still lives: the cache may be behind.</param>
    /// <param name="owner">The owner.</param>
    /// <param name="claims">The decision.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="ApiException">The owner is going or gone: nothing may be decided by what the cache shows of it.</exception>
    public async Task SettleAsync<TOwner>(Resource<TOwner> owners, TOwner owner, Claims<T> claims, CancellationToken cancellation)
        where TOwner : class, IWorkload
    {
        foreach (var item in claims.Release)
            await PatchOwnersAsync(item, item.Metadata.OwnersWithout(owner), cancellation);
        if (claims.Adopt.Count == 0)
            return;
        await OwnerReferences.CheckAliveAsync(_api, owners, owner, cancellation);
        foreach (var item in claims.Adopt)
        {
            var references = item.Metadata.OwnersWithout(owner);
            references.Add((JsonNode)OwnerReferences.To(owner));
            await PatchOwnersAsync(item, references, cancellation);
        }
    }

    // Taken before the cache is read: an object that comes into the cache meanwhile is in both, never in neither. What a cache that has reached
    // the creation does not show is gone; however long a watch is held up, what it has not told of yet is there.
    private List<T> Created(Func<T, bool> which)
    {
        var known = Cache.Version;
        foreach (var (uid, item) in _created)
            if (ResourceVersions.Compare(known, item.Metadata.ResourceVersion) >= 0)
                _created.TryRemove(uid, out _);
        return [.. _created.Values.Where(which)];
    }

    private static List<T> With(List<T> created, List<T> items)
    {
        if (created.Count == 0)
            return items;
        var shown = items.Select(item => item.Metadata.Uid).ToHashSet(StringComparer.Ordinal);
        items.AddRange(created.Where(item => !shown.Contains(item.Metadata.Uid)));
        return items;
    }

    private async Task PatchOwnersAsync(T item, JsonArray references, CancellationToken cancellation)
    {
        var patch = new JsonObject
        {
            ["metadata"] = new JsonObject { ["uid"] = item.Metadata.Uid, ["resourceVersion"] = item.Metadata.ResourceVersion, ["ownerReferences"] = references },
        };
        try
        {
            await _api.PatchAsync(Cache.Resource, item.Metadata.NamespaceProperty, item.Metadata.Name, patch, cancellation: cancellation);
        }
        catch (ApiException e) when (e.Code == 404)
        {
            // Gone; its watch tells.
        }
    }
}
