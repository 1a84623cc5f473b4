using System.Collections.Frozen;
using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.Api.Rules;

/// <summary>The rules of the kinds that have rules of their own.</summary>
internal static class KindRulesTable
{
    private static readonly KindRules AnyNamespaced = new();
    private static readonly FrozenDictionary<(string Group, string Kind), KindRules> Own = new Dictionary<(string, string), KindRules>
    {
    }.ToFrozenDictionary();

    public static KindRules Find(string group, string kind) => Own.GetValueOrDefault((group, kind), AnyNamespaced);

    public static KindRules Custom(bool namespaced, bool hasStatus) => new CustomResourceRules(namespaced, hasStatus);
}

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
