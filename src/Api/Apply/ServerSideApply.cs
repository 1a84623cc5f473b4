using System.Text;
using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using Slipway.Api.Schemas;

namespace Slipway.Api.Apply;

/// <summary>What an apply makes of an object.</summary>
/// <param name="Document">The object after, without its managed fields.</param>
/// <param name="Owners">Its owners.</param>
/// <param name="SameOwners">Whether the owners are the same as before.</param>
public sealed record Applied(JsonObject Document, ManagedFields Owners, bool SameOwners);

/// <summary>
/// Server-side apply (<see href="https://kubernetes.io/docs/reference/using-api/server-side-apply/"/>): a configuration is merged
/// into the object, its manager owns what it says, and what the manager said before and does not say any longer goes unless
/// another manager owns it.
/// </summary>
public static class ServerSideApply
{
    private const string Kubectl = "kubectl";
    private const string LastApplied = "kubectl.kubernetes.io/last-applied-configuration";

    /// <summary>Applies a configuration. The arguments stay as they are.</summary>
    /// <param name="manager">Who applies.</param>
    /// <param name="schema">Schema of the documents.</param>
    /// <param name="live">The object as it is, without its managed fields; empty when there is none yet.</param>
    /// <param name="configuration">What the manager wants of it.</param>
    /// <param name="held">The owners.</param>
    /// <param name="force">Whether fields are taken from others that own them.</param>
    /// <param name="versions">Other versions of the kind, in which owners may have written; null where all versions name fields alike.</param>
    /// <param name="cancellation">Ends conversions to those.</param>
    /// <exception cref="ApiException">400: the configuration has not the types of the schema. 409: others own fields that it changes.</exception>
    public static async ValueTask<Applied> ApplyAsync(
        FieldManager manager, Schema schema, JsonObject live, JsonObject configuration, ManagedFields held, bool force,
        IOtherVersions? versions = null, CancellationToken cancellation = default)
    {
        var errors = ConfigurationCheck.Errors(schema, configuration);
        if (errors.Count > 0)
            throw ApiException.BadRequest($"failed to create typed patch object ({Named(configuration)}): {(errors.Count == 1 ? errors[0] : $"errors:\n  {string.Join("\n  ", errors)}")}");
        var before = held.IsEmpty && live.Count > 0 ? FieldOwnership.BeforeFirstApply(manager, schema, live) : held;

        // 1. Merge, and own what the configuration says.
        var fields = DocumentFields.Of(schema, configuration);
        var own = manager.Entry(ManagerEntry.Apply, manager.Scope.Filter(fields));
        var last = before.Entries.FirstOrDefault(own.IsOf);
        var entries = before.Entries.Where(e => !own.IsOf(e)).Append(own with { Fields = fields }).ToArray();
        var merged = ConfigurationMerge.Merge(schema, live, configuration);

        // 2. Take away what is not said any longer.
        var forms = new VersionForms(manager.ApiVersion, schema, versions);
        var document = last is null ? merged : await Pruning.RunAsync(forms, merged, last, entries, cancellation);

        // 3. See who else owns what changes.
        var change = Comparison.Between(schema, live, document).Within(manager.Scope);
        var changes = await forms.CompareAsync(live, document, change, entries, manager.Scope, cancellation);
        // What was owned in a version that is gone is owned no longer.
        ManagerEntry[] rest = [.. entries.Where(e => !own.IsOf(e) && changes.ContainsKey(e.ApiVersion))];
        var conflicts = rest.Select(e => e with { Fields = e.Fields.Intersection(changes[e.ApiVersion].Taken) }).Where(e => !e.Fields.IsEmpty).ToArray();
        if (conflicts.Length > 0 && !force) conflicts = Left(manager, schema, live, conflicts);
        if (conflicts.Length > 0 && !force) throw ApplyConflict.Of(conflicts);
        if (manager.Manager == Kubectl) UpdateLastApplied(document, configuration);

        // 4. The owners: the time of the applier is that of its last change.
        var isSame = JsonNode.DeepEquals(live, document);
        if (isSame) own = own with { Time = last?.Time };
        var others = FieldOwnership.Released(rest, changes);
        var owners = new ManagedFields([.. others.Concat(own.Fields.IsEmpty ? [] : [own])]);
        var sameOwners = owners.SameOwners(held);
        return new(document, sameOwners && isSame ? held : owners, sameOwners);
    }

    // kubectl takes over what its client-side apply has left, as its annotation tells: such conflicts do not count.
    private static ManagerEntry[] Left(FieldManager manager, Schema schema, JsonObject live, ManagerEntry[] conflicts)
    {
        if (manager.Manager != Kubectl || live.Annotations?.Text(LastApplied) is not { Length: > 0 } text) return conflicts;
        JsonObject last;
        try
        {
            last = DocumentReader.ParseJson(Encoding.UTF8.GetBytes(text));
        }
        catch (ApiException)
        {
            return conflicts;   // somebody else's annotation
        }
        if (last.ApiVersion != manager.ApiVersion || ConfigurationCheck.Errors(schema, last).Count > 0) return conflicts;
        var difference = Comparison.Between(schema, last, live);
        var allowed = DocumentFields.Of(schema, last).Difference(difference.Modified).Difference(difference.Added).Difference(difference.Removed);
        var left = conflicts.Select(c => c with { Fields = c.Fields.Difference(allowed) }).Where(c => !c.Fields.IsEmpty).ToArray();
        return left;
    }

    // Where the annotation of client-side apply is, it keeps telling what was applied last, for clients that still use it.
    private static void UpdateLastApplied(JsonObject document, JsonObject configuration)
    {
        if (document.Annotations is not { } annotations || string.IsNullOrEmpty(annotations.Text(LastApplied))) return;
        var applied = (JsonObject)configuration.DeepClone();
        applied.Annotations?.Remove(LastApplied);
        annotations[LastApplied] = CanonicalJson.Of(applied) + "\n";
    }

    private static string Named(JsonObject configuration) => $"{configuration.Namespace}/{configuration.Name}; {configuration.ApiVersion}, Kind={configuration.Kind}";
}
