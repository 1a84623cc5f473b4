using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.Api.Rules.Subresources;
using Slipway.ApiServer.Admission;
using Slipway.ApiServer.Caching;
using Slipway.ApiServer.Reads;
using Slipway.ApiServer.Services;
using Slipway.ApiServer.Wire;

namespace Slipway.ApiServer.Writes;

/// <summary>
/// PUT and PATCH of objects and their subresources: from the current document make the wanted one, and commit it at the current
/// revision, again from the start when somebody else was faster.
/// </summary>
internal sealed class Update(ObjectReader reader, Committer committer, AdmissionChain admission, DefinitionAcceptance definitions, ServiceAllocator services, TimeProvider clock)
{
    private const int Attempts = 8;

    /// <summary>Makes the wanted document from the current one, which it may change.</summary>
    /// <remarks>A resource version in the result must be the current one.</remarks>
    public delegate JsonObject Change(JsonObject current);

    /// <summary>PUT of an object.</summary>
    public ValueTask<Reply> ReplaceAsync(WriteContext context, CancellationToken cancellation)
    {
        var document = DocumentSteps.Read(context);
        var absent = document.Name.Length == 0;
        if (absent) document.Name = context.Path.Name;
        return ApplyAsync(context, _ => (JsonObject)document.DeepClone(), cancellation);
    }

    /// <summary>Applies a change to the object that the path names.</summary>
    public async ValueTask<Reply> ApplyAsync(WriteContext context, Change change, CancellationToken cancellation)
    {
        var path = context.Path;
        var item = await reader.FindAsync(context.Resource, path.Namespace, path.Name, null, cancellation);
        for (var attempt = 1; ; attempt++)
        {
            context.Warnings.Clear();
            using var turn = await services.EnterAsync(context, cancellation);
            var current = Committer.Parse(context.Resource, item);
            var wanted = change((JsonObject)current.DeepClone());
            CheckPreconditions(context, current, wanted);
            var demanded = wanted.ResourceVersion.Length > 0 && context.Request.Method == "PUT";
            var result = await PrepareAsync(context, current, wanted, cancellation);
            var outcome = await CommitAsync(context, item, current, result, cancellation);
            if (outcome.Committed)
            {
                await definitions.AfterWriteAsync(context, outcome.Object!, cancellation);
                return Committer.Show(context, outcome.Object!, 200);
            }

            item = outcome.Object ?? throw context.NotFound(path.Name);
            if (demanded || attempt == Attempts) throw context.Conflict(path.Name);
        }
    }

    /// <summary>Whether nothing holds an object that is being deleted any longer.</summary>
    public static bool IsReleased(JsonObject document) =>
        document.IsBeingDeleted
        && document.Finalizers.Count == 0
        && document.DeletionGracePeriodSeconds is null or 0
        && !(document.Kind == "Namespace" && document.Object("spec")?.Array("finalizers") is { Count: > 0 });

    private async ValueTask<Committer.Outcome> CommitAsync(
        WriteContext context, CachedObject item, JsonObject current, JsonObject result, CancellationToken cancellation)
    {
        if (IsReleased(result)) return await committer.RemoveAsync(context, item, cancellation);
        var isUnchanged = JsonNode.DeepEquals(current, result);
        return isUnchanged ? new(true, item) : await committer.PutAsync(context, result, item.Revision, cancellation);
    }

    private static void CheckPreconditions(WriteContext context, JsonObject current, JsonObject wanted)
    {
        if (wanted.ResourceVersion.Length > 0 && wanted.ResourceVersion != current.ResourceVersion) throw context.Conflict(current.Name);
        if (wanted.Uid.Length > 0 && wanted.Uid != current.Uid)
            throw ApiException.Conflict(context.Type.Group, context.Type.Plural, current.Name, $"Precondition failed: UID in precondition: {wanted.Uid}, UID in object meta: {current.Uid}");
    }

    // The document to commit, with a resource version like the current one's, so that the two can be compared.
    private async ValueTask<JsonObject> PrepareAsync(WriteContext context, JsonObject current, JsonObject wanted, CancellationToken cancellation)
    {
        var rules = context.Resource.Rules;
        if (context.Path.Subresource == "binding")
        {
            // It changes what the rules hold fixed, and nothing that came from a client besides.
            return Comparable(wanted, current);
        }
        Complete(context, current, wanted);
        var request = new AdmissionRequest(context, Operation.Update, wanted, current);
        await admission.MutateAsync(request, cancellation);
        wanted = request.Object!;
        switch (context.Path.Subresource)
        {
            case { Length: > 0 } name and not "scale":
                var part = SubresourceRules.For(name, rules);
                wanted = part.Prepare(current, wanted, clock.GetUtcNow());
                DocumentSteps.Validate(context, wanted, current, d => part.Validate(current, d));
                break;
            default:
                rules.PrepareUpdate(current, wanted);
                services.Give(context, current, wanted);
                CheckFinalizers(context, current, wanted);
                definitions.Accept(context, wanted, isNew: false);
                DocumentSteps.Validate(context, wanted, current, d => rules.ValidateUpdate(current, d));
                break;
        }
        request.Object = wanted;
        await admission.ValidateAsync(request, cancellation);
        return Comparable(wanted, current);
    }

    private static JsonObject Comparable(JsonObject wanted, JsonObject current)
    {
        var result = StoredDocument.Shape(wanted);
        result.ResourceVersion = current.ResourceVersion;
        return result;
    }

    private static void Complete(WriteContext context, JsonObject current, JsonObject wanted)
    {
        DocumentSteps.Complete(context, wanted);
        KeepServerMetadata(current, wanted);
    }

    private static void CheckFinalizers(WriteContext context, JsonObject current, JsonObject wanted)
    {
        if (!current.IsBeingDeleted || wanted.Finalizers.Except(current.Finalizers).FirstOrDefault() is not { } added) return;
        throw context.Invalid(current.Name,
            [StatusCause.Forbidden("metadata.finalizers", $"no new finalizers can be added if the object is being deleted, found new finalizers []string{{\"{added}\"}}")]);
    }

    // What a client says of these fields does not count.
    private static void KeepServerMetadata(JsonObject current, JsonObject wanted)
    {
        var (from, to) = (current.Metadata, wanted.Metadata);
        foreach (var name in (ReadOnlySpan<string>)
            ["name", "namespace", "uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation", "generateName"])
        {
            to.Remove(name);
            if (from[name] is { } value) to[name] = value.DeepClone();
        }
    }
}
