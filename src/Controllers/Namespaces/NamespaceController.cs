using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Client;

namespace Slipway.Controllers;

/// <summary>
/// Empties a namespace that is being deleted: deletes what every namespaced resource has in it, waits until it is
/// gone, then gives up the namespace's own finalizer.
/// </summary>
internal sealed class NamespaceController(Informer<NamespaceView> namespaces, IApi api, TimeProvider clock) : IReconciler
{
    private const string Finalizer = "kubernetes";
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(250);

    public static void Register(ControllerHost host)
    {
        var namespaces = host.Informer(Kinds.Namespaces);
        host.Add("namespace", new NamespaceController(namespaces, host.Api, host.Clock), workers: 4)
            .For(namespaces);
    }

    public async ValueTask<Result> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        if (namespaces.Get(key) is not { Metadata.DeletionTimestamp: not null, Spec.Finalizers: [_, ..] finalizers } ns || !finalizers.Contains(Finalizer))
            return Result.Done;

        var content = await DeleteContentAsync(key.Name, cancellation);
        if (!content.IsGone)
        {
            await TellAsync(ns, content, cancellation);
            return Result.After(LookAgain);
        }
        await FinalizeAsync(ns, finalizers, cancellation);
        return Result.Done;
    }

    private async Task<NamespaceContent> DeleteContentAsync(string ns, CancellationToken cancellation)
    {
        var served = await ResourceDiscovery.DiscoverAsync(api, cancellation);
        var failures = new Dictionary<string, string>();
        var remaining = new Dictionary<string, int>();
        var finalizers = new Dictionary<string, int>();
        foreach (var resource in served.Resources)
        {
            if (!resource.Namespaced || !resource.Can("list", "delete"))
                continue;
            try
            {
                foreach (var left in await DeleteAllAsync(resource, ns, cancellation))
                {
                    var name = $"{resource.Plural}.{resource.Group}"; // with the dot also for the core group, as upstream writes it
                    remaining[name] = remaining.GetValueOrDefault(name) + 1;
                    foreach (var finalizer in left.Metadata.Finalizers ?? [])
                        finalizers[finalizer] = finalizers.GetValueOrDefault(finalizer) + 1;
                }
            }
            catch (ApiException e) when (e.Code is 404 or 405)
            {
                // No longer served, such as a custom resource whose definition has just gone.
            }
            catch (ApiException e)
            {
                failures[resource.Name] = e.Message;
            }
        }
        return new() { DiscoveryFailures = served.Failures, DeletionFailures = failures, Remaining = remaining, Finalizers = finalizers };
    }

    /// <returns>What is there still.</returns>
    private async Task<IReadOnlyList<PartialObjectMetadata>> DeleteAllAsync(DiscoveredResource resource, string ns, CancellationToken cancellation)
    {
        var metadata = resource.Metadata;
        var options = new ListOptions { Accept = PartialObjectMetadata.Accept };
        var found = (await api.ListAsync(metadata, ns, options, cancellation)).Items;
        // What is being deleted already takes its time, and its grace.
        var alive = found.Where(item => item.Metadata.DeletionTimestamp is null).ToList();
        if (alive.Count == 0)
            return found;
        if (resource.Can("deletecollection"))
            await api.SendForBodyAsync(new("DELETE", metadata.CollectionPath(ns)) { Body = BackgroundDeletion }, cancellation);
        else
            foreach (var item in alive)
                await api.DeleteAsync(metadata, ns, item.Metadata.Name, new() { PropagationPolicy = "Background" }, cancellation);
        return (await api.ListAsync(metadata, ns, options, cancellation)).Items;
    }

    private static readonly byte[] BackgroundDeletion = """{"apiVersion":"v1","kind":"DeleteOptions","propagationPolicy":"Background"}"""u8.ToArray();

    private async Task TellAsync(NamespaceView ns, NamespaceContent content, CancellationToken cancellation)
    {
        var desired = new NamespaceView
        {
            Metadata = ns.Metadata,
            Spec = ns.Spec,
            Status = new() { Phase = "Terminating", Conditions = NamespaceConditions.For(content, ns.Status?.Conditions ?? [], clock.GetUtcNow().UtcDateTime) },
        };
        await api.PatchStatusAsync(Kinds.Namespaces, ns, desired, cancellation);
    }

    private async Task FinalizeAsync(NamespaceView ns, List<string> finalizers, CancellationToken cancellation)
    {
        var document = new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Namespace",
            ["metadata"] = new JsonObject { ["name"] = ns.Metadata.Name, ["uid"] = ns.Metadata.Uid },
            ["spec"] = new JsonObject { ["finalizers"] = new JsonArray([.. finalizers.Where(name => name != Finalizer).Select(name => (JsonNode)name)]) },
        };
        var body = System.Text.Encoding.UTF8.GetBytes(document.ToJsonString());
        try
        {
            await api.SendForBodyAsync(new("PUT", $"{Kinds.Namespaces.ObjectPath(null, ns.Metadata.Name)}/finalize") { Body = body }, cancellation);
        }
        catch (ApiException e) when (e.Code == 404)
        {
            // Gone already.
        }
    }
}
