using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using Slipway.Api.Patches;
using Slipway.Api.Rules;

namespace Slipway.Api.Tests.Rules;

public sealed class DefinitionRulesTests
{
    private static readonly KindRules Rules = KindRules.For("apiextensions.k8s.io", "CustomResourceDefinition");

    [Fact]
    public void ADefinitionGetsItsNamesAndTheVersionItStores()
    {
        var definition = Definition();
        Assert.Equal(("widget", "WidgetList", "None"), (definition.At("spec.names.singular").AsText(), definition.At("spec.names.listKind").AsText(), definition.At("spec.conversion.strategy").AsText()));
        Json.AssertEqual("""{"acceptedNames":{"plural":"","kind":""},"conditions":[],"storedVersions":["v1"]}""", definition["status"]);
        Assert.Empty(Json.Shown(Rules.Validate(definition)));
    }

    [Theory]
    [InlineData("metadata: {name: other}", "metadata.name: Invalid value: \"other\": must be spec.names.plural+\".\"+spec.group")]
    [InlineData("metadata: {name: widgets.example}\nspec: {group: example}", "spec.group: Invalid value: \"example\": should be a domain with at least one dot")]
    [InlineData("metadata: {name: widgets.x.k8s.io}\nspec: {group: x.k8s.io}", "metadata.annotations[api-approved.kubernetes.io]: Required value: protected groups")]
    [InlineData("spec: {scope: Galaxy}", "spec.scope: Unsupported value: \"Galaxy\": supported values: \"Cluster\", \"Namespaced\"")]
    [InlineData("spec: {preserveUnknownFields: true}", "spec.preserveUnknownFields: Invalid value: true: cannot set to true")]
    [InlineData("spec: {conversion: {strategy: Magic}}", "spec.conversion.strategy: Unsupported value: \"Magic\": supported values: \"None\", \"Webhook\"")]
    [InlineData("spec: {conversion: {strategy: Webhook, webhook: {conversionReviewVersions: [v1]}}}", "spec.conversion.webhookClientConfig: Required value: required when strategy is set to Webhook")]
    [InlineData("spec: {conversion: {strategy: Webhook, webhook: {clientConfig: {}, conversionReviewVersions: [v1]}}}", "spec.conversion.webhookClientConfig: Required value: exactly one of url or service is required")]
    [InlineData("spec: {conversion: {strategy: Webhook, webhook: {clientConfig: {url: \"http://hook.example\"}, conversionReviewVersions: [v1]}}}", "spec.conversion.webhookClientConfig.url: Invalid value: \"http\": 'https' is the only allowed URL scheme")]
    [InlineData("spec: {conversion: {strategy: Webhook, webhook: {clientConfig: {service: {name: hook}}, conversionReviewVersions: [v1]}}}", "spec.conversion.webhookClientConfig.service.namespace: Required value: service namespace is required")]
    [InlineData("spec: {conversion: {strategy: Webhook, webhook: {clientConfig: {url: \"https://hook.example\"}}}}", "spec.conversion.conversionReviewVersions: Required value")]
    [InlineData("spec: {conversion: {strategy: Webhook, webhook: {clientConfig: {url: \"https://hook.example\"}, conversionReviewVersions: [v2]}}}", "spec.conversion.conversionReviewVersions: Invalid value: [\"v2\"]: must include at least one of v1, v1beta1")]
    [InlineData("spec: {conversion: {strategy: Webhook, webhook: {clientConfig: {url: \"https://hook.example\"}, conversionReviewVersions: [v1, v1]}}}", "spec.conversion.conversionReviewVersions[1]: Invalid value: \"v1\": duplicate version")]
    [InlineData("spec: {conversion: {strategy: None, webhook: {clientConfig: {url: \"https://hook.example\"}}}}", "spec.conversion.webhookClientConfig: Forbidden: should not be set when strategy is not set to Webhook")]
    [InlineData("spec: {conversion: {strategy: None, webhook: {conversionReviewVersions: [v1]}}}", "spec.conversion.conversionReviewVersions: Forbidden: should not be set when strategy is not set to Webhook")]
    [InlineData("spec: {names: {kind: Bad Kind}}", "spec.names.kind: Invalid value: \"Bad Kind\": may have mixed case")]
    [InlineData("spec: {names: {listKind: Widget}}", "spec.names.listKind: Invalid value: \"Widget\": kind and listKind may not be the same")]
    [InlineData("spec: {names: {shortNames: [W]}}", "spec.names.shortNames[0]: Invalid value: \"W\"")]
    [InlineData("spec: {versions: [{name: v1, served: true, storage: false, schema: {openAPIV3Schema: {type: object}}}]}", "spec.versions: Invalid value: [\"v1\"]: must have exactly one version marked as storage version")]
    [InlineData("spec: {versions: [{name: v1, served: true, storage: true}]}", "spec.versions[0].schema.openAPIV3Schema: Required value")]
    [InlineData("spec: {versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, properties: {a: {}}}}}]}", "spec.validation.openAPIV3Schema.properties[a].type: Required value")]
    [InlineData("spec: {versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}, {name: v1, served: true, storage: false, schema: {openAPIV3Schema: {type: object}}}]}", "spec.versions: Invalid value: [\"v1\",\"v1\"]: must contain unique version names")]
    [InlineData("spec: {versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}, additionalPrinterColumns: [{name: A, type: text, jsonPath: .a}]}]}", "spec.additionalPrinterColumns[0].type: Invalid value: \"text\": must be one of boolean,date,integer,number,string")]
    [InlineData("spec: {versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}, subresources: {scale: {specReplicasPath: .x, statusReplicasPath: .status.n}}}]}", "spec.subresources.scale.specReplicasPath: Invalid value: \".x\": should be a json path under .spec")]
    [InlineData("spec: {versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {a: {type: string}, num: {type: number}, list: {type: array, items: {type: string}}}}}}}, selectableFields: [{jsonPath: .spec.none}]}]}", "spec.selectableFields[0].jsonPath: Invalid value: \".spec.none\": is an invalid path: does not refer to a valid field")]
    [InlineData("spec: {versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {a: {type: string}, num: {type: number}, list: {type: array, items: {type: string}}}}}}}, selectableFields: [{jsonPath: spec.a}]}]}", "spec.selectableFields[0].jsonPath: Invalid value: \"spec.a\": is an invalid path: must be a simple json path starting with .")]
    [InlineData("spec: {versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {a: {type: string}, num: {type: number}, list: {type: array, items: {type: string}}}}}}}, selectableFields: [{jsonPath: .metadata.name}]}]}", "spec.selectableFields[0].jsonPath: Invalid value: \".metadata.name\": must not point to fields in metadata")]
    [InlineData("spec: {versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {a: {type: string}, num: {type: number}, list: {type: array, items: {type: string}}}}}}}, selectableFields: [{jsonPath: .spec.num}]}]}", "spec.selectableFields[0].jsonPath: Invalid value: \".spec.num\": must point to a field of type string, boolean or integer")]
    [InlineData("spec: {versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {a: {type: string}, num: {type: number}, list: {type: array, items: {type: string}}}}}}}, selectableFields: [{jsonPath: .spec.list}]}]}", "spec.selectableFields[0].jsonPath: Invalid value: \".spec.list\": must point to a field of type string, boolean or integer")]
    [InlineData("spec: {versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {a: {type: string}, num: {type: number}, list: {type: array, items: {type: string}}}}}}}, selectableFields: [{jsonPath: .spec.a}, {jsonPath: .spec.a}]}]}", "spec.selectableFields[1].jsonPath: Duplicate value: \".spec.a\"")]
    [InlineData("spec: {versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {a: {type: string}, num: {type: number}, list: {type: array, items: {type: string}}}}}}}, selectableFields: [{}]}]}", "spec.selectableFields[0].jsonPath: Required value")]
    [InlineData("spec: {versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {a: {type: string}, num: {type: number}, list: {type: array, items: {type: string}}}}}}}, additionalPrinterColumns: [{name: A, type: string, format: odd, jsonPath: .a}]}]}", "spec.additionalPrinterColumns[0].format: Invalid value: \"odd\": must be one of byte,date,date-time,double,float,int32,int64,password")]
    [InlineData("spec: {versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {a: {type: string}, num: {type: number}, list: {type: array, items: {type: string}}}}}}}, additionalPrinterColumns: [{name: A, type: string}]}]}", "spec.additionalPrinterColumns[0].JSONPath: Required value")]
    [InlineData("spec: {versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {a: {type: string}, num: {type: number}, list: {type: array, items: {type: string}}}}}}}, subresources: {scale: {specReplicasPath: .spec.n, statusReplicasPath: .status.n, labelSelectorPath: .x}}}]}", "spec.subresources.scale.labelSelectorPath: Invalid value: \".x\": should be a json path under either .spec or .status")]
    [InlineData("metadata: {name: widgets.x.k8s.io, annotations: {api-approved.kubernetes.io: maybe}}\nspec: {group: x.k8s.io}", "metadata.annotations[api-approved.kubernetes.io]: Invalid value: \"maybe\": protected groups")]
    [InlineData("spec: {versions: [{name: v1, served: true, storage: true, deprecationWarning: old, schema: {openAPIV3Schema: {type: object}}}]}", "spec.versions[0].deprecationWarning: Invalid value: \"old\": can only be set for deprecated versions")]
    [InlineData("spec: {versions: [{name: v1, served: true, storage: true, deprecated: true, deprecationWarning: '', schema: {openAPIV3Schema: {type: object}}}]}", "spec.versions[0].deprecationWarning: Invalid value: \"\": must not be an empty string")]
    [InlineData("spec: {versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, properties: {a: {type: string}}}}}, {name: v2, served: true, storage: false, schema: {openAPIV3Schema: {type: object, properties: {a: {}}}}}]}", "spec.versions[1].schema.openAPIV3Schema.properties[a].type: Required value")]
    [InlineData("spec: {versions: [{name: v1, served: true, storage: true, subresources: {status: {}}, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true, oneOf: [{required: [a]}]}}}]}", "spec.validation.openAPIV3Schema: Invalid value: {")]
    public void DefinitionsAreValidated(string change, string expected) =>
        KindRulesTests.AssertCauses(expected, Rules.Validate(MergePatch.Apply(Definition(), Json.Of(change))!.AsObject()));

    [Fact]
    public void AVersionThatObjectsAreStoredInCannotGo()
    {
        var old = Definition();
        var updated = MergePatch.Apply(old, Json.Of("spec: {versions: [{name: v2, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]}"))!.AsObject();
        Rules.PrepareUpdate(old, updated);
        Json.AssertEqual("""["v1","v2"]""", updated.At("status.storedVersions"));
        KindRulesTests.AssertCauses("status.storedVersions[0]: Invalid value: \"v1\": missing from spec.versions", Rules.ValidateUpdate(old, updated));
    }

    [Fact]
    public void TheNamesOfAnEstablishedDefinitionAreFixed()
    {
        var old = Definition();
        old["status"]!["conditions"] = new JsonArray(new JsonObject { ["type"] = "Established", ["status"] = "True" });
        var updated = MergePatch.Apply(old, Json.Of("spec: {names: {kind: Gadget}}"))!.AsObject();
        KindRulesTests.AssertCauses("spec.names.kind: Invalid value: \"Gadget\": field is immutable", Rules.ValidateUpdate(old, updated));
    }

    private static JsonObject Definition()
    {
        var definition = Json.Of("""
            apiVersion: apiextensions.k8s.io/v1
            kind: CustomResourceDefinition
            metadata: {name: widgets.example.com}
            spec:
              group: example.com
              scope: Namespaced
              names: {plural: widgets, kind: Widget}
              versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]
            """);
        Rules.Default(definition);
        Rules.PrepareCreate(definition);
        return definition;
    }
}
