using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.Api.Quota;
using Slipway.Client;

namespace Slipway.Controllers;

/// <summary>
/// Counts anew what is in use of each quota: when its limits change, when something of its namespace is gone or has ended or cannot be resized, and
/// now and then. What comes is charged by admission
/// (<see href="https://kubernetes.io/docs/concepts/policy/resource-quotas/"/>).
/// </summary>
internal sealed class QuotaController(Informer<QuotaView> quotas, IApi api, TimeProvider clock) : IReconciler
{
    private static readonly TimeSpan Resync = TimeSpan.FromMinutes(5);

    /// <summary>The resources whose objects quotas can limit by other names than <c>count/…</c>.</summary>
    private static readonly string[] Core =
        ["pods", "services", "persistentvolumeclaims", "configmaps", "secrets", "replicationcontrollers", "resourcequotas"];

    public static void Register(ControllerHost host, ResourceMonitors monitors)
    {
        var quotas = host.Informer(Kinds.Quotas);
        var pods = host.Informer(Kinds.Pods);
        var reconciler = new QuotaController(quotas, host.Api, host.Clock);
        var controller = host.Add("resource-quota", reconciler, workers: 2)
            .WaitsFor(monitors.Synced) // what goes before they see it is not there any more when all is counted
            // Admission writes usage all the time: only limits concern us.
            .Watches(quotas, change => change.New is { } now && (change.Old is null || !now.IsCounted) ? [change.Key] : [])
            .Watches(pods, change => change is { Old.HasEnded: false, New.HasEnded: true } || ResizeWaits(change.Old) != ResizeWaits(change.New) ? reconciler.QuotasOf(change.Key.Namespace) : []);
        monitors.OnChange += (resource, change) =>
        {
            var isFreed = change.New is null || resource is { Group: "", Plural: "services" };
            if (!resource.Namespaced || change.Old is null || !isFreed) return;
            foreach (var key in reconciler.QuotasOf(change.Key.Namespace)) controller.Enqueue(key);
        };
        monitors.OnResource += () =>
        {
            foreach (var quota in quotas.List()) controller.Enqueue(Kinds.Quotas.KeyOf(quota));
        };
    }

    public async ValueTask<Result> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        if (quotas.Get(key) is null) return Result.Done;
        // The quota first: if something is charged while the objects are listed, the patch does not apply and all begins anew.
        if (await ReadAsync($"/api/v1/namespaces/{key.Namespace}/resourcequotas/{key.Name}", cancellation) is not { } quota) return Result.Done;
        var state = QuotaState.Read(quota);
        var objects = new List<(string Group, string Plural, JsonObject Document)>();
        foreach (var resource in await ResourcesOfAsync(state, cancellation))
            foreach (var item in (await ReadAsync($"{resource.Path}/namespaces/{key.Namespace}/{resource.Plural}", cancellation))?.Objects("items") ?? [])
                objects.Add((resource.Group, resource.Plural, item));

        var status = new JsonObject { ["hard"] = quota.Object("spec")?.Object("hard")?.DeepClone() ?? new JsonObject(), ["used"] = state.Recount(objects, clock.GetUtcNow()).ToJson() };
        if (MergeDiff.Between(quota.Object("status") ?? [], status) is { } difference)
        {
            var patch = new JsonObject { ["metadata"] = new JsonObject { ["resourceVersion"] = quota.ResourceVersion }, ["status"] = difference };
            try
            {
                await api.PatchAsync(Kinds.Quotas, key.Namespace, key.Name, patch, subresource: "status", cancellation: cancellation);
            }
            catch (ApiException e) when (e.Code == 404)
            {
                return Result.Done;
            }
            catch (ApiException e) when (e is { Code: 409, Reason: "Conflict" })
            {
                return Result.After(TimeSpan.FromMilliseconds(100));
            }
        }
        return Result.After(Resync);
    }

    // What it asks for in vain does not count.
    private static string? ResizeWaits(PodView? pod) => pod?.ConditionOf("PodResizePending")?.Reason;

    private IEnumerable<ObjectKey> QuotasOf(string ns) => quotas.List().Where(q => q.Metadata.NamespaceProperty == ns).Select(Kinds.Quotas.KeyOf);

    private async Task<List<(string Group, string Plural, string Path)>> ResourcesOfAsync(QuotaState state, CancellationToken cancellation)
    {
        var resources = new List<(string, string, string)>();
        foreach (var plural in Core)
            if (state.Wanted.Names.Any(n => QuotaUsage.Concerns(n, "", plural))) resources.Add(("", plural, "/api/v1"));
        var others = state.Wanted.Names.Where(n => !Core.Any(plural => QuotaUsage.Concerns(n, "", plural))).ToArray();
        if (others.Length == 0) return resources;
        foreach (var served in (await ResourceDiscovery.DiscoverAsync(api, cancellation)).Resources)
            if (served.Namespaced && others.Contains(QuotaUsage.CountName(served.Group, served.Plural)))
                resources.Add((served.Group, served.Plural, served.Group.Length == 0 ? $"/api/{served.Version}" : $"/apis/{served.Group}/{served.Version}"));
        return resources;
    }

    private async Task<JsonObject?> ReadAsync(string path, CancellationToken cancellation)
    {
        try
        {
            return DocumentReader.ParseJson((await api.SendForBodyAsync(new("GET", path), cancellation)).Span);
        }
        catch (ApiException e) when (e.Code == 404)
        {
            return null;
        }
    }
}
