using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using Slipway.Api.Schemas;

namespace Slipway.Api.Patches;

/// <summary>Merges one list whose patch strategy is <c>merge</c>: of objects by a key, of plain values as a set.</summary>
internal static class ListMerge
{
    /// <param name="current">The list of the document, or null.</param>
    /// <param name="change">The list of the patch, or null where only directives are given.</param>
    /// <param name="order">Value of <c>$setElementOrder</c>.</param>
    /// <param name="deletions">Value of <c>$deleteFromPrimitiveList</c>.</param>
    /// <param name="mergeKey">Field that identifies an item; null for plain values.</param>
    /// <param name="items">Schema of an item.</param>
    /// <param name="path">Path of the list, for messages.</param>
    public static JsonArray Apply(JsonArray? current, JsonArray? change, JsonArray? order, JsonArray? deletions, string? mergeKey, Schema? items, string path)
    {
        var before = (current ?? []).Select(i => i?.DeepClone()).ToList();
        var merged = mergeKey is null ? MergeValues(before, change, deletions) : MergeObjects(before, change, mergeKey, items, path);
        if (order is not null) CheckOrder(change, order, mergeKey, path);
        // Without an order, the items of the patch stand as they do in it.
        order ??= new JsonArray([.. (change ?? []).Where(i => !IsDirective(i)).Select(i => i?.DeepClone())]);
        if (order.Count > 0) merged = Ordered(merged, before, order, mergeKey, path);
        return new JsonArray([.. merged.Select(i => i is { Parent: not null } ? i.DeepClone() : i)]);
    }

    private static List<JsonNode?> MergeValues(List<JsonNode?> before, JsonArray? change, JsonArray? deletions)
    {
        var result = before.Where(v => deletions is null || !deletions.Any(d => JsonNode.DeepEquals(d, v))).ToList();
        foreach (var value in change ?? [])
            if (!result.Any(v => JsonNode.DeepEquals(v, value))) result.Add(value?.DeepClone());
        return result;
    }

    private static List<JsonNode?> MergeObjects(List<JsonNode?> before, JsonArray? change, string mergeKey, Schema? items, string path)
    {
        var patches = (change ?? []).Select((item, i) => item as JsonObject ?? throw ApiException.BadRequest($"{path}[{i}]: an object was expected")).ToList();
        // Items with a directive speak of the list and are no items of it: they come first, wherever they stand.
        var special = patches.Where(p => p.ContainsKey(StrategicMergePatch.Directive)).ToList();
        patches.RemoveAll(special.Contains);
        var result = before.Select(i => i?.DeepClone()).ToList();
        foreach (var item in special)
        {
            switch (item.Text(StrategicMergePatch.Directive))
            {
                case "delete":
                    var deleted = KeyOf(item, mergeKey, path);
                    result.RemoveAll(i => JsonNode.DeepEquals((i as JsonObject)?[mergeKey], deleted));
                    break;
                case "replace":
                    return [.. patches.Select(p => StrategicMergePatch.Merge([], p, items, path))];
                case "merge":
                    throw ApiException.BadRequest($"{path}: merging lists cannot yet be specified in the patch");
                default:
                    throw ApiException.BadRequest($"{path}: the directive {StrategicMergePatch.Directive} of an item takes replace or delete, not {item[StrategicMergePatch.Directive].Shown()}");
            }
        }
        foreach (var patch in patches)
        {
            var key = KeyOf(patch, mergeKey, path);
            var at = result.FindIndex(i => JsonNode.DeepEquals((i as JsonObject)?[mergeKey], key));
            var target = at < 0 ? [] : (JsonObject)result[at]!;
            var merged = StrategicMergePatch.Merge(target, patch, items, $"{path}[{mergeKey}={key.AsText() ?? key.ToJsonString()}]");
            if (at < 0) result.Add(merged);
            else result[at] = merged;
        }
        return result;
    }

    private static bool IsDirective(JsonNode? item) => (item as JsonObject)?.ContainsKey(StrategicMergePatch.Directive) == true;

    private static JsonNode KeyOf(JsonObject item, string mergeKey, string path) =>
        item[mergeKey] ?? throw ApiException.BadRequest($"{path}: an item of the patch lacks the merge key \"{mergeKey}\" of this list");

    // The items of the patch must stand in the order that it sets.
    private static void CheckOrder(JsonArray? change, JsonArray order, string? mergeKey, string path)
    {
        var place = 0;
        foreach (var item in (change ?? []).Where(i => !IsDirective(i)))
        {
            while (place < order.Count && IndexOf([order[place]], item, mergeKey) < 0) place++;
            if (place++ >= order.Count) throw ApiException.BadRequest($"{path}: the order in the patch list does not match its $setElementOrder list");
        }
    }

    // Items that the patch orders keep its order; the others are put in between where they stood before.
    private static List<JsonNode?> Ordered(List<JsonNode?> merged, List<JsonNode?> before, JsonArray order, string? mergeKey, string path)
    {
        if (mergeKey is not null && order.Any(o => o is not JsonObject item || item[mergeKey] is null))
            throw ApiException.BadRequest($"{path}: each item of its $setElementOrder must hold the merge key \"{mergeKey}\"");
        int Place(JsonNode? item) => IndexOf(order, item, mergeKey);
        int Before(JsonNode? item) => IndexOf(before, item, mergeKey);

        var ordered = new Queue<JsonNode?>(merged.Where(i => Place(i) >= 0).OrderBy(Place));
        var others = new Queue<JsonNode?>(merged.Where(i => Place(i) < 0).OrderBy(i => Before(i) is var at && at < 0 ? int.MaxValue : at));
        var result = new List<JsonNode?>(merged.Count);
        while (ordered.Count > 0 && others.Count > 0)
        {
            var (other, next) = (Before(others.Peek()), Before(ordered.Peek()));
            result.Add(other >= 0 && next >= 0 && other < next ? others.Dequeue() : ordered.Dequeue());
        }
        result.AddRange(ordered);
        result.AddRange(others);
        return result;
    }

    private static int IndexOf(IEnumerable<JsonNode?> list, JsonNode? item, string? mergeKey)
    {
        var wanted = mergeKey is null ? item : (item as JsonObject)?[mergeKey];
        var index = 0;
        foreach (var candidate in list)
        {
            if (JsonNode.DeepEquals(mergeKey is null ? candidate : (candidate as JsonObject)?[mergeKey], wanted)) return index;
            index++;
        }
        return -1;
    }
}
