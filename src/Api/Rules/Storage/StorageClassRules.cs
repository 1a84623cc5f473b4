using System.Text.Json.Nodes;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Storage;

/// <summary>StorageClass (storage.k8s.io/v1).</summary>
internal sealed class StorageClassRules : KindRules
{
    public override bool IsNamespaced => false;

    public override void Default(JsonObject document)
    {
        SetDefault(document, "reclaimPolicy", "Delete");
        SetDefault(document, "volumeBindingMode", "Immediate");
    }
}
