using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.Api.Rules;

/// <summary>The rules of custom resources: their status is their own, their metadata is left alone by status writes.</summary>
/// <param name="namespaced">Whether objects live in namespaces.</param>
/// <param name="hasStatus">Whether status is a subresource.</param>
/// <param name="validate">Rules of the kind beyond its schema.</param>
/// <param name="validateUpdate">Rules of changes, from the old and the new document.</param>
internal sealed class CustomResourceRules(
    bool namespaced, bool hasStatus,
    Func<JsonObject, IReadOnlyList<StatusCause>>? validate = null,
    Func<JsonObject, JsonObject, IReadOnlyList<StatusCause>>? validateUpdate = null) : KindRules
{
    public override bool IsNamespaced => namespaced;

    public override bool HasStatus => hasStatus;

    public override bool HasGeneration => true;

    protected override bool HasOpenFinalizers => true;

    /// <summary>A finalizer without a domain may be another's in time.</summary>
    public override IReadOnlyList<string> Warnings(JsonObject? old, JsonObject updated)
    {
        List<string>? warnings = null;
        foreach (var finalizer in updated.Finalizers.Order(StringComparer.Ordinal))
        {
            if (finalizer.Contains('/') || finalizer is "orphan" or "foregroundDeletion" or "kubernetes" || old?.Finalizers.Contains(finalizer) == true) continue;
            var path = finalizer.Contains('.') ? " including a path (/)" : "";
            (warnings ??= []).Add($"metadata.finalizers: \"{finalizer}\": prefer a domain-qualified finalizer name{path} to avoid accidental conflicts with other finalizer writers");
        }
        return warnings ?? (IReadOnlyList<string>)[];
    }

    protected override void KeepStatusMetadata(JsonObject old, JsonObject updated)
    {
        var managedFields = updated.Metadata["managedFields"]?.DeepClone();
        updated["metadata"] = old.Metadata.DeepClone();
        if (managedFields is not null) updated.Metadata["managedFields"] = managedFields;
    }

    protected override void ValidateSpec(JsonObject document, List<StatusCause> causes) => causes.AddRange(validate?.Invoke(document) ?? []);

    protected override void ValidateSpecUpdate(JsonObject old, JsonObject updated, List<StatusCause> causes)
    {
        ValidateSpec(updated, causes);
        causes.AddRange(validateUpdate?.Invoke(old, updated) ?? []);
    }
}
