using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.Api.Rules.Cluster;

/// <summary>LimitRange (core/v1).</summary>
internal sealed class LimitRangeRules : KindRules
{
    /// <summary>Containers that say nothing get the greatest limit allowed, and request what they are limited to.</summary>
    public override void Default(JsonObject document)
    {
        foreach (var item in document.Object("spec")?.Objects("limits") ?? [])
        {
            if (item.Text("type") != "Container") continue;
            Fill(item, "default", "max");
            Fill(item, "defaultRequest", "default");
            Fill(item, "defaultRequest", "min");
        }
    }

    private static void Fill(JsonObject item, string target, string source)
    {
        foreach (var (name, value) in item.Object(source) ?? [])
            if (item.Object(target)?[name] is null) item.ObjectOrNew(target)[name] = value?.DeepClone();
    }
}
