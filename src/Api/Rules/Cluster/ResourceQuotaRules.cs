using System.Text.Json.Nodes;

namespace Slipway.Api.Rules.Cluster;

/// <summary>ResourceQuota (core/v1).</summary>
internal sealed class ResourceQuotaRules : KindRules
{
    public override bool HasStatus => true;

    public override bool HasGeneration => false;

    protected override JsonObject NewStatus() => [];
}
