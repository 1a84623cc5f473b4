using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using Slipway.Api.Rules.Pods;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Storage;

/// <summary>PersistentVolume (core/v1).</summary>
internal sealed class PersistentVolumeRules : KindRules
{
    private const string MountOptionsAnnotation = "volume.beta.kubernetes.io/mount-options";

    // What is no source of storage; all other objects of the specification are.
    private static readonly string[] NotSources = ["capacity", "claimRef", "nodeAffinity"];

    public override bool IsNamespaced => false;

    public override bool HasStatus => true;

    public override bool HasGeneration => false;

    protected override JsonObject NewStatus() => new() { ["phase"] = "Pending" };

    public override void Default(JsonObject document)
    {
        var spec = document.ObjectOrNew("spec");
        SetDefault(spec, "persistentVolumeReclaimPolicy", "Retain");
        SetDefault(spec, "volumeMode", "Filesystem");
        if (spec.Object("hostPath") is { } path && path["type"] is null) path["type"] = "";
    }

    protected override void ValidateSpec(JsonObject document, List<StatusCause> causes)
    {
        var spec = document.Object("spec") ?? [];
        if (spec.Array("accessModes") is not { Count: > 0 }) causes.Add(StatusCause.Required("spec.accessModes"));
        ClaimSpecRules.Modes(spec.Array("accessModes"), "spec.accessModes", causes);
        Capacity(spec.Object("capacity") ?? [], causes);
        Supported(spec, "persistentVolumeReclaimPolicy", ["Delete", "Recycle", "Retain"], "spec", causes);
        if (spec.Object("nodeAffinity") is { } affinity)
        {
            if (affinity.Object("required") is { } required) AffinityRules.NodeSelector(required, "spec.nodeAffinity.required", causes);
            else causes.Add(StatusCause.Required("spec.nodeAffinity.required", "must specify required node constraints"));
        }
        Sources(spec, causes);
        Grammar(spec, "storageClassName", Names.SubdomainError, "spec", causes);
        Supported(spec, "volumeMode", ["Block", "Filesystem"], "spec", causes);
        if (spec.Text("volumeAttributesClassName") is not { } attributes) return;
        if (attributes.Length == 0) causes.Add(StatusCause.Required("spec.volumeAttributesClassName", "an empty string is disallowed"));
        else Grammar(spec, "volumeAttributesClassName", Names.SubdomainError, "spec", causes);
        if (spec["csi"] is null) causes.Add(StatusCause.Required("spec.csi", "has to be specified when using volumeAttributesClassName"));
    }

    protected override void ValidateSpecUpdate(JsonObject old, JsonObject updated, List<StatusCause> causes)
    {
        ValidateSpec(updated, causes);
        var (before, after) = (old.Object("spec") ?? [], updated.Object("spec") ?? []);
        foreach (var kind in before.Concat(after).Where(p => p.Value is JsonObject && !NotSources.Contains(p.Key)).Select(p => p.Key).Distinct().ToArray())
        {
            var (was, now) = (before[kind], after[kind]);
            // The secret for growing a volume may come later.
            if (kind == "csi" && was is JsonObject && now is JsonObject csi && was["controllerExpandSecretRef"] is null && csi["controllerExpandSecretRef"] is not null)
            {
                now = csi.DeepClone();
                now.AsObject().Remove("controllerExpandSecretRef");
            }
            if (JsonNode.DeepEquals(was, now)) continue;
            causes.Add(StatusCause.Forbidden("spec.persistentvolumesource", $"spec.persistentvolumesource is immutable after creation; this one changes `{PodUpdateRules.Difference(was, now, $"spec.{kind}")}`"));
        }
        Immutable(before["volumeMode"], after["volumeMode"], "volumeMode", causes);
        if (before["nodeAffinity"] is { } affinity && !JsonNode.DeepEquals(affinity, after["nodeAffinity"]))
            causes.Add(StatusCause.Invalid("nodeAffinity", after["nodeAffinity"].Shown(), "field is immutable, except for updating from beta label to GA"));
        if (before["volumeAttributesClassName"] is not null && after["volumeAttributesClassName"] is null)
            causes.Add(StatusCause.Forbidden("spec.volumeAttributesClassName", "update from non-nil value to nil is forbidden"));
    }

    public override IReadOnlyList<string> Warnings(JsonObject? old, JsonObject updated)
    {
        var warnings = new List<string>();
        var spec = updated.Object("spec") ?? [];
        NodeLabelWarnings.Terms(spec.Object("nodeAffinity")?.Object("required"), "spec.nodeAffinity.required", warnings);
        if (updated.Annotations?.ContainsKey(ClaimRules.ClassAnnotation) == true) warnings.Add($"metadata.annotations[{ClaimRules.ClassAnnotation}]: deprecated since v1.8; use \"storageClassName\" attribute instead");
        if (updated.Annotations?.ContainsKey(MountOptionsAnnotation) == true) warnings.Add($"metadata.annotations[{MountOptionsAnnotation}]: deprecated since v1.31; use \"mountOptions\" attribute instead");
        if (spec.Text("persistentVolumeReclaimPolicy") == "Recycle")
            warnings.Add("spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.");
        return warnings;
    }

    private static void Capacity(JsonObject capacity, List<StatusCause> causes)
    {
        if (capacity.Count == 0) causes.Add(StatusCause.Required("spec.capacity"));
        if (!capacity.ContainsKey("storage") || capacity.Count > 1) causes.Add(StatusCause.NotSupported("spec.capacity", capacity.Shown(), ["storage"]));
        foreach (var (name, value) in capacity)
            if (ResourceRules.Read(value) is { Sign: <= 0 } amount) causes.Add(StatusCause.Invalid($"spec.capacity[{name}]", Quote(amount.ToString()), "must be greater than zero"));
    }

    private static void Sources(JsonObject spec, List<StatusCause> causes)
    {
        var given = 0;
        foreach (var (kind, value) in spec)
        {
            if (value is not JsonObject source || NotSources.Contains(kind)) continue;
            if (++given > 1) causes.Add(StatusCause.Forbidden($"spec.{kind}", "may not specify more than 1 volume type"));
            else if (kind == "csi") Csi(source, causes);
            else VolumeSourceRules.Validate(kind, source, isPersistent: true, "spec", causes);
        }
        if (given == 0) causes.Add(StatusCause.Required("spec", "must specify a volume type"));
        if (spec["local"] is not null && spec["nodeAffinity"] is null) causes.Add(StatusCause.Required("spec.nodeAffinity", "Local volume requires node affinity"));
        if (spec.Object("hostPath")?.Text("path") is { } path && path.Trim('/').Length == 0 && path.Length > 0 && spec.Text("persistentVolumeReclaimPolicy") == "Recycle")
            causes.Add(StatusCause.Forbidden("spec.persistentVolumeReclaimPolicy", "may not be 'recycle' for a hostPath mount of '/'"));
    }

    private static void Csi(JsonObject source, List<StatusCause> causes)
    {
        VolumeSourceRules.CsiDriver(source, "spec.csi", causes);
        Required(source, "volumeHandle", "spec.csi", causes);
        foreach (var name in (ReadOnlySpan<string>)["controllerPublishSecretRef", "controllerExpandSecretRef", "nodePublishSecretRef", "nodeStageSecretRef", "nodeExpandSecretRef"])
        {
            if (source.Object(name) is not { } secret) continue;
            RequiredGrammar(secret, "name", Names.SubdomainError, $"spec.csi.{name}", causes);
            RequiredGrammar(secret, "namespace", Names.LabelError, $"spec.csi.{name}", causes);
        }
    }
}
