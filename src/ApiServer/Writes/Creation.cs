using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Apply;
using Slipway.Api.Documents;
using Slipway.ApiServer.Admission;
using Slipway.ApiServer.Services;
using Slipway.ApiServer.Subresources;
using Slipway.ApiServer.Wire;

namespace Slipway.ApiServer.Writes;

/// <summary>POST to a collection, and writes to an object that is not there yet.</summary>
internal sealed class Creation(Committer committer, AdmissionChain admission, DefinitionAcceptance definitions, ServiceAllocator services, Identities identities, TimeProvider clock)
{
    private const int NameAttempts = 8;

    public ValueTask<Reply> CreateAsync(WriteContext context, CancellationToken cancellation) =>
        CreateAsync(context, DocumentSteps.Read(context), null, cancellation);

    /// <summary>Creates an object from a document, which is used up.</summary>
    /// <param name="context">The write.</param>
    /// <param name="document">The object.</param>
    /// <param name="applied">Its owners, if it is applied; otherwise whoever writes owns what it says.</param>
    /// <param name="cancellation">Ends the write.</param>
    public async ValueTask<Reply> CreateAsync(WriteContext context, JsonObject document, ManagedFields? applied, CancellationToken cancellation)
    {
        if (document.ResourceVersion.Length > 0) throw ApiException.BadRequest("resourceVersion should not be set on objects to be created");

        context.Audit?.About = new(document.Name, "");

        // 1. Complete it, with its owners, by what mutating admission decides and with the server's part of the metadata.
        Ownership.Detach(document);
        DocumentSteps.Complete(context, document);
        var owners = applied is null
            ? FieldOwnership.OfCreation(FieldManagers.Of(context, clock.GetUtcNow()), context.Type.Schema, document)
            : applied.ToJson();
        var request = new AdmissionRequest(context, Operation.Create, document, null);
        if (context.Resource.Custom is { IsTerminating: true }) throw request.Forbidden("create not allowed while custom resource definition is terminating");
        await admission.MutateAsync(request, cancellation);
        document = request.Object!;
        Stamp(context, document);
        var prefix = document.Name.Length == 0 ? document.GenerateName : "";
        if (prefix.Length > 0) document.Name = identities.NewName(prefix);
        context.Resource.Rules.PrepareCreate(document);
        definitions.Accept(context, document, isNew: true);

        // 2. Validate, admit, commit; a generated name that is taken is drawn again, with what the rules derive from it.
        for (var attempt = 1; ; attempt++)
        {
            if (attempt > 1)
            {
                document.Name = identities.NewName(prefix);
                context.Resource.Rules.PrepareRenamed(document);
            }
            context.Audit?.About = new(document.Name, document.Uid);
            await using var turn = await services.EnterAsync(context, cancellation);
            await services.GiveAsync(context, null, document, cancellation);
            DocumentSteps.Validate(context, document, null, context.Resource.Rules.Validate, context.Resource.Rules.ValidateMetadata, cancellation);
            await admission.ValidateAsync(request, cancellation);
            if (attempt == 1) context.Warnings.AddRange(context.Resource.Rules.Warnings(null, document));
            var name = document.Name;
            var last = prefix.Length == 0 || attempt == NameAttempts;
            var stored = last ? document : (JsonObject)document.DeepClone();
            Ownership.Attach(stored, last ? owners : owners?.DeepClone());
            var outcome = await turn.CommitAsync(() => committer.PutAsync(context, stored, 0, cancellation));
            if (outcome.Committed)
            {
                await definitions.AfterWriteAsync(context, outcome.Object!, cancellation);
                return Committer.Show(context, outcome.Object!, 201);
            }
            if (last) throw prefix.Length == 0 ? ApiException.AlreadyExists(context.Type.Group, context.Type.Plural, name) : NoUniqueName(context, name);
        }
    }

    private static ApiException NoUniqueName(WriteContext context, string name)
    {
        var taken = ApiException.AlreadyExists(context.Type.Group, context.Type.Plural, name);
        return new(409, taken.Reason, $"{taken.Message}, the server was not able to generate a unique name for the object")
        {
            Group = taken.Group,
            Kind = taken.Kind,
            Name = name,
            RetryAfterSeconds = 1,
        };
    }

    private void Stamp(WriteContext context, JsonObject document)
    {
        var metadata = document.Metadata;
        foreach (var name in (ReadOnlySpan<string>)["deletionTimestamp", "deletionGracePeriodSeconds", "generation", "selfLink"])
            metadata.Remove(name);
        document.Uid = identities.NewUid();
        document.CreationTimestamp = clock.GetUtcNow();
        if (KindPolicy.Of(context.Type).RecordsUser) RecordUser(context.User, document.ObjectOrNew("spec"));
        if (document.Name.Length == 0 && document.GenerateName.Length == 0)
            throw context.Invalid("", [StatusCause.Required("metadata.name", "name or generateName is required")]);
    }

    private static void RecordUser(UserInfo user, JsonObject spec)
    {
        foreach (var name in (ReadOnlySpan<string>)["username", "uid", "groups", "extra"]) spec.Remove(name);
        foreach (var (name, value) in UserDocument.Of(user)) spec[name] = value?.DeepClone();
    }
}
