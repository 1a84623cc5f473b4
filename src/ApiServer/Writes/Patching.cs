using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.Api.Patches;
using Slipway.ApiServer.Wire;

namespace Slipway.ApiServer.Writes;

/// <summary>PATCH: which kind of patch the media type names, and how it changes a document.</summary>
internal sealed class Patching(Update update)
{
    private const int MaxOperations = 10_000;

    public ValueTask<Reply> PatchAsync(WriteContext context, CancellationToken cancellation) =>
        update.ApplyAsync(context, ChangeOf(context), cancellation);

    private static Update.Change ChangeOf(WriteContext context)
    {
        var body = context.Request.Body;
        var mediaType = context.Request.ContentType.Split(';')[0].Trim();
        switch (mediaType)
        {
            case MediaTypes.JsonPatch:
                var operations = DocumentReader.ParseJsonNode(body.Span) as JsonArray
                    ?? throw ApiException.BadRequest("a JSON patch must be a list of operations");
                if (operations.Count > MaxOperations)
                    throw new ApiException(413, "RequestEntityTooLarge", $"The allowed maximum operations in a JSON patch is {MaxOperations}, got {operations.Count}");
                return current => Changed(context, JsonPatch.Apply(current, operations));

            case MediaTypes.MergePatch:
                var merge = DocumentReader.ParseJson(body.Span);
                return current => Changed(context, MergePatch.Apply(current, merge));

            case MediaTypes.StrategicMergePatch when !context.Type.IsCustom:
                var strategic = DocumentReader.ParseJson(body.Span);
                return current => Changed(context, StrategicMergePatch.Apply(current, strategic, context.Type.Schema));

            case MediaTypes.ApplyPatch:
                throw Unsupported("server-side apply is not served yet: leave out --server-side, or send a merge patch");

            default:
                var served = context.Type.IsCustom
                    ? $"{MediaTypes.JsonPatch}, {MediaTypes.MergePatch}"
                    : $"{MediaTypes.JsonPatch}, {MediaTypes.MergePatch}, {MediaTypes.StrategicMergePatch}";
                throw Unsupported($"the body of the request was in an unknown format ({mediaType}) - accepted media types include: {served}");
        }
    }

    private static JsonObject Changed(WriteContext context, JsonNode? result)
    {
        var document = result as JsonObject ?? throw ApiException.BadRequest("the patch leaves no object");
        DocumentSteps.CheckIdentity(context, document);
        return document;
    }

    private static ApiException Unsupported(string message) => new(415, "UnsupportedMediaType", message);
}
