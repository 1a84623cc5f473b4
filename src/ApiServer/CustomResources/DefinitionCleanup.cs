using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.ApiServer.Caching;
using Slipway.ApiServer.Catalog;
using Slipway.ApiServer.Reads;
using Slipway.ApiServer.Routing;
using Slipway.ApiServer.Writes;

namespace Slipway.ApiServer.CustomResources;

/// <summary>
/// Removes all objects of a definition that is being deleted, through the version that they are stored in, and then lets the
/// definition go. Finalizers of the objects are waited for.
/// </summary>
internal sealed class DefinitionCleanup(CacheFeed feed, Deletion deletion, UserInfo user, TimeProvider clock)
{
    /// <summary>Name of the finalizer that holds a definition until its objects are gone.</summary>
    public const string Finalizer = "customresourcecleanup.apiextensions.k8s.io";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private static readonly DeleteOptions Options = new(null, null, null, null);

    /// <summary>Deletes what is there and, when nothing is left, takes the finalizer off; returns whether that is done.</summary>
    /// <param name="definition">The definition.</param>
    /// <param name="overlaps">Whether its objects are under the keys of a built-in kind.</param>
    /// <param name="writer">Writes the definition.</param>
    /// <param name="cancellation">Ends the work.</param>
    /// <exception cref="ApiException">A write was refused.</exception>
    public async ValueTask<bool> StepAsync(KnownDefinition definition, bool overlaps, DefinitionWriter writer, CancellationToken cancellation)
    {
        if (!definition.Document.Finalizers.Contains(Finalizer)) return true;
        if (overlaps) return await LetGoAsync(definition, definition.Revision, "OverlappingBuiltInResource", "instances overlap with built-in resources in storage", writer, cancellation);
        if (definition.Storage is not { } storage) return await LetGoAsync(definition, definition.Revision, "NeverEstablished", "resource was never established", writer, cancellation);

        var revision = definition.Revision;
        if (!HasBegun(definition)) revision = await TellAsync(definition, revision, "InstanceDeletionInProgress", "CustomResource deletion is in progress", writer, cancellation);
        await feed.WaitUntilFreshAsync(cancellation);
        string? failure = null;
        foreach (var item in storage.Cache.Objects.Range(storage.Cache.Prefix).ToArray())
        {
            try
            {
                var context = ContextOf(storage, item);
                await deletion.DeleteAsync(context, await storage.ShowAsync(item, cancellation), Options, cancellation);
            }
            catch (ApiException e)
            {
                failure ??= e.Message;
            }
        }
        if (failure is not null)
        {
            await TellAsync(definition, revision, "InstanceDeletionFailed", $"could not issue all deletes: {failure}", writer, cancellation);
            return false;
        }
        await feed.WaitUntilFreshAsync(cancellation);
        if (storage.Cache.Objects.Count > 0)
        {
            if (HasWaited(definition))
                await TellAsync(definition, revision, "InstanceDeletionCheck", "could not confirm zero CustomResources remaining: context deadline exceeded", writer, cancellation);
            return false;
        }
        return await LetGoAsync(definition, revision, "InstanceDeletionCompleted", "removed all instances", writer, cancellation);
    }

    private static bool HasBegun(KnownDefinition definition) => Terminating(definition)?.Text("reason") is "InstanceDeletionInProgress" or "InstanceDeletionFailed" or "InstanceDeletionCheck";

    private bool HasWaited(KnownDefinition definition) =>
        Meta.ParseTime(Terminating(definition)?.Text("lastTransitionTime")) is { } since && clock.GetUtcNow() - since > Patience;

    private static JsonObject? Terminating(KnownDefinition definition) =>
        (definition.Document.Object("status") ?? []).Objects("conditions").FirstOrDefault(c => c.Text("type") == DefinitionStatus.Terminating);

    private async ValueTask<bool> LetGoAsync(KnownDefinition definition, long revision, string reason, string message, DefinitionWriter writer, CancellationToken cancellation)
    {
        await writer.ReleaseAsync(Telling(definition, false, reason, message), revision, cancellation);
        return true;
    }

    private ValueTask<long> TellAsync(KnownDefinition definition, long revision, string reason, string message, DefinitionWriter writer, CancellationToken cancellation)
    {
        var updated = Telling(definition, true, reason, message);
        return JsonNode.DeepEquals(updated["status"], definition.Document["status"]) && revision == definition.Revision ? new(revision) : writer.WriteStatusAsync(updated, revision, cancellation);
    }

    private JsonObject Telling(KnownDefinition definition, bool isTerminating, string reason, string message)
    {
        var updated = (JsonObject)definition.Document.DeepClone();
        DefinitionStatus.SetCondition(updated, DefinitionStatus.Terminating, isTerminating, reason, message, clock.GetUtcNow());
        return updated;
    }

    private WriteContext ContextOf(ServedResource storage, CachedObject item)
    {
        var ns = storage.Type.Namespaced ? $"/namespaces/{item.Namespace}" : "";
        var url = $"/apis/{storage.Type.ApiVersion}{ns}/{storage.Type.Plural}/{item.Name}";
        var (path, query) = Query.Split(url);
        return new(storage, path, query, new ApiRequest("DELETE", url), user, new WholePresenter(storage));
    }
}
