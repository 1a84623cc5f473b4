using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Apply;
using Slipway.Api.Conversions;
using Slipway.Api.Documents;
using Slipway.Api.Rules;
using Slipway.Api.Schemas;
using Slipway.Api.Selectors;
using Slipway.ApiServer.Caching;
using Slipway.ApiServer.CustomResources;
using Slipway.ApiServer.CustomResources.Conversion;
using Slipway.ApiServer.Tables;
using Slipway.ApiServer.Wire;

namespace Slipway.ApiServer.Catalog;

/// <summary>A resource in one version, with everything that serving it needs.</summary>
internal sealed class ServedResource
{
    private readonly Func<CachedObject, ObjectBytes>? _transform;

    /// <param name="type">Names, scope and schema.</param>
    /// <param name="cache">Its objects.</param>
    /// <param name="custom">What its definition says; null for built-in kinds.</param>
    public ServedResource(ResourceType type, ResourceCache cache, CustomVersion? custom = null)
    {
        Type = type;
        Cache = cache;
        Custom = custom;
        HasStatus = type.Subresources.Contains("status");
        Rules = custom is null ? KindRules.For(type) : KindRules.ForCustom(type.Group, type.Kind, type.Namespaced, HasStatus);
        ListKind = custom?.ListKind ?? type.Kind + "List";
        Form = custom is null ? StoredForm.Of(type) : null;
        _transform = custom is not null ? custom.Transform : Form is { } form ? form.Transform : null;
    }

    // The scale of a resource: the same objects under the same keys, seen as scales.
    private ServedResource(ServedResource scaled, ScalePaths paths)
    {
        Type = new ResourceType
        {
            Group = "autoscaling",
            Version = "v1",
            Plural = scaled.Type.Plural,
            Kind = "Scale",
            Singular = scaled.Type.Singular,
            Namespaced = scaled.Type.Namespaced,
            LazySchema = new(() => BuiltInKinds.SchemaOf(ScaleDocument.Definition)),
        };
        Cache = scaled.Cache;
        Rules = scaled.Rules;
        ListKind = "ScaleList";
        _transform = item => ObjectBytes.Of(JsonBytes.Of(ScaleDocument.Of((JsonObject)JsonNode.Parse(scaled.View(item).Json.Span, documentOptions: Nesting.Document)!, paths)));
    }

    public ResourceType Type { get; }

    /// <summary>The objects as their <c>scale</c> subresource shows them; null if there is none.</summary>
    public ServedResource? Scale => Type.Scale is { } paths ? field ??= new ServedResource(this, paths) : null;

    public ResourceCache Cache { get; }

    /// <summary>What the custom resource definition says; null for built-in kinds.</summary>
    public CustomVersion? Custom { get; }

    /// <summary>Is cancelled when it is no longer served as it is here; never for built-in kinds.</summary>
    public CancellationToken Ended { get; init; }

    /// <summary>The objects that a webhook converts for this version; null where none is needed.</summary>
    public ConvertedObjects? Conversion => Custom?.Conversion;

    /// <summary>The versions in which fields of the objects may be owned.</summary>
    public IOtherVersions Versions => field ??= Custom is { } custom ? new CustomVersions(custom.Converter) : new BuiltInVersions(Type);

    /// <summary>Where the objects have in a version what their <c>scale</c> shows; null for a version without scale.</summary>
    public ScalePaths? ScaleIn(string apiVersion) => apiVersion == Type.ApiVersion ? Type.Scale : Custom?.Converter.ScaleOf(apiVersion);

    /// <summary>How objects are stored, if not as they are served or as a custom resource.</summary>
    public StoredForm? Form { get; }

    public KindRules Rules { get; }

    /// <summary>How the objects look in a table.</summary>
    public TableColumns Table => field ??= Custom is { } custom ? CustomTable.For(custom.Definition)
        : Form is { } form ? new ConvertedTable(KindTables.For(form.Type), form.ToStored)
        : KindTables.For(Type);

    /// <summary>Whether status is written through <c>/status</c> alone.</summary>
    public bool HasStatus { get; }

    /// <summary>Kind of a list of the objects.</summary>
    public string ListKind { get; }

    /// <summary>Start of the keys of a resource, whatever its version.</summary>
    public static string PrefixOf(string group, string plural) => $"{CacheFeed.Root}{(group.Length == 0 ? "core" : group)}/{plural}/";

    /// <summary>Key of an object.</summary>
    public string Key(string ns, string name) => Type.Namespaced ? $"{Cache.Prefix}{ns}/{name}" : Cache.Prefix + name;

    /// <summary>Start of the keys of a namespace's objects; of all objects when <paramref name="ns"/> is empty.</summary>
    public string CollectionPrefix(string ns) => Type.Namespaced && ns.Length > 0 ? $"{Cache.Prefix}{ns}/" : Cache.Prefix;

    /// <summary>What of the resource is asked for.</summary>
    /// <param name="ns">The namespace; empty for all and for cluster-scoped resources.</param>
    /// <param name="labels">Requirements on labels.</param>
    /// <param name="fields">Requirements on fields.</param>
    public Selection Select(string ns, LabelSelector labels, FieldSelector fields)
    {
        var only = fields.Requirements.FirstOrDefault(r => r is { IsEqual: true, Value.Length: > 0 } && !r.Path.StartsWith("metadata.", StringComparison.Ordinal));
        return new(CollectionPrefix(ns), labels, fields, ReadField)
        {
            OnlyKey = fields.RequiredValue("metadata.name") is { } name && (ns.Length > 0 || !Type.Namespaced) ? Key(ns, name) : null,
            OnlyField = only is not null && Form is null && Custom is null && TypeAt(only.Path) == "string" ? (only.Path, only.Value) : null,
        };
    }

    /// <summary>The object in a form that <see cref="View"/> can show: where a webhook converts objects between versions, it is asked here.</summary>
    /// <exception cref="ApiException">500: the webhook has failed.</exception>
    public ValueTask<CachedObject> ShowAsync(CachedObject item, CancellationToken cancellation) =>
        Conversion is { } conversion ? conversion.OfAsync(item, cancellation) : new(item);

    /// <summary>The same for many objects, in place.</summary>
    /// <exception cref="ApiException">500: the webhook has failed.</exception>
    public ValueTask ShowAsync(List<CachedObject> items, CancellationToken cancellation) => Conversion?.OfAllAsync(items, cancellation) ?? ValueTask.CompletedTask;

    /// <summary>The document as this version shows it.</summary>
    public ObjectBytes View(CachedObject item) =>
        _transform is null || (Custom is not null && item.SchemaHash == Custom.SchemaHash) ? item.Bytes : item.View(this, _transform);

    /// <summary>Whether field selectors may name a path.</summary>
    public bool IsSelectable(string path) => path is "metadata.name" or "metadata.namespace" || Type.SelectableFields.Contains(path);

    /// <summary>Text of a selectable field; booleans and numbers that are absent read as their zero.</summary>
    public string ReadField(CachedObject item, string path)
    {
        if (Type.FieldPaths.TryGetValue(path, out var places)) return places.Select(item.Field).FirstOrDefault(t => t.Length > 0) ?? "";
        // A schema that has changed since may put defaults in and leave fields out.
        var isOlder = Custom is not null && item.SchemaHash != Custom.SchemaHash && !path.StartsWith("metadata.", StringComparison.Ordinal);
        var text = isOlder ? ScalarReader.Read(View(item).Json.Span, path) : item.Field(Form is null ? path : Form.PathOf(path));
        return text.Length > 0 || Type.IsCustom ? text : TypeAt(path) switch
        {
            "boolean" => "false",
            "integer" => "0",
            _ => "",
        };
    }

    private string? TypeAt(string path)
    {
        Schema? schema = Type.Schema;
        foreach (var step in path.Split('.'))
        {
            if (schema is null || !schema.Properties.TryGetValue(step, out schema)) return null;
        }
        return schema?.Type;
    }
}
