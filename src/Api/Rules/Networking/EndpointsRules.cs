using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Networking;

/// <summary>Endpoints (core/v1).</summary>
internal sealed class EndpointsRules : KindRules
{
    public override void Default(JsonObject document)
    {
        foreach (var subset in document.Objects("subsets"))
            foreach (var port in subset.Objects("ports")) SetDefault(port, "protocol", "TCP");
    }
}
