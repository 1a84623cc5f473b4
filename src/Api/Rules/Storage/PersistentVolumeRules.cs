using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Storage;

/// <summary>PersistentVolume (core/v1).</summary>
internal sealed class PersistentVolumeRules : KindRules
{
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
}
