using Slipway.Api.Cel;

namespace Slipway.Api.Schemas;

/// <summary>A rule and what became of its expressions.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Program">The compiled expression; null if it could not be compiled.</param>
/// <param name="Error">Why it could not; null if it could.</param>
/// <param name="Message">The compiled <c>messageExpression</c>; null if there is none or it could not be compiled.</param>
/// <param name="MessageError">Why it could not; null if it could.</param>
/// <param name="FieldPath">Path of the field at fault below the value; null for the value itself.</param>
internal sealed record CompiledRule(ValidationRule Rule, CelProgram? Program, string? Error, CelProgram? Message, string? MessageError, string? FieldPath)
{
    private const string Self = "self", OldSelf = "oldSelf";

    /// <summary>Whether it compares with the value before, and so is for updates.</summary>
    public bool UsesOldSelf => Program?.Variables.Contains(OldSelf) == true;

    /// <summary>Compiles the rules of a node.</summary>
    /// <param name="rules">The rules.</param>
    /// <param name="node">The schema that they are for.</param>
    /// <param name="type">Type of its values; null where expressions do not see them.</param>
    public static CompiledRule[] Compile(IReadOnlyList<ValidationRule> rules, Schema node, CelType? type)
    {
        if (rules.Count == 0) return [];
        if (type is null)
        {
            var problem = $"rule declared on schema that does not support validation rules type: '{node.Type}' x-kubernetes-preserve-unknown-fields: '{(node.PreserveUnknownFields ? "true" : "false")}'";
            return [.. rules.Select(r => new CompiledRule(r, null, problem, null, null, null))];
        }

        var self = CelEnvironment.Kubernetes.With(new CelVariable(Self, type));
        CelEnvironment? required = null, optional = null;
        return [.. rules.Select(r => Compile(r, node, r.OptionalOldSelf == true
            ? optional ??= self.With(new CelVariable(OldSelf, CelType.Optional(type)))
            : required ??= self.With(new CelVariable(OldSelf, type))))];
    }

    /// <summary>The variables of an evaluation.</summary>
    public static Dictionary<string, CelValue> Variables(CelValue self, CelValue? oldSelf)
    {
        var variables = new Dictionary<string, CelValue>(StringComparer.Ordinal) { [Self] = self };
        if (oldSelf is not null) variables[OldSelf] = oldSelf;
        return variables;
    }

    private static CompiledRule Compile(ValidationRule rule, Schema node, CelEnvironment environment)
    {
        var (program, error) = Compile(rule.Rule, environment, CelType.Bool, "compilation failed: ", "cel expression must evaluate to a bool");
        var (message, messageError) = rule.MessageExpression.Trim().Length == 0 ? (null, null)
            : Compile(rule.MessageExpression, environment, CelType.String, "messageExpression compilation failed: ", "messageExpression must evaluate to a string");
        return new CompiledRule(rule, program, error, message, messageError, rule.FieldPath.Length == 0 ? null : RulePath.Normalize(rule.FieldPath.Trim(), node));
    }

    private static (CelProgram? Program, string? Error) Compile(string text, CelEnvironment environment, CelType result, string prefix, string wrongResult)
    {
        try
        {
            var program = environment.Compile(text);
            return program.ResultType.Kind == result.Kind ? (program, null) : (null, wrongResult);
        }
        catch (CelCompileException e)
        {
            return (null, prefix + e.Message);
        }
    }
}
