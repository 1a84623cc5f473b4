using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Apply;
using Slipway.Api.Conversions;
using Slipway.Api.Documents;
using Slipway.Api.Patches;
using Slipway.ApiServer.Caching;
using Slipway.ApiServer.Catalog;
using Slipway.ApiServer.Reads;
using Slipway.ApiServer.Wire;
using Slipway.ApiServer.Writes;
using Slipway.Storage;

namespace Slipway.ApiServer.Subresources;

/// <summary>
/// <c>scale</c> of whatever resource has one: reads show the object as a <c>Scale</c>, writes change the number of its replicas and
/// nothing else, by the rules of the object's kind.
/// </summary>
internal sealed class Scaling(ObjectReader reader, Update update, TimeProvider clock)
{
    /// <summary>GET, PUT and PATCH.</summary>
    /// <param name="verb">The verb.</param>
    /// <param name="context">The request, about the object that is scaled; its presenter writes scales.</param>
    /// <param name="cancellation">Ends it.</param>
    public async ValueTask<Reply> AnswerAsync(string verb, WriteContext context, CancellationToken cancellation)
    {
        var (resource, path) = (context.Resource, context.Path);
        var (scale, paths) = (resource.Scale!, resource.Type.Scale!);
        if (verb == "get")
        {
            var item = await reader.FindAsync(resource, path.Namespace, path.Name, null, cancellation);
            return ObjectReader.Present(scale, item, context.Presenter);
        }

        var parent = new WriteContext(resource, path, context.Query, context.Request, context.User, new WholePresenter(resource), context.Audit);
        if (parent.IsApply) return ObjectReader.Present(scale, Item(resource, await ApplyAsync(parent, scale, paths, cancellation)), context.Presenter);
        var change = verb == "patch" ? PatchOf(context) : ReplacementBy(context);
        var written = await update.ApplyAsync(parent, current => ScaleDocument.Apply(current, change(ScaleDocument.BeforeChange(current, paths)), paths), cancellation);
        return ObjectReader.Present(scale, Item(resource, written), context.Presenter);
    }

    // The configuration is applied to the scale, whose owners are those of the object's replicas.
    private async ValueTask<Reply> ApplyAsync(WriteContext parent, ServedResource scale, ScalePaths paths, CancellationToken cancellation)
    {
        var configuration = ApplyConfiguration.Read(parent, scale.Type.ApiVersion, scale.Type.Kind);
        Check(parent, configuration);
        var manager = FieldManagers.Of(parent, clock.GetUtcNow()) with { ApiVersion = scale.Type.ApiVersion };
        return await update.ApplyConfigurationAsync(parent, ApplyToAsync, cancellation) ?? throw parent.NotFound(parent.Path.Name);

        async ValueTask<Applied> ApplyToAsync(JsonObject current, ManagedFields owners)
        {
            var live = ScaleDocument.BeforeChange(current, paths);
            var applied = await ServerSideApply.ApplyAsync(manager, scale.Type.Schema, live, configuration, ScaleOwners.Of(owners, PathIn), parent.Query.Flag("force"), null, cancellation);
            var wanted = applied.Document;
            if (configuration.ResourceVersion.Length == 0) wanted.ResourceVersion = "";
            var document = ScaleDocument.Apply((JsonObject)current.DeepClone(), wanted, paths);
            var after = ScaleOwners.After(owners, applied.Owners, parent.Type.ApiVersion, PathIn);
            return new(document, after, after.SameOwners(owners));
        }

        string? PathIn(string apiVersion) => parent.Resource.ScaleIn(apiVersion)?.Desired;
    }

    private static Func<JsonObject, JsonObject> ReplacementBy(WriteContext context)
    {
        var scale = RequestDocument.Read(context.Request);
        Check(context, scale);
        return _ => scale;
    }

    private static Func<JsonObject, JsonObject> PatchOf(WriteContext context)
    {
        var body = context.Request.Body;
        Func<JsonObject, JsonNode?> patch;
        switch (context.Request.ContentType.Split(';')[0].Trim())
        {
            case MediaTypes.JsonPatch:
                var operations = DocumentReader.ParseJsonNode(body.Span) as JsonArray ?? throw ApiException.BadRequest("a JSON patch must be a list of operations");
                patch = current => JsonPatch.Apply(current, operations);
                break;
            case MediaTypes.MergePatch or MediaTypes.StrategicMergePatch:
                // A scale has no lists, so that the two are the same.
                var merge = DocumentReader.ParseJson(body.Span);
                patch = current => MergePatch.Apply(current, merge);
                break;
            case var other:
                throw new ApiException(415, "UnsupportedMediaType",
                    $"the body of the request was in an unknown format ({other}) - accepted media types include: {MediaTypes.JsonPatch}, {MediaTypes.MergePatch}, {MediaTypes.StrategicMergePatch}, {MediaTypes.ApplyPatch}");
        }
        return current =>
        {
            var version = current.ResourceVersion;
            var scale = patch(current) as JsonObject ?? throw ApiException.BadRequest("the patch leaves no object");
            Check(context, scale);
            // A patch that says nothing of the version holds for whatever version there is.
            if (scale.ResourceVersion == version) scale.ResourceVersion = "";
            return scale;
        };
    }

    private static void Check(WriteContext context, JsonObject scale)
    {
        if (scale.Kind is not ("" or "Scale") || (scale.ApiVersion.Length > 0 && scale.ApiVersion != "autoscaling/v1"))
            throw ApiException.BadRequest($"the body must be a Scale in autoscaling/v1, not {scale.Kind} in {scale.ApiVersion}");
        if (scale.Name.Length > 0 && scale.Name != context.Path.Name)
            throw ApiException.BadRequest($"the name of the object ({scale.Name}) does not match the name on the URL ({context.Path.Name})");
        if (scale["spec"] is not (null or JsonObject) || scale.Object("spec")?["replicas"] is { } replicas && replicas.AsInteger() is null or > int.MaxValue or < int.MinValue)
            throw ApiException.BadRequest("spec.replicas: it must be a 32-bit integer");
    }

    // What was written comes back as the object's document.
    private static CachedObject Item(ServedResource resource, Reply written)
    {
        var document = (JsonObject)JsonNode.Parse(written.Body.Span, documentOptions: Nesting.Document)!;
        var revision = long.Parse(document.ResourceVersion, System.Globalization.CultureInfo.InvariantCulture);
        document.ResourceVersion = "";
        var key = resource.Key(document.Namespace, document.Name);
        return new CachedObject(new StoreRecord(key, StoredValue.Make(document, 0), 0, revision), resource.Cache.Prefix.Length);
    }
}
