using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using Slipway.Api.Rules.Pods;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Storage;

/// <summary>PersistentVolumeClaim (core/v1).</summary>
internal sealed class ClaimRules : KindRules
{
    /// <summary>Where the class stood before it was a field.</summary>
    internal const string ClassAnnotation = "volume.beta.kubernetes.io/storage-class";

    private static readonly string[] ResizeStates = ["ControllerResizeInProgress", "ControllerResizeInfeasible", "NodeResizeInProgress", "NodeResizeInfeasible", "NodeResizePending"];

    public override bool HasStatus => true;

    public override bool HasGeneration => false;

    protected override JsonObject NewStatus() => new() { ["phase"] = "Pending" };

    public override void Default(JsonObject document) => DefaultSpec(document.ObjectOrNew("spec"));

    /// <summary>Defaults of a claim, wherever it stands.</summary>
    public static void DefaultSpec(JsonObject spec)
    {
        SetDefault(spec, "volumeMode", "Filesystem");
        DefaultSources(spec);
    }

    /// <summary>The old and the new form of the data source say the same, where they can.</summary>
    public override void PrepareCreate(JsonObject document)
    {
        base.PrepareCreate(document);
        DefaultSources(document.ObjectOrNew("spec"));
    }

    protected override void ValidateSpec(JsonObject document, List<StatusCause> causes) => ClaimSpecRules.Validate(document.Object("spec") ?? [], "spec", causes);

    protected override void ValidateSpecUpdate(JsonObject old, JsonObject updated, List<StatusCause> causes)
    {
        ValidateSpec(updated, causes);
        var (before, after) = (old.Object("spec") ?? [], updated.Object("spec") ?? []);
        var (was, now) = ((JsonObject)before.DeepClone(), (JsonObject)after.DeepClone());
        // The controller binds the claim once; a class may be filled in where none was.
        if (string.IsNullOrEmpty(was.Text("volumeName"))) PodUpdateRules.Restore(was, now, "volumeName");
        var annotation = old.Annotations?.Text(ClassAnnotation);
        if (was["storageClassName"] is null && now.Text("storageClassName") is { } chosen && (annotation is null || annotation == chosen)) now.Remove("storageClassName");
        else if (updated.Annotations?.Text(ClassAnnotation) != annotation)
            causes.Add(StatusCause.Invalid($"metadata.annotations.{ClassAnnotation}", Quote(updated.Annotations?.Text(ClassAnnotation) ?? ""), "field is immutable"));
        if (updated.Object("status")?.Text("phase") == "Bound")
        {
            if (now.Object("resources")?.Object("requests") is { } requests && was.Object("resources")?.Object("requests")?["storage"] is { } size) requests["storage"] = size.DeepClone();
            if (now["volumeAttributesClassName"] is not null) PodUpdateRules.Restore(now, was, "volumeAttributesClassName");
        }
        if (PodUpdateRules.Difference(was, now, "spec") is { } path)
            causes.Add(StatusCause.Forbidden("spec", $"spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims; this one changes `{path}`"));
        Size(old, before, after, causes);
        Immutable(before["volumeMode"], after["volumeMode"], "volumeMode", causes);
        if (before["volumeAttributesClassName"] is null || after.Text("volumeAttributesClassName") is { Length: > 0 }) return;
        causes.Add(StatusCause.Forbidden("spec.volumeAttributesClassName", after["volumeAttributesClassName"] is null ? "update from non-nil value to nil is forbidden" : "update from non-nil value to an empty string is forbidden"));
    }

    public override IReadOnlyList<StatusCause> ValidateStatusUpdate(JsonObject old, JsonObject updated)
    {
        var causes = new List<StatusCause>(base.ValidateStatusUpdate(old, updated));
        var status = updated.Object("status") ?? [];
        foreach (var (name, value) in status.Object("capacity") ?? [])
            if (ResourceRules.Read(value) is { Sign: < 0 } amount) causes.Add(StatusCause.Invalid($"status.capacity[{name}]", $"{amount.ToUnits()}", "must be a valid resource quantity"));
        foreach (var (name, value) in status.Object("allocatedResources") ?? [])
        {
            if (ResourceNames.IsNative(name) && name != "storage") causes.Add(StatusCause.NotSupported("status.allocatedResources", Quote(name), ["storage"]));
            else if (ResourceRules.Read(value) is { Sign: < 0 } amount) causes.Add(StatusCause.Invalid($"status.allocatedResources[{name}]", $"{amount.ToUnits()}", "must be a valid resource quantity"));
        }
        foreach (var (name, value) in status.Object("allocatedResourceStatuses") ?? [])
            if (!ResizeStates.Contains(value.AsText())) causes.Add(StatusCause.NotSupported("status.allocatedResourceStatus", Quote(name), ResizeStates));
        return causes;
    }

    public override IReadOnlyList<string> Warnings(JsonObject? old, JsonObject updated)
    {
        var warnings = new List<string>();
        if (updated.Annotations?.ContainsKey(ClassAnnotation) == true) warnings.Add($"metadata.annotations[{ClassAnnotation}]: deprecated since v1.8; use \"storageClassName\" attribute instead");
        PodWarnings.Fractions(updated.Object("spec")?.Object("resources")?.Object("requests"), "spec.resources.requests", warnings);
        return warnings;
    }

    // A request that could not be met may be taken back, but not below what there is.
    private static void Size(JsonObject old, JsonObject before, JsonObject after, List<StatusCause> causes)
    {
        if (ResourceRules.Read(before.Object("resources")?.Object("requests")?["storage"]) is not { } was) return;
        if (ResourceRules.Read(after.Object("resources")?.Object("requests")?["storage"]) is not { } now || now >= was) return;
        var there = ResourceRules.Read(old.Object("status")?.Object("capacity")?["storage"]) ?? Quantity.Zero;
        if (now <= there) causes.Add(StatusCause.Forbidden("spec.resources.requests.storage", "field can not be less than status.capacity"));
    }

    private static void DefaultSources(JsonObject spec)
    {
        if (spec.Object("dataSource") is { } old && spec["dataSourceRef"] is null) spec["dataSourceRef"] = old.DeepClone();
        else if (spec["dataSource"] is null && spec.Object("dataSourceRef") is { } current && string.IsNullOrEmpty(current.Text("namespace"))) spec["dataSource"] = current.DeepClone();
    }
}
