using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using Slipway.Api.Schemas;

namespace Slipway.Api.Patches;

/// <summary>
/// Strategic merge patch: a merge patch that merges lists by the key that their schema names, and understands
/// directives (<see href="https://github.com/kubernetes/community/blob/master/contributors/devel/sig-api-machinery/strategic-merge-patch.md"/>):
/// <c>$patch</c>, <c>$retainKeys</c>, <c>$setElementOrder/…</c> and <c>$deleteFromPrimitiveList/…</c>.
/// </summary>
public static class StrategicMergePatch
{
    internal const string Directive = "$patch";
    private const string RetainKeys = "$retainKeys";
    private const string SetElementOrder = "$setElementOrder/";
    private const string DeleteFromPrimitiveList = "$deleteFromPrimitiveList/";

    /// <summary>The patched document. The arguments stay as they are.</summary>
    /// <exception cref="ApiException">400: a directive is malformed, or an item lacks the merge key of its list.</exception>
    public static JsonObject Apply(JsonObject document, JsonObject patch, Schema schema)
    {
        var result = (JsonObject)document.DeepClone();
        return Merge(result, patch, schema, "");
    }

    /// <summary>Merges <paramref name="patch"/> into <paramref name="target"/>, which is changed unless it is replaced.</summary>
    internal static JsonObject Merge(JsonObject target, JsonObject patch, Schema? schema, string path)
    {
        switch (patch.Text(Directive))
        {
            case null when !patch.ContainsKey(Directive):
            case "merge":
                break;
            case "replace":
                return Merge([], Without(patch, Directive), schema, path);
            case "delete":
                return [];
            default:
                throw ApiException.BadRequest($"{Shown(path)}: the directive {Directive} takes replace, delete or merge, not {patch[Directive].Shown()}");
        }

        if (patch[RetainKeys] is { } retain) Retain(target, patch, retain, path);
        target.RemoveNulls(patch);
        foreach (var name in Names(patch))
        {
            var inner = path.Length == 0 ? name : $"{path}.{name}";
            var field = schema is null ? null : schema.Properties.GetValueOrDefault(name) ?? schema.AdditionalProperties;
            var isGiven = patch.TryGetPropertyValue(name, out var change);
            if (isGiven && change is null) continue;
            if (IsMergedList(field) && (change is null or JsonArray) && target[name] is null or JsonArray && field is { PatchMergeKey: var key })
                target[name] = ListMerge.Apply(target[name] as JsonArray, change as JsonArray, List(patch, SetElementOrder + name), List(patch, DeleteFromPrimitiveList + name), key, field.Items, inner);
            else if (change is JsonObject map)
            {
                // One that is merged in place stays where it is.
                var existing = Strategies(field).Contains("replace") ? null : target[name] as JsonObject;
                if (Merge(existing ?? [], map, field, inner) is var merged && !ReferenceEquals(existing, merged)) target[name] = merged;
            }
            else if (change is not null)
                target[name] = change.DeepClone();
        }
        return target;
    }

    private static IEnumerable<string> Names(JsonObject patch)
    {
        foreach (var (name, _) in patch)
        {
            if (name is Directive or RetainKeys) continue;
            var slash = name.StartsWith(SetElementOrder, StringComparison.Ordinal) || name.StartsWith(DeleteFromPrimitiveList, StringComparison.Ordinal) ? name.IndexOf('/') : -1;
            if (slash < 0) yield return name;
            else if (!patch.ContainsKey(name[(slash + 1)..])) yield return name[(slash + 1)..];
        }
    }

    private static bool IsMergedList(Schema? field) => field is { Type: "array" } && Strategies(field).Contains("merge");

    private static string[] Strategies(Schema? field) => field?.PatchStrategy?.Split(',') ?? [];

    private static void Retain(JsonObject target, JsonObject patch, JsonNode retain, string path)
    {
        if (retain is not JsonArray list) throw ApiException.BadRequest($"{Shown(path)}: the directive {RetainKeys} takes a list of field names");
        var keys = list.Select(k => k.AsText() ?? throw ApiException.BadRequest($"{Shown(path)}: the directive {RetainKeys} takes a list of field names")).ToHashSet();
        foreach (var (name, value) in patch)
            if (!name.StartsWith('$') && value is not null && !keys.Contains(name))
                throw new ApiException(422, "Invalid", $"the server rejected our request due to an error in our request: {Shown(path)}: the patch sets \"{name}\", which its {RetainKeys} leaves out");
        target.RemoveWhere(property => !keys.Contains(property.Key));
    }

    private static JsonArray? List(JsonObject patch, string name) => patch[name] switch
    {
        null => null,
        JsonArray list => list,
        _ => throw ApiException.BadRequest($"the directive {name} takes a list"),
    };

    internal static JsonObject Without(JsonObject patch, string name)
    {
        var copy = (JsonObject)patch.DeepClone();
        copy.Remove(name);
        return copy;
    }

    internal static string Shown(string path) => path.Length == 0 ? "the patch" : path;
}
