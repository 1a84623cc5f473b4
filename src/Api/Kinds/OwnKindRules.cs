using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.Api.Kinds;

/// <summary>The rules of Slipway's own kinds beyond their schemas. Pure.</summary>
public static class OwnKindRules
{
    /// <summary>The causes to refuse a document that its schema takes; none if it is sound, or of a kind that has no such rules.</summary>
    /// <param name="old">What it is to replace; null when it is created.</param>
    /// <param name="document">The document.</param>
    public static IReadOnlyList<StatusCause> Check(JsonObject? old, JsonObject document)
    {
        var (validate, validateUpdate) = Of(document.Kind);
        return [.. validate?.Invoke(document) ?? [], .. old is null ? [] : validateUpdate?.Invoke(old, document) ?? []];
    }

    /// <summary>The rules of a kind, for an object and for a change; null where it has none.</summary>
    internal static (Func<JsonObject, IReadOnlyList<StatusCause>>? Validate, Func<JsonObject, JsonObject, IReadOnlyList<StatusCause>>? ValidateUpdate) Of(string kind) => kind switch
    {
        nameof(Flow) => (FlowRules.Validate, null),
        nameof(FlowRun) => (FlowRunRules.Validate, FlowRunRules.ValidateUpdate),
        nameof(FlowBackfill) => (FlowBackfillRules.Validate, FlowBackfillRules.ValidateUpdate),
        nameof(FlowTest) => (FlowTestRules.Validate, null),
        "ArtifactStore" => (ArtifactStoreRules.Validate, ArtifactStoreRules.ValidateUpdate),
        nameof(LineageSink) => (LineageSinkRules.Validate, null),
        _ => (null, null),
    };
}
