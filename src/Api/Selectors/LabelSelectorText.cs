using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.Api.Selectors;

/// <summary>The JSON form of a label selector in the grammar of requests, as Kubernetes writes it: sorted by key.</summary>
public static class LabelSelectorText
{
    /// <summary>The text; empty for a selector that makes no requirement.</summary>
    public static string Of(JsonObject selector)
    {
        var requirements = (selector.Object("matchLabels") ?? []).Select(l => (l.Key, Text: $"{l.Key}={l.Value.AsText()}"))
            .Concat(selector.Objects("matchExpressions").Select(e => (Key: e.Text("key") ?? "", Text: Requirement(e))));
        return string.Join(',', requirements.OrderBy(r => r.Key, StringComparer.Ordinal).Select(r => r.Text));
    }

    private static string Requirement(JsonObject expression)
    {
        var values = string.Join(',', (expression.Array("values") ?? []).Select(v => v.AsText()).Order(StringComparer.Ordinal));
        return expression.Text("operator") switch
        {
            "Exists" => expression.Text("key") ?? "",
            "DoesNotExist" => $"!{expression.Text("key")}",
            var op => $"{expression.Text("key")} {op?.ToLowerInvariant()} ({values})",
        };
    }
}
