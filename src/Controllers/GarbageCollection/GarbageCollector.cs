using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using k8s.Models;
using Microsoft.Extensions.Logging;
using Slipway.Api;
using Slipway.Client;

namespace Slipway.Controllers;

/// <summary>
/// Deletes objects whose owners are gone, and carries out foreground and orphaning deletion of owners
/// (<see href="https://kubernetes.io/docs/concepts/architecture/garbage-collection/"/>). Works on uids over all resources.
/// </summary>
internal sealed class GarbageCollector(OwnershipGraph graph, ResourceMonitors monitors, IApi api, EventRecorder events, ILogger log, Action<string> enqueue) : IReconciler
{
    // An owner that the watches have not shown, although it may exist, may go without their showing that.
    private static readonly TimeSpan Recheck = TimeSpan.FromSeconds(30);

    // Whoever else works on an object writes it a few times, not for ever.
    private const int MostAttempts = 5;

    private readonly Remembered _gone = new(8192);
    private readonly ConcurrentDictionary<string, bool> _unsure = new(StringComparer.Ordinal);

    /// <summary>Adds the collector to a host.</summary>
    /// <returns>Its watches of all resources, for others that need to see every change.</returns>
    public static ResourceMonitors Register(ControllerHost host)
    {
        var definitions = host.Informer(Kinds.CustomResourceDefinitions, new() { Accept = PartialObjectMetadata.Accept });
        var log = host.Logs.CreateLogger("Slipway.GarbageCollector");
        var monitors = new ResourceMonitors(host.Api, host.Clock, log);
        var graph = new OwnershipGraph();
        ControllerBuilder? controller = null;
        var collector = new GarbageCollector(graph, monitors, host.Api, host.Events("garbage-collector-controller"), log, uid => controller!.Enqueue(ObjectKey.ClusterScoped(uid)));
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
            await DeleteDependentsAsync(item, cancellation);
        else if (!item.IsBeingDeleted && item.Owners.Count > 0)
            return await CollectAsync(item, cancellation);
        return Result.Done;
    }

    private async Task<Result> CollectAsync(GraphObject item, CancellationToken cancellation)
    {
        var owners = new List<(V1OwnerReference, OwnerState)>();
        var unseen = false;
        foreach (var owner in item.Owners)
        {
            var (state, seen) = await StateOfAsync(item, owner, cancellation);
            owners.Add((owner, state));
            unseen |= !seen;
        }
        switch (GarbageDecision.For(item, owners, graph.DependentsOf(item.Uid)))
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

    // That an owner is gone, only its own watch says, or the API itself: other watches may be behind.
    private async ValueTask<(OwnerState State, bool Seen)> StateOfAsync(GraphObject item, V1OwnerReference owner, CancellationToken cancellation)
    {
        if (graph.Get(owner.Uid) is { } known)
        {
            if (known.Key.Namespace.Length == 0 || known.Key.Namespace == item.Key.Namespace)
                return (StateOf(known), true);
            // Whoever wrote the reference will wonder why the object goes.
            events.Warning(AsObject(item), "OwnerRefInvalidNamespace",
                $"ownerRef [{owner.ApiVersion}/{owner.Kind}, namespace: {item.Key.Namespace}, name: {owner.Name}, uid: {owner.Uid}] does not exist in namespace \"{item.Key.Namespace}\"");
        }
        else if (_gone.Contains(owner.Uid))
            return (OwnerState.Dangling, true);

        var group = ResourceType.GroupOf(owner.ApiVersion);
        // Of a kind that is not served nothing can be said, and a cluster-scoped object cannot have an owner in a namespace.
        if (monitors.Find(group, owner.Kind) is not { } resource || (resource.Namespaced && item.Key.Namespace.Length == 0))
            return (OwnerState.Solid, false);

        // Listed, not read: that a version is no longer served is an error, and no word about the object.
        var kind = OwnedObject.ResourceOf(resource);
        var named = new ListOptions { FieldSelector = $"metadata.name={owner.Name}", Accept = PartialObjectMetadata.Accept };
        try
        {
            var found = (await api.ListAsync(kind, resource.Namespaced ? item.Key.Namespace : null, named, cancellation)).Items;
            return found.FirstOrDefault(other => other.Metadata.Uid == owner.Uid) is { } living ? (StateOf(GraphObject.Of(kind, living)), false) : (OwnerState.Dangling, true);
        }
        catch (ApiException e) when (e.Code == 404)
        {
            // Its objects went with the kind, or are in another version, which the monitors will know.
            monitors.Signal();
            return await MayBeServedAsync(group, owner.Kind, cancellation) ? (OwnerState.Solid, false) : (OwnerState.Dangling, true);
        }

        static OwnerState StateOf(GraphObject owner) => owner.WaitsForDependents ? OwnerState.WaitsForDependents : OwnerState.Solid;
    }

    private async Task<bool> MayBeServedAsync(string group, string kind, CancellationToken cancellation)
    {
        var served = await ResourceDiscovery.DiscoverAsync(api, cancellation);
        return served.Resources.Any(resource => (resource.Group, resource.Kind) == (group, kind))
            || served.Failures.Keys.Any(version => ResourceType.GroupOf(version) == group);
    }

    private async Task DeleteAsync(GraphObject item, GarbageDecision.Delete delete, CancellationToken cancellation)
    {
        if (delete.Unblock)
            await PatchOwnersAsync(item, now => now.Owners.Select(owner => Document(owner, blocks: false)), cancellation);
        // At this version: whoever gives the object an owner meanwhile keeps it.
        var options = new DeleteOptions
        {
            Uid = item.Uid,
            ResourceVersion = delete.Unblock ? null : item.ResourceVersion,
            PropagationPolicy = delete.Policy,
        };
        await api.DeleteAsync(item.Resource, item.Key.Namespace, item.Key.Name, options, cancellation);
    }

    // What the watches have not shown yet is deleted when they do, since its owner is gone then.
    private async Task DeleteDependentsAsync(GraphObject owner, CancellationToken cancellation)
    {
        var blocking = graph.DependentsOf(owner.Uid).Where(dependent => dependent.Blocks(owner.Uid)).ToList();
        if (blocking.Count == 0)
            await RemoveFinalizerAsync(owner, GraphObject.ForegroundFinalizer, cancellation);
        foreach (var dependent in blocking)
            enqueue(dependent.Uid);
    }

    private async Task OrphanAsync(GraphObject owner, CancellationToken cancellation)
    {
        var late = await LateDependentsAsync(owner, cancellation);
        // Read last: what a watch comes to show meanwhile is in both, never in neither.
        foreach (var dependent in late.Concat(graph.DependentsOf(owner.Uid)).DistinctBy(dependent => dependent.Uid))
            await ReleaseAsync(dependent, [owner.Uid], cancellation);
        await RemoveFinalizerAsync(owner, GraphObject.OrphanFinalizer, cancellation);
    }

    // What is not freed would be deleted as soon as its watch shows it. Nothing that is in no namespace, or in another one, depends on what is in a namespace.
    private async Task<List<GraphObject>> LateDependentsAsync(GraphObject owner, CancellationToken cancellation)
    {
        var found = new List<GraphObject>();
        foreach (var resource in monitors.Behind(owner.ResourceVersion).Where(resource => resource.Namespaced || owner.Key.Namespace.Length == 0))
        {
            var kind = OwnedObject.ResourceOf(resource);
            try
            {
                var list = await api.ListAsync(kind, owner.Key.Namespace is { Length: > 0 } ns ? ns : null, new() { PageSize = 500, Accept = PartialObjectMetadata.Accept }, cancellation);
                found.AddRange(list.Items.Select(item => GraphObject.Of(kind, item)).Where(item => item.Owners.Any(other => other.Uid == owner.Uid)));
            }
            catch (Exception e) when (e is ApiException or IOException or JsonException)
            {
                // Such as one whose conversion webhook is down: the owner is not to wait for ever for what may have nothing of it.
                log.LogWarning("{Resource} could not be listed for dependents of {Kind} {Owner}, which are orphaned as far as the watches have shown them: {Reason}",
                    resource.Name, owner.Resource.Kind, owner.Key, e.Message);
            }
        }
        return found;
    }

    private Task ReleaseAsync(GraphObject item, IReadOnlyList<string> owners, CancellationToken cancellation) =>
        PatchOwnersAsync(item, now => now.Owners.Where(owner => !owners.Contains(owner.Uid)).Select(owner => Document(owner, owner.BlockOwnerDeletion)), cancellation);

    private Task PatchOwnersAsync(GraphObject item, Func<GraphObject, IEnumerable<JsonObject>> owners, CancellationToken cancellation) =>
        PatchAsync(item, "ownerReferences", now => new JsonArray([.. owners(now)]), cancellation);

    private Task RemoveFinalizerAsync(GraphObject item, string finalizer, CancellationToken cancellation) =>
        PatchAsync(item, "finalizers", now => new JsonArray([.. now.Finalizers.Where(name => name != finalizer).Select(name => (JsonNode)name)]), cancellation);

    // At the version that the value was made from, since it replaces the whole list: an owner that is added meanwhile would be lost.
    private async Task PatchAsync(GraphObject item, string field, Func<GraphObject, JsonArray> value, CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            var patch = new JsonObject
            {
                ["metadata"] = new JsonObject { ["uid"] = item.Uid, ["resourceVersion"] = item.ResourceVersion, [field] = value(item) },
            };
            try
            {
                await api.SendPatchAsync(item.Resource, item.Key.Namespace, item.Key.Name, patch, cancellation: cancellation);
                return;
            }
            catch (ApiException e) when (e.Code == 404)
            {
                return; // gone, as wished
            }
            catch (ApiException e) when (e.Code == 409 && attempt < MostAttempts)
            {
                if (await api.GetAsync(item.Resource, item.Key.Namespace, item.Key.Name, cancellation) is not { } now || now.Metadata.Uid != item.Uid)
                    return;
                item = GraphObject.Of(item.Resource, now);
            }
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
