using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Apply;
using Slipway.Api.Documents;
using Slipway.Api.Patches;
using Slipway.ApiServer.Wire;

namespace Slipway.ApiServer.Writes;

/// <summary>PATCH: which kind of patch the media type names, and how it changes a document.</summary>
internal sealed class Patching(Update update, Creation creation, TimeProvider clock)
{
    private const int MaxOperations = 10_000;
    private const int Attempts = 8;

    public ValueTask<Reply> PatchAsync(WriteContext context, CancellationToken cancellation) =>
        context.IsApply ? ApplyAsync(context, cancellation) : update.ApplyAsync(context, ChangeOf(context), cancellation);

    private static Update.Change ChangeOf(WriteContext context)
    {
        var body = context.Request.Body;
        var mediaType = context.Request.ContentType.Split(';')[0].Trim();
        switch (mediaType)
        {
            case MediaTypes.JsonPatch:
                var operations = Read(context) as JsonArray
                    ?? throw ApiException.BadRequest("a JSON patch must be a list of operations");
                if (operations.Count > MaxOperations)
                    throw new ApiException(413, "RequestEntityTooLarge", $"The allowed maximum operations in a JSON patch is {MaxOperations}, got {operations.Count}");
                return current => Changed(context, JsonPatch.Apply(current, operations));

            case MediaTypes.MergePatch:
                var merge = Read(context) as JsonObject ?? throw ApiException.BadRequest("a merge patch must be an object");
                return current => Changed(context, MergePatch.Apply(current, merge));

            case MediaTypes.StrategicMergePatch when !context.Type.IsCustom:
                var strategic = Read(context) as JsonObject ?? throw ApiException.BadRequest("a strategic merge patch must be an object");
                return current => Changed(context, StrategicMergePatch.Apply(current, strategic, context.Type.Schema));

            default:
                string[] served = context.Type.IsCustom
                    ? [MediaTypes.JsonPatch, MediaTypes.MergePatch, MediaTypes.ApplyPatch]
                    : [MediaTypes.JsonPatch, MediaTypes.MergePatch, MediaTypes.StrategicMergePatch, MediaTypes.ApplyPatch];
                throw new ApiException(415, "UnsupportedMediaType",
                    $"the body of the request was in an unknown format - accepted media types include: {string.Join(", ", served)}");
        }
    }

    /// <summary>Server-side apply, which creates what is not there.</summary>
    private async ValueTask<Reply> ApplyAsync(WriteContext context, CancellationToken cancellation)
    {
        var configuration = ApplyConfiguration.Read(context, context.Type.ApiVersion, context.Type.Kind);
        var manager = FieldManagers.Of(context, clock.GetUtcNow());
        var force = context.Query.Flag("force");
        for (var attempt = 1; ; attempt++)
        {
            var reply = await update.ApplyConfigurationAsync(context, (current, owners) => MergeAsync(current, owners), cancellation);
            if (reply is not null) return reply;
            if (context.Path.Subresource.Length > 0) throw context.NotFound(context.Path.Name);
            if (configuration.Uid.Length > 0) throw Update.UidOfNothing(context, configuration.Uid);
            context.Warnings.Clear();
            var applied = await MergeAsync([], ManagedFields.None);
            try
            {
                return await creation.CreateAsync(context, applied.Document, applied.Owners, cancellation);
            }
            catch (ApiException e) when (e.Reason == "AlreadyExists" && attempt < Attempts)
            {
                // Somebody has created it meanwhile: then it is changed.
            }
        }

        async ValueTask<Applied> MergeAsync(JsonObject current, ManagedFields owners)
        {
            var applied = await ServerSideApply.ApplyAsync(manager, context.Type.Schema, current, configuration, owners, force, context.Resource.Versions, cancellation);
            DocumentSteps.CheckIdentity(context, applied.Document);
            return applied;
        }
    }

    private static JsonNode? Read(WriteContext context) => DocumentReader.ParseJsonNode(context.Request.Body.Span, context.Duplicates);

    private static JsonObject Changed(WriteContext context, JsonNode? result)
    {
        var document = result as JsonObject ?? throw ApiException.BadRequest("the patch leaves no object");
        DocumentSteps.CheckIdentity(context, document);
        return document;
    }
}
