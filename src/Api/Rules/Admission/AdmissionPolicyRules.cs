using System.Text;
using System.Text.Json.Nodes;
using Slipway.Api.Cel;
using Slipway.Api.Documents;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Admission;

/// <summary>ValidatingAdmissionPolicy and MutatingAdmissionPolicy (admissionregistration.k8s.io/v1).</summary>
/// <param name="mutating">Whether the policy changes objects.</param>
internal sealed class AdmissionPolicyRules(bool mutating) : KindRules
{
    private const int MaxAnnotations = 20;
    private const int MaxAnnotationExpressionBytes = 5 << 10;

    public override bool IsNamespaced => false;

    protected override bool HasOpenFinalizers => true;

    public override bool HasStatus => !mutating;

    public override bool HasGeneration => true;

    protected override JsonObject NewStatus() => [];

    public override void Default(JsonObject document)
    {
        var spec = document.ObjectOrNew("spec");
        SetDefault(spec, "failurePolicy", "Fail");
        if (spec.Object("matchConstraints") is { } constraints) MatchDefaults.Apply(constraints);
    }

    protected override void ValidateSpec(JsonObject document, List<StatusCause> causes)
    {
        var spec = document.Object("spec") ?? [];
        Supported(spec, "failurePolicy", ["Fail", "Ignore"], "spec", causes);
        if (spec.Object("paramKind") is { } kind) ParamKind(kind, causes);
        if (spec.Object("matchConstraints") is { } match) MatchRules.Resources(match, isRequired: true, "spec.matchConstraints", causes);
        else causes.Add(StatusCause.Required("spec.matchConstraints"));
        MatchRules.Conditions(spec.Array("matchConditions"), "spec.matchConditions", causes);
        Variables(spec, causes);
        if (mutating) Mutations(spec, causes);
        else Validations(document, spec, causes);
    }

    private static void ParamKind(JsonObject given, List<StatusCause> causes)
    {
        if (Required(given, "apiVersion", "spec.paramKind", causes)) ApiVersion(given.Text("apiVersion")!);
        if (Required(given, "kind", "spec.paramKind", causes) && Names.Dns1035Error(given.Text("kind")!.ToLowerInvariant()) is { } error)
            causes.Add(StatusCause.Invalid("spec.paramKind.kind", Quote(given.Text("kind")!), $"may have mixed case, but should otherwise match: {error}"));

        void ApiVersion(string text)
        {
            if (text.Split('/') is not { Length: <= 2 } parts)
            {
                Wrong(text, $"unexpected GroupVersion string: {text}");
                return;
            }
            if (parts.Length == 2 && parts[0].Length > 0 && Names.SubdomainError(parts[0]) is { } group) Wrong(parts[0], group);
            if (parts[^1].Length == 0) Wrong(text, "version must be specified");
            else if (Names.Dns1035Error(parts[^1]) is { } version) Wrong(parts[^1], version);
        }

        void Wrong(string value, string detail) => causes.Add(StatusCause.Invalid("spec.paramKind.apiVersion", Quote(value), detail));
    }

    private static void Variables(JsonObject spec, List<StatusCause> causes)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        var i = 0;
        foreach (var variable in spec.Objects("variables"))
        {
            var at = $"spec.variables[{i++}]";
            var name = variable.Text("name") ?? "";
            if (string.IsNullOrWhiteSpace(name)) causes.Add(StatusCause.Required($"{at}.name", "name is not specified"));
            else if (!CelParser.IsIdentifier(name)) causes.Add(StatusCause.Invalid($"{at}.name", Quote(name), "name is not a valid CEL identifier"));
            if (!names.Add(name)) causes.Add(StatusCause.Duplicate($"{at}.name", Quote(name)));
            if (string.IsNullOrWhiteSpace(variable.Text("expression"))) causes.Add(StatusCause.Required($"{at}.expression", "expression is not specified"));
        }
    }

    private static void Validations(JsonObject document, JsonObject spec, List<StatusCause> causes)
    {
        if (spec.Array("validations") is not { Count: > 0 } && spec.Array("auditAnnotations") is not { Count: > 0 })
        {
            foreach (var name in (ReadOnlySpan<string>)["validations", "auditAnnotations"]) causes.Add(StatusCause.Required($"spec.{name}", "validations or auditAnnotations must contain at least one item"));
            return;
        }
        var i = 0;
        foreach (var validation in spec.Objects("validations"))
        {
            var at = $"spec.validations[{i++}]";
            if (string.IsNullOrWhiteSpace(validation.Text("expression"))) causes.Add(StatusCause.Required($"{at}.expression", "expression is not specified"));
            if (validation.Text("messageExpression") is { Length: > 0 } expression && string.IsNullOrWhiteSpace(expression))
                causes.Add(StatusCause.Invalid($"{at}.messageExpression", Quote(expression), "must be non-empty if specified"));
            if (validation.Text("message") is { Length: > 0 } message)
            {
                if (message.Trim().Length == 0) causes.Add(StatusCause.Invalid($"{at}.message", Quote(message), "message must be non-empty if specified"));
                if (message.Trim().AsSpan().ContainsAny('\n', '\r')) causes.Add(StatusCause.Invalid($"{at}.message", Quote(message), "message must not contain line breaks"));
            }
            Supported(validation, "reason", ["Forbidden", "Invalid", "RequestEntityTooLarge"], at, causes);
        }
        Annotations(document.Name, spec, causes);
    }

    // They are recorded under the policy's name.
    private static void Annotations(string policy, JsonObject spec, List<StatusCause> causes)
    {
        if (spec.Array("auditAnnotations") is { Count: > MaxAnnotations } many)
            causes.Add(StatusCause.Invalid("spec.auditAnnotations", many.Shown(), $"must not have more than {MaxAnnotations} auditAnnotations"));
        var keys = new HashSet<string>(StringComparer.Ordinal);
        var i = 0;
        foreach (var annotation in spec.Objects("auditAnnotations"))
        {
            var at = $"spec.auditAnnotations[{i++}]";
            var key = annotation.Text("key") ?? "";
            if (Names.QualifiedNameError($"{policy}/{key}") is { } error) causes.Add(StatusCause.Invalid($"{at}.key", Quote($"{policy}/{key}"), error));
            if (!keys.Add(key)) causes.Add(StatusCause.Duplicate($"{at}.key", Quote(key)));
            var expression = annotation.Text("valueExpression")?.Trim() ?? "";
            if (expression.Length == 0) causes.Add(StatusCause.Required($"{at}.valueExpression", "valueExpression is not specified"));
            else if (Encoding.UTF8.GetByteCount(expression) > MaxAnnotationExpressionBytes)
                causes.Add(StatusCause.Required($"{at}.valueExpression", $"must not exceed {MaxAnnotationExpressionBytes} bytes in length"));
        }
    }

    private static void Mutations(JsonObject spec, List<StatusCause> causes)
    {
        if (spec.Array("mutations") is not { Count: > 0 }) causes.Add(StatusCause.Required("spec.mutations", "mutations must contain at least one item"));
        RequiredSupported(spec, "reinvocationPolicy", ["IfNeeded", "Never"], "spec", causes);
        var i = 0;
        foreach (var mutation in spec.Objects("mutations"))
        {
            var at = $"spec.mutations[{i++}]";
            RequiredSupported(mutation, "patchType", ["ApplyConfiguration", "JSONPatch"], at, causes);
            foreach (var (type, field) in new[] { ("ApplyConfiguration", "applyConfiguration"), ("JSONPatch", "jsonPatch") })
            {
                var given = mutation.Object(field);
                if (mutation.Text("patchType") != type)
                {
                    if (given is not null) causes.Add(StatusCause.Forbidden($"{at}.{field}", $"{field} may not be specified when patchType is {mutation.Text("patchType")}"));
                }
                else if (string.IsNullOrWhiteSpace(given?.Text("expression"))) causes.Add(StatusCause.Required($"{at}.{field}.expression"));
            }
        }
    }
}

/// <summary>ValidatingAdmissionPolicyBinding and MutatingAdmissionPolicyBinding (admissionregistration.k8s.io/v1).</summary>
/// <param name="mutating">Whether the policy that is bound changes objects.</param>
internal sealed class AdmissionPolicyBindingRules(bool mutating) : KindRules
{
    private static readonly string[] Actions = ["Audit", "Deny", "Warn"];

    public override bool IsNamespaced => false;

    protected override bool HasOpenFinalizers => true;

    public override bool HasGeneration => true;

    public override void Default(JsonObject document)
    {
        if (document.ObjectOrNew("spec").Object("matchResources") is { } resources) MatchDefaults.Apply(resources);
    }

    protected override void ValidateSpec(JsonObject document, List<StatusCause> causes)
    {
        var spec = document.Object("spec") ?? [];
        RequiredGrammar(spec, "policyName", Names.SubdomainError, "spec", causes);
        if (spec.Object("paramRef") is { } parameters) Parameters(parameters, causes);
        if (spec.Object("matchResources") is { } match) MatchRules.Resources(match, isRequired: false, "spec.matchResources", causes);
        if (!mutating) ValidationActions(spec.Array("validationActions"), causes);
    }

    private static void Parameters(JsonObject reference, List<StatusCause> causes)
    {
        var (name, selector) = (!string.IsNullOrEmpty(reference.Text("name")), reference.Object("selector"));
        if (name && selector is not null)
        {
            foreach (var field in (ReadOnlySpan<string>)["name", "selector"]) causes.Add(StatusCause.Forbidden($"spec.paramRef.{field}", "name and selector are mutually exclusive"));
        }
        else if (!name && selector is null) causes.Add(StatusCause.Required("spec.paramRef", "one of name or selector must be specified"));
        if (name) Grammar(reference, "name", Names.PathSegmentError, "spec.paramRef", causes);
        SelectorRules.Validate(selector, "spec.paramRef.selector", causes);
        RequiredSupported(reference, "parameterNotFoundAction", ["Deny", "Allow"], "spec.paramRef", causes);
    }

    private static void ValidationActions(JsonArray? actions, List<StatusCause> causes)
    {
        if (actions is not { Count: > 0 }) causes.Add(StatusCause.Required("spec.validationActions", "at least one validation action is required"));
        for (var i = 0; i < (actions?.Count ?? 0); i++)
        {
            if (!Actions.Contains(actions![i].AsText())) causes.Add(StatusCause.NotSupported($"spec.validationActions[{i}]", actions[i].Shown(), Actions));
            if (actions.Take(i).Any(a => JsonNode.DeepEquals(a, actions[i]))) causes.Add(StatusCause.Duplicate($"spec.validationActions[{i}]", actions[i].Shown()));
        }
        if (actions?.Any(a => a.AsText() == "Deny") == true && actions.Any(a => a.AsText() == "Warn"))
            causes.Add(StatusCause.Invalid("spec.validationActions", actions.Shown(), "must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)"));
    }
}
