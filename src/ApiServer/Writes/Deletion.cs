using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.ApiServer.Admission;
using Slipway.ApiServer.Caching;
using Slipway.ApiServer.Reads;
using Slipway.ApiServer.Wire;

namespace Slipway.ApiServer.Writes;

/// <summary>DELETE of an object and of a collection.</summary>
internal sealed class Deletion(ObjectReader reader, Committer committer, AdmissionChain admission, DefinitionAcceptance definitions, TimeProvider clock)
{
    public async ValueTask<Reply> DeleteAsync(WriteContext context, CancellationToken cancellation)
    {
        var options = DeleteOptions.Read(context);
        var item = await reader.FindAsync(context.Resource, context.Path.Namespace, context.Path.Name, null, cancellation);
        var (removed, last) = await DeleteAsync(context, item, options, cancellation) ?? throw context.NotFound(context.Path.Name);
        // Of what is not gone yet, 202 is only told to those who asked in the old way for its dependents to go too.
        if (!removed) return Committer.Show(context, last, options.AsksToCascade ? 202 : 200);
        return KindPolicy.Of(context.Type).ShowsDeleted
            ? Committer.Show(context, last, 200)
            : StatusBody.Deleted(context.Type.Group, context.Type.Plural, context.Path.Name, last.Field("metadata.uid"), context.WarningHeaders());
    }

    public async ValueTask<Reply> DeleteCollectionAsync(WriteContext context, ListOptions list, CancellationToken cancellation)
    {
        var options = DeleteOptions.Read(context);
        var selection = context.Resource.Select(context.Path.Namespace, list.Labels, list.Fields);
        var (items, meta) = await reader.SelectAsync(context.Resource, selection, list, cancellation);
        var deleted = new List<CachedObject>();
        foreach (var item in items)
        {
            if (await DeleteAsync(context, item, options, cancellation) is var (_, last)) deleted.Add(last);
        }
        return ObjectReader.PresentList(deleted, meta, context.Presenter, context.WarningHeaders());
    }

    /// <summary>Deletes an object, or marks it as being deleted; null when somebody else has removed it meanwhile.</summary>
    public async ValueTask<(bool Removed, CachedObject Last)?> DeleteAsync(
        WriteContext context, CachedObject item, DeleteOptions options, CancellationToken cancellation)
    {
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            var current = Committer.Parse(context.Resource, item);
            Check(context, current, options);
            await admission.AdmitAsync(context, Operation.Delete, null, current, cancellation);
            var plan = DeletionPlan.For(current, options, KindPolicy.Of(context.Type), clock.GetUtcNow());
            if (plan is { Remove: false, Document: null }) return (false, item);

            var outcome = plan.Remove
                ? await committer.RemoveAsync(context, item, cancellation)
                : await committer.PutAsync(context, plan.Document!, item.Revision, cancellation);
            if (outcome.Committed)
            {
                await definitions.AfterWriteAsync(context, outcome.Object!, cancellation);
                return (plan.Remove, outcome.Object!);
            }
            if (outcome.Object is null) return null;
            item = outcome.Object;
        }
    }

    private static void Check(WriteContext context, JsonObject current, DeleteOptions options)
    {
        if (options.Uid is { } uid && uid != current.Uid)
            throw Failed($"the UID in the precondition ({uid}) does not match the UID in record ({current.Uid}). The object might have been deleted and then recreated");
        if (options.ResourceVersion is { } revision && revision != current.ResourceVersion)
            throw Failed($"the ResourceVersion in the precondition ({revision}) does not match the ResourceVersion in record ({current.ResourceVersion}). The object might have been modified");

        ApiException Failed(string why) => ApiException.Conflict(context.Type.Group, context.Type.Kind, current.Name, why);
    }
}
