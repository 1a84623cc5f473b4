using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.Api.Schemas;

namespace Slipway.ApiServer.Writes;

/// <summary>How to delete (<see href="https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/delete-options/"/>).</summary>
/// <param name="GraceSeconds">Time for a pod to end; null for its own choice.</param>
/// <param name="Propagation"><c>Orphan</c>, <c>Background</c>, <c>Foreground</c>; null for the kind's default.</param>
/// <param name="Uid">The uid that the object must have.</param>
/// <param name="ResourceVersion">The resource version that the object must have.</param>
/// <param name="AsksToCascade">Whether <c>orphanDependents: false</c> was said, to which an unfinished deletion is answered by 202.</param>
internal sealed record DeleteOptions(long? GraceSeconds, string? Propagation, string? Uid, string? ResourceVersion, bool AsksToCascade = false)
{
    private const string Unreadable = "ignoreStoreReadErrorWithClusterBreakingPotential";

    /// <summary>Reads the body, and what it does not say from the query. A dry run that the body asks for is noted in the context.</summary>
    /// <exception cref="ApiException">400 or 422.</exception>
    public static DeleteOptions Read(WriteContext context)
    {
        var (body, query) = (context.OptionsBody(), context.Query);
        CheckType(context, body);
        var orphans = body.Boolean("orphanDependents") ?? (query["orphanDependents"] is { Length: > 0 } ? query.Flag("orphanDependents") : (bool?)null);
        var propagation = body.Text("propagationPolicy") ?? query["propagationPolicy"];
        var dryRun = body.Array("dryRun")?.Select(d => d.AsText() ?? "").ToArray() ?? [];

        var causes = new List<StatusCause>();
        if (orphans is not null && !string.IsNullOrEmpty(propagation))
            causes.Add(StatusCause.Invalid("propagationPolicy", $"\"{propagation}\"", "orphanDependents and deletionPropagation cannot be both set"));
        else if (propagation is not (null or "" or "Orphan" or "Background" or "Foreground"))
            causes.Add(StatusCause.NotSupported("propagationPolicy", $"\"{propagation}\"", ["Foreground", "Background", "Orphan", "nil"]));
        if (dryRun.Any(d => d != "All"))
            causes.Add(StatusCause.NotSupported("dryRun", $"[]string{{{string.Join(", ", dryRun.Select(d => $"\"{d}\""))}}}", ["All"]));
        if (body.Boolean(Unreadable) == true || query.Flag(Unreadable))
            causes.Add(StatusCause.Forbidden(Unreadable, "objects that cannot be read are not deleted by the API"));
        if (causes.Count > 0) throw ApiException.Invalid("meta.k8s.io", "DeleteOptions", "", causes);

        context.DryRun |= dryRun.Length > 0;
        var grace = body.Integer("gracePeriodSeconds") ?? query.Number("gracePeriodSeconds");
        var preconditions = body.Object("preconditions");
        return new DeleteOptions(
            grace is < 0 ? 1 : grace,
            orphans switch { true => "Orphan", false => "Background", null => string.IsNullOrEmpty(propagation) ? null : propagation },
            preconditions?.Text("uid"),
            preconditions?.Text("resourceVersion"),
            orphans == false);
    }

    // Clients send the options in the version of the group that they delete from as well as in the core one's.
    private static void CheckType(WriteContext context, JsonObject body)
    {
        if (body.Kind is not ("" or "DeleteOptions")) throw ApiException.BadRequest($"the body of a deletion must be DeleteOptions, not {body.Kind}");
        if (body.ApiVersion is not ("" or "v1" or "meta.k8s.io/v1") && body.ApiVersion != context.Type.ApiVersion && BuiltInKinds.All.All(t => t.ApiVersion != body.ApiVersion))
            throw ApiException.BadRequest($"no kind \"DeleteOptions\" is registered for version \"{body.ApiVersion}\"");
        if (body.Count == 0) return;
        if (SchemaValidator.Validate(BuiltInKinds.SchemaOf("io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions"), body) is [var wrong, ..])
            throw ApiException.BadRequest($"DeleteOptions in version \"v1\" cannot be handled as a DeleteOptions: {wrong.Field}: {wrong.Message}");
    }
}
