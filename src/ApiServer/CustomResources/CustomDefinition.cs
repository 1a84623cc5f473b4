using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.Api.Schemas;
using Slipway.ApiServer.CustomResources.Conversion;

namespace Slipway.ApiServer.CustomResources;

/// <summary>Reads custom resource definitions (<see href="https://kubernetes.io/docs/reference/kubernetes-api/extend-resources/custom-resource-definition-v1/"/>).</summary>
internal static class CustomDefinition
{
    /// <summary>The versions of a definition, the preferred first, whether or not they are served; their names are those that it has been accepted with.</summary>
    /// <param name="definition">The definition.</param>
    /// <param name="metadata">Schema of <c>metadata</c> of every object.</param>
    /// <param name="webhook">Converts the objects; null where the versions differ in their schemas alone.</param>
    /// <exception cref="ApiException">422: a schema is not structural.</exception>
    public static IReadOnlyList<CustomVersion> Versions(JsonObject definition, Schema metadata, ConversionWebhook? webhook)
    {
        var spec = definition.Object("spec") ?? [];
        var names = definition.Object("status")?.Object("acceptedNames") is { } accepted && accepted.Text("kind") is { Length: > 0 } ? accepted : spec.Object("names") ?? [];
        var group = spec.Text("group") ?? "";
        var kind = names.Text("kind") ?? "";
        var storage = spec.Objects("versions").FirstOrDefault(v => v.Boolean("storage") == true)?.Text("name") ?? "";
        var versions = new List<CustomVersion>();
        var types = new Dictionary<string, ResourceType>(StringComparer.Ordinal);
        var converter = new VersionConverter(types, webhook);
        var index = -1;
        foreach (var version in spec.Objects("versions"))
        {
            index++;
            var schemaJson = version.Object("schema")?.Object("openAPIV3Schema") ?? [];
            var schema = StructuralSchema.OfResource(StructuralSchema.Parse(schemaJson, $"spec.versions[{index}].schema.openAPIV3Schema"), metadata);
            var subresources = version.Object("subresources");
            var type = new ResourceType
            {
                Group = group,
                Version = version.Text("name") ?? "",
                Plural = spec.Object("names")?.Text("plural") ?? "",
                Kind = kind,
                Singular = names.Text("singular") ?? kind.ToLowerInvariant(),
                Namespaced = spec.Text("scope") == "Namespaced",
                ShortNames = Texts(names.Array("shortNames")),
                Categories = Texts(names.Array("categories")),
                Subresources = [.. ((string[])["scale", "status"]).Where(s => subresources?.Object(s) is not null)],
                Scale = subresources?.Object("scale") is { } scale ? ScaleOf(scale) : null,
                SelectableFields = [.. version.Objects("selectableFields").Select(f => (f.Text("jsonPath") ?? "").TrimStart('.'))],
                Schema = schema,
                IsCustom = true,
            };
            if (version.Boolean("deprecated") == true) type = type with { DeprecationWarning = version.Text("deprecationWarning") ?? Deprecation(type, spec) };
            types[type.ApiVersion] = type;
            versions.Add(new CustomVersion(
                type, schemaJson, version, names.Text("listKind") ?? kind + "List", $"{group}/{storage}", converter)
            {
                IsServed = version.Boolean("served") == true,
                IsTerminating = definition.IsBeingDeleted || DefinitionStatus.Is(definition, DefinitionStatus.Terminating),
            });
        }
        versions.Sort((a, b) => VersionOrder.Compare(a.Type.Version, b.Type.Version));
        return versions;
    }

    private static string Deprecation(ResourceType type, JsonObject spec)
    {
        var better = spec.Objects("versions").Where(v => v.Boolean("served") == true && v.Boolean("deprecated") != true)
            .Select(v => v.Text("name") ?? "").Where(n => VersionOrder.Compare(n, type.Version) < 0).Order(Comparer<string>.Create(VersionOrder.Compare)).FirstOrDefault();
        return $"{type.ApiVersion} {type.Kind} is deprecated{(better is null ? "" : $"; use {type.Group}/{better} {type.Kind}")}";
    }

    private static ScalePaths ScaleOf(JsonObject scale) => new(
        (scale.Text("specReplicasPath") ?? "").TrimStart('.'), (scale.Text("statusReplicasPath") ?? "").TrimStart('.'), scale.Text("labelSelectorPath")?.TrimStart('.'));

    private static string[] Texts(JsonArray? list) => [.. list?.Select(n => n.AsText() ?? "") ?? []];
}
