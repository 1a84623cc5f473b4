using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Cluster;

/// <summary>FlowSchema (flowcontrol.apiserver.k8s.io/v1).</summary>
internal sealed class FlowSchemaRules : KindRules
{
    public override bool IsNamespaced => false;

    public override bool HasStatus => true;

    protected override JsonObject NewStatus() => [];

    public override void Default(JsonObject document)
    {
        var spec = document.ObjectOrNew("spec");
        if (spec.Integer("matchingPrecedence") is null or 0) spec["matchingPrecedence"] = 1000;
    }
}

/// <summary>PriorityLevelConfiguration (flowcontrol.apiserver.k8s.io/v1).</summary>
internal sealed class PriorityLevelRules : KindRules
{
    public override bool IsNamespaced => false;

    public override bool HasStatus => true;

    protected override JsonObject NewStatus() => [];

    public override void Default(JsonObject document)
    {
        var spec = document.ObjectOrNew("spec");
        if (spec.Object("exempt") is { } exempt)
        {
            SetDefault(exempt, "nominalConcurrencyShares", 0);
            SetDefault(exempt, "lendablePercent", 0);
        }
        if (spec.Object("limited") is not { } limited) return;
        SetDefault(limited, "nominalConcurrencyShares", 30);
        SetDefault(limited, "lendablePercent", 0);
        if (limited.Object("limitResponse")?.Object("queuing") is not { } queuing) return;
        foreach (var (name, value) in new[] { ("handSize", 8), ("queues", 64), ("queueLengthLimit", 50) })
            if (queuing.Integer(name) is null or 0) queuing[name] = value;
    }
}
