using System.Text.Json.Nodes;
using Slipway.Api.Documents;
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
}

/// <summary>CSINode (storage.k8s.io/v1).</summary>
internal sealed class CsiNodeRules : KindRules
{
    public override bool IsNamespaced => false;

    public override bool HasStatus => true;

    public override bool HasGeneration => false;

    protected override JsonObject NewStatus() => [];
}

/// <summary>VolumeAttachment (storage.k8s.io/v1).</summary>
internal sealed class VolumeAttachmentRules : KindRules
{
    public override bool IsNamespaced => false;

    public override bool HasStatus => true;

    public override bool HasGeneration => false;

    protected override JsonObject NewStatus() => new() { ["attached"] = false };
}

/// <summary>VolumeAttributesClass (storage.k8s.io/v1).</summary>
internal sealed class VolumeAttributesClassRules : KindRules
{
    public override bool IsNamespaced => false;
}
