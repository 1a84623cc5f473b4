using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.Api.Rules.Access;

/// <summary>ServiceAccount (core/v1).</summary>
internal sealed class ServiceAccountRules : KindRules
{
    private const string Mountable = "kubernetes.io/enforce-mountable-secrets";

    public override IReadOnlyList<string> Warnings(JsonObject? old, JsonObject updated) =>
        updated.Annotations?.ContainsKey(Mountable) == true
            ? [$"metadata.annotations[{Mountable}]: deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets"]
            : [];
}
