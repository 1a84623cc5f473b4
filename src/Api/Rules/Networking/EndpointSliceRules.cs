using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Networking;

/// <summary>EndpointSlice (discovery.k8s.io/v1).</summary>
internal sealed class EndpointSliceRules : KindRules
{
    public override bool HasGeneration => true;

    public override void Default(JsonObject document)
    {
        foreach (var port in document.Objects("ports"))
        {
            if (port["name"] is null) port["name"] = "";
            SetDefault(port, "protocol", "TCP");
        }
    }

    /// <summary>The old form of topology, which only v1beta1 could write.</summary>
    public override void PrepareCreate(JsonObject document)
    {
        base.PrepareCreate(document);
        foreach (var endpoint in document.Objects("endpoints")) endpoint.Remove("deprecatedTopology");
    }

    /// <summary>Labels say which service a slice belongs to, so they count as desired.</summary>
    public override void PrepareUpdate(JsonObject old, JsonObject updated)
    {
        base.PrepareUpdate(old, updated);
        if (updated.Generation == old.Generation && !JsonNode.DeepEquals(old.Labels ?? [], updated.Labels ?? [])) updated.Generation = old.Generation + 1;
        if (JsonNode.DeepEquals(old["endpoints"], updated["endpoints"])) return;
        foreach (var endpoint in updated.Objects("endpoints")) endpoint.Remove("deprecatedTopology");
    }
}
