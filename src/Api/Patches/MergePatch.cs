using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.Api.Patches;

/// <summary>JSON merge patch (<see href="https://www.rfc-editor.org/rfc/rfc7386"/>).</summary>
public static class MergePatch
{
    /// <summary>The patched document. The arguments stay as they are.</summary>
    public static JsonNode? Apply(JsonNode? document, JsonNode? patch)
    {
        if (patch is not JsonObject changes) return patch?.DeepClone();
        var result = document is JsonObject original ? (JsonObject)original.DeepClone() : [];
        Merge(result, changes);
        return result;
    }

    private static void Merge(JsonObject target, JsonObject changes)
    {
        target.RemoveNulls(changes);
        foreach (var (name, change) in changes)
        {
            if (change is null) continue;
            if (change is JsonObject inner)
            {
                if (target[name] is not JsonObject nested) target[name] = nested = [];
                Merge(nested, inner);
            }
            else
            {
                target[name] = change.DeepClone();
            }
        }
    }
}
