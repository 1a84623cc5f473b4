using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Api.Selectors;

namespace Slipway.ApiServer.Tables;

/// <summary>What cells of several kinds say alike: labels, selectors, containers, lists cut short.</summary>
internal static class CellTexts
{
    /// <summary>Names of the containers of a pod's spec.</summary>
    public static string Containers(JsonElement podSpec) => Joined(podSpec.Items("containers").Select(c => c.Text("name")));

    /// <summary>Images of the containers of a pod's spec.</summary>
    public static string Images(JsonElement podSpec) => Joined(podSpec.Items("containers").Select(c => c.Text("image")));

    /// <summary>A map of labels as <c>a=b,c=d</c>; <c>&lt;none&gt;</c> for none.</summary>
    public static string Labels(JsonElement labels) => Or(Joined(Pairs(labels).Order(StringComparer.Ordinal)), "<none>");

    /// <summary>A label selector in the grammar of requests.</summary>
    /// <param name="selector">The selector.</param>
    /// <param name="empty">Text for a selector without requirements.</param>
    public static string Selector(JsonElement selector, string empty = "<none>") =>
        selector.ValueKind == JsonValueKind.Object ? Or(LabelSelectorText.Of(JsonObject.Create(selector)!), empty) : empty;

    /// <summary>The first items of a list, and how many more there are.</summary>
    public static string Shortened(IEnumerable<string> items, int shown, string empty)
    {
        var list = items.ToArray();
        if (list.Length == 0) return empty;
        var text = string.Join(',', list.Take(shown));
        return list.Length > shown ? $"{text} + {list.Length - shown} more..." : text;
    }

    /// <summary>Text of a quantity or number; null when there is none.</summary>
    public static string? Amount(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Number => value.GetRawText(),
        _ => null,
    };

    public static string Joined(IEnumerable<string?> texts) => string.Join(',', texts);

    public static string Or(string? text, string otherwise) => string.IsNullOrEmpty(text) ? otherwise : text;

    /// <summary>Whether an object has a condition that is true.</summary>
    public static bool HasCondition(JsonElement item, string type) =>
        item.Items("status", "conditions").Any(c => c.Text("type") == type && c.Text("status") == "True");

    private static IEnumerable<string> Pairs(JsonElement map) =>
        map.ValueKind == JsonValueKind.Object ? map.EnumerateObject().Select(l => $"{l.Name}={l.Value.GetString()}") : [];
}
