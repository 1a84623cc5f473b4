using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using Slipway.Api.Rules.Pods;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Storage;

/// <summary>CSIDriver (storage.k8s.io/v1).</summary>
internal sealed class CsiDriverRules : KindRules
{
    public override bool IsNamespaced => false;

    public override bool HasGeneration => true;

    public override void Default(JsonObject document)
    {
        var spec = document.ObjectOrNew("spec");
        SetDefault(spec, "attachRequired", true);
        foreach (var name in new[] { "podInfoOnMount", "storageCapacity", "requiresRepublish", "seLinuxMount" }) SetDefault(spec, name, false);
        SetDefault(spec, "fsGroupPolicy", "ReadWriteOnceWithFSType");
        if (spec.Array("volumeLifecycleModes") is not { Count: > 0 }) spec["volumeLifecycleModes"] = new JsonArray("Persistent");
    }

    protected override void ValidateSpec(JsonObject document, List<StatusCause> causes)
    {
        var spec = document.Object("spec") ?? [];
        if (VolumeSourceRules.CsiDriverName(document.Name, "metadata.name") is { } cause && cause.Reason != "FieldValueRequired") causes.Add(cause);
        var audiences = new HashSet<string>(StringComparer.Ordinal);
        var i = 0;
        foreach (var request in spec.Objects("tokenRequests"))
        {
            var at = $"spec.tokenRequests[{i++}]";
            if (!audiences.Add(request.Text("audience") ?? "")) causes.Add(StatusCause.Duplicate($"{at}.audience", Quote(request.Text("audience") ?? "")));
            if (request.Integer("expirationSeconds") < 600) causes.Add(StatusCause.Invalid($"{at}.expirationSeconds", request["expirationSeconds"].Shown(), "may not specify a duration less than 10 minutes"));
            if (request.Integer("expirationSeconds") > 1L << 32) causes.Add(StatusCause.Invalid($"{at}.expirationSeconds", request["expirationSeconds"].Shown(), "may not specify a duration larger than 2^32 seconds"));
        }
        Supported(spec, "fsGroupPolicy", ["File", "None", "ReadWriteOnceWithFSType"], "spec", causes);
        foreach (var mode in spec.Array("volumeLifecycleModes") ?? [])
            if (mode.AsText() is not ("Persistent" or "Ephemeral")) causes.Add(StatusCause.NotSupported("spec.volumeLifecycleModes", mode.Shown(), ["Ephemeral", "Persistent"]));
    }

    protected override void ValidateSpecUpdate(JsonObject old, JsonObject updated, List<StatusCause> causes)
    {
        ValidateSpec(updated, causes);
        foreach (var name in (ReadOnlySpan<string>)["attachRequired", "volumeLifecycleModes"])
            Immutable(old.Object("spec")?[name], updated.Object("spec")?[name], $"spec.{(name == "attachRequired" ? "attachedRequired" : name)}", causes);
    }
}

/// <summary>CSINode (storage.k8s.io/v1).</summary>
internal sealed class CsiNodeRules : KindRules
{
    public override bool IsNamespaced => false;

    public override bool HasStatus => true;

    public override bool HasGeneration => false;

    protected override JsonObject NewStatus() => [];

    // Clients in Go send a list of none as null.
    public override void Default(JsonObject document)
    {
        var spec = document.ObjectOrNew("spec");
        spec["drivers"] ??= new JsonArray();
    }

    protected override void ValidateSpec(JsonObject document, List<StatusCause> causes)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        var i = 0;
        foreach (var driver in document.Object("spec")?.Objects("drivers") ?? [])
        {
            var at = $"spec.drivers[{i++}]";
            if (VolumeSourceRules.CsiDriverName(driver.Text("name") ?? "", $"{at}.name") is { } cause) causes.Add(cause);
            if (!names.Add(driver.Text("name") ?? "")) causes.Add(StatusCause.Duplicate($"{at}.name", Quote(driver.Text("name") ?? "")));
            if (Required(driver, "nodeID", at, causes)) NotLonger(driver, "nodeID", 192, at, causes);
            if (driver.Object("allocatable")?.Integer("count") is < 0 and var count) causes.Add(StatusCause.Invalid($"{at}.allocatable.count", $"{count}", "must be greater than or equal to 0"));
            var keys = new HashSet<string>(StringComparer.Ordinal);
            foreach (var key in driver.Array("topologyKeys") ?? [])
            {
                if (string.IsNullOrEmpty(key.AsText())) causes.Add(StatusCause.Required($"{at}.topologyKeys"));
                else if (Names.QualifiedNameError(key.AsText()!) is { } error) causes.Add(StatusCause.Invalid($"{at}.topologyKeys", key.Shown(), error));
                if (!keys.Add(key.AsText() ?? "")) causes.Add(StatusCause.Duplicate($"{at}.topologyKeys", key.Shown()));
            }
        }
    }
}

/// <summary>CSIStorageCapacity (storage.k8s.io/v1): what a driver was asked is not changed, only what it answered.</summary>
internal sealed class CsiStorageCapacityRules : KindRules
{
    protected override void ValidateSpec(JsonObject document, List<StatusCause> causes)
    {
        SelectorRules.Validate(document.Object("nodeTopology"), "nodeTopology", causes);
        if (Names.SubdomainError(document.Text("storageClassName") ?? "") is { } error) causes.Add(StatusCause.Invalid("storageClassName", Quote(document.Text("storageClassName") ?? ""), error));
        if (document.Text("capacity") is { } capacity && Quantity.TryParse(capacity, out var amount) && amount.Sign < 0)
            causes.Add(StatusCause.Invalid("capacity", Quote(capacity), "must be greater than or equal to 0"));
    }

    protected override void ValidateSpecUpdate(JsonObject old, JsonObject updated, List<StatusCause> causes)
    {
        Immutable(old["nodeTopology"], updated["nodeTopology"], "nodeTopology", causes);
        Immutable(old["storageClassName"], updated["storageClassName"], "storageClassName", causes);
    }
}

/// <summary>VolumeAttachment (storage.k8s.io/v1).</summary>
internal sealed class VolumeAttachmentRules : KindRules
{
    public override bool IsNamespaced => false;

    public override bool HasStatus => true;

    public override bool HasGeneration => false;

    protected override JsonObject NewStatus() => new() { ["attached"] = false };

    protected override void ValidateSpec(JsonObject document, List<StatusCause> causes)
    {
        var spec = document.Object("spec") ?? [];
        Required(spec, "attacher", "spec", causes);
        if (VolumeSourceRules.CsiDriverName(spec.Text("attacher") ?? "x", "spec.attacher") is { } cause && cause.Reason != "FieldValueRequired") causes.Add(cause);
        Required(spec, "nodeName", "spec", causes);
        var source = spec.Object("source") ?? [];
        var (name, inline) = (source.Text("persistentVolumeName"), source["inlineVolumeSpec"] is not null);
        if (inline && name is not null) causes.Add(StatusCause.Forbidden("spec.source", "must specify exactly one of inlineVolumeSpec and persistentVolumeName"));
        else if (!inline && name is null) causes.Add(StatusCause.Required("spec.source", "must specify exactly one of inlineVolumeSpec and persistentVolumeName"));
        else if (name == "") causes.Add(StatusCause.Required("spec.source.persistentVolumeName", "must specify non empty persistentVolumeName"));
    }

    protected override void ValidateSpecUpdate(JsonObject old, JsonObject updated, List<StatusCause> causes)
    {
        ValidateSpec(updated, causes);
        if (!JsonNode.DeepEquals(old["spec"], updated["spec"])) causes.Add(StatusCause.Invalid("spec", (updated["spec"] ?? new JsonObject()).Shown(), "field is immutable"));
    }
}

/// <summary>VolumeAttributesClass (storage.k8s.io/v1).</summary>
internal sealed class VolumeAttributesClassRules : KindRules
{
    public override bool IsNamespaced => false;

    protected override void ValidateSpec(JsonObject document, List<StatusCause> causes)
    {
        if (VolumeSourceRules.CsiDriverName(document.Text("driverName") ?? "", "driverName") is { } cause) causes.Add(cause);
        StorageClassRules.Parameters(document.Object("parameters"), required: true, causes);
    }

    protected override void ValidateSpecUpdate(JsonObject old, JsonObject updated, List<StatusCause> causes)
    {
        ValidateSpec(updated, causes);
        if (old.Text("driverName") != updated.Text("driverName")) causes.Add(StatusCause.Forbidden("driverName", "updates to driverName are forbidden."));
        if (!JsonNode.DeepEquals(old["parameters"] ?? new JsonObject(), updated["parameters"] ?? new JsonObject())) causes.Add(StatusCause.Forbidden("parameters", "updates to parameters are forbidden."));
    }
}
