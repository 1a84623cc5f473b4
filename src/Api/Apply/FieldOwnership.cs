using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using Slipway.Api.Schemas;

namespace Slipway.Api.Apply;

/// <summary>Who writes, and what of an object the write can come to own.</summary>
/// <param name="Manager">Name of the field manager.</param>
/// <param name="ApiVersion">Version of the documents.</param>
/// <param name="Subresource">The subresource written to; empty for the object itself.</param>
/// <param name="Scope">The fields that can be owned.</param>
/// <param name="Now">The time of the write.</param>
public readonly record struct FieldManager(string Manager, string ApiVersion, string Subresource, FieldScope Scope, DateTimeOffset Now)
{
    internal ManagerEntry Entry(string operation, FieldSet fields) => new(Manager, operation, ApiVersion, Subresource, Meta.FormatTime(Now), fields);
}

/// <summary>
/// How ownership follows from writes other than server-side apply: whoever changes a field owns it, alone
/// (<see href="https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management"/>).
/// </summary>
public static class FieldOwnership
{
    private const int MaxUpdaters = 10;
    private const string OldUpdates = "ancient-changes";

    /// <summary>The <c>managedFields</c> of an object that is being created; null when it has no field to own.</summary>
    public static JsonNode? OfCreation(FieldManager manager, Schema schema, JsonObject document)
    {
        var scope = manager.Scope;
        using var writer = new FieldsWriter();
        var any = false;
        writer.Raw("["u8);
        manager.Entry(ManagerEntry.Update, FieldSet.Empty).Write(writer, (w, _) => any = CreatedFields.Write(w, schema, document, scope));
        writer.Raw("]"u8);
        return any ? JsonNode.Parse(writer.Written, documentOptions: Nesting.Document) : null;
    }

    /// <summary>
    /// The owners after an update; null when they stay as they are. An object that nobody owns anything of stays so.
    /// </summary>
    /// <param name="manager">Who updates.</param>
    /// <param name="schema">Schema of the documents.</param>
    /// <param name="live">The object before, without its managed fields.</param>
    /// <param name="updated">The object after, without its managed fields.</param>
    /// <param name="held">Gives the owners before; asked when there is a change.</param>
    /// <param name="versions">Other versions of the kind, in which owners may have written; null where all versions name fields alike.</param>
    /// <param name="cancellation">Ends conversions to those.</param>
    public static async ValueTask<ManagedFields?> AfterUpdateAsync(
        FieldManager manager, Schema schema, JsonObject live, JsonObject updated, Func<ManagedFields> held, IOtherVersions? versions = null, CancellationToken cancellation = default)
    {
        var change = Comparison.Between(schema, live, updated).Within(manager.Scope);
        if (change.IsSame || held() is not { IsEmpty: false } owners) return null;

        var taken = change.Taken;
        var changes = await new VersionForms(manager.ApiVersion, schema, versions).CompareAsync(live, updated, change, owners.Entries, manager.Scope, cancellation);
        var entries = Released(owners.Entries, changes).ToList();
        if (!taken.IsEmpty)
        {
            var own = manager.Entry(ManagerEntry.Update, taken);
            var at = entries.FindIndex(own.IsOf);
            if (at < 0) entries.Add(own);
            else entries[at] = own with { Fields = taken.Union(entries[at].Fields) };
        }
        return new(Capped(entries));
    }

    /// <summary>The entry that stands for everything an object had before the first apply to it.</summary>
    internal static ManagedFields BeforeFirstApply(FieldManager manager, Schema schema, JsonObject live)
    {
        var fields = manager.Scope.Filter(Comparison.Between(schema, [], live).Added);
        return fields.IsEmpty ? ManagedFields.None : new([(manager with { Manager = "before-first-apply" }).Entry(ManagerEntry.Update, fields)]);
    }

    /// <summary>
    /// The entries without the fields that a write has changed or removed, each by what the write did in its version; those left with
    /// none go, and those of versions that are gone.
    /// </summary>
    internal static IEnumerable<ManagerEntry> Released(IEnumerable<ManagerEntry> entries, IReadOnlyDictionary<string, Comparison> changes)
    {
        foreach (var entry in entries)
        {
            if (!changes.TryGetValue(entry.ApiVersion, out var change)) continue;
            var left = entry.Fields.Difference(change.Touched);
            if (!left.IsEmpty) yield return ReferenceEquals(left, entry.Fields) ? entry : entry with { Fields = left };
        }
    }

    // The oldest updaters become one for each version, so that an object does not grow with the number of its writers.
    private static List<ManagerEntry> Capped(List<ManagerEntry> entries)
    {
        var excess = entries.Count(e => !e.IsApplied) - MaxUpdaters;
        if (excess <= 0) return entries;
        var firsts = new Dictionary<string, ManagerEntry>(StringComparer.Ordinal);
        foreach (var entry in entries.Where(e => !e.IsApplied).OrderBy(e => e.Time, StringComparer.Ordinal).ThenBy(e => e.Manager, StringComparer.Ordinal).ToArray())
        {
            if (excess <= 0) break;
            if (firsts.TryGetValue(entry.ApiVersion, out var first))
            {
                var together = new ManagerEntry(OldUpdates, ManagerEntry.Update, entry.ApiVersion, "", entry.Time, first.Fields.Union(entry.Fields));
                // There may be such an entry from before, which is then one of the two or joins them here.
                if (entries.FirstOrDefault(e => e.IsOf(together)) is { } older && older != first && older != entry) together = together with { Fields = together.Fields.Union(older.Fields) };
                excess -= entries.RemoveAll(e => e == first || e == entry || e.IsOf(together)) - 1;
                entries.Add(together);
                firsts[entry.ApiVersion] = together;
            }
            else
            {
                firsts[entry.ApiVersion] = entry;
            }
        }
        return entries;
    }
}
