namespace Slipway.Api.Tests.Rules;

/// <summary>Admission policies and their bindings, with what Kubernetes' own validation says of them.</summary>
public sealed class AdmissionPolicyTableTests
{
    private const string Match = "matchConstraints: {resourceRules: [{apiGroups: [''], apiVersions: [v1], operations: [CREATE], resources: [pods]}]}";

    private static readonly RuleTable Validating = new("admissionregistration.k8s.io", "ValidatingAdmissionPolicy", $"spec: {{{Match}, validations: [{{expression: 'true'}}]}}");

    private static readonly RuleTable Mutating = new("admissionregistration.k8s.io", "MutatingAdmissionPolicy",
        $"spec: {{{Match}, reinvocationPolicy: Never, mutations: [{{patchType: JSONPatch, jsonPatch: {{expression: '[]'}}}}]}}");

    private static readonly RuleTable Bindings = new("admissionregistration.k8s.io", "ValidatingAdmissionPolicyBinding", "spec: {policyName: p, validationActions: [Deny]}");

    [Theory]
    [InlineData("", "")]
    [InlineData("spec: {failurePolicy: Odd}", "spec.failurePolicy: Unsupported value: \"Odd\": supported values: \"Fail\", \"Ignore\"")]
    [InlineData("spec: {matchConstraints: null}", "spec.matchConstraints: Required value")]
    [InlineData("spec: {matchConstraints: {resourceRules: []}}", "spec.matchConstraints.resourceRules: Required value")]
    [InlineData("spec: {matchConstraints: {matchPolicy: Odd}}", "spec.matchConstraints.matchPolicy: Unsupported value: \"Odd\"")]
    [InlineData("spec: {matchConstraints: {resourceRules: [{apiGroups: ['*', a], apiVersions: [v1], operations: ['*', CREATE], resources: [pods]}]}}",
        "spec.matchConstraints.resourceRules[0].apiGroups: Invalid value: [\"*\",\"a\"]: if '*' is present, must not specify other API groups\nspec.matchConstraints.resourceRules[0].operations: Invalid value: [\"*\",\"CREATE\"]: if '*' is present, must not specify other operations")]
    [InlineData("spec: {paramKind: {apiVersion: rules.example.com/v1, kind: Limits}}", "")]
    [InlineData("spec: {paramKind: {apiVersion: v1, kind: ConfigMap}}", "")]
    [InlineData("spec: {paramKind: {apiVersion: '', kind: ''}}", "spec.paramKind.apiVersion: Required value\nspec.paramKind.kind: Required value")]
    [InlineData("spec: {paramKind: {apiVersion: a/b/c, kind: K}}", "spec.paramKind.apiVersion: Invalid value: \"a/b/c\": unexpected GroupVersion string: a/b/c")]
    [InlineData("spec: {paramKind: {apiVersion: '!x/v1', kind: K}}", "spec.paramKind.apiVersion: Invalid value: \"!x\": a lowercase RFC 1123 subdomain")]
    [InlineData("spec: {paramKind: {apiVersion: example.com/, kind: K}}", "spec.paramKind.apiVersion: Invalid value: \"example.com/\": version must be specified")]
    [InlineData("spec: {paramKind: {apiVersion: example.com/1, kind: K}}", "spec.paramKind.apiVersion: Invalid value: \"1\": a DNS-1035 label")]
    [InlineData("spec: {paramKind: {apiVersion: v1, kind: 'A b'}}", "spec.paramKind.kind: Invalid value: \"A b\": may have mixed case, but should otherwise match: a DNS-1035 label")]
    [InlineData("spec: {matchConditions: [{name: 'a b', expression: ' '}]}", "spec.matchConditions[0].expression: Required value\nspec.matchConditions[0].name: Invalid value: \"a b\": name part must consist of")]
    [InlineData("spec: {variables: [{name: a_1, expression: '1'}, {name: _b, expression: '2'}]}", "")]
    [InlineData("spec: {variables: [{name: '', expression: ''}]}", "spec.variables[0].name: Required value: name is not specified\nspec.variables[0].expression: Required value: expression is not specified")]
    [InlineData("spec: {variables: [{name: a-b, expression: '1'}]}", "spec.variables[0].name: Invalid value: \"a-b\": name is not a valid CEL identifier")]
    [InlineData("spec: {variables: [{name: 1a, expression: '1'}]}", "spec.variables[0].name: Invalid value: \"1a\": name is not a valid CEL identifier")]
    [InlineData("spec: {variables: [{name: namespace, expression: '1'}, {name: in, expression: '1'}]}",
        "spec.variables[0].name: Invalid value: \"namespace\": name is not a valid CEL identifier\nspec.variables[1].name: Invalid value: \"in\": name is not a valid CEL identifier")]
    [InlineData("spec: {variables: [{name: a, expression: '1'}, {name: a, expression: '2'}]}", "spec.variables[1].name: Duplicate value: \"a\"")]
    [InlineData("spec: {validations: []}", "spec.validations: Required value: validations or auditAnnotations must contain at least one item\nspec.auditAnnotations: Required value: validations or auditAnnotations must contain at least one item")]
    [InlineData("spec: {validations: [{expression: ' '}]}", "spec.validations[0].expression: Required value: expression is not specified")]
    [InlineData("spec: {validations: [{expression: 'true', message: ' ', messageExpression: ' '}]}",
        "spec.validations[0].message: Invalid value: \" \": message must be non-empty if specified\nspec.validations[0].messageExpression: Invalid value: \" \": must be non-empty if specified")]
    [InlineData("spec: {validations: [{expression: 'true', message: \"a\\rb\"}]}", "spec.validations[0].message: Invalid value: \"a\\rb\": message must not contain line breaks")]
    [InlineData("spec: {validations: [{expression: 'true', reason: Odd}]}", "spec.validations[0].reason: Unsupported value: \"Odd\": supported values: \"Forbidden\", \"Invalid\", \"RequestEntityTooLarge\"")]
    [InlineData("spec: {validations: null, auditAnnotations: [{key: a, valueExpression: '1'}]}", "")]
    [InlineData("spec: {auditAnnotations: [{key: '', valueExpression: ' '}]}", "spec.auditAnnotations[0].key: Invalid value: \"x/\": name part must be non-empty\nspec.auditAnnotations[0].valueExpression: Required value: valueExpression is not specified")]
    [InlineData("spec: {auditAnnotations: [{key: a/b, valueExpression: a}, {key: a/b, valueExpression: a}]}",
        "spec.auditAnnotations[0].key: Invalid value: \"x/a/b\": a qualified name must consist of\nspec.auditAnnotations[1].key: Invalid value: \"x/a/b\"\nspec.auditAnnotations[1].key: Duplicate value: \"a/b\"")]
    public void OfValidatingPolicies(string change, string expected) => Validating.Check(change, expected);

    [Fact]
    public void OfTheNumberAndLengthOfAnnotations()
    {
        Validating.Check($"spec: {{auditAnnotations: [{Annotations(20)}]}}", "");
        Validating.Check($"spec: {{auditAnnotations: [{Annotations(21)}]}}", "spec.auditAnnotations: Invalid value: ");
        Validating.Check($"spec: {{auditAnnotations: [{{key: a, valueExpression: '{new string('1', 5120)}'}}]}}", "");
        Validating.Check($"spec: {{auditAnnotations: [{{key: a, valueExpression: '{new string('1', 5121)}'}}]}}", "spec.auditAnnotations[0].valueExpression: Required value: must not exceed 5120 bytes in length");

        static string Annotations(int count) => string.Join(", ", Enumerable.Range(0, count).Select(i => $"{{key: a{i}, valueExpression: '1'}}"));
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("spec: {mutations: []}", "spec.mutations: Required value: mutations must contain at least one item")]
    [InlineData("spec: {reinvocationPolicy: Odd}", "spec.reinvocationPolicy: Unsupported value: \"Odd\": supported values: \"IfNeeded\", \"Never\"")]
    [InlineData("spec: {mutations: [{patchType: Odd}]}", "spec.mutations[0].patchType: Unsupported value: \"Odd\": supported values: \"ApplyConfiguration\", \"JSONPatch\"")]
    [InlineData("spec: {mutations: [{patchType: JSONPatch, jsonPatch: {expression: ' '}}]}", "spec.mutations[0].jsonPatch.expression: Required value")]
    [InlineData("spec: {variables: [{name: a.b, expression: '1'}]}", "spec.variables[0].name: Invalid value: \"a.b\": name is not a valid CEL identifier")]
    [InlineData("spec: {paramKind: {apiVersion: v1, kind: ''}}", "spec.paramKind.kind: Required value")]
    public void OfMutatingPolicies(string change, string expected) => Mutating.Check(change, expected);

    [Theory]
    [InlineData("", "")]
    [InlineData("spec: {policyName: 'A b'}", "spec.policyName: Invalid value: \"A b\": a lowercase RFC 1123 subdomain")]
    [InlineData("spec: {validationActions: []}", "spec.validationActions: Required value: at least one validation action is required")]
    [InlineData("spec: {validationActions: [Audit, Audit]}", "spec.validationActions[1]: Duplicate value: \"Audit\"")]
    [InlineData("spec: {validationActions: [Deny, Warn]}", "spec.validationActions: Invalid value: [\"Deny\",\"Warn\"]: must not contain both Deny and Warn")]
    [InlineData("spec: {paramRef: {parameterNotFoundAction: Deny}}", "spec.paramRef: Required value: one of name or selector must be specified")]
    [InlineData("spec: {paramRef: {name: a, selector: {}, parameterNotFoundAction: Deny}}", "spec.paramRef.name: Forbidden: name and selector are mutually exclusive\nspec.paramRef.selector: Forbidden: name and selector are mutually exclusive")]
    [InlineData("spec: {paramRef: {name: a/b}}", "spec.paramRef.name: Invalid value: \"a/b\": may not contain '/'\nspec.paramRef.parameterNotFoundAction: Required value")]
    [InlineData("spec: {paramRef: {name: a, parameterNotFoundAction: Odd}}", "spec.paramRef.parameterNotFoundAction: Unsupported value: \"Odd\": supported values: \"Deny\", \"Allow\"")]
    public void OfBindings(string change, string expected) => Bindings.Check(change, expected);
}
