using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using Slipway.Api.Schemas;

namespace Slipway.Api.Rules;

/// <summary>
/// What the schema of a kind cannot say: its defaults, its rules, and what its writes may touch. Functions over
/// documents, without I/O. An instance is stateless.
/// </summary>
/// <remarks>
/// A create goes: decode, <see cref="Default"/>, mutating admission, server fields (name from generateName, uid,
/// creationTimestamp), <see cref="PrepareCreate"/>, <see cref="Validate"/>, commit. An update goes: decode,
/// <see cref="Default"/>, mutating admission, <see cref="PrepareUpdate"/>, <see cref="ValidateUpdate"/> (which includes
/// <see cref="Validate"/>), commit. A write to <c>/status</c> goes through <see cref="PrepareStatusUpdate"/> and
/// <see cref="ValidateStatusUpdate"/> instead. Metadata of every kind is checked by <see cref="MetadataRules"/>,
/// which these include.
/// </remarks>
public class KindRules
{
    private static readonly string[] ListsWithoutIndex = [".volumeMounts", ".scopeSelector.matchExpressions"];

    /// <summary>The rules of a built-in resource; for kinds without rules of their own, those that hold for every kind.</summary>
    public static KindRules For(ResourceType type) => KindRulesTable.Find(type.Group, type.Version, type.Kind) ?? new PlainRules(type);

    /// <summary>The rules of a built-in kind in its preferred version.</summary>
    public static KindRules For(string group, string kind) =>
        For(BuiltInKinds.Find(group, kind) ?? throw new ArgumentException($"there is no kind {kind} in the group \"{group}\"", nameof(kind)));

    /// <summary>The rules of a custom resource; Slipway's own kinds have some beyond those of their definitions.</summary>
    public static KindRules ForCustom(string group, string kind, bool namespaced, bool hasStatus) => KindRulesTable.Custom(group, kind, namespaced, hasStatus);

    /// <summary>Whether objects live in namespaces.</summary>
    public virtual bool IsNamespaced => true;

    /// <summary>Whether status is written through <c>/status</c> alone.</summary>
    public virtual bool HasStatus => false;

    /// <summary>Whether <c>metadata.generation</c> counts the changes of what is desired.</summary>
    public virtual bool HasGeneration => HasStatus;

    /// <summary>Whether a finalizer without a domain may be any name, as in custom resources and kinds of the API's own machinery.</summary>
    protected virtual bool HasOpenFinalizers => false;

    /// <summary>Puts in the kind's defaults.</summary>
    public virtual void Default(JsonObject document)
    {
    }

    /// <summary>Clears or sets what a client may not decide when it creates.</summary>
    public virtual void PrepareCreate(JsonObject document)
    {
        if (HasStatus) document.Remove("status");
        if (HasStatus && NewStatus() is { } status) document["status"] = status;
        if (HasGeneration) document.Generation = 1;
    }

    /// <summary>Derives anew what <see cref="PrepareCreate"/> made of a generated name, when another one has been drawn.</summary>
    public virtual void PrepareRenamed(JsonObject document) => PrepareCreate(document);

    /// <summary>
    /// The status of an object that no controller has seen yet: for built-in kinds an object, with zeros where
    /// Kubernetes writes the field always, since generated clients require those. Null: none, as in custom resources.
    /// </summary>
    protected virtual JsonObject? NewStatus() => null;

    /// <summary>
    /// What a client is warned of, in Kubernetes' words, though the write is carried out: deprecated fields, names
    /// that will not work, values that have no effect.
    /// </summary>
    /// <param name="old">The object before an update; null when it is created.</param>
    /// <param name="updated">The object as it will be written.</param>
    public virtual IReadOnlyList<string> Warnings(JsonObject? old, JsonObject updated) => [];

    /// <summary>Puts back what a client may not change with an update of the main resource, and counts the generation.</summary>
    public virtual void PrepareUpdate(JsonObject old, JsonObject updated)
    {
        if (HasStatus) Restore(updated, old, "status");
        if (!HasGeneration) return;
        updated.Generation = old.Generation + (SameDesire(old, updated) ? 0 : 1);
    }

    /// <summary>Puts back everything but what a write to <c>/status</c> may change.</summary>
    public virtual void PrepareStatusUpdate(JsonObject old, JsonObject updated)
    {
        foreach (var name in old.Select(p => p.Key).Union(updated.Select(p => p.Key)).ToArray())
            if (name is not ("status" or "metadata" or "apiVersion" or "kind")) Restore(updated, old, name);
        if (NewStatus() is { } initial)
        {
            var status = updated.ObjectOrNew("status");
            foreach (var (name, value) in initial)
                if (status[name] is null) status[name] = value?.DeepClone();
        }
        KeepStatusMetadata(old, updated);
    }

    /// <summary>What is wrong with an object, with paths.</summary>
    public virtual IReadOnlyList<StatusCause> Validate(JsonObject document)
    {
        var causes = ValidateMetadata(document);
        ValidateSpec(document, causes);
        return causes;
    }

    /// <summary>What is wrong with the metadata of an object, with paths: the first part of <see cref="Validate"/>.</summary>
    public List<StatusCause> ValidateMetadata(JsonObject document) => MetadataRules.Validate(document, IsNamespaced, NameError, HasOpenFinalizers);

    /// <summary>What is wrong with an update, with paths.</summary>
    public virtual IReadOnlyList<StatusCause> ValidateUpdate(JsonObject old, JsonObject updated)
    {
        var causes = ValidateMetadataUpdate(old, updated);
        ValidateSpecUpdate(old, updated, causes);
        return causes;
    }

    /// <summary>What is wrong with an update of the metadata, with paths: the first part of <see cref="ValidateUpdate"/>.</summary>
    public List<StatusCause> ValidateMetadataUpdate(JsonObject old, JsonObject updated) =>
        [.. MetadataRules.ValidateUpdate(old, updated), .. MetadataRules.Validate(updated, IsNamespaced, null, HasOpenFinalizers)];

    /// <summary>What is wrong with a write to <c>/status</c>, with paths.</summary>
    public virtual IReadOnlyList<StatusCause> ValidateStatusUpdate(JsonObject old, JsonObject updated) => MetadataRules.ValidateUpdate(old, updated);

    /// <summary>Whether the rules tell what is wrong with a field at a place; of some fields Kubernetes names another than their own, and clients know the messages so.</summary>
    /// <param name="field">Path of the field.</param>
    /// <param name="place">Path that a cause names.</param>
    public virtual bool IsToldAt(string field, string place) => field == place || OfAnyItem(field) == place;

    // Of some lists Kubernetes does not say which item is meant.
    private static string? OfAnyItem(string field)
    {
        foreach (var list in ListsWithoutIndex)
            if (field.LastIndexOf($"{list}[", StringComparison.Ordinal) is >= 0 and var at)
                return field[..(at + list.Length)] + field[(field.IndexOf(']', at) + 1)..];
        return null;
    }

    /// <summary>What is wrong with a name, or null. Most kinds take a DNS subdomain.</summary>
    protected virtual string? NameError(string name) => Names.SubdomainError(name);

    /// <summary>Adds what is wrong with an object beyond its metadata.</summary>
    protected virtual void ValidateSpec(JsonObject document, List<StatusCause> causes)
    {
    }

    /// <summary>Adds what is wrong with an update beyond its metadata; by default the new object's own faults.</summary>
    protected virtual void ValidateSpecUpdate(JsonObject old, JsonObject updated, List<StatusCause> causes) => ValidateSpec(updated, causes);

    /// <summary>Sets a field to what the old object has, or removes it.</summary>
    protected static void Restore(JsonObject updated, JsonObject old, string name)
    {
        if (old[name] is { } value) updated[name] = value.DeepClone();
        else updated.Remove(name);
    }

    /// <summary>Which metadata a write to <c>/status</c> may change; the owners and the deletion never.</summary>
    protected virtual void KeepStatusMetadata(JsonObject old, JsonObject updated)
    {
        foreach (var name in new[] { "ownerReferences", "finalizers", "deletionTimestamp", "deletionGracePeriodSeconds", "generation" })
            Restore(updated.Metadata, old.Metadata, name);
    }

    // Everything but metadata says what is desired; so does a status that is no subresource.
    private bool SameDesire(JsonObject old, JsonObject updated) =>
        old.Select(p => p.Key).Union(updated.Select(p => p.Key)).Where(k => k is not ("metadata" or "apiVersion" or "kind") && !(HasStatus && k == "status"))
            .All(k => JsonNode.DeepEquals(old[k], updated[k]));
}
