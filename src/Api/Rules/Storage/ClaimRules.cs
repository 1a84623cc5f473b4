using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Storage;

/// <summary>PersistentVolumeClaim (core/v1).</summary>
internal sealed class ClaimRules : KindRules
{
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

    private static void DefaultSources(JsonObject spec)
    {
        if (spec.Object("dataSource") is { } old && spec["dataSourceRef"] is null) spec["dataSourceRef"] = old.DeepClone();
        else if (spec["dataSource"] is null && spec.Object("dataSourceRef") is { } current && string.IsNullOrEmpty(current.Text("namespace"))) spec["dataSource"] = current.DeepClone();
    }
}
