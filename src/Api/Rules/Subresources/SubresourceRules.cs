using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.Api.Rules.Subresources;

/// <summary>
/// What a write to a subresource that shows the whole object may change, and what is wrong with it. Functions over documents,
/// without I/O.
/// </summary>
public abstract class SubresourceRules
{
    /// <summary>The rules of a subresource.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="kind">The rules of the object's kind.</param>
    public static SubresourceRules For(string name, KindRules kind) => name switch
    {
        "status" => new StatusRules(kind),
        "finalize" => new FinalizeRules(kind),
        "approval" => new ApprovalRules(),
        "ephemeralcontainers" => new EphemeralContainerRules(),
        "resize" => new ResizeRules(),
        _ => throw new ArgumentException($"{name} does not show the whole object", nameof(name)),
    };

    /// <summary>The document to commit: what the write may change from the new document, and the rest from the old one.</summary>
    /// <param name="old">The object as it is. Not changed.</param>
    /// <param name="updated">The object as the client wants it, complete with defaults. It is used up.</param>
    /// <param name="now">Time of conditions that change.</param>
    public abstract JsonObject Prepare(JsonObject old, JsonObject updated, DateTimeOffset now);

    /// <summary>What is wrong with the prepared document, with paths.</summary>
    public abstract IReadOnlyList<StatusCause> Validate(JsonObject old, JsonObject prepared);

    /// <summary>A copy of the old object with the identity that the client named, so that preconditions hold.</summary>
    protected static JsonObject CopyOf(JsonObject old, JsonObject updated)
    {
        var copy = (JsonObject)old.DeepClone();
        if (updated.Metadata["managedFields"] is { } managed) copy.Metadata["managedFields"] = managed.DeepClone();
        return copy;
    }
}

/// <summary><c>status</c>: as the kind has it.</summary>
internal sealed class StatusRules(KindRules kind) : SubresourceRules
{
    public override JsonObject Prepare(JsonObject old, JsonObject updated, DateTimeOffset now)
    {
        kind.PrepareStatusUpdate(old, updated);
        return updated;
    }

    public override IReadOnlyList<StatusCause> Validate(JsonObject old, JsonObject prepared) => kind.ValidateStatusUpdate(old, prepared);
}

/// <summary><c>finalize</c> of namespaces: which finalizers of its specification are left.</summary>
internal sealed class FinalizeRules(KindRules kind) : SubresourceRules
{
    public override JsonObject Prepare(JsonObject old, JsonObject updated, DateTimeOffset now)
    {
        var result = CopyOf(old, updated);
        var spec = result.ObjectOrNew("spec");
        if (updated.Object("spec")?.Array("finalizers") is { Count: > 0 } finalizers) spec["finalizers"] = finalizers.DeepClone();
        else spec.Remove("finalizers");
        return result;
    }

    public override IReadOnlyList<StatusCause> Validate(JsonObject old, JsonObject prepared) => kind.ValidateUpdate(old, prepared);
}
