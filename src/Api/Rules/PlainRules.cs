using System.Text.Json.Nodes;

namespace Slipway.Api.Rules;

/// <summary>The rules of a built-in kind that has none of its own: what the table of kinds says of it.</summary>
internal sealed class PlainRules(ResourceType type) : KindRules
{
    public override bool IsNamespaced => type.Namespaced;

    public override bool HasStatus => type.Subresources.Contains("status");

    public override bool HasGeneration => type.HasGeneration;

    protected override JsonObject NewStatus() => [];
}
