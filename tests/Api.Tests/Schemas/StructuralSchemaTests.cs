using Slipway.Api.Kinds;
using Slipway.Api.Schemas;

namespace Slipway.Api.Tests.Schemas;

public sealed class StructuralSchemaTests
{
    [Theory]
    [InlineData("properties: {}", "s.type: Required value: must not be empty at the root")]
    [InlineData("type: array\nitems: {type: string}", "s.type: Invalid value: \"array\": must be object at the root")]
    [InlineData("type: object\nproperties: {a: {}}", "s.properties[a].type: Required value: must not be empty for specified object fields")]
    [InlineData("type: object\nproperties: {a: {type: array, items: {}}}", "s.properties[a].items.type: Required value: must not be empty for specified array items")]
    [InlineData("type: object\nproperties: {a: {type: array}}", "s.properties[a].items: Required value: must be specified")]
    [InlineData("type: object\nproperties: {a: {type: text}}", "s.properties[a].type: Unsupported value: \"text\": supported values: \"object\", \"array\", \"string\", \"integer\", \"number\", \"boolean\"")]
    [InlineData("type: object\nproperties: {a: {$ref: x, type: object}}", "s.properties[a].$ref: Forbidden: $ref is not supported")]
    [InlineData("type: object\nproperties: {a: {type: array, uniqueItems: true, items: {type: string}}}", "s.properties[a].uniqueItems: Forbidden: uniqueItems cannot be set to true since the runtime complexity becomes quadratic")]
    [InlineData("type: object\nproperties: {a: {type: object, properties: {b: {type: string}}, additionalProperties: {type: string}}}", "s.properties[a].additionalProperties: Forbidden: additionalProperties and properties are mutual exclusive")]
    [InlineData("type: object\nadditionalProperties: false", "s.additionalProperties: Forbidden: must not be used at the root")]
    [InlineData("type: object\nproperties: {a: {type: object, properties: {b: {type: string}}, additionalProperties: false}}", "s.properties[a].additionalProperties: Forbidden: additionalProperties and properties are mutual exclusive")]
    [InlineData("type: object\nproperties: {a: {type: object, properties: {b: {type: string}}, anyOf: [{properties: {b: {maxLength: 1}}, additionalProperties: false}]}}", "s.properties[a].anyOf[0].additionalProperties: Forbidden: additionalProperties and properties are mutual exclusive")]
    [InlineData("type: object\nproperties: {a: {type: string, x-kubernetes-embedded-resource: true, x-kubernetes-preserve-unknown-fields: true}}", "s.properties[a].type: Invalid value: \"string\": must be object if x-kubernetes-embedded-resource is true")]
    [InlineData("type: object\nproperties: {metadata: {type: object, properties: {labels: {type: object}}}}", "s.properties[metadata]: Forbidden: must not specify anything other than name and generateName, but metadata is implicitly specified")]
    [InlineData("type: object\nanyOf: [{type: object}]", "s.anyOf[0].type: Forbidden: must be empty to be structural")]
    [InlineData("type: object\nanyOf: [{properties: {a: {minimum: 1}}}]", "s.properties[a]: Required value: because it is defined in s.anyOf[0].properties[a]")]
    [InlineData("type: object\nproperties: {a: {type: string, not: {description: x}}}", "s.properties[a].not.description: Forbidden: must be empty to be structural")]
    [InlineData("type: object\nproperties: {a: {type: array, x-kubernetes-list-type: map, items: {type: object, properties: {k: {type: string}}}}}", "s.properties[a].x-kubernetes-list-map-keys: Required value: must not be empty if x-kubernetes-list-type is map")]
    [InlineData("type: object\nproperties: {a: {type: array, x-kubernetes-list-type: map, x-kubernetes-list-map-keys: [k], items: {type: object, properties: {k: {type: string}}}}}", "s.properties[a].items.properties[k].default: Required value: this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property")]
    [InlineData("type: object\nproperties: {a: {type: array, x-kubernetes-list-type: map, x-kubernetes-list-map-keys: [k, k], items: {type: object, required: [k], properties: {k: {type: string}}}}}", "s.properties[a].x-kubernetes-list-map-keys: Invalid value: [\"k\",\"k\"]: must not contain duplicate entries")]
    [InlineData("type: object\nproperties: {a: {type: array, x-kubernetes-list-type: map, x-kubernetes-list-map-keys: [x], items: {type: object, properties: {k: {type: string}}}}}", "s.properties[a].x-kubernetes-list-map-keys: Invalid value: [\"x\"]: entries must all be names of item properties")]
    [InlineData("type: object\nproperties: {a: {type: array, x-kubernetes-list-type: map, x-kubernetes-list-map-keys: [x, x, y, y], items: {type: object, properties: {k: {type: string}}}}}", "s.properties[a].x-kubernetes-list-map-keys: Invalid value: [\"x\",\"x\",\"y\",\"y\"]: entries must all be names of item properties|s.properties[a].x-kubernetes-list-map-keys: Invalid value: [\"x\",\"x\",\"y\",\"y\"]: must not contain duplicate entries")]
    [InlineData("type: object\nproperties: {a: {type: array, x-kubernetes-list-type: map, x-kubernetes-list-map-keys: [k], items: {type: object, required: [k], properties: {k: {type: string, nullable: true}}}}}", "s.properties[a].items.properties[k].nullable: Forbidden: this property is in x-kubernetes-list-map-keys, so it cannot be nullable")]
    [InlineData("type: object\nproperties: {a: {type: array, x-kubernetes-list-type: map, x-kubernetes-list-map-keys: [k], items: {type: object, nullable: true, required: [k], properties: {k: {type: string}}}}}", "s.properties[a].items.nullable: Forbidden: cannot be nullable when x-kubernetes-list-type is map")]
    [InlineData("type: object\nproperties: {a: {type: array, x-kubernetes-list-type: map, x-kubernetes-list-map-keys: [k], items: {type: object, required: [k], properties: {k: {type: object}}}}}", "s.properties[a].items.properties[k].type: Invalid value: \"object\": must be a scalar type if parent array's x-kubernetes-list-type is map")]
    [InlineData("type: object\nproperties: {a: {type: array, x-kubernetes-list-type: map, x-kubernetes-list-map-keys: [k], items: {type: string}}}", "s.properties[a].items.type: Invalid value: \"string\": must be object if parent array's x-kubernetes-list-type is map")]
    [InlineData("type: object\nproperties: {a: {type: array, x-kubernetes-list-type: map, x-kubernetes-list-map-keys: [k]}}", "s.properties[a].items: Required value: must have a schema if x-kubernetes-list-type is map|s.properties[a].items: Required value: must be specified")]
    [InlineData("type: object\nproperties: {a: {type: array, x-kubernetes-list-map-keys: [k], items: {type: string}}}", "s.properties[a].x-kubernetes-list-type: Required value: must be map if x-kubernetes-list-map-keys is non-empty")]
    [InlineData("type: object\nproperties: {a: {type: array, x-kubernetes-list-type: set, x-kubernetes-list-map-keys: [k], items: {type: string}}}", "s.properties[a].x-kubernetes-list-type: Invalid value: \"set\": must be map if x-kubernetes-list-map-keys is non-empty")]
    [InlineData("type: object\nproperties: {a: {type: array, x-kubernetes-list-type: set, items: {type: object}}}", "s.properties[a].items.x-kubernetes-map-type: Invalid value: null: must be atomic as item of a list with x-kubernetes-list-type=set")]
    [InlineData("type: object\nproperties: {a: {type: array, x-kubernetes-list-type: set, items: {type: array, x-kubernetes-list-type: set, items: {type: string}}}}", "s.properties[a].items.x-kubernetes-list-type: Invalid value: \"set\": must be atomic as item of a list with x-kubernetes-list-type=set")]
    [InlineData("type: object\nproperties: {a: {type: array, x-kubernetes-list-type: set, items: {type: string, nullable: true}}}", "s.properties[a].items.nullable: Forbidden: cannot be nullable when x-kubernetes-list-type is set")]
    [InlineData("type: object\nproperties: {a: {type: string, default: 1}}", "s.properties[a].default: Invalid value: \"integer\": s.properties[a].default in body must be of type string: \"integer\"")]
    [InlineData("type: object\nproperties: {a: {type: object, default: {x: 1}, properties: {}}}", "s.properties[a].default: Invalid value: \"object\": must not have unknown fields")]
    [InlineData("type: object\nproperties: {a: {type: integer, default: 1, x-kubernetes-validations: [{rule: self > 2}]}}", "s.properties[a].default: Invalid value: \"integer\": failed rule: self > 2")]
    [InlineData("type: object\nproperties: {a: {type: integer, default: 3, x-kubernetes-validations: [{rule: self > 2}, {rule: self > oldSelf}, {rule: nonsense}]}}", "")]
    [InlineData("type: object\nproperties: {a: {type: object, default: {b: [1]}, properties: {b: {type: array, items: {type: integer, x-kubernetes-validations: [{rule: self > 2, message: too few}]}}}}}", "s.properties[a].default.b[0]: Invalid value: \"integer\": too few")]
    [InlineData("type: object\nproperties: {a: {type: string, anyOf: [{x-kubernetes-validations: [{rule: 'true'}]}]}}", "s.properties[a].anyOf[0].x-kubernetes-validations: Forbidden: must be empty to be structural")]
    [InlineData("type: object\nproperties: {a: {type: array, items: {type: object, properties: {b: [], c: null}}}}", "s.properties[a].items.properties[b]: Invalid value: []: must be of type object|s.properties[a].items.properties[c]: Invalid value: null: must be of type object")]
    [InlineData("type: object\nproperties: {a: {type: object, x-kubernetes-preserve-unknown-fields: true, not: {properties: {b: 1}}}}", "s.properties[a].not.properties[b]: Invalid value: 1: must be of type object")]
    [InlineData("type: object\nnullable: true", "s.nullable: Forbidden: nullable cannot be true at the root")]
    [InlineData("type: object\nadditionalProperties: {type: string}", "s.additionalProperties: Forbidden: must not be used at the root")]
    [InlineData("type: object\nadditionalProperties: true", "s.additionalProperties: Forbidden: must not be used at the root")]
    [InlineData("type: object\nproperties: {kind: {type: integer}}", "s.properties[kind].type: Invalid value: \"integer\": must be string")]
    [InlineData("type: object\nproperties: {apiVersion: {type: object}, metadata: {type: string}}", "s.properties[apiVersion].type: Invalid value: \"object\": must be string|s.properties[metadata].type: Invalid value: \"string\": must be object")]
    [InlineData("type: object\nproperties: {metadata: {type: object, required: [labels], properties: {name: {type: string}}}}", "s.properties[metadata]: Forbidden: must not specify anything other than name and generateName, but metadata is implicitly specified")]
    [InlineData("type: object\nproperties: {a: {type: object, x-kubernetes-embedded-resource: true, properties: {kind: {type: integer}, metadata: {type: array, items: {type: string}}}}}", "s.properties[a].properties[kind].type: Invalid value: \"integer\": must be string|s.properties[a].properties[metadata].type: Invalid value: \"array\": must be object")]
    [InlineData("type: object\nproperties: {a: {type: object, x-kubernetes-embedded-resource: true, x-kubernetes-preserve-unknown-fields: true, additionalProperties: {type: string}}}", "s.properties[a].additionalProperties: Forbidden: must not be used if x-kubernetes-embedded-resource is set")]
    [InlineData("type: object\nproperties: {a: {x-kubernetes-embedded-resource: true, x-kubernetes-preserve-unknown-fields: true}}", "s.properties[a].type: Required value: must be object if x-kubernetes-embedded-resource is true")]
    [InlineData("type: object\nproperties: {a: {x-kubernetes-int-or-string: true, x-kubernetes-preserve-unknown-fields: true}}", "s.properties[a].x-kubernetes-preserve-unknown-fields: Invalid value: true: must be false if x-kubernetes-int-or-string is true")]
    [InlineData("type: object\nproperties: {a: {x-kubernetes-int-or-string: true, anyOf: [{type: string}, {type: integer}]}}", "s.properties[a].anyOf[0].type: Forbidden: must be empty to be structural|s.properties[a].anyOf[1].type: Forbidden: must be empty to be structural")]
    [InlineData("type: object\nproperties: {a: {type: string, allOf: [{x-kubernetes-validations: [{rule: 'true'}]}]}}", "s.properties[a].allOf[0].x-kubernetes-validations: Forbidden: must be empty to be structural")]
    [InlineData("type: object\nx-kubernetes-preserve-unknown-fields: true\nanyOf: [{properties: {q: {minimum: 1}}}]", "s.properties[q]: Required value: because it is defined in s.anyOf[0].properties[q]")]
    [InlineData("type: object\nproperties: {a: {type: object, additionalProperties: {type: string}}}\nallOf: [{properties: {a: {properties: {q: {minLength: 1}}}}}]", "s.properties[a].properties[q]: Required value: because it is defined in s.allOf[0].properties[a].properties[q]")]
    [InlineData("type: object\nproperties: {a: {type: string}}\nnot: {properties: {a: {items: {minimum: 1}}}}", "s.properties[a].items: Required value: because it is defined in s.not.properties[a].items")]
    [InlineData("type: object\noneOf: [{properties: {metadata: {required: [name]}}}]\nproperties: {metadata: {type: object}}", "s.oneOf[0].properties[metadata]: Forbidden: must not be specified in a nested context")]
    public void SchemasThatAreNotStructuralAreRefused(string yaml, string expected) =>
        Assert.Equal(expected, string.Join('|', Json.Shown(StructuralSchema.Check(Json.Of(yaml), "s"))));

    [Theory]
    [InlineData("type: object\nproperties: {a: {type: array, x-kubernetes-list-type: set, items: {type: array, items: {type: string}}}}")]
    [InlineData("type: object\nproperties: {a: {type: object, properties: {}, additionalProperties: {type: string}}}")]
    [InlineData("type: object\nproperties: {a: {type: object, properties: {b: {type: string}}, additionalProperties: true}}")]
    [InlineData("type: object\nproperties: {a: {type: object, additionalProperties: false}}")]
    [InlineData("type: object\nproperties: {a: {type: string, x-kubernetes-preserve-unknown-fields: true}}")]
    [InlineData("type: object\nproperties: {a: {type: integer, x-kubernetes-int-or-string: true}, b: {type: string, x-kubernetes-int-or-string: true}}")]
    [InlineData("type: object\nproperties: {a: {type: array, x-kubernetes-preserve-unknown-fields: true, items: {type: object, x-kubernetes-preserve-unknown-fields: true}}}")]
    [InlineData("type: object\nproperties: {a: {type: object, x-kubernetes-embedded-resource: true, properties: {metadata: {type: object, properties: {labels: {type: object, additionalProperties: {type: string}}}}}}}")]
    [InlineData("type: object\nproperties: {metadata: {type: object, properties: {name: {type: string, maxLength: 3}, generateName: {type: string}}}}")]
    [InlineData("type: object\nproperties: {metadata: {type: object, default: {}}}")]
    [InlineData("type: object\nproperties: {a: {x-kubernetes-int-or-string: true, anyOf: [{type: integer}, {type: string}]}}")]
    [InlineData("type: object\nproperties: {a: {x-kubernetes-int-or-string: true, allOf: [{anyOf: [{type: integer}, {type: string}]}, {pattern: '^1'}]}}")]
    [InlineData("type: object\nproperties: {a: {type: object, additionalProperties: {type: string}, anyOf: [{properties: {q: {minLength: 1}}}]}}")]
    [InlineData("type: object\nproperties: {a: {type: object, properties: {kind: {type: integer}, metadata: {type: string}}}}")]
    public void WhatKubernetesAcceptsIsAccepted(string yaml) => Assert.Empty(StructuralSchema.Check(Json.Of(yaml), "s"));

    [Fact]
    public void AMapThatTakesNothingIsEmpty()
    {
        var schema = StructuralSchema.Parse(Json.Of("type: object\nproperties: {a: {type: object, additionalProperties: false}}"), "s");
        var document = Json.Of("a: {b: 1, c: {d: 1}}");
        Assert.Equal(["a.c.d"], UnknownFields.Find(schema, document).Select(u => u.Path));
        Pruner.Prune(schema, document);
        Json.AssertEqual("""{"a":{"b":1,"c":{}}}""", document);
        Assert.Equal(
            ["a: Invalid value: \"b\": a.b in body is a forbidden property", "a: Invalid value: \"c\": a.c in body is a forbidden property"],
            Json.Shown(SchemaValidator.Validate(schema, document)));
        Assert.Empty(SchemaValidator.Validate(schema, Json.Of("a: {}")));
    }

    [Fact]
    public void AListThatKeepsUnknownFieldsKeepsThoseOfItsItems()
    {
        var schema = StructuralSchema.Parse(Json.Of("type: object\nproperties: {a: {type: array, x-kubernetes-preserve-unknown-fields: true, items: {type: object, properties: {b: {type: object}}}}}"), "s");
        var document = Json.Of("a: [{b: {c: 1}, d: 1}]");
        Assert.Equal(["a[0].b.c"], UnknownFields.Find(schema, document).Select(u => u.Path));
        Pruner.Prune(schema, document);
        Json.AssertEqual("""{"a":[{"b":{},"d":1}]}""", document);
    }

    [Theory]
    [InlineData("additionalProperties: true", "{b: 1, c: [x, 2], d: null}", """{"b":1,"c":["x",2],"d":null}""", "")]
    [InlineData("additionalProperties: true", "{b: {c: 1}}", """{"b":{}}""", "a.b.c")]
    [InlineData("additionalProperties: true", "{b: {c: {d: 1}}}", """{"b":{}}""", "a.b.c")]
    [InlineData("additionalProperties: true", "{b: [{c: 1}, [{d: 1}], x]}", """{"b":[{},[{}],"x"]}""", "a.b[0].c a.b[1][0].d")]
    [InlineData("additionalProperties: true", "{apiVersion: v1, kind: {c: 1}, metadata: {name: n}}", """{"apiVersion":"v1","kind":{},"metadata":{}}""", "a.kind.c a.metadata.name")]
    [InlineData("properties: {b: {type: object, properties: {c: {type: string}}}}, additionalProperties: true", "{b: {c: x, d: 1}, e: {f: 1}}", """{"b":{"c":"x"},"e":{}}""", "a.b.d a.e.f")]
    [InlineData("x-kubernetes-preserve-unknown-fields: true, additionalProperties: true", "{b: {c: 1}}", """{"b":{}}""", "a.b.c")]
    [InlineData("additionalProperties: {type: object, x-kubernetes-preserve-unknown-fields: true}", "{b: {c: {d: [{e: 1}]}}}", """{"b":{"c":{"d":[{"e":1}]}}}""", "")]
    [InlineData("additionalProperties: {type: object, additionalProperties: true}", "{b: {c: {d: 1}}}", """{"b":{"c":{}}}""", "a.b.c.d")]
    [InlineData("additionalProperties: {type: string}", "{b: x}", """{"b":"x"}""", "")]
    [InlineData("x-kubernetes-preserve-unknown-fields: true", "{b: {c: [{d: 1}]}}", """{"b":{"c":[{"d":1}]}}""", "")]
    public void TheValuesOfAMapOfAnythingAreKeptWithoutTheFieldsOfObjects(string map, string value, string pruned, string unknown)
    {
        var schema = StructuralSchema.Parse(Json.Of($"type: object\nproperties: {{a: {{type: object, {map}}}}}"), "s");
        var document = Json.Of($"a: {value}");
        Assert.Equal(unknown, string.Join(' ', UnknownFields.Find(schema, document).Select(u => u.Path)));
        Assert.Empty(SchemaValidator.Validate(schema, document));
        Pruner.Prune(schema, document);
        Defaulter.Apply(schema, document);
        Json.AssertEqual(pruned, document["a"]);
    }

    [Theory]
    [InlineData("pattern: '('")]
    [InlineData("not: {pattern: '('}")]
    public void ABadPatternIsRefused(string pattern) =>
        Assert.Contains("must be a valid regular expression", Assert.Single(StructuralSchema.Check(Json.Of($"type: object\nproperties: {{a: {{type: string, {pattern}}}}}"), "s")).Message);

    private const string Widget = """
        type: object
        required: [spec]
        properties:
          spec:
            type: object
            required: [size]
            properties:
              size: {type: integer, minimum: 1, maximum: 10, multipleOf: 2}
              name: {type: string, minLength: 2, maxLength: 4, pattern: '^[a-z]+$'}
              mode: {type: string, enum: [fast, slow], default: fast}
              port: {x-kubernetes-int-or-string: true}
              any: {x-kubernetes-preserve-unknown-fields: true}
              at: {type: string, format: date-time}
              much: {type: string, format: quantity}
              note: {type: string, nullable: true, default: hello}
              tags: {type: array, x-kubernetes-list-type: set, maxItems: 3, items: {type: string}}
              parts: {type: array, x-kubernetes-list-type: map, x-kubernetes-list-map-keys: [id], items: {type: object, required: [id], properties: {id: {type: string}, n: {type: integer, default: 5}}}}
              limits: {type: object, minProperties: 1, additionalProperties: {type: number}}
              one: {type: integer, oneOf: [{minimum: 5}, {maximum: 3}], not: {enum: [0]}}
              template: {type: object, x-kubernetes-embedded-resource: true, x-kubernetes-preserve-unknown-fields: true}
        """;

    [Theory]
    [InlineData("{size: 4}", "")]
    [InlineData("{}", "spec.size: Required value")]
    [InlineData("{size: 3}", "spec.size: Invalid value: 3: spec.size in body should be a multiple of 2")]
    [InlineData("{size: 12}", "spec.size: Invalid value: 12: spec.size in body should be less than or equal to 10")]
    [InlineData("{size: 0}", "spec.size: Invalid value: 0: spec.size in body should be greater than or equal to 1")]
    [InlineData("{size: null}", "spec.size: Invalid value: \"null\": spec.size in body must be of type integer: \"null\"")]
    [InlineData("{size: 2.0}", "")]
    [InlineData("{size: 2, name: a}", "spec.name: Invalid value: \"a\": spec.name in body should be at least 2 chars long")]
    [InlineData("{size: 2, name: abcde}", "spec.name: Too long: may not be more than 4 bytes")]
    [InlineData("{size: 2, name: 'A1'}", "spec.name: Invalid value: \"A1\": spec.name in body should match '^[a-z]+$'")]
    [InlineData("{size: 2, mode: best}", "spec.mode: Unsupported value: \"best\": supported values: \"fast\", \"slow\"")]
    [InlineData("{size: 2, port: http}", "")]
    [InlineData("{size: 2, port: 80}", "")]
    [InlineData("{size: 2, port: 1.5}", "spec.port: Invalid value: \"number\": spec.port in body must be of type integer,string: \"number\"")]
    [InlineData("{size: 2, any: [1, {a: null}]}", "")]
    [InlineData("{size: many}", "spec.size: Invalid value: \"string\": spec.size in body must be of type integer: \"string\"")]
    [InlineData("{size: 2, at: zz}", "spec.at: Invalid value: \"zz\": spec.at in body must be of type date-time: \"zz\": must be a time as in RFC 3339, such as \"2006-01-02T15:04:05Z\"")]
    [InlineData("{size: 2, much: 'not a format of definitions'}", "")]
    [InlineData("{size: 2, note: null}", "")]
    [InlineData("{size: 2, tags: [a, b, a]}", "spec.tags[2]: Duplicate value: \"a\"")]
    [InlineData("{size: 2, tags: [a, b, c, d]}", "spec.tags: Too many: 4: must have at most 3 items")]
    [InlineData("{size: 2, parts: [{id: a}, {id: a}]}", "spec.parts[1]: Duplicate value: {\"id\":\"a\"}")]
    [InlineData("{size: 2, limits: {}}", "spec.limits: Invalid value: 0: spec.limits in body should have at least 1 properties")]
    [InlineData("{size: 2, limits: {a: x}}", "spec.limits[a]: Invalid value: \"string\": spec.limits[a] in body must be of type number: \"string\"")]
    [InlineData("{size: 2, one: 4}", "spec.one: Invalid value: 4: spec.one in body must validate one and only one schema (oneOf)")]
    [InlineData("{size: 2, one: 0}", "spec.one: Invalid value: 0: spec.one in body must not validate the schema (not)")]
    [InlineData("{size: 2, one: 7}", "")]
    public void CustomResourcesAreHeldToTheirSchema(string spec, string expected) =>
        Assert.Equal(expected, string.Join('|', Json.Shown(SchemaValidator.Validate(Parsed, Json.Of($"{{apiVersion: x/v1, kind: Widget, metadata: {{name: a}}, spec: {spec}}}")))));

    [Theory]
    [InlineData("{apiVersion: v1, kind: Pod}", "")]
    [InlineData("{apiVersion: v1, kind: Pod, metadata: {labels: {a: b}, creationTimestamp: null}, spec: {a: 1}}", "")]
    [InlineData("{apiVersion: apps/v1, kind: Deployment, metadata: {name: 'a:b', namespace: c}}", "")]
    [InlineData("{}", "spec.template.apiVersion: Required value|spec.template.kind: Required value")]
    [InlineData("{apiVersion: '', kind: ''}", "spec.template.apiVersion: Required value|spec.template.kind: Required value")]
    [InlineData("{apiVersion: a/b/c, kind: Pod}", "spec.template.apiVersion: Invalid value: \"a/b/c\": unexpected GroupVersion string: a/b/c")]
    [InlineData("{apiVersion: 1, kind: Pod}", "spec.template.apiVersion: Invalid value: \"integer\": spec.template.apiVersion in body must be of type string: \"integer\"")]
    [InlineData("{apiVersion: v1, kind: Pod, metadata: {name: a/b}}", "spec.template.metadata.name: Invalid value: \"a/b\": may not contain '/'")]
    [InlineData("{apiVersion: v1, kind: Pod, metadata: {labels: 1}}", "spec.template.metadata.labels: Invalid value: 1: must be of type object, not integer")]
    public void EmbeddedResourcesSayWhatTheyAreAndHaveMetadata(string template, string expected) =>
        Assert.Equal(expected, string.Join('|', Json.Shown(SchemaValidator.Validate(Parsed, Json.Of($"{{apiVersion: x/v1, kind: Widget, metadata: {{name: a}}, spec: {{size: 2, template: {template}}}}}")))));

    [Theory]
    [InlineData("kind: Po.d", "spec.template.kind", "may have mixed case, but should otherwise match: a DNS-1035 label")]
    [InlineData("kind: Pod, metadata: {labels: {'a b': c}}", "spec.template.metadata.labels", "name part must consist of alphanumeric characters")]
    [InlineData("kind: Pod, metadata: {annotations: {'a b': c}}", "spec.template.metadata.annotations", "name part must consist of alphanumeric characters")]
    public void TheNamesInEmbeddedResourcesAreHeldToTheirGrammar(string fields, string field, string detail)
    {
        var cause = Assert.Single(SchemaValidator.Validate(Parsed, Json.Of($"spec: {{size: 2, template: {{apiVersion: v1, {fields}}}}}")));
        Assert.Equal(field, cause.Field);
        Assert.Contains(detail, cause.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TheMetadataOfEmbeddedResourcesIsBroughtToItsForm()
    {
        var document = Json.Of("spec: {size: 2, template: {apiVersion: v1, kind: Pod, metadata: {name: p, unknown: 1, creationTimestamp: null}, spec: {a: null}}}");
        Pruner.Prune(Parsed, document);
        Defaulter.Apply(Parsed, document);
        Json.AssertEqual("""{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p"},"spec":{"a":null}}""", document["spec"]!["template"]!);
    }

    [Fact]
    public void CustomResourcesArePrunedAndDefaulted()
    {
        var document = Json.Of("""
            apiVersion: x/v1
            kind: Widget
            metadata: {name: a, labels: {b: c}}
            other: 1
            spec: {size: 2, extra: 1, any: {deep: {er: 1, none: null}}, name: null, limits: {b: null}, note: null, parts: [{id: a, x: 1, n: null}], template: {kind: Pod, metadata: {name: p}, spec: {a: 1}}}
            """);
        Assert.Equal(["other", "spec.extra", "spec.parts[0].x"], UnknownFields.Find(Parsed, document).Select(u => u.Path));
        Pruner.Prune(Parsed, document);
        Defaulter.Apply(Parsed, document);
        Json.AssertEqual("""{"apiVersion":"x/v1","kind":"Widget","metadata":{"name":"a","labels":{"b":"c"}},"spec":{"size":2,"any":{"deep":{"er":1,"none":null}},"limits":{},"note":null,"parts":[{"id":"a","n":5}],"template":{"kind":"Pod","metadata":{"name":"p"},"spec":{"a":1}},"mode":"fast"}}""", document);
    }

    [Fact]
    public void ThePatternsOfUsersTakeLinearTime()
    {
        var schema = StructuralSchema.Parse(Json.Of("type: object\nproperties: {a: {type: string, pattern: '^(a+)+$'}}"), "s");
        Assert.Single(SchemaValidator.Validate(schema, Json.Of($"a: {new string('a', 50_000)}b")));
    }

    [Fact]
    public void TheDefinitionsOfOwnKindsAreStructural()
    {
        Assert.NotEmpty(OwnKinds.Definitions);
        foreach (var definition in OwnKinds.Definitions)
            Assert.Empty(Slipway.Api.Rules.KindRules.For("apiextensions.k8s.io", "CustomResourceDefinition").Validate(Defaulted(definition)));
    }

    private static System.Text.Json.Nodes.JsonObject Defaulted(System.Text.Json.Nodes.JsonObject definition)
    {
        Slipway.Api.Rules.KindRules.For("apiextensions.k8s.io", "CustomResourceDefinition").Default(definition);
        return definition;
    }

    private static Schema Parsed => StructuralSchema.Parse(Json.Of(Widget), "s");
}
