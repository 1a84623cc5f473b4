using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.ApiServer.Admission;
using Slipway.ApiServer.Services;
using Slipway.ApiServer.Wire;

namespace Slipway.ApiServer.Writes;

/// <summary>POST to a collection.</summary>
internal sealed class Creation(Committer committer, AdmissionChain admission, DefinitionAcceptance definitions, ServiceAllocator services, Identities identities, TimeProvider clock)
{
    private const int NameAttempts = 8;

    public async ValueTask<Reply> CreateAsync(WriteContext context, CancellationToken cancellation)
    {
        // 1. Decode, strictly.
        var document = DocumentSteps.Read(context);
        if (document.ResourceVersion.Length > 0) throw ApiException.BadRequest("resourceVersion should not be set on objects to be created");

        // 2. Complete it, by what mutating admission decides and with the server's part of the metadata.
        DocumentSteps.Complete(context, document);
        var request = new AdmissionRequest(context, Operation.Create, document, null);
        await admission.MutateAsync(request, cancellation);
        document = request.Object!;
        Stamp(context, document);
        var prefix = document.Name.Length == 0 ? document.GenerateName : "";
        if (prefix.Length > 0) document.Name = identities.NewName(prefix);
        context.Resource.Rules.PrepareCreate(document);
        definitions.Accept(context, document, isNew: true);

        // 3. Validate, admit, commit; a generated name that is taken is drawn again, with what the rules derive from it.
        for (var attempt = 1; ; attempt++)
        {
            if (attempt > 1)
            {
                document.Name = identities.NewName(prefix);
                context.Resource.Rules.PrepareCreate(document);
            }
            using var turn = await services.EnterAsync(context, cancellation);
            services.Give(context, null, document);
            DocumentSteps.Validate(context, document, null, context.Resource.Rules.Validate);
            await admission.ValidateAsync(request, cancellation);
            var name = document.Name;
            var last = prefix.Length == 0 || attempt == NameAttempts;
            var outcome = await committer.PutAsync(context, last ? document : (JsonObject)document.DeepClone(), 0, cancellation);
            if (outcome.Committed)
            {
                await definitions.AfterWriteAsync(context, outcome.Object!, cancellation);
                return Committer.Show(context, outcome.Object!, 201);
            }
            if (last) throw ApiException.AlreadyExists(context.Type.Group, context.Type.Plural, name);
        }
    }

    private void Stamp(WriteContext context, JsonObject document)
    {
        var metadata = document.Metadata;
        foreach (var name in (ReadOnlySpan<string>)["deletionTimestamp", "deletionGracePeriodSeconds", "generation", "managedFields", "selfLink"])
            metadata.Remove(name);
        document.Uid = identities.NewUid();
        document.CreationTimestamp = clock.GetUtcNow();
        if (document.Name.Length == 0 && document.GenerateName.Length == 0)
            throw context.Invalid("", [StatusCause.Required("metadata.name", "name or generateName is required")]);
    }
}
