using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using Slipway.Api.Rules;
using Slipway.Api.Schemas;

namespace Slipway.Api.Kinds;

/// <summary>
/// What can be said of a document of Slipway's own kinds without a server: all that its schema and the rules of its kind refuse. What depends on other
/// objects, such as admission and quotas, comes with the server.
/// </summary>
public static class OwnKindCheck
{
    private static readonly Lazy<IReadOnlyDictionary<string, Schema>> Schemas = new(Load);

    /// <summary>The kinds that are known here.</summary>
    public static IEnumerable<string> Kinds => Schemas.Value.Keys;

    /// <summary>Whether a document says that it is of the group of these kinds, in whatever version.</summary>
    public static bool IsOfGroup(JsonObject document) => document.ApiVersion.StartsWith($"{CustomKindAttribute.Group}/", StringComparison.Ordinal);

    /// <summary>The causes to refuse a document; none if it is sound.</summary>
    /// <param name="document">A document of the group; it is left as it is.</param>
    public static IReadOnlyList<StatusCause> Check(JsonObject document)
    {
        const string served = $"{CustomKindAttribute.Group}/{CustomKindAttribute.Version}";
        if (document.ApiVersion != served)
            return [StatusCause.NotSupported("apiVersion", $"\"{document.ApiVersion}\"", [served])];
        if (!Schemas.Value.TryGetValue(document.Kind, out var schema))
            return [StatusCause.Invalid("kind", $"\"{document.Kind}\"", $"there is no such kind in {served}{NearestName.Hint(document.Kind, Kinds)}")];

        var causes = UnknownFields.Find(schema, document)
            .Select(f => new StatusCause("FieldValueInvalid", f.Path, f.NearestKnownName is { } meant ? $"unknown field, did you mean \"{meant}\"?" : "unknown field"))
            .ToList();
        var whole = (JsonObject)document.DeepClone();
        Pruner.Prune(schema, whole);
        Defaulter.Apply(schema, whole);
        if (whole.Namespace.Length == 0)
            whole.Namespace = "default"; // the server takes it from the request
        if (whole.Name.Length == 0 && whole.GenerateName.Length > 0)
            whole.Name = $"{whole.GenerateName}00000";
        var bySchema = SchemaValidator.Validate(schema, whole).Select(c => TypeFault.Reworded(c, whole)).ToList();
        causes.AddRange(bySchema);

        // Of a value that is of another type than they expect, rules would only say misleading things.
        if (!bySchema.Exists(c => c.Reason == "FieldValueTypeInvalid"))
            causes.AddRange(KindRules.ForCustom(CustomKindAttribute.Group, document.Kind, namespaced: true, hasStatus: true).Validate(whole).Where(c => !bySchema.Exists(s => s.Field == c.Field)));
        return causes;
    }

    private static Dictionary<string, Schema> Load()
    {
        var metadata = BuiltInKinds.SchemaOf("io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta");
        return OwnKinds.Definitions.Where(d => (string?)d["spec"]!["group"] == CustomKindAttribute.Group).ToDictionary(
            d => (string)d["spec"]!["names"]!["kind"]!,
            d => StructuralSchema.OfResource(StructuralSchema.Read(d["spec"]!["versions"]![0]!["schema"]!["openAPIV3Schema"]!.AsObject()), metadata));
    }
}
