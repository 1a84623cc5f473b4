using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Definitions;

/// <summary>CustomResourceDefinition (apiextensions.k8s.io/v1).</summary>
internal sealed class DefinitionRules : KindRules
{
    public override bool IsNamespaced => false;

    public override bool HasStatus => true;

    protected override bool HasOpenFinalizers => true;

    public override void Default(JsonObject document)
    {
        var spec = document.ObjectOrNew("spec");
        var names = spec.ObjectOrNew("names");
        if (names.Text("kind") is { Length: > 0 } kind)
        {
            SetDefault(names, "singular", kind.ToLowerInvariant());
            SetDefault(names, "listKind", $"{kind}List");
        }
        ConversionRules.Default(spec);
        foreach (var version in spec.Objects("versions"))
            foreach (var column in version.Objects("additionalPrinterColumns").Where(c => c["priority"] is null)) column["priority"] = 0;
    }

    /// <summary>The status of a definition that nothing has looked at yet, with the version that objects will be stored in.</summary>
    public override void PrepareCreate(JsonObject document)
    {
        base.PrepareCreate(document);
        document["status"] = new JsonObject
        {
            ["acceptedNames"] = new JsonObject { ["plural"] = "", ["kind"] = "" },
            ["conditions"] = new JsonArray(),
            ["storedVersions"] = new JsonArray([.. StorageVersions(document).Select(v => (JsonNode)v)]),
        };
    }

    public override void PrepareUpdate(JsonObject old, JsonObject updated)
    {
        base.PrepareUpdate(old, updated);
        var status = updated.ObjectOrNew("status");
        var stored = status.Array("storedVersions")?.Select(v => v.AsText() ?? "").ToList() ?? [];
        status["storedVersions"] = new JsonArray([.. stored.Union(StorageVersions(updated)).Select(v => (JsonNode)v)]);
    }

    /// <summary>Finalizers of a definition that is being deleted can be taken off with its status, which is how its objects' end is told.</summary>
    protected override void KeepStatusMetadata(JsonObject old, JsonObject updated)
    {
        string[] left = [.. old.Finalizers.Intersect(updated.Finalizers)];
        base.KeepStatusMetadata(old, updated);
        if (old.IsBeingDeleted) updated.Finalizers = left;
    }

    /// <summary>Of what an update has kept nothing more is said.</summary>
    public override IReadOnlyList<string> Warnings(JsonObject? old, JsonObject updated) =>
        old is null ? DefinitionWarnings.Of(updated) : [.. DefinitionWarnings.Of(updated).Except(DefinitionWarnings.Of(old), StringComparer.Ordinal)];

    public override bool IsToldAt(string field, string place) => field == place || OldPlaces.Of(field).Contains(place);

    protected override void ValidateSpec(JsonObject document, List<StatusCause> causes) => Validate(document, null, causes);

    private static void Validate(JsonObject document, JsonObject? old, List<StatusCause> causes)
    {
        var spec = document.Object("spec") ?? [];
        var names = spec.Object("names") ?? [];
        var group = spec.Text("group") ?? "";
        if (Required(spec, "group", "spec", causes))
        {
            Grammar(spec, "group", Names.SubdomainError, "spec", causes);
            if (!group.Contains('.')) causes.Add(StatusCause.Invalid("spec.group", Quote(group), "should be a domain with at least one dot"));
        }
        ApprovalPolicy.Validate(document, old, causes);
        if (document.Name != $"{names.Text("plural")}.{group}") causes.Add(StatusCause.Invalid("metadata.name", Quote(document.Name), "must be spec.names.plural+\".\"+spec.group"));
        DefinitionNames(names, causes);
        if (spec.Text("scope") is not ("Namespaced" or "Cluster"))
            causes.Add(string.IsNullOrEmpty(spec.Text("scope")) ? StatusCause.Required("spec.scope") : StatusCause.NotSupported("spec.scope", Quote(spec.Text("scope")!), ["Cluster", "Namespaced"]));
        if (spec.Boolean("preserveUnknownFields") == true) causes.Add(StatusCause.Invalid("spec.preserveUnknownFields", "true", "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead"));
        ConversionRules.Validate(spec, old?.Object("spec"), old is not null && IsEstablished(old), causes);
        DefinitionVersionRules.Validate(spec, old?.Object("spec"), causes);
    }

    protected override void ValidateSpecUpdate(JsonObject old, JsonObject updated, List<StatusCause> causes)
    {
        Validate(updated, old, causes);
        var (before, after) = (old.Object("spec") ?? [], updated.Object("spec") ?? []);
        if (IsEstablished(old))
        {
            Immutable(before["scope"], after["scope"], "spec.scope", causes);
            Immutable(before.Object("names")?["kind"], after.Object("names")?["kind"], "spec.names.kind", causes);
        }
        Immutable(before["group"], after["group"], "spec.group", causes);
        Immutable(before.Object("names")?["plural"], after.Object("names")?["plural"], "spec.names.plural", causes);
        StoredVersions(updated, causes);
    }

    private static void DefinitionNames(JsonObject names, List<StatusCause> causes)
    {
        foreach (var name in new[] { "plural", "singular" }) RequiredGrammar(names, name, Names.Dns1035Error, "spec.names", causes);
        foreach (var name in new[] { "kind", "listKind" })
        {
            if (Required(names, name, "spec.names", causes) && Names.Dns1035Error(names.Text(name)!.ToLowerInvariant()) is { } error)
                causes.Add(StatusCause.Invalid($"spec.names.{name}", Quote(names.Text(name)!), $"may have mixed case, but should otherwise match: {error}"));
        }
        if (names.Text("kind") is { Length: > 0 } kind && kind == names.Text("listKind")) causes.Add(StatusCause.Invalid("spec.names.listKind", Quote(kind), "kind and listKind may not be the same"));
        foreach (var list in new[] { "shortNames", "categories" })
        {
            var i = 0;
            foreach (var name in names.Array(list) ?? [])
            {
                if (Names.Dns1035Error(name.AsText() ?? "") is { } error) causes.Add(StatusCause.Invalid($"spec.names.{list}[{i}]", name.Shown(), error));
                i++;
            }
        }
    }

    private static void StoredVersions(JsonObject document, List<StatusCause> causes)
    {
        var served = document.Object("spec")?.Objects("versions").Select(v => v.Text("name")).ToHashSet() ?? [];
        var versions = document.Object("status")?.Array("storedVersions") ?? [];
        if (versions.Count == 0) causes.Add(StatusCause.Invalid("status.storedVersions", "[]", "must have at least one stored version"));
        foreach (var storage in StorageVersions(document))
            if (versions.All(v => v.AsText() != storage)) causes.Add(StatusCause.Invalid("status.storedVersions", versions.Shown(), $"must have the storage version {storage}"));
        var i = 0;
        foreach (var stored in versions)
        {
            if (!served.Contains(stored.AsText()))
                causes.Add(StatusCause.Invalid($"status.storedVersions[{i}]", stored.Shown(), $"missing from spec.versions; {stored.AsText()} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in {stored.AsText()} and removes {stored.AsText()} from status.storedVersions"));
            i++;
        }
    }

    private static IEnumerable<string> StorageVersions(JsonObject document) =>
        document.Object("spec")?.Objects("versions").Where(v => v.Boolean("storage") == true).Select(v => v.Text("name") ?? "").Where(n => n.Length > 0) ?? [];

    private static bool IsEstablished(JsonObject document) =>
        document.Object("status")?.Objects("conditions").Any(c => c.Text("type") == "Established" && c.Text("status") == "True") == true;
}
