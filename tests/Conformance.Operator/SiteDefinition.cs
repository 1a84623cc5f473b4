using k8s;
using k8s.Models;

namespace Slipway.Conformance.Operator;

/// <summary>Installs the kind.</summary>
internal static class SiteDefinition
{
    private static V1JSONSchemaProps Text => new() { Type = "string" };

    private static V1CustomResourceDefinition Definition => new()
    {
        ApiVersion = "apiextensions.k8s.io/v1",
        Kind = "CustomResourceDefinition",
        Metadata = new() { Name = $"{Site.Plural}.{Site.Group}" },
        Spec = new()
        {
            Group = Site.Group,
            Scope = "Namespaced",
            Names = new() { Plural = Site.Plural, Singular = "site", Kind = "Site", ListKind = "SiteList" },
            Versions =
            [
                new()
                {
                    Name = Site.Version,
                    Served = true,
                    Storage = true,
                    Subresources = new() { Status = new object() },
                    AdditionalPrinterColumns =
                    [
                        new() { Name = "Host", Type = "string", JsonPath = ".spec.host" },
                        new() { Name = "Ready", Type = "string", JsonPath = ".status.conditions[?(@.type==\"Ready\")].status" },
                    ],
                    Schema = new() { OpenAPIV3Schema = Schema },
                },
            ],
        },
    };

    private static V1JSONSchemaProps Schema => new()
    {
        Type = "object",
        Required = ["spec"],
        Properties = new Dictionary<string, V1JSONSchemaProps>
        {
            ["spec"] = new()
            {
                Type = "object",
                Required = ["host", "pages"],
                Properties = new Dictionary<string, V1JSONSchemaProps>
                {
                    ["host"] = Text,
                    ["pages"] = new() { Type = "object", AdditionalProperties = Text },
                    ["replicas"] = new() { Type = "integer", Minimum = 0 },
                },
            },
            ["status"] = new()
            {
                Type = "object",
                Properties = new Dictionary<string, V1JSONSchemaProps>
                {
                    ["observedGeneration"] = new() { Type = "integer" },
                    ["url"] = Text,
                    ["conditions"] = new()
                    {
                        Type = "array",
                        XKubernetesListType = "map",
                        XKubernetesListMapKeys = ["type"],
                        Items = new V1JSONSchemaProps
                        {
                            Type = "object",
                            Required = ["type", "status"],
                            Properties = new Dictionary<string, V1JSONSchemaProps>
                            {
                                ["type"] = Text, ["status"] = Text, ["reason"] = Text, ["message"] = Text,
                                ["observedGeneration"] = new() { Type = "integer" },
                                ["lastTransitionTime"] = new() { Type = "string", Format = "date-time" },
                            },
                        },
                    },
                },
            },
        },
    };

    /// <summary>Applies the definition and waits until the kind is served.</summary>
    public static async Task InstallAsync(IKubernetes client, CancellationToken cancellation)
    {
        var definition = Definition;
        var name = definition.Metadata.Name;
        await client.ApiextensionsV1.PatchCustomResourceDefinitionAsync(
            new V1Patch(definition, V1Patch.PatchType.ApplyPatch), name, fieldManager: SiteController.Manager, force: true, cancellationToken: cancellation);
        await foreach (var (_, item) in client.ApiextensionsV1.WatchListCustomResourceDefinitionAsync(fieldSelector: $"metadata.name={name}", cancellationToken: cancellation))
        {
            if (item.Status?.Conditions?.Any(c => c is { Type: "Established", Status: "True" }) == true) return;
        }
    }
}
