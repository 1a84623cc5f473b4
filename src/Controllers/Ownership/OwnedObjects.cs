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
    // A watch that shows an object neither come nor gone in this time has missed it.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly ConcurrentDictionary<string, (T Item, long When)> _created = new();
    private readonly Remembered _gone = new(4096);
    private readonly InformerIndex<T> _free;
    private readonly IApi _api;
    private readonly TimeProvider _clock;

    /// <summary>Joins an informer that does not run yet.</summary>
    public OwnedObjects(Informer<T> cache, IApi api, TimeProvider clock)
    {
        (Cache, _api, _clock) = (cache, api, clock);
        _free = cache.SharedIndex("uncontrolled", static item => item.Metadata.ControllerOf() is null ? [item.Metadata.NamespaceProperty ?? ""] : []);
        cache.OnChange(Seen);
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
        _created[item.Metadata.Uid] = (item, _clock.GetTimestamp());
        return item;
    }

    /// <summary>Takes and lets go as decided. What is taken belongs to the owner once its watch tells.</summary>
    /// <param name="owners">Resource of the owner, asked whether it still lives: the cache may be behind.</param>
    /// <param name="owner">The owner.</param>
    /// <param name="claims">The decision.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task SettleAsync<TOwner>(Resource<TOwner> owners, TOwner owner, Claims<T> claims, CancellationToken cancellation)
        where TOwner : class, IWorkload
    {
        foreach (var item in claims.Release)
            await PatchOwnersAsync(item, item.Metadata.OwnersWithout(owner), cancellation);
        if (claims.Adopt.Count == 0)
            return;
        var live = await _api.GetAsync(owners, owner.Metadata.NamespaceProperty, owner.Metadata.Name, cancellation);
        if (live is not { Metadata.DeletionTimestamp: null } || live.Metadata.Uid != owner.Metadata.Uid)
            return;
        foreach (var item in claims.Adopt)
        {
            var references = item.Metadata.OwnersWithout(owner);
            references.Add((JsonNode)OwnerReferences.To(owner));
            await PatchOwnersAsync(item, references, cancellation);
        }
    }

    // Taken before the cache is read: an object that comes into the cache meanwhile is in both, never in neither.
    private List<(T Item, long When)> Created(Func<T, bool> which) => [.. _created.Values.Where(entry => which(entry.Item))];

    private List<T> With(List<(T Item, long When)> created, List<T> items)
    {
        if (created.Count == 0)
            return items;
        var shown = items.Select(item => item.Metadata.Uid).ToHashSet(StringComparer.Ordinal);
        foreach (var (item, when) in created)
        {
            // It may have been seen, or even gone, before it was added here.
            var uid = item.Metadata.Uid;
            if (shown.Contains(uid) || _gone.Contains(uid) || _clock.GetElapsedTime(when) > Patience)
                _created.TryRemove(uid, out _);
            else
                items.Add(item);
        }
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

    private void Seen(ObjectChange<T> change)
    {
        var uid = change.Latest.Metadata.Uid;
        if (change.New is null)
            _gone.Add(uid);
        _created.TryRemove(uid, out _);
    }
}
