using Slipway.Api.Cel;
using Slipway.ApiServer.Admission.Expressions;

namespace Slipway.ApiServer.Admission.Policies;

/// <summary>What a policy says of a request.</summary>
/// <param name="Failures">What is wrong, with the reason of each and the number of its validation.</param>
/// <param name="Annotations">What to tell the audit log.</param>
/// <param name="Errors">Why annotations could not be made.</param>
internal sealed record PolicyVerdict(IReadOnlyList<PolicyFailure> Failures, IReadOnlyList<KeyValuePair<string, string>> Annotations, IReadOnlyList<string> Errors)
{
    public static PolicyVerdict Nothing { get; } = new([], [], []);
}

/// <summary>One thing that is wrong.</summary>
internal sealed record PolicyFailure(string Message, string Reason, int Index);

/// <summary>Evaluates policies. Failures to evaluate count as refusals, unless the policy ignores them.</summary>
internal static class PolicyEvaluation
{
    private const int MaxMessageLength = 5 * 1024;

    /// <param name="policy">The policy.</param>
    /// <param name="variables">What its expressions may read.</param>
    /// <param name="budget">What they may cost.</param>
    /// <param name="cancellation">Ends the evaluation.</param>
    public static PolicyVerdict Evaluate(ValidatingPolicy policy, Dictionary<string, CelValue> variables, CostBudget budget, CancellationToken cancellation)
    {
        if (!policy.Conditions.IsEmpty && !policy.Conditions.Match(variables, out var problem, cancellation))
            return problem is null || policy.IgnoresFailures ? PolicyVerdict.Nothing : new([new(problem, "Invalid", 0)], [], []);

        var failures = new List<PolicyFailure>();
        for (var i = 0; i < policy.Validations.Count; i++)
        {
            var validation = policy.Validations[i];
            switch (validation.Expression.Evaluate(variables, budget, cancellation))
            {
                case CelBool { Value: true }: break;
                case CelError when policy.IgnoresFailures: break;
                case CelError error: failures.Add(new(validation.Expression.Told(error), "Invalid", i)); break;
                default: failures.Add(new(MessageOf(validation, variables, budget, cancellation), validation.Reason, i)); break;
            }
        }

        var annotations = new List<KeyValuePair<string, string>>();
        var errors = new List<string>();
        foreach (var (key, expression) in policy.Annotations)
        {
            switch (expression.Evaluate(variables, budget, cancellation))
            {
                case CelString { Value: var text } when text.Trim().Length > 0: annotations.Add(new(key, text.Trim())); break;
                case CelString or CelNull: break;
                case CelError error:
                    if (!policy.IgnoresFailures) errors.Add(expression.Told(error));
                    break;
                case var other:
                    if (!policy.IgnoresFailures) errors.Add($"valueExpression '{expression.Text}' resulted in unsupported return type: {other.TypeName}. Return type must be either string or null.");
                    break;
            }
        }
        return new(failures, annotations, errors);
    }

    private static string MessageOf(PolicyValidation validation, Dictionary<string, CelValue> variables, CostBudget budget, CancellationToken cancellation)
    {
        if (validation.MessageExpression?.Evaluate(variables, budget, cancellation) is CelString { Value: var made }
            && made.Trim() is { Length: > 0 and <= MaxMessageLength } text && !text.Contains('\n')) return text;
        return validation.Message.Trim() is { Length: > 0 } message ? message : $"failed expression: {validation.Expression.Text.Trim()}";
    }
}
