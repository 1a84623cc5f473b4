using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using k8s.Models;
using Slipway.Api;
using Slipway.Client;

namespace Slipway.Controllers;

/// <summary>
/// Deletes objects whose owners are gone, and carries out foreground and orphaning deletion of owners
/// (<see href="https://kubernetes.io/docs/concepts/architecture/garbage-collection/"/>). Works on uids over all resources.
/// </summary>
internal sealed class GarbageCollector(OwnershipGraph graph, ResourceMonitors monitors, LiveDependents live, IApi api, EventRecorder events, Action<string> enqueue) : IReconciler
{
    // An owner that the watches have not shown, although it may exist, may go without their showing that.
    private static readonly TimeSpan Recheck = TimeSpan.FromSeconds(30);

    // What an owner waits for, and its watch has not shown, may go without its showing that, too.
    private static readonly TimeSpan LookAgainAfter = TimeSpan.FromMilliseconds(250);

    private readonly Remembered _gone = new(8192);
    private readonly ConcurrentDictionary<string, bool> _unsure = new(StringComparer.Ordinal);

    /// <summary>Adds the collector to a host.</summary>
    /// <returns>Its watches of all resources, for others that need to see every change.</returns>
    public static ResourceMonitors Register(ControllerHost host)
    {
        var definitions = host.Informer(Kinds.CustomResourceDefinitions, new() { Accept = PartialObjectMetadata.Accept });
        var monitors = new ResourceMonitors(host.Api, host.Clock, host.Logs.CreateLogger("Slipway.GarbageCollector"));
        var graph = new OwnershipGraph();
        ControllerBuilder? controller = null;
        var collector = new GarbageCollector(graph, monitors, new(graph, monitors, host.Api), host.Api, host.Events("garbage-collector-controller"), uid => controller!.Enqueue(ObjectKey.ClusterScoped(uid)));
        controller = host.Add("garbage-collector", collector, workers: 4).WaitsFor(monitors.Synced);
        definitions.OnChange(_ => monitors.Signal());
        monitors.OnChange += collector.Observe;
        monitors.OnResource += collector.LookAgain;
        host.AddLoop(monitors.RunAsync);
        return monitors;
    }

    /// <summary>Takes a change into the graph and queues whom it concerns.</summary>
    public void Observe(Resource<OwnedObject> resource, ObjectChange<OwnedObject> change)
    {
        // An object that was deleted and made again between two looks is another one.
        if (change.Old is { } gone && gone.Metadata.Uid != change.New?.Metadata.Uid)
            ObserveRemoval(gone.Metadata.Uid);
        if (change.New is not { } now)
            return;

        var item = GraphObject.Of(resource, now);
        var old = graph.Put(item);
        if (item.WaitsForDependents || item.OrphansDependents || (item.Owners.Count > 0 && (old is null || !SameOwners(old, item))))
            enqueue(item.Uid);
        // An owner may have waited for a reference that is gone or blocks no more.
        foreach (var owner in old?.Owners ?? [])
            if (old!.Blocks(owner.Uid) && !item.Blocks(owner.Uid))
                EnqueueIfWaiting(owner.Uid);
    }

    /// <summary>Queues the objects of whose owners nothing sure is known: a resource that has come may tell.</summary>
    public void LookAgain()
    {
        foreach (var uid in _unsure.Keys)
            enqueue(uid);
    }

    public async ValueTask<Result> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        if (graph.Get(key.Name) is not { } item)
            return Result.Done;
        if (item.OrphansDependents)
            await OrphanAsync(item, cancellation);
        else if (item.WaitsForDependents)
            return await DeleteDependentsAsync(item, cancellation);
        else if (!item.IsBeingDeleted && item.Owners.Count > 0)
            return await CollectAsync(item, cancellation);
        return Result.Done;
    }

    private async Task<Result> CollectAsync(GraphObject item, CancellationToken cancellation)
    {
        var owners = new List<(V1OwnerReference, OwnerState)>();
        var unseen = false;
        string? since = null;
        foreach (var owner in item.Owners)
        {
            var (state, seen, deletedAt) = await StateOfAsync(item, owner, cancellation);
            owners.Add((owner, state));
            unseen |= !seen;
            since ??= deletedAt;
        }
        switch (GarbageDecision.For(item, owners, await DependentsAsync(item, since, cancellation)))
        {
            case GarbageDecision.Release release:
                await ReleaseAsync(item, release.Owners, cancellation);
                break;
            case GarbageDecision.Delete delete:
                await DeleteAsync(item, delete, cancellation);
                break;
        }
        if (!unseen)
        {
            _unsure.TryRemove(item.Uid, out _);
            return Result.Done;
        }
        _unsure[item.Uid] = true;
        return Result.After(Recheck);
    }

    // An owner that waits for its dependents waits for theirs, whether or not the watches have shown them. Nothing runs that a pod owns, and pods are many.
    private async ValueTask<IReadOnlyList<GraphObject>> DependentsAsync(GraphObject item, string? ownerDeletedAt, CancellationToken cancellation) =>
        ownerDeletedAt is not null && item.Resource is not { Group: "", Plural: "pods" } && graph.DependentsOf(item.Uid) is []
            ? await live.OfAsync(item, ownerDeletedAt, cancellation)
            : graph.DependentsOf(item.Uid);

    // That an owner is gone, only its own watch says, or the API itself: other watches may be behind.
    private async ValueTask<(OwnerState State, bool Seen, string? DeletedAt)> StateOfAsync(GraphObject item, V1OwnerReference owner, CancellationToken cancellation)
    {
        if (_gone.Contains(owner.Uid))
            return (OwnerState.Dangling, true, null);
        if (graph.Get(owner.Uid) is { } known && (known.Key.Namespace.Length == 0 || known.Key.Namespace == item.Key.Namespace))
            return StateOf(known, seen: true);
        // Whoever wrote the reference will wonder why the object goes.
        if (graph.Get(owner.Uid) is not null)
            events.Warning(AsObject(item), "OwnerRefInvalidNamespace",
                $"ownerRef [{owner.ApiVersion}/{owner.Kind}, namespace: {item.Key.Namespace}, name: {owner.Name}, uid: {owner.Uid}] does not exist in namespace \"{item.Key.Namespace}\"");

        var group = owner.ApiVersion.IndexOf('/') is var slash and > 0 ? owner.ApiVersion[..slash] : "";
        // Of a kind that is not served nothing can be said, and a cluster-scoped object cannot have an owner in a namespace.
        if (monitors.Find(group, owner.Kind) is not { } resource || (resource.Namespaced && item.Key.Namespace.Length == 0))
            return (OwnerState.Solid, false, null);

        // Listed, not read: that a version is no longer served is an error, and no word about the object.
        var kind = OwnedObject.ResourceOf(resource);
        var named = new ListOptions { FieldSelector = $"metadata.name={owner.Name}", Accept = PartialObjectMetadata.Accept };
        var found = (await api.ListAsync(kind, resource.Namespaced ? item.Key.Namespace : null, named, cancellation)).Items;
        return found.FirstOrDefault(other => other.Metadata.Uid == owner.Uid) is { } living ? StateOf(GraphObject.Of(kind, living), seen: false) : (OwnerState.Dangling, true, null);

        static (OwnerState, bool, string?) StateOf(GraphObject owner, bool seen) =>
            owner.WaitsForDependents ? (OwnerState.WaitsForDependents, seen, owner.DeletedAt) : (OwnerState.Solid, seen, null);
    }

    private async Task DeleteAsync(GraphObject item, GarbageDecision.Delete delete, CancellationToken cancellation)
    {
        if (delete.Unblock)
            await PatchOwnersAsync(item, item.Owners.Select(owner => Document(owner, blocks: false)), cancellation);
        // At this version: whoever gives the object an owner meanwhile keeps it.
        var options = new DeleteOptions
        {
            Uid = item.Uid,
            ResourceVersion = delete.Unblock ? null : item.ResourceVersion,
            PropagationPolicy = delete.Policy,
        };
        await api.DeleteAsync(item.Resource, item.Key.Namespace, item.Key.Name, options, cancellation);
    }

    private async Task<Result> DeleteDependentsAsync(GraphObject owner, CancellationToken cancellation)
    {
        var blocking = graph.DependentsOf(owner.Uid).Where(dependent => dependent.Blocks(owner.Uid)).ToList();
        foreach (var dependent in blocking)
            enqueue(dependent.Uid);
        if (blocking.Count > 0)
            return Result.Done;
        // What the watches have not shown yet is deleted when they do.
        if ((await live.OfAsync(owner, owner.DeletedAt ?? "", cancellation)).Any(dependent => dependent.Blocks(owner.Uid)))
            return Result.After(LookAgainAfter);
        await RemoveFinalizerAsync(owner, GraphObject.ForegroundFinalizer, cancellation);
        return Result.Done;
    }

    // All that the API has: what is not freed is deleted as soon as its watch shows it, since its owner is gone then.
    private async Task OrphanAsync(GraphObject owner, CancellationToken cancellation)
    {
        foreach (var dependent in await live.AllOfAsync(owner, cancellation))
            await ReleaseAsync(dependent, [owner.Uid], cancellation);
        await RemoveFinalizerAsync(owner, GraphObject.OrphanFinalizer, cancellation);
    }

    private Task ReleaseAsync(GraphObject item, IReadOnlyList<string> owners, CancellationToken cancellation) =>
        PatchOwnersAsync(item, item.Owners.Where(owner => !owners.Contains(owner.Uid)).Select(owner => Document(owner, owner.BlockOwnerDeletion)), cancellation);

    private Task PatchOwnersAsync(GraphObject item, IEnumerable<JsonObject> owners, CancellationToken cancellation) =>
        PatchAsync(item, "ownerReferences", new JsonArray([.. owners]), cancellation);

    private Task RemoveFinalizerAsync(GraphObject item, string finalizer, CancellationToken cancellation) =>
        PatchAsync(item, "finalizers", new JsonArray([.. item.Finalizers.Where(name => name != finalizer).Select(name => (JsonNode)name)]), cancellation);

    private async Task PatchAsync(GraphObject item, string field, JsonArray value, CancellationToken cancellation)
    {
        var patch = new JsonObject
        {
            ["metadata"] = new JsonObject { ["uid"] = item.Uid, ["resourceVersion"] = item.ResourceVersion, [field] = value },
        };
        try
        {
            await api.PatchAsync(item.Resource, item.Key.Namespace, item.Key.Name, patch, cancellation: cancellation);
        }
        catch (ApiException e) when (e.Code == 404)
        {
            // Gone, as wished.
        }
    }

    private void ObserveRemoval(string uid)
    {
        _gone.Add(uid);
        var gone = graph.Remove(uid);
        _unsure.TryRemove(uid, out _);
        foreach (var dependent in graph.DependentsOf(uid))
            enqueue(dependent.Uid);
        foreach (var owner in gone?.Owners ?? [])
            EnqueueIfWaiting(owner.Uid);
    }

    private void EnqueueIfWaiting(string uid)
    {
        if (graph.Get(uid) is { WaitsForDependents: true })
            enqueue(uid);
    }

    private static OwnedObject AsObject(GraphObject item) => new()
    {
        ApiVersion = item.Resource.ApiVersion,
        Kind = item.Resource.Kind,
        Metadata = new() { Name = item.Key.Name, NamespaceProperty = item.Key.Namespace, Uid = item.Uid },
    };

    private static bool SameOwners(GraphObject a, GraphObject b) =>
        a.Owners.Count == b.Owners.Count && a.Owners.Zip(b.Owners).All(pair => pair.First.Uid == pair.Second.Uid && pair.First.BlockOwnerDeletion == pair.Second.BlockOwnerDeletion);

    private static JsonObject Document(V1OwnerReference owner, bool? blocks)
    {
        var document = new JsonObject { ["apiVersion"] = owner.ApiVersion, ["kind"] = owner.Kind, ["name"] = owner.Name, ["uid"] = owner.Uid };
        if (owner.Controller is { } controller)
            document["controller"] = controller;
        if (blocks is { } value)
            document["blockOwnerDeletion"] = value;
        return document;
    }
}
