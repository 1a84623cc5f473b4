using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Apply;
using Slipway.Api.Documents;
using Slipway.Api.Rules.Subresources;
using Slipway.ApiServer.Admission;
using Slipway.ApiServer.Caching;
using Slipway.ApiServer.Catalog;
using Slipway.ApiServer.Reads;
using Slipway.ApiServer.Services;
using Slipway.ApiServer.Wire;

namespace Slipway.ApiServer.Writes;

/// <summary>
/// PUT and PATCH of objects and their subresources: from the current document make the wanted one, and commit it at the current
/// revision, again from the start when somebody else was faster, for as long as the request has time.
/// </summary>
internal sealed class Update(
    ObjectReader reader, Committer committer, AdmissionChain admission, DefinitionAcceptance definitions, ServiceAllocator services, Creation creation, TimeProvider clock)
{
    /// <summary>Makes the wanted document from the current one, which it may change.</summary>
    /// <remarks>A resource version in the result must be the current one.</remarks>
    public delegate JsonObject Change(JsonObject current);

    /// <summary>Applies a configuration to the current document (without its managed fields), given its owners.</summary>
    public delegate ValueTask<Applied> Application(JsonObject current, ManagedFields owners);

    /// <summary>PUT of an object.</summary>
    public async ValueTask<Reply> ReplaceAsync(WriteContext context, CancellationToken cancellation)
    {
        var document = DocumentSteps.Read(context);
        if (document.Name.Length == 0) document.Name = context.Path.Name;
        var policy = KindPolicy.Of(context.Type);
        var reply = await ChangeAsync(context, (_, _) =>
        {
            if (policy.NeedsVersion && document.ResourceVersion.Length == 0) throw context.Invalid(document.Name, [VersionRequired]);
            return ((JsonObject)document.DeepClone(), null);
        }, cancellation);
        if (reply is not null) return reply;
        if (!policy.CreatesOnUpdate || context.Path.Subresource.Length > 0) throw context.NotFound(context.Path.Name);
        if (document.Uid.Length > 0) throw UidOfNothing(context, document.Uid);
        document.ResourceVersion = "";
        return await creation.CreateAsync(context, document, null, cancellation);
    }

    /// <summary>Changes the object that the path names.</summary>
    /// <exception cref="ApiException">404 among others.</exception>
    public async ValueTask<Reply> ApplyAsync(WriteContext context, Change change, CancellationToken cancellation)
    {
        // Few patches speak of managed fields; the others need not carry them along.
        var showsOwners = context.Request.Body.Span.IndexOf("managedFields"u8) >= 0;
        return await ChangeAsync(context, (current, held) =>
        {
            var copy = (JsonObject)current.DeepClone();
            if (showsOwners) Ownership.Attach(copy, held?.DeepClone());
            return (change(copy), null);
        }, cancellation) ?? throw context.NotFound(context.Path.Name);
    }

    /// <summary>Applies a configuration to the object that the path names; null when it is not there.</summary>
    public ValueTask<Reply?> ApplyConfigurationAsync(WriteContext context, Application application, CancellationToken cancellation) =>
        ChangeAsync(context, async (current, _, item) =>
        {
            var applied = await application(current, Ownership.Of(context.Resource.View(item)));
            return (applied.Document, applied);
        }, cancellation);

    /// <summary>409 for a document with a uid when there is no object.</summary>
    public static ApiException UidOfNothing(WriteContext context, string uid) => ApiException.Conflict(
        context.Type.Group, context.Type.Plural, context.Path.Name, $"uid mismatch: the provided object specified uid {uid}, and no existing object was found");

    private ValueTask<Reply?> ChangeAsync(WriteContext context, Func<JsonObject, JsonNode?, (JsonObject, Applied?)> make, CancellationToken cancellation) =>
        ChangeAsync(context, (current, held, _) => new ValueTask<(JsonObject, Applied?)>(make(current, held)), cancellation);

    private async ValueTask<Reply?> ChangeAsync(
        WriteContext context, Func<JsonObject, JsonNode?, CachedObject, ValueTask<(JsonObject Wanted, Applied? Applied)>> make, CancellationToken cancellation)
    {
        var path = context.Path;
        var item = await reader.FindOrNullAsync(context.Resource, path.Namespace, path.Name, null, cancellation);
        if (item is null) return null;
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            context.Warnings.Clear();
            await using var turn = await services.EnterAsync(context, cancellation);
            var current = Committer.Parse(context.Resource, item);
            var held = Ownership.Detach(current);
            var (wanted, applied) = await make(current, held, item);
            CheckPreconditions(context, current, wanted);
            var demanded = wanted.ResourceVersion.Length > 0 && context.Request.Method == "PUT";
            var (result, owners) = await PrepareAsync(context, item, current, wanted, held, applied, cancellation);
            var outcome = await turn.CommitAsync(() => CommitAsync(context, item, current, result, owners, cancellation));
            if (outcome.Committed)
            {
                await definitions.AfterWriteAsync(context, outcome.Object!, cancellation);
                return Committer.Show(context, outcome.Object!, 200);
            }

            item = outcome.Object ?? throw context.NotFound(path.Name);
            if (demanded) throw context.Conflict(path.Name);
        }
    }

    /// <summary>Whether nothing holds an object that is being deleted any longer.</summary>
    public static bool IsReleased(JsonObject document) =>
        document.IsBeingDeleted
        && document.Finalizers.Count == 0
        && document.DeletionGracePeriodSeconds is null or 0
        && !(document.Kind == "Namespace" && document.Object("spec")?.Array("finalizers") is { Count: > 0 });

    private async ValueTask<Committer.Outcome> CommitAsync(
        WriteContext context, CachedObject item, JsonObject current, JsonObject result, Ownership.Owners owners, CancellationToken cancellation)
    {
        if (IsReleased(result)) return await committer.RemoveAsync(context, item, cancellation);
        if (!owners.IsChange && IsOfStorageVersion(context.Resource, item) && JsonNode.DeepEquals(current, result)) return new(true, item);
        Ownership.Attach(result, owners.Node);
        return await committer.PutAsync(context, result, item.Revision, cancellation);
    }

    // What is stored in an older version is written although nothing changes: that is how storage is migrated. The cache has it as it is stored.
    private static bool IsOfStorageVersion(ServedResource resource, CachedObject item) =>
        resource.Custom is not { } custom || resource.Cache.Find(item.Key) is not { } stored || stored.Revision != item.Revision || stored.ApiVersion == custom.StorageApiVersion;

    private static readonly StatusCause VersionRequired = StatusCause.Invalid("metadata.resourceVersion", "0x0", "must be specified for an update");

    private static void CheckPreconditions(WriteContext context, JsonObject current, JsonObject wanted)
    {
        if (wanted.ResourceVersion.Length > 0 && wanted.ResourceVersion != current.ResourceVersion) throw context.Conflict(current.Name);
        if (wanted.Uid.Length > 0 && wanted.Uid != current.Uid)
            throw ApiException.Conflict(context.Type.Group, context.Type.Plural, current.Name, $"Precondition failed: UID in precondition: {wanted.Uid}, UID in object meta: {current.Uid}");
    }

    // The document to commit without its managed fields, with a resource version like the current one's, so that the two can be
    // compared; and its owners.
    private async ValueTask<(JsonObject Result, Ownership.Owners Owners)> PrepareAsync(
        WriteContext context, CachedObject item, JsonObject current, JsonObject wanted, JsonNode? held, Applied? applied, CancellationToken cancellation)
    {
        var rules = context.Resource.Rules;
        var given = Ownership.Detach(wanted);
        Complete(context, current, wanted);
        // What admission and the rules change beyond the client's wishes belongs to nobody.
        var owners = applied is not null ? applied.SameOwners ? new Ownership.Owners(held, false) : new(applied.Owners.ToJson(), true)
            : context.Path.Subresource == "finalize" ? new(held, false)
            : await Ownership.AfterUpdateAsync(context, FieldManagers.Of(context, clock.GetUtcNow()), item, held, current, wanted, given, cancellation);
        var request = new AdmissionRequest(context, Operation.Update, wanted, current);
        await admission.MutateAsync(request, cancellation);
        wanted = request.Object!;
        switch (context.Path.Subresource)
        {
            case { Length: > 0 } name and not "scale":
                var part = SubresourceRules.For(name, rules);
                wanted = part.Prepare(current, wanted, clock.GetUtcNow());
                DocumentSteps.Validate(context, wanted, current, d => part.Validate(current, d), d => part.Validate(current, d), cancellation);
                break;
            default:
                rules.PrepareUpdate(current, wanted);
                await services.GiveAsync(context, current, wanted, cancellation);
                CheckFinalizers(context, current, wanted);
                definitions.Accept(context, wanted, isNew: false);
                DocumentSteps.Validate(context, wanted, current, d => Ownership.InOrder(rules.ValidateUpdate(current, d), owners.Faults),
                    d => Ownership.InOrder(rules.ValidateMetadataUpdate(current, d), owners.Faults), cancellation);
                context.Warnings.AddRange(rules.Warnings(current, wanted));
                break;
        }
        request.Object = wanted;
        await admission.ValidateAsync(request, cancellation);
        return (Comparable(wanted, current), owners);
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
        CheckDeletion(context, current, wanted);
        KeepServerMetadata(current, wanted);
    }

    private static void CheckFinalizers(WriteContext context, JsonObject current, JsonObject wanted)
    {
        if (!current.IsBeingDeleted || wanted.Finalizers.Except(current.Finalizers).FirstOrDefault() is not { } added) return;
        throw context.Invalid(current.Name,
            [StatusCause.Forbidden("metadata.finalizers", $"no new finalizers can be added if the object is being deleted, found new finalizers []string{{\"{added}\"}}")]);
    }

    // Who wants an object deleted deletes it.
    private static void CheckDeletion(WriteContext context, JsonObject current, JsonObject wanted)
    {
        if (current.IsBeingDeleted) return;
        var causes = new[] { "deletionTimestamp", "deletionGracePeriodSeconds" }.Where(name => wanted.Metadata[name] is not null)
            .Select(name => StatusCause.Invalid($"metadata.{name}", wanted.Metadata[name].Shown(), "field is immutable")).ToList();
        if (causes.Count > 0) throw context.Invalid(current.Name, causes);
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
