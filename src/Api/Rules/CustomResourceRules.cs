using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.Api.Rules;

/// <summary>The rules of custom resources: their status is their own, their metadata is left alone by status writes.</summary>
internal sealed class CustomResourceRules(bool namespaced, bool hasStatus) : KindRules
{
    public override bool IsNamespaced => namespaced;

    public override bool HasStatus => hasStatus;

    public override bool HasGeneration => true;

    protected override void KeepStatusMetadata(JsonObject old, JsonObject updated)
    {
        var managedFields = updated.Metadata["managedFields"]?.DeepClone();
        updated["metadata"] = old.Metadata.DeepClone();
        if (managedFields is not null) updated.Metadata["managedFields"] = managedFields;
    }
}
