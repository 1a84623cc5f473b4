using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Cluster;

/// <summary>APIService (apiregistration.k8s.io/v1).</summary>
internal sealed class ApiServiceRules : KindRules
{
    public override bool IsNamespaced => false;

    public override bool HasStatus => true;

    public override bool HasGeneration => false;

    protected override JsonObject NewStatus() => [];

    public override void Default(JsonObject document)
    {
        if (document.Object("spec")?.Object("service") is { } service) SetDefault(service, "port", 443);
    }

    /// <summary>What this server serves itself is available from the start.</summary>
    public override void PrepareCreate(JsonObject document)
    {
        base.PrepareCreate(document);
        if (document.Object("spec")?["service"] is not null) return;
        var condition = new JsonObject { ["type"] = "Available", ["status"] = "True", ["reason"] = "Local", ["message"] = "Local APIServices are always available" };
        if (document.Object("metadata")?["creationTimestamp"] is { } now) condition["lastTransitionTime"] = now.DeepClone();
        document["status"] = new JsonObject { ["conditions"] = new JsonArray(condition) };
    }
}
