using System.Text.Json.Nodes;

namespace Slipway.Api.Schemas;

/// <summary>The built-in kinds that are served; <see cref="BuiltInKindsTable"/> lists them.</summary>
public static class BuiltInKinds
{
    private static readonly SchemaLibrary Library = new();

    /// <summary>The resources, in the order of discovery documents. Schemas load when they are first asked for.</summary>
    public static IReadOnlyList<ResourceType> All { get; } =
        [.. BuiltInKindsTable.Rows.Select(r => r with { LazySchema = new(() => Library[DefinitionName(r.Group, r.Version, r.Kind)]) })];

    /// <summary>The served resource of a kind in its preferred version, or null.</summary>
    public static ResourceType? Find(string group, string kind) => All.FirstOrDefault(r => r.Group == group && r.Kind == kind);

    /// <summary>The schema of a definition of any group version, served or not, such as <c>io.k8s.api.core.v1.PodSpec</c>.</summary>
    public static Schema SchemaOf(string definition) => Library[definition];

    /// <summary>The schema of a definition; null when there is none of this name.</summary>
    public static Schema? FindSchema(string definition) => Library.Find(definition);

    /// <summary>Name of the definition of a built-in kind, such as <c>io.k8s.api.core.v1.Pod</c>.</summary>
    public static string DefinitionName(string group, string version, string kind) => group switch
    {
        "apiextensions.k8s.io" => $"io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.{version}.{kind}",
        "apiregistration.k8s.io" => $"io.k8s.kube-aggregator.pkg.apis.apiregistration.{version}.{kind}",
        "metrics.k8s.io" => $"io.k8s.metrics.pkg.apis.metrics.{version}.{kind}",
        "" => $"io.k8s.api.core.{version}.{kind}",
        _ => $"io.k8s.api.{group.Split('.')[0]}.{version}.{kind}",
    };

    /// <summary>
    /// The <c>components.schemas</c> of a group version's OpenAPI v3 document, with descriptions: the served kinds,
    /// their lists, and every definition that these refer to. References point within the document.
    /// </summary>
    /// <param name="apiVersion"><c>group/version</c>, or the version alone for the core group.</param>
    public static JsonObject Definitions(string apiVersion) =>
        OpenApiDefinitions.Closure(All.Where(r => r.ApiVersion == apiVersion).SelectMany(RootsOf));

    private static IEnumerable<string> RootsOf(ResourceType resource)
    {
        yield return DefinitionName(resource.Group, resource.Version, resource.Kind);
        if (resource.Verbs.Contains("list")) yield return DefinitionName(resource.Group, resource.Version, $"{resource.Kind}List");
        yield return "io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions";
        yield return "io.k8s.apimachinery.pkg.apis.meta.v1.Status";
        yield return "io.k8s.apimachinery.pkg.apis.meta.v1.Patch";
        foreach (var name in resource.Subresources)
        {
            // The options of streams travel in the query and have no definition.
            if (SubresourceType.Of(resource, name) is { } sub && !sub.Kind.EndsWith("Options", StringComparison.Ordinal))
                yield return DefinitionName(sub.Group, sub.Version, sub.Kind);
        }
    }
}
