using System.Text;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Client;

namespace Slipway.Controllers;

/// <summary>
/// Has every object of a resource written again, so that all are stored in the version that the resource is stored in now
/// (<see href="https://kubernetes.io/docs/tasks/manage-kubernetes-objects/storage-version-migration/"/>). Whoever is stopped meanwhile begins anew:
/// what is stored as it should be is not written twice.
/// </summary>
internal sealed class StorageVersionMigrationController(Informer<MigrationView> migrations, IApi api, TimeProvider clock) : IReconciler
{
    private const string Manager = "storage-version-migrator-controller";

    /// <summary>How long a resource that is not served is waited for: its definition may be new.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(2);

    public static void Register(ControllerHost host)
    {
        var migrations = host.Informer(Kinds.StorageVersionMigrations);
        host.Add("storage-version-migrator", new StorageVersionMigrationController(migrations, host.Api, host.Clock)).For(migrations);
    }

    public async ValueTask<Result> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        if (migrations.Get(key) is not { HasEnded: false, Metadata.DeletionTimestamp: null } migration)
            return Result.Done;
        var (wanted, now) = (migration.Spec.Resource, clock.GetUtcNow().UtcDateTime);
        var served = (await ResourceDiscovery.DiscoverAsync(api, cancellation)).Resources.FirstOrDefault(r => (r.Group, r.Plural) == (wanted.Group, wanted.Resource));
        if (served is null || !served.Can("list", "patch"))
        {
            if (now - migration.Metadata.CreationTimestamp < Patience)
                return Result.After(LookAgain);
            await TellAsync(migration, MigrationStatusView.Failed, $"resource not found: {wanted} is not served, or cannot be listed and patched", cancellation);
            return Result.Done;
        }

        var (items, version) = await api.ListAsync(served.Metadata, null, new ListOptions { Accept = PartialObjectMetadata.Accept }, cancellation);
        migration = await TellAsync(migration, MigrationStatusView.Running, "", cancellation, version);
        foreach (var item in items)
        {
            if (await WriteAgainAsync(served, item, cancellation) is not { } problem)
                continue;
            await TellAsync(migration, MigrationStatusView.Failed, problem, cancellation);
            return Result.Done;
        }

        await TellAsync(migration, MigrationStatusView.Succeeded, "", cancellation);
        return Result.Done;
    }

    /// <returns>Why the object cannot be written; null if it is, or is gone, or somebody else has written it meanwhile.</returns>
    private async Task<string?> WriteAgainAsync(DiscoveredResource resource, PartialObjectMetadata item, CancellationToken cancellation)
    {
        var (ns, name) = (item.Metadata.NamespaceProperty, item.Metadata.Name);
        // With uid and version, so that what is deleted meanwhile is not made anew.
        var nothing = new JsonObject
        {
            ["apiVersion"] = resource.Group.Length == 0 ? resource.Version : $"{resource.Group}/{resource.Version}",
            ["kind"] = resource.Kind,
            ["metadata"] = new JsonObject { ["name"] = name, ["uid"] = item.Metadata.Uid, ["resourceVersion"] = item.Metadata.ResourceVersion },
        };
        var request = new ApiRequest("PATCH", $"{resource.Metadata.ObjectPath(ns, name)}?fieldManager={Manager}") { Body = Encoding.UTF8.GetBytes(nothing.ToJsonString()), ContentType = "application/apply-patch+yaml" };
        try
        {
            await api.SendForBodyAsync(request, cancellation);
            return null;
        }
        catch (ApiException e) when (e.Code is 404 or 409)
        {
            return null;
        }
        catch (ApiException e) when (e.Code is >= 400 and < 500 and not 429)
        {
            return $"{(ns is null ? name : $"{ns}/{name}")} cannot be written: {e.Message}";
        }
    }

    private async Task<MigrationView> TellAsync(MigrationView migration, string type, string message, CancellationToken cancellation, string? version = null)
    {
        var status = MigrationStatusView.With(migration.Status, type, message, clock.GetUtcNow().UtcDateTime);
        status.ResourceVersion = version ?? status.ResourceVersion;
        var told = new MigrationView { Metadata = migration.Metadata, Spec = migration.Spec, Status = status };
        await api.PatchStatusAsync(Kinds.StorageVersionMigrations, migration, told, cancellation);
        return told;
    }
}
