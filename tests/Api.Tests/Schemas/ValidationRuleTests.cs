using System.Text.Json.Nodes;
using Slipway.Api.Schemas;

namespace Slipway.Api.Tests.Schemas;

public class ValidationRuleTests
{
    /// <summary>The schema of a document whose spec has one property x.</summary>
    private static JsonObject SchemaOf(string x) => Json.Of($"type: object\nproperties: {{spec: {{type: object, properties: {{x: {x}, y: {{type: integer}}}}}}}}");

    private static string Rules(params string[] rules) => $"x-kubernetes-validations: [{string.Join(", ", rules)}]";

    private static Schema Served(JsonObject schema)
    {
        Assert.Empty(StructuralSchema.Check(schema, "s"));
        return StructuralSchema.OfResource(StructuralSchema.Parse(schema, "s"), BuiltInKinds.SchemaOf("io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"));
    }

    [Fact]
    public void An_evaluation_that_is_cancelled_says_nothing_of_the_document()
    {
        var schema = Served(SchemaOf("{type: array, items: {type: integer}, maxItems: 1000, x-kubernetes-validations: [{rule: 'self.all(a, self.all(b, a + b >= 0))'}]}"));
        var document = Json.Of($"spec: {{x: [{string.Join(',', Enumerable.Range(0, 1000))}]}}");
        using var gone = new CancellationTokenSource();
        gone.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => SchemaValidator.EvaluateRules(schema, document, null, [], gone.Token));
    }

    private static string Evaluated(JsonObject schema, string document, string? old = null, bool warnings = false)
    {
        var (causes, warned) = SchemaValidator.EvaluateRules(Served(schema), Json.Of(document), old is null ? null : Json.Of(old), []);
        return string.Join('|', Json.Shown(warnings ? warned : causes));
    }

    [Theory]
    // what cannot be compiled
    [InlineData("{type: integer, x-kubernetes-validations: [{rule: 'self >'}]}", "rule: Invalid value: {\"rule\":\"self >\"}: compilation failed: ERROR: <input>:1:7: Syntax error: unexpected the end, expected an expression\n | self >\n | ......^")]
    [InlineData("{type: integer, x-kubernetes-validations: [{rule: 'self'}]}", "rule: Invalid value: {\"rule\":\"self\"}: cel expression must evaluate to a bool")]
    [InlineData("{type: integer, x-kubernetes-validations: [{rule: 'self == \"a\"'}]}", "rule: Invalid value: {\"rule\":\"self == \\\"a\\\"\"}: compilation failed: ERROR: <input>:1:6: found no matching overload for '_==_' applied to '(int, string)'\n | self == \"a\"\n | .....^")]
    [InlineData("{type: object, properties: {a: {type: string}}, x-kubernetes-validations: [{rule: 'self.b == 1'}]}", "rule: Invalid value: {\"rule\":\"self.b == 1\"}: compilation failed: ERROR: <input>:1:5: undefined field 'b'\n | self.b == 1\n | ....^")]
    [InlineData("{type: integer, x-kubernetes-validations: [{rule: 'other > 1'}]}", "rule: Invalid value: {\"rule\":\"other > 1\"}: compilation failed: ERROR: <input>:1:1: undeclared reference to 'other' (in container '')\n | other > 1\n | ^")]
    [InlineData("{type: integer, x-kubernetes-validations: [{rule: 'self in [1, \"a\"]'}]}", "rule: Invalid value: {\"rule\":\"self in [1, \\\"a\\\"]\"}: compilation failed: ERROR: <input>:1:13: expected type 'int' but found 'string'\n | self in [1, \"a\"]\n | ............^")]
    [InlineData("{type: integer, x-kubernetes-validations: [{rule: 'self > 1', messageExpression: '1 + 1'}]}", "messageExpression: Invalid value: {\"rule\":\"self > 1\",\"messageExpression\":\"1 + 1\"}: messageExpression must evaluate to a string")]
    [InlineData("{type: string, x-kubernetes-validations: [{rule: 'self.reverse() == self'}]}", "rule: Invalid value: {\"rule\":\"self.reverse() == self\"}: compilation failed: ERROR: <input>:1:13: found no matching overload for 'reverse' applied to 'string.()'\n | self.reverse() == self\n | ............^")]
    // the texts of a rule
    [InlineData("{type: integer, x-kubernetes-validations: [{rule: ' '}]}", "rule: Required value: rule is not specified")]
    [InlineData("{type: integer, x-kubernetes-validations: [{rule: 'self > 1', message: ' '}]}", "message: Invalid value: \" \": must be non-empty if specified")]
    [InlineData("{type: integer, x-kubernetes-validations: [{rule: \"self > 1\\n&& true\"}]}", "message: Required value: message must be specified if rule contains line breaks")]
    [InlineData("{type: integer, x-kubernetes-validations: [{rule: 'self > 1', reason: Why}]}", "reason: Unsupported value: \"Why\": supported values: \"FieldValueDuplicate\", \"FieldValueForbidden\", \"FieldValueInvalid\", \"FieldValueRequired\"")]
    [InlineData("{type: object, properties: {a: {type: string}}, x-kubernetes-validations: [{rule: 'has(self.a)', fieldPath: .b}]}", "fieldPath: Invalid value: \".b\": must be a valid path")]
    [InlineData("{type: integer, x-kubernetes-validations: [{rule: 'self > 1', optionalOldSelf: true}]}", "optionalOldSelf: Invalid value: true: may not be set if oldSelf is not used in rule")]
    // what may cost too much
    [InlineData("{type: array, items: {type: array, items: {type: string}}, x-kubernetes-validations: [{rule: 'self.all(a, a.all(b, b.contains(\"x\")))'}]}", "rule: Forbidden: estimated rule cost exceeds budget by factor of more than 100x (try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)")]
    [InlineData("{type: array, maxItems: 3000, items: {type: integer}, x-kubernetes-validations: [{rule: 'self.sort() == self'}]}", "rule: Forbidden: estimated rule cost exceeds budget by factor of 1.8x (try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)")]
    [InlineData("{type: array, maxItems: 3000, items: {type: string}, x-kubernetes-validations: [{rule: 'self.sortBy(s, s) == self'}]}", "rule: Forbidden: estimated rule cost exceeds budget by factor of 1.9x (try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)")]
    [InlineData("{type: integer, x-kubernetes-validations: [{rule: 'lists.range(self).size() > 1'}]}", "rule: Forbidden: estimated rule cost exceeds budget by factor of more than 100x (try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)")]
    [InlineData("{type: object, additionalProperties: {type: string}, x-kubernetes-validations: [{rule: 'self.all(k, isIP(self[k]))'}]}", "rule: Forbidden: estimated rule cost exceeds budget by factor of more than 100x (try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)")]
    // what is fine
    [InlineData("{type: array, maxItems: 2000, items: {type: integer}, x-kubernetes-validations: [{rule: 'self.sort() == self'}]}", "")]
    [InlineData("{type: array, items: {type: string}, x-kubernetes-validations: [{rule: 'self.slice(0, 3).all(s, s == \"\") && lists.range(3).all(i, self[i] == \"\")'}]}", "")]
    [InlineData("{type: array, maxItems: 10, items: {type: array, maxItems: 10, items: {type: string, maxLength: 20}}, x-kubernetes-validations: [{rule: 'self.all(a, a.all(b, b.contains(\"x\")))'}]}", "")]
    [InlineData("{type: string, format: date-time, x-kubernetes-validations: [{rule: 'self > timestamp(\"2020-01-01T00:00:00Z\")'}]}", "")]
    [InlineData("{x-kubernetes-int-or-string: true, x-kubernetes-validations: [{rule: 'type(self) == int ? self > 1 : self.endsWith(\"%\")'}]}", "")]
    [InlineData("{type: object, properties: {namespace: {type: string}, 'a-b': {type: string}, c__d: {type: string}}, x-kubernetes-validations: [{rule: 'self.__namespace__ == self.a__dash__b && self.c__underscores__d == \"\"'}]}", "")]
    [InlineData("{type: object, additionalProperties: {type: string}, x-kubernetes-validations: [{rule: 'self.all(k, k.startsWith(\"a\")) && self[\"b\"] == \"c\" && self == oldSelf'}]}", "")]
    [InlineData("{type: string, x-kubernetes-validations: [{rule: 'oldSelf.hasValue() || isQuantity(self)', optionalOldSelf: true}]}", "")]
    [InlineData("{type: string, maxLength: 447, x-kubernetes-validations: [{rule: 'self.split(\"@\")[0].matches(\"^[a-z0-9]+$\") && self.split(\"/\").all(p, p.matches(\"^[a-z0-9]+$\"))'}]}", "")]
    [InlineData("{type: object, properties: {namespace: {type: string}}, x-kubernetes-validations: [{rule: 'self.namespace == self.__namespace__ && !has(self.namespace)'}]}", "")]
    [InlineData("{type: array, maxItems: 1000, items: {type: string, maxLength: 50, x-kubernetes-validations: [{rule: 'isURL(self) || isIP(self) || isCIDR(self) || isQuantity(self) || isSemver(self)'}]}, x-kubernetes-validations: [{rule: 'true'}]}", "")]
    [InlineData("{type: string, maxLength: 63, x-kubernetes-validations: [{rule: '!format.dns1123Label().validate(self).hasValue()'}]}", "")]
    [InlineData("{type: string, maxLength: 253, x-kubernetes-validations: [{rule: 'format.dns1123Label().validate(self) == null'}]}", "")]
    [InlineData("{type: string, maxLength: 50, x-kubernetes-validations: [{rule: 'cidr(self) == cidr(self).masked()'}]}", "")]
    [InlineData("{type: object, x-kubernetes-map-type: atomic, properties: {}, x-kubernetes-validations: [{rule: 'self == oldSelf'}]}", "")]
    public void The_rules_of_a_definition_are_checked(string x, string expected) =>
        Assert.Equal(expected.Length == 0 ? "" : $"s.properties[spec].properties[x].x-kubernetes-validations[0].{expected}", Json.Shown(StructuralSchema.CheckRules(SchemaOf(x), "s")).FirstOrDefault(""));

    [Theory]
    [InlineData("atomic", "s.properties[spec].properties[x].items.x-kubernetes-validations[0].rule: Invalid value: \"self == oldSelf\": oldSelf cannot be used on the uncorrelatable portion of the schema within s.properties[spec].properties[x].items")]
    [InlineData("map", "")]
    public void A_transition_rule_needs_values_that_can_be_compared(string listType, string expected)
    {
        var keys = listType == "map" ? ", x-kubernetes-list-map-keys: [k]" : "";
        var schema = SchemaOf($"{{type: array, maxItems: 10, x-kubernetes-list-type: {listType}{keys}, items: {{type: object, required: [k], properties: {{k: {{type: string, maxLength: 5}}}}, {Rules("{rule: self == oldSelf}")}}}}}");
        Assert.Equal(expected, string.Join('|', Json.Shown(StructuralSchema.CheckRules(schema, "s"))));
    }

    [Fact]
    public void What_is_in_a_map_that_is_replaced_as_a_whole_is_compared_with_what_was_there()
    {
        var schema = SchemaOf("{type: object, x-kubernetes-map-type: atomic, properties: {major: {type: integer, x-kubernetes-validations: [{rule: self == oldSelf}]}}}");
        Assert.Empty(StructuralSchema.CheckRules(schema, "s"));
        Assert.Equal("spec.x.major: Invalid value: \"integer\": failed rule: self == oldSelf", Assert.Single(Json.Shown(
            SchemaValidator.EvaluateRules(Served(schema), Json.Of("spec: {x: {major: 2}}"), Json.Of("spec: {x: {major: 1}}"), [], TestContext.Current.CancellationToken).Causes)));
    }

    [Fact]
    public void All_rules_together_may_not_cost_too_much()
    {
        var rule = "{rule: 'self.all(a, self.all(b, a != b))'}";
        var schema = SchemaOf($"{{type: array, maxItems: 1100, items: {{type: string, maxLength: 4}}, {Rules([.. Enumerable.Repeat(rule, 14)])}}}");
        var causes = StructuralSchema.CheckRules(schema, "s");
        Assert.Contains(causes, c => c.Message == "Forbidden: contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema");
        Assert.Contains(causes, c => c.Field == "s" && c.Message.StartsWith("Forbidden: estimated rule cost total for entire OpenAPIv3 schema exceeds budget by factor of 1.", StringComparison.Ordinal));
    }

    [Theory]
    // bounds, messages, reasons, paths
    [InlineData("{type: integer, x-kubernetes-validations: [{rule: 'self > 5'}]}", "3", "spec.x: Invalid value: \"integer\": failed rule: self > 5")]
    [InlineData("{type: integer, x-kubernetes-validations: [{rule: 'self > 5'}]}", "7", "")]
    [InlineData("{type: integer, x-kubernetes-validations: [{rule: 'self > 5', message: more}]}", "3", "spec.x: Invalid value: \"integer\": more")]
    [InlineData("{type: integer, x-kubernetes-validations: [{rule: 'self > 5', messageExpression: \"'not ' + string(self)\"}]}", "3", "spec.x: Invalid value: \"integer\": not 3")]
    [InlineData("{type: integer, x-kubernetes-validations: [{rule: 'self > 5', message: m, messageExpression: \"string(1 / 0)\"}]}", "3", "spec.x: Invalid value: \"integer\": m")]
    [InlineData("{type: integer, x-kubernetes-validations: [{rule: 'self > 5', message: m, reason: FieldValueForbidden}]}", "3", "spec.x: Forbidden: m")]
    [InlineData("{type: integer, x-kubernetes-validations: [{rule: 'self > 5', message: m, reason: FieldValueRequired}]}", "3", "spec.x: Required value: m")]
    [InlineData("{type: object, properties: {a: {type: string}}, x-kubernetes-validations: [{rule: 'has(self.a)', message: m, fieldPath: .a}]}", "{}", "spec.x.a: Invalid value: \"object\": m")]
    [InlineData("{type: object, additionalProperties: {type: integer, x-kubernetes-validations: [{rule: 'self > 0'}]}}", "{k: 0}", "spec.x[k]: Invalid value: \"integer\": failed rule: self > 0")]
    [InlineData("{type: array, items: {type: integer, x-kubernetes-validations: [{rule: 'self > 0'}]}}", "[1, 0]", "spec.x[1]: Invalid value: \"integer\": failed rule: self > 0")]
    // values
    [InlineData("{type: object, properties: {a: {type: string}}, x-kubernetes-validations: [{rule: 'self.a == \"b\"'}]}", "{}", "spec.x: Invalid value: \"object\": no such key: a evaluating rule: self.a == \"b\"")]
    [InlineData("{x-kubernetes-int-or-string: true, x-kubernetes-validations: [{rule: 'self > 1'}]}", "abc", "spec.x: Invalid value: \"\": 'no such overload: string > int': call arguments did not match a supported operator, function or macro signature for rule: self > 1")]
    [InlineData("{type: string, format: byte, x-kubernetes-validations: [{rule: 'self == b\"abc\"'}]}", "YWJj", "")]
    [InlineData("{type: string, format: duration, x-kubernetes-validations: [{rule: 'self > duration(\"1m\")'}]}", "61s", "")]
    [InlineData("{type: string, format: date, x-kubernetes-validations: [{rule: 'self.getFullYear() == 2020'}]}", "'2020-02-03'", "")]
    [InlineData("{type: number, x-kubernetes-validations: [{rule: 'self == 3.0'}]}", "3", "")]
    [InlineData("{type: string, nullable: true, x-kubernetes-validations: [{rule: 'false'}]}", "null", "")]
    [InlineData("{type: array, x-kubernetes-list-type: set, items: {type: string}, x-kubernetes-validations: [{rule: 'self == [\"b\", \"a\"] && size(self + [\"a\"]) == 2'}]}", "[a, b]", "")]
    [InlineData("{type: object, x-kubernetes-embedded-resource: true, properties: {spec: {type: object}}, x-kubernetes-validations: [{rule: 'self.kind == \"Pod\" && self.metadata.name == \"p\"'}]}", "{kind: Pod, apiVersion: v1, metadata: {name: p}}", "")]
    public void A_rule_is_evaluated(string x, string value, string expected) =>
        Assert.Equal(expected, Evaluated(SchemaOf(x), $"{{metadata: {{name: n}}, spec: {{x: {value}}}}}"));

    [Fact]
    public void The_root_has_type_and_name()
    {
        var schema = Json.Of($"type: object\nproperties: {{spec: {{type: object}}}}\n{Rules("{rule: 'self.metadata.name.size() < 3 && self.kind == \"W\"', message: short}")}");
        Assert.Empty(StructuralSchema.CheckRules(schema, "s"));
        Assert.Equal("", Evaluated(schema, "{kind: W, metadata: {name: ab}}"));
        Assert.Equal("<nil>: Invalid value: \"object\": short", Evaluated(schema, "{kind: W, metadata: {name: abc}}"));
    }

    private const string Keyed = "{type: array, x-kubernetes-list-type: map, x-kubernetes-list-map-keys: [k], items: {type: object, required: [k], properties: {k: {type: string}, v: {type: integer, x-kubernetes-validations: [{rule: 'self >= oldSelf'}]}}}}";

    [Theory]
    [InlineData("{type: integer, x-kubernetes-validations: [{rule: 'self == oldSelf', message: fixed}]}", "1", "2", "spec.x: Invalid value: \"integer\": fixed")]
    [InlineData("{type: integer, x-kubernetes-validations: [{rule: 'self == oldSelf', message: fixed}]}", null, "2", "")]
    [InlineData("{type: integer, x-kubernetes-validations: [{rule: 'oldSelf.hasValue() && self == oldSelf.value()', message: fixed, optionalOldSelf: true}]}", null, "2", "spec.x: Invalid value: \"integer\": fixed")]
    [InlineData("{type: integer, x-kubernetes-validations: [{rule: 'self == oldSelf.orValue(2)', message: fixed, optionalOldSelf: true}]}", null, "2", "")]
    [InlineData(Keyed, "[{k: a, v: 1}, {k: b, v: 5}]", "[{k: b, v: 4}, {k: a, v: 2}, {k: c, v: 0}]", "spec.x[0].v: Invalid value: \"integer\": failed rule: self >= oldSelf")]
    public void A_transition_rule_compares_with_the_value_before(string x, string? before, string after, string expected)
    {
        var old = before is null ? "{spec: {}}" : $"{{spec: {{x: {before}}}}}";
        Assert.Equal(expected, Evaluated(SchemaOf(x), $"{{spec: {{x: {after}}}}}", old));
    }

    [Fact]
    public void What_has_not_changed_is_only_warned_of()
    {
        var schema = SchemaOf("{type: array, items: {type: integer, x-kubernetes-validations: [{rule: 'self > 5'}]}}");
        Assert.Equal("", Evaluated(schema, "{spec: {x: [3], y: 2}}", "{spec: {x: [3], y: 1}}"));
        Assert.Equal("spec.x[0]: Invalid value: \"integer\": failed rule: self > 5", Evaluated(schema, "{spec: {x: [3], y: 2}}", "{spec: {x: [3], y: 1}}", warnings: true));
        Assert.Equal("spec.x[0]: Invalid value: \"integer\": failed rule: self > 5", Evaluated(schema, "{spec: {x: [3, 6]}}", "{spec: {x: [3]}}"));
    }

    [Fact]
    public void What_the_schema_refuses_is_let_pass_where_it_has_not_changed()
    {
        var schema = Served(SchemaOf("{type: string, maxLength: 2}"));
        var (old, changed) = (Json.Of("{spec: {x: abc, y: 1}}"), Json.Of("{spec: {x: abc, y: 2}}"));
        Assert.Single(SchemaValidator.Validate(schema, changed));
        Assert.Empty(SchemaValidator.ValidateChange(schema, changed, old));
        Assert.Single(SchemaValidator.ValidateChange(schema, Json.Of("{spec: {x: abcd}}"), old));
    }

    [Fact]
    public void Rules_are_not_evaluated_on_what_the_schema_does_not_know()
    {
        var schema = Served(SchemaOf("{type: integer, x-kubernetes-validations: [{rule: 'self > 5'}]}"));
        var document = Json.Of("{spec: {x: a}}");
        var (causes, _) = SchemaValidator.EvaluateRules(schema, document, null, SchemaValidator.Validate(schema, document));
        Assert.Equal("Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation", Assert.Single(causes).Message);
    }

    [Fact]
    public void A_document_has_a_budget_for_all_its_rules()
    {
        var rule = "{rule: 'self.all(a, self.all(b, a != b || true))'}";
        var schema = SchemaOf($"{{type: array, items: {{type: integer}}, {Rules([.. Enumerable.Repeat(rule, 40)])}}}");
        var numbers = string.Join(", ", Enumerable.Range(0, 300));
        Assert.Equal("spec.x: Invalid value: \"array\": validation failed due to running out of cost budget, no further validation rules will be run", Evaluated(schema, $"{{spec: {{x: [{numbers}]}}}}"));
        var many = string.Join(", ", Enumerable.Range(0, 1000));
        Assert.StartsWith("spec.x: Invalid value: \"array\": 'operation cancelled: actual cost limit exceeded': no further validation rules will be run", Evaluated(schema, $"{{spec: {{x: [{many}]}}}}"));
    }

    [Fact]
    public void A_schema_without_rules_has_nothing_to_evaluate() => Assert.Null(Served(SchemaOf("{type: integer}")).CompiledRules);
}
