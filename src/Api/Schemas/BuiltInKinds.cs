using System.Text.Json.Nodes;

namespace Slipway.Api.Schemas;

/// <summary>The built-in kinds that are served. Serving another one is a matter of listing it here.</summary>
public static class BuiltInKinds
{
    private static readonly SchemaLibrary Library = new();

    /// <summary>The resources, in the order of discovery documents. Schemas load when they are first asked for.</summary>
    public static IReadOnlyList<ResourceType> All { get; } =
    [
        Kind("", "v1", "configmaps", "ConfigMap", shortNames: ["cm"]),
        Kind("", "v1", "events", "Event", shortNames: ["ev"], selectable: [
            "involvedObject.kind", "involvedObject.namespace", "involvedObject.name", "involvedObject.uid", "involvedObject.apiVersion",
            "involvedObject.resourceVersion", "involvedObject.fieldPath", "reason", "reportingComponent", "source", "type"]),
        Kind("", "v1", "namespaces", "Namespace", namespaced: false, shortNames: ["ns"], subresources: ["finalize", "status"], selectable: ["status.phase"]),
        Kind("", "v1", "nodes", "Node", namespaced: false, shortNames: ["no"], subresources: ["proxy", "status"], selectable: ["spec.unschedulable"]),
        Kind("", "v1", "pods", "Pod", shortNames: ["po"], categories: ["all"],
            subresources: ["attach", "binding", "ephemeralcontainers", "eviction", "exec", "log", "portforward", "proxy", "resize", "status"],
            selectable: ["spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName", "spec.hostNetwork", "status.phase", "status.podIP", "status.podIPs", "status.nominatedNodeName"]),
        Kind("", "v1", "secrets", "Secret", selectable: ["type"]),
        Kind("", "v1", "serviceaccounts", "ServiceAccount", shortNames: ["sa"]),
        Kind("apiextensions.k8s.io", "v1", "customresourcedefinitions", "CustomResourceDefinition", namespaced: false, shortNames: ["crd", "crds"], categories: ["api-extensions"], subresources: ["status"]),
        Kind("batch", "v1", "jobs", "Job", categories: ["all"], subresources: ["status"], selectable: ["status.successful"]),
        Kind("coordination.k8s.io", "v1", "leases", "Lease"),
        Kind("events.k8s.io", "v1", "events", "Event", shortNames: ["ev"], selectable: [
            "regarding.kind", "regarding.namespace", "regarding.name", "regarding.uid", "regarding.apiVersion",
            "regarding.resourceVersion", "regarding.fieldPath", "reason", "reportingController", "type"]),
    ];

    /// <summary>The served resource of a kind, or null.</summary>
    public static ResourceType? Find(string group, string kind) => All.FirstOrDefault(r => r.Group == group && r.Kind == kind);

    /// <summary>The schema of a definition of any group version, served or not, such as <c>io.k8s.api.core.v1.PodSpec</c>.</summary>
    public static Schema SchemaOf(string definition) => Library[definition];

    /// <summary>Name of the definition of a built-in kind, such as <c>io.k8s.api.core.v1.Pod</c>.</summary>
    public static string DefinitionName(string group, string version, string kind) => group switch
    {
        "apiextensions.k8s.io" => $"io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.{version}.{kind}",
        "apiregistration.k8s.io" => $"io.k8s.kube-aggregator.pkg.apis.apiregistration.{version}.{kind}",
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
        yield return DefinitionName(resource.Group, resource.Version, $"{resource.Kind}List");
        yield return "io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions";
        yield return "io.k8s.apimachinery.pkg.apis.meta.v1.Status";
        yield return "io.k8s.apimachinery.pkg.apis.meta.v1.Patch";
        if (resource.Subresources.Contains("binding")) yield return "io.k8s.api.core.v1.Binding";
        if (resource.Subresources.Contains("eviction")) yield return "io.k8s.api.policy.v1.Eviction";
    }

    private static ResourceType Kind(
        string group, string version, string plural, string kind, bool namespaced = true, IReadOnlyList<string>? shortNames = null,
        IReadOnlyList<string>? categories = null, IReadOnlyList<string>? subresources = null, IReadOnlyList<string>? selectable = null) => new()
        {
            Group = group,
            Version = version,
            Plural = plural,
            Kind = kind,
            Singular = kind.ToLowerInvariant(),
            Namespaced = namespaced,
            ShortNames = shortNames ?? [],
            Categories = categories ?? [],
            Subresources = subresources ?? [],
            SelectableFields = selectable ?? [],
            LazySchema = new(() => Library[DefinitionName(group, version, kind)]),
        };
}
