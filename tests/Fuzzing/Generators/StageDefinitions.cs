using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;

namespace Slipway.Fuzzing.Generators;

/// <summary>The custom resources that the fuzzer finds on its stage: between them they use all that schemas can say.</summary>
internal static class StageDefinitions
{
    private const string Group = "fuzz.example.com";

    public static IReadOnlyList<JsonObject> Documents { get; } = [Parse(Widgets), Parse(Blobs)];

    public static IReadOnlyList<ResourceType> Types { get; } =
    [
        Type("widgets", "Widget", true, "v1", ["status", "scale"]), Type("widgets", "Widget", true, "v1beta1", ["status"]), Type("blobs", "Blob", false, "v1", []),
    ];

    /// <summary>A good document of one of the kinds.</summary>
    public static JsonObject Example(ResourceType type)
    {
        var document = Parse(type.Kind == "Widget" ? Widget : Blob);
        document["apiVersion"] = type.ApiVersion;
        return document;
    }

    private static JsonObject Parse(string yaml) => DocumentReader.ParseYaml(yaml).Single();

    private static ResourceType Type(string plural, string kind, bool isNamespaced, string version, string[] subresources) => new()
    {
        Group = Group,
        Version = version,
        Plural = plural,
        Kind = kind,
        Singular = kind.ToLowerInvariant(),
        Namespaced = isNamespaced,
        Subresources = subresources,
        IsCustom = true,
    };

    private const string Widget = """
        kind: Widget
        metadata: {name: minimal}
        spec:
          name: abc
          size: 3
          port: 80
          until: '2026-01-01T00:00:00Z'
          tags: [a, b]
          parts: [{id: p, weight: 1.5, labels: {a: b}}]
          template: {apiVersion: v1, kind: ConfigMap, metadata: {name: x}}
          free: {any: [thing, 1, null]}
          list: [1, 2, 3]
        """;

    private const string Blob = """
        apiVersion: fuzz.example.com/v1
        kind: Blob
        metadata: {name: minimal}
        anything: {goes: [here, {too: 1}]}
        """;

    private const string Widgets = """
        apiVersion: apiextensions.k8s.io/v1
        kind: CustomResourceDefinition
        metadata: {name: widgets.fuzz.example.com}
        spec:
          group: fuzz.example.com
          scope: Namespaced
          names: {plural: widgets, singular: widget, kind: Widget, shortNames: [wd], categories: [all]}
          versions:
          - name: v1
            served: true
            storage: true
            subresources: {status: {}, scale: {specReplicasPath: .spec.size, statusReplicasPath: .status.size, labelSelectorPath: .status.selector}}
            selectableFields: [{jsonPath: .spec.name}, {jsonPath: .spec.size}]
            additionalPrinterColumns:
            - {name: Size, type: integer, jsonPath: .spec.size}
            - {name: Until, type: date, jsonPath: .spec.until}
            - {name: Part, type: string, jsonPath: '.spec.parts[?(@.id=="p")].weight'}
            - {name: Free, type: string, jsonPath: .spec.free}
            schema:
              openAPIV3Schema:
                type: object
                required: [spec]
                x-kubernetes-validations: [{rule: 'self.metadata.name.size() < 100', message: too long}]
                properties:
                  spec:
                    type: object
                    x-kubernetes-validations:
                    - {rule: 'self.size >= oldSelf.size || self.size > 0', messageExpression: "'the size shrinks'"}
                    - {rule: 'self.tags.all(t, self.tags.exists(u, t == u))'}
                    - {rule: '!has(self.parts) || self.parts.all(p, p.id.matches("^[a-z]+$"))', fieldPath: .parts}
                    properties:
                      name: {type: string, maxLength: 20, pattern: '^[a-z]*$', x-kubernetes-validations: [{rule: self == oldSelf.orValue(self), optionalOldSelf: true, message: immutable}, {rule: 'self.startsWith("a") || oldSelf.hasValue()', optionalOldSelf: true}]}
                      size: {type: integer, format: int32, minimum: 0, maximum: 100, default: 1}
                      port: {x-kubernetes-int-or-string: true, anyOf: [{type: integer}, {type: string}]}
                      until: {type: string, format: date-time, nullable: true}
                      ratio: {type: number, multipleOf: 0.5, exclusiveMaximum: true, maximum: 10}
                      mode: {type: string, enum: ["on", "off", ""], default: "on"}
                      tags: {type: array, maxItems: 5, x-kubernetes-list-type: set, items: {type: string, maxLength: 10}}
                      parts:
                        type: array
                        maxItems: 5
                        x-kubernetes-list-type: map
                        x-kubernetes-list-map-keys: [id, zone]
                        items:
                          type: object
                          required: [id]
                          properties:
                            id: {type: string, maxLength: 10}
                            zone: {type: string, default: z, maxLength: 10}
                            weight: {type: number}
                            labels: {type: object, maxProperties: 5, additionalProperties: {type: string, maxLength: 10}}
                      template: {type: object, x-kubernetes-embedded-resource: true, x-kubernetes-preserve-unknown-fields: true}
                      free: {type: object, x-kubernetes-preserve-unknown-fields: true, x-kubernetes-map-type: atomic}
                      list: {type: array, maxItems: 100, uniqueItems: false, items: {type: integer}}
                      bytes: {type: string, format: byte, maxLength: 100}
                      one: {type: object, properties: {a: {type: string}, b: {type: string}}, oneOf: [{required: [a]}, {required: [b]}], not: {required: [a, b]}}
                  status: {type: object, properties: {size: {type: integer}, selector: {type: string}, phase: {type: string, nullable: true}}}
          - name: v1beta1
            served: true
            storage: false
            deprecated: true
            subresources: {status: {}}
            schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {name: {type: string}, size: {type: integer, default: 7}}}, status: {type: object, x-kubernetes-preserve-unknown-fields: true}}}}
        """;

    private const string Blobs = """
        apiVersion: apiextensions.k8s.io/v1
        kind: CustomResourceDefinition
        metadata: {name: blobs.fuzz.example.com}
        spec:
          group: fuzz.example.com
          scope: Cluster
          names: {plural: blobs, singular: blob, kind: Blob}
          versions:
          - name: v1
            served: true
            storage: true
            schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
        """;
}
