using System.Text.Json.Nodes;
using Slipway.Api.Schemas;

namespace Slipway.Api.Apply;

/// <summary>What differs between two documents of one schema. No path is in two of the sets.</summary>
/// <param name="Added">Paths that only the second has.</param>
/// <param name="Removed">Paths that only the first has.</param>
/// <param name="Modified">Leaves that both have, with other values.</param>
internal sealed record Comparison(FieldSet Added, FieldSet Removed, FieldSet Modified)
{
    private static readonly JsonObject EmptyStruct = [];

    public bool IsSame => Added.IsEmpty && Removed.IsEmpty && Modified.IsEmpty;

    /// <summary>Paths that the second has and the first has not, or with another value.</summary>
    public FieldSet Taken => field ??= Added.Union(Modified);

    /// <summary>Paths of everything that differs.</summary>
    public FieldSet Touched => field ??= Removed.Union(Taken);

    /// <summary>Compares two documents; neither is changed.</summary>
    public static Comparison Between(Schema schema, JsonObject before, JsonObject after)
    {
        var change = Visit(schema, before, after, isRoot: true);
        return new(change.Added ?? FieldSet.Empty, change.Removed ?? FieldSet.Empty, change.Modified ?? FieldSet.Empty);
    }

    /// <summary>The part of the comparison that is within a scope.</summary>
    public Comparison Within(FieldScope scope) => new(scope.Filter(Added), scope.Filter(Removed), scope.Filter(Modified));

    private static Change Visit(Schema? schema, JsonNode? before, JsonNode? after, bool isRoot)
    {
        var (one, other) = (Shapes.Of(schema, before), Shapes.Of(schema, after));
        // Null stands for an empty map or list as well as for a scalar.
        if (before is null) one = other;
        if (after is null) other = one;
        var isLeaf = one != other || one == Shape.Leaf || (IsEmpty(before) && IsEmpty(after));
        if (isLeaf) return JsonNode.DeepEquals(before, after) ? default : new Change { Own = Difference.Modified };
        return one == Shape.Map
            ? Fields(schema, before as JsonObject ?? EmptyStruct, after as JsonObject ?? EmptyStruct, isRoot)
            : Items(schema!, one, before as JsonArray, after as JsonArray);
    }

    private static Change Fields(Schema? schema, JsonObject before, JsonObject after, bool isRoot)
    {
        var change = new Change();
        foreach (var (name, value) in after)
        {
            var field = schema?.Find(name, isRoot);
            var isThere = before.TryGetPropertyValue(name, out var old);
            if (schema.IsAbsent(field, value) && (!isThere || schema.IsAbsent(field, old))) continue;
            if (isThere) change.Put("f:", name, Visit(field, old, value, false));
            else if (schema.IsAlwaysThere(name, field)) change.Put("f:", name, Visit(field, field!.Properties.Count > 0 ? EmptyStruct : null, value, false));
            else change.Put("f:", name, Whole(field, value, Difference.Added));
        }
        foreach (var (name, value) in before)
        {
            if (after.ContainsKey(name)) continue;
            var field = schema?.Find(name, isRoot);
            if (schema.IsAbsent(field, value)) continue;
            change.Put("f:", name, schema.IsAlwaysThere(name, field)
                ? Visit(field, value, field!.Properties.Count > 0 ? EmptyStruct : null, false)
                : Whole(field, value, Difference.Removed));
        }
        return change;
    }

    private static Change Items(Schema schema, Shape shape, JsonArray? before, JsonArray? after)
    {
        var change = new Change();
        if (before?.Count == 1 && after?.Count == 1 && Shapes.ElementsOf(schema, shape, before) is [var one] && Shapes.ElementsOf(schema, shape, after) is [var same] && one == same)
        {
            change.Put("", one, Visit(schema.Items, before[0], after[0], false));
            return change;
        }
        var (old, updated) = (Group(schema, shape, before), Group(schema, shape, after));
        foreach (var (element, items) in updated)
        {
            if (!old.TryGetValue(element, out var olds)) change.Put("", element, items.Count == 1 ? Whole(schema.Items, items[0], Difference.Added) : new() { Own = Difference.Added });
            else if (olds.Count == 1 && items.Count == 1) change.Put("", element, Visit(schema.Items, olds[0], items[0], false));
            else if (olds.Count != items.Count || olds.Where((item, i) => !JsonNode.DeepEquals(item, items[i])).Any()) change.Put("", element, new() { Own = Difference.Modified });
        }
        foreach (var (element, items) in old)
            if (!updated.ContainsKey(element)) change.Put("", element, items.Count == 1 ? Whole(schema.Items, items[0], Difference.Removed) : new() { Own = Difference.Removed });
        return change;
    }

    private static Dictionary<string, List<JsonNode?>> Group(Schema schema, Shape shape, JsonArray? list)
    {
        var elements = Shapes.ElementsOf(schema, shape, list);
        var groups = new Dictionary<string, List<JsonNode?>>(elements.Count, StringComparer.Ordinal);
        for (var i = 0; i < elements.Count; i++)
        {
            if (groups.TryGetValue(elements[i], out var items)) items.Add(list![i]);
            else groups[elements[i]] = [list![i]];
        }
        return groups;
    }

    // A value that the other document has nothing of.
    private static Change Whole(Schema? schema, JsonNode? value, Difference difference)
    {
        var below = DocumentFields.Below(schema, value, false, everyLevel: true);
        return difference == Difference.Added ? new() { Own = difference, Added = below } : new() { Own = difference, Removed = below };
    }

    private static bool IsEmpty(JsonNode? value) => value is null or JsonObject { Count: 0 } or JsonArray { Count: 0 };

    private enum Difference
    {
        None,
        Added,
        Removed,
        Modified,
    }

    // What differs at a path itself and below it; sets arise when there is something to put in.
    private struct Change
    {
        public Difference Own;
        public FieldSet? Added;
        public FieldSet? Removed;
        public FieldSet? Modified;

        public void Put(string prefix, string name, Change inner)
        {
            if (inner is { Own: Difference.None, Added: null, Removed: null, Modified: null }) return;
            var element = prefix + name;
            if (inner.Own == Difference.Added || inner.Added is not null) (Added ??= new()).Add(element, inner.Own == Difference.Added, inner.Added);
            if (inner.Own == Difference.Removed || inner.Removed is not null) (Removed ??= new()).Add(element, inner.Own == Difference.Removed, inner.Removed);
            if (inner.Own == Difference.Modified || inner.Modified is not null) (Modified ??= new()).Add(element, inner.Own == Difference.Modified, inner.Modified);
        }
    }
}
