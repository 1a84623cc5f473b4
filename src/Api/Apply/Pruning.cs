using System.Text.Json.Nodes;

namespace Slipway.Api.Apply;

/// <summary>Takes away what a manager has applied before and does not say any longer, unless somebody owns it.</summary>
internal static class Pruning
{
    /// <summary>The document after; <paramref name="merged"/> stays as it is.</summary>
    /// <param name="forms">The versions of the kind.</param>
    /// <param name="merged">The document, in the version of the write.</param>
    /// <param name="last">What the manager owned before, perhaps in another version.</param>
    /// <param name="entries">Who owns what now.</param>
    /// <param name="cancellation">Ends conversions.</param>
    public static async ValueTask<JsonObject> RunAsync(VersionForms forms, JsonObject merged, ManagerEntry last, IReadOnlyList<ManagerEntry> entries, CancellationToken cancellation)
    {
        var version = last.ApiVersion;
        if (forms.SchemaOf(version) is not { } schema || last.Fields.Difference(OwnedIn(version)).IsEmpty) return merged;
        var whole = await forms.ConvertAsync(merged, forms.ApiVersion, version, cancellation);

        // First all that was applied goes, with what lies in it; then what somebody owns comes back, in the version that it is
        // owned in, the manager's own first, since converting may need it.
        var state = (Version: version, Whole: whole, Pruned: Removal.Of(schema, whole, last.Fields.WithDeclared(schema)));
        foreach (var other in entries.Select(e => e.ApiVersion).Distinct().OrderBy(v => v != version).ThenBy(v => v, StringComparer.Ordinal))
        {
            if (forms.SchemaOf(other) is not { } known) continue;
            state = (other, await forms.ConvertAsync(state.Whole, state.Version, other, cancellation), await forms.ConvertAsync(state.Pruned, state.Version, other, cancellation));
            var (all, left) = (Fields(known, state.Whole), Fields(known, state.Pruned));
            state.Pruned = Removal.Of(known, state.Whole, all.Difference(left.Union(OwnedIn(other).WithDeclared(known))));
        }

        // At last everything comes back that the manager did not own.
        var pruned = await forms.ConvertAsync(state.Pruned, state.Version, version, cancellation);
        var result = Removal.Of(schema, whole, Fields(schema, whole).Difference(Fields(schema, pruned)).Intersection(last.Fields.WithDeclared(schema)));
        return await forms.ConvertAsync(result, version, forms.ApiVersion, cancellation);

        FieldSet OwnedIn(string apiVersion) => entries.Where(e => e.ApiVersion == apiVersion).Aggregate(FieldSet.Empty, (all, e) => all.Union(e.Fields));

        static FieldSet Fields(Schemas.Schema schema, JsonObject document) => DocumentFields.Of(schema, document).WithDeclared(schema);
    }
}
