using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.ApiServer.Routing;

namespace Slipway.ApiServer.Writes;

/// <summary>How to delete (<see href="https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/delete-options/"/>).</summary>
/// <param name="GraceSeconds">Time for a pod to end; null for its own choice.</param>
/// <param name="Propagation"><c>Orphan</c>, <c>Background</c>, <c>Foreground</c>; null for the kind's default.</param>
/// <param name="Uid">The uid that the object must have.</param>
/// <param name="ResourceVersion">The resource version that the object must have.</param>
internal sealed record DeleteOptions(long? GraceSeconds, string? Propagation, string? Uid, string? ResourceVersion)
{
    /// <summary>Reads the body, and what it does not say from the query.</summary>
    /// <exception cref="ApiException">400 or 422.</exception>
    public static DeleteOptions Parse(JsonObject body, Query query)
    {
        if (body.Kind is not ("" or "DeleteOptions")) throw ApiException.BadRequest($"the body of a deletion must be DeleteOptions, not {body.Kind}");
        var preconditions = body.Object("preconditions");
        var orphans = body.Boolean("orphanDependents") ?? (query["orphanDependents"] is { Length: > 0 } ? query.Flag("orphanDependents") : (bool?)null);
        var propagation = body.Text("propagationPolicy") ?? query["propagationPolicy"];
        if (orphans is not null && !string.IsNullOrEmpty(propagation))
            throw Refuse(StatusCause.Invalid("propagationPolicy", $"\"{propagation}\"", "orphanDependents and deletionPropagation cannot be both set"));
        propagation = orphans switch { true => "Orphan", false => "Background", null => propagation };
        if (propagation is not (null or "" or "Orphan" or "Background" or "Foreground"))
            throw Refuse(StatusCause.NotSupported("propagationPolicy", $"\"{propagation}\"", ["Foreground", "Background", "Orphan"]));
        var grace = body.Integer("gracePeriodSeconds") ?? query.Number("gracePeriodSeconds");
        return new DeleteOptions(
            grace is < 0 ? 1 : grace,
            string.IsNullOrEmpty(propagation) ? null : propagation,
            preconditions?.Text("uid"),
            preconditions?.Text("resourceVersion"));
    }

    private static ApiException Refuse(StatusCause cause) => ApiException.Invalid("meta.k8s.io", "DeleteOptions", "", [cause]);
}
