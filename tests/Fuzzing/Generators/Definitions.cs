using System.Text.Json.Nodes;

namespace Slipway.Fuzzing.Generators;

/// <summary>Custom resource definitions with odd schemas, and expressions that are wrong, dear or endless.</summary>
internal static class Definitions
{
    private const string Path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

    private static readonly string[] Expressions =
    [
        "self", "self == oldSelf", "self.a", "has(self.a)", "self.a.b.c", "self.all(x, x)", "self.all(x, self.all(y, self.all(z, x + y + z > 0)))", "self.matches('(a*)*b')", "self.matches('[')", "self.a + ", "((((", "1 / 0", "1 / 0 == 1 || true", "size(self) > 1", "self.size() < 9223372036854775807 + 1",
        "[1, 2, 3].map(x, [x, x, x]).size() > 0", "self.metadata.name", "self.spec.x", "oldSelf.optMay", "oldSelf.orValue(1)", "quantity('1Gi').isGreaterThan(quantity(self))", "url(self).getHost() == 'a'", "ip(self).family() == 4", "cidr('10.0.0.0/8').containsIP(self)", "duration(self) < duration('1h')",
        "timestamp(self).getFullYear() > 2000", "'a'.replace('', self)", "self.format([1])", "'%s%d'.format([self, self])", "self.split('').join('x').size() > 1", "cel.bind(x, self, x == x)", "optional.of(self).hasValue()", "self.exists_one(x, x == 1)", "true ? self : 1", "self in [self]", "self[0]", "self['a']",
        "self.?a.orValue(false)", "dyn(self) == 1", "type(self) == string", "b'\\xff' == bytes('a')", "self.lowerAscii() == self", "sets.contains(self, self)", "request.userInfo", "authorizer.path('/')", "x", "'", "\"\\u0000\"", "/*", "self // c", "self.map(x, x, x)", "has(self)", "has(self['a'])", "a.b.c.d()", "",
    ];

    private static readonly string[] Types = ["object", "object", "array", "string", "integer", "number", "boolean", "null", "any", ""];

    public static Draft Next(Random random)
    {
        var document = random.OneIn(3) ? (JsonObject)random.Pick(StageDefinitions.Documents).DeepClone() : Definition(random);
        if (random.OneIn(2)) document = Mutation.Mutated(random, document);
        var name = document["metadata"] is JsonObject metadata && metadata["name"] is JsonValue value ? value.ToString() : "x";
        var draft = random.Next(4) switch
        {
            0 or 1 => new Draft("POST", Path),
            2 => new Draft("PUT", $"{Path}/{Uri.EscapeDataString(name.Length > 100 ? "x" : name)}"),
            _ => new Draft("PATCH", $"{Path}/widgets.fuzz.example.com").With("dryRun=All"),
        };
        if (draft.Method == "PATCH") return PatchBodies.Of(random, draft, () => document);
        // The stage's own definitions stay as they are.
        if (name.EndsWith("fuzz.example.com", StringComparison.Ordinal)) draft = draft.With("dryRun=All", first: true);
        return Bodies.Written(random, draft, document);
    }

    private static JsonObject Definition(Random random)
    {
        var plural = random.Pick(["gears", "cogs", "wheels"]);
        return new JsonObject
        {
            ["apiVersion"] = "apiextensions.k8s.io/v1",
            ["kind"] = "CustomResourceDefinition",
            ["metadata"] = new JsonObject { ["name"] = $"{plural}.odd.example.com" },
            ["spec"] = new JsonObject
            {
                ["group"] = "odd.example.com",
                ["scope"] = random.Pick(["Namespaced", "Cluster"]),
                ["names"] = new JsonObject { ["plural"] = plural, ["kind"] = plural.ToUpperInvariant() },
                ["versions"] = new JsonArray(Version(random)),
            },
        };
    }

    private static JsonObject Version(Random random)
    {
        var root = Schema(random, random.Pick([1, 2, 3]));
        root["type"] = "object";
        var version = new JsonObject { ["name"] = random.Pick(["v1", "v1", "v1alpha1", "x", "1"]), ["served"] = true, ["storage"] = true, ["schema"] = new JsonObject { ["openAPIV3Schema"] = root } };
        if (random.OneIn(3)) version["subresources"] = new JsonObject { ["status"] = new JsonObject(), ["scale"] = new JsonObject { ["specReplicasPath"] = random.Pick([".spec.x", ".a", "x", ".spec['a']", ""]), ["statusReplicasPath"] = random.Pick([".status.x", ".status", "{}"]) } };
        if (random.OneIn(3)) version["additionalPrinterColumns"] = new JsonArray(new JsonObject { ["name"] = "A", ["type"] = random.Pick(["string", "integer", "date", "x"]), ["jsonPath"] = random.Pick([".spec.a", ".a[0]", ".a[?(@.b==\"c\")].d", ".a[", "..a", ".a[*]", "{.a}", ".a['b']", "a"]) });
        if (random.OneIn(4)) version["selectableFields"] = new JsonArray(new JsonObject { ["jsonPath"] = random.Pick([".spec.a", ".a", ".a[0]", "x", ".metadata.name"]) });
        return version;
    }

    private static JsonObject Schema(Random random, int depth)
    {
        var type = random.Pick(Types);
        var schema = new JsonObject { ["type"] = type };
        if (type == "object" && depth > 0)
        {
            if (random.OneIn(3)) schema["additionalProperties"] = random.OneIn(3) ? random.OneIn(2) : Schema(random, depth - 1);
            else schema["properties"] = new JsonObject(Enumerable.Range(0, random.Few(1, 4)).Select(i => KeyValuePair.Create(random.OneIn(8) ? random.Pick(Vocabulary.Texts) + i : $"{(char)('a' + i)}", (JsonNode?)Schema(random, depth - 1))));
        }
        if (type == "array" && !random.OneIn(6)) schema["items"] = depth > 0 ? Schema(random, depth - 1) : new JsonObject { ["type"] = "string" };
        for (var i = random.Few(0, 3); i > 0; i--) Facet(random, schema, depth);
        return schema;
    }

    private static void Facet(Random random, JsonObject schema, int depth)
    {
        switch (random.Next(14))
        {
            case 0: schema["pattern"] = random.Pick(["^a$", "(a+)+$", "[", "(?<=a)b", "\\p{L}", "(.*)*", "a{1,100000}", "(?i)x", "\\", "^(?!a)"]); break;
            case 1: schema["default"] = Mutation.Value(random); break;
            case 2: schema["enum"] = new JsonArray(Mutation.Value(random), "a", "a"); break;
            case 3: schema[random.Pick(["minimum", "maximum", "multipleOf", "minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"])] = random.OneIn(3) ? Mutation.Value(random) : random.Next(100); break;
            case 4: schema["x-kubernetes-list-type"] = random.Pick(["map", "set", "atomic", "x"]); break;
            case 5: schema["x-kubernetes-list-map-keys"] = new JsonArray(random.Pick(["a", "b", "x"])); break;
            case 6: schema[random.Pick(["x-kubernetes-preserve-unknown-fields", "x-kubernetes-int-or-string", "x-kubernetes-embedded-resource", "nullable", "uniqueItems", "exclusiveMinimum"])] = random.OneIn(4) ? Mutation.Value(random) : true; break;
            case 7: schema[random.Pick(["anyOf", "oneOf", "allOf"])] = new JsonArray(Schema(random, 0), new JsonObject { ["required"] = new JsonArray("a") }); break;
            case 8: schema["not"] = depth > 0 ? Schema(random, depth - 1) : new JsonObject(); break;
            case 9: schema["required"] = new JsonArray("a", random.Pick(["b", "", "a"])); break;
            case 10: schema["format"] = random.Pick(["date-time", "byte", "int32", "int64", "ipv4", "uuid", "email", "x", "cidr", "duration", "date"]); break;
            case 11: schema[random.Pick(["$ref", "definitions", "id", "discriminator", "title", "externalDocs", "example"])] = Mutation.Value(random); break;
            default: schema["x-kubernetes-validations"] = new JsonArray(Rule(random)); break;
        }
    }

    private static JsonObject Rule(Random random)
    {
        var rule = new JsonObject { ["rule"] = Expression(random) };
        if (random.OneIn(4)) rule["message"] = random.Pick(Vocabulary.Texts);
        if (random.OneIn(4)) rule["messageExpression"] = Expression(random);
        if (random.OneIn(4)) rule["fieldPath"] = random.Pick([".a", ".a.b", "a", ".", ".a[0]", "['a']"]);
        if (random.OneIn(4)) rule["reason"] = random.Pick(["FieldValueInvalid", "FieldValueForbidden", "x"]);
        if (random.OneIn(4)) rule["optionalOldSelf"] = random.OneIn(2);
        return rule;
    }

    private static string Expression(Random random) => random.Next(12) switch
    {
        0 => string.Concat(Enumerable.Repeat(random.Pick(["(", "[", "-(", "self.all(x, ", "a?"]), random.Pick([30, 3_000]))),
        1 => "self" + string.Concat(Enumerable.Repeat(random.Pick([".a", " + self", "[0]", " && self", " in self"]), random.Pick([30, 3_000]))),
        2 => $"{random.Pick(Expressions)} {random.Pick(["&&", "||", "==", "+", "in", "?", "<"])} {random.Pick(Expressions)}",
        _ => random.Pick(Expressions),
    };
}
