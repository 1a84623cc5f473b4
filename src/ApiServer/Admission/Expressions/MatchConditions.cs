using System.Text.Json.Nodes;
using Slipway.Api.Cel;
using Slipway.Api.Documents;

namespace Slipway.ApiServer.Admission.Expressions;

/// <summary>
/// Conditions that a request must meet before a webhook or policy concerns itself with it
/// (<see href="https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#matching-requests-matchconditions"/>).
/// </summary>
internal sealed record MatchConditions(IReadOnlyList<AdmissionExpression> Conditions)
{
    /// <summary>Whether there are none.</summary>
    public bool IsEmpty => Conditions.Count == 0;

    public static MatchConditions Read(IEnumerable<JsonObject> conditions, CelEnvironment environment) =>
        new([.. conditions.Select(c => AdmissionExpression.Compile(environment, c.Text("expression") ?? "", CelType.Bool))]);

    /// <summary>Whether a request meets all of them.</summary>
    /// <param name="variables">What the expressions may read.</param>
    /// <param name="error">What could not be evaluated although no condition was false; null otherwise.</param>
    /// <param name="cancellation">Ends the evaluation.</param>
    public bool Match(IReadOnlyDictionary<string, CelValue> variables, out string? error, CancellationToken cancellation)
    {
        var budget = new CostBudget(CostBudget.OfConditions);
        var errors = new List<string>();
        foreach (var condition in Conditions)
        {
            switch (condition.Evaluate(variables, budget, cancellation))
            {
                case CelBool { Value: true }: break;
                case CelBool:
                    error = null;
                    return false;
                case CelError failed: errors.Add(condition.Told(failed)); break;
                default: errors.Add($"expression '{condition.Text}' did not evaluate to a boolean"); break;
            }
        }
        error = errors.Count switch { 0 => null, 1 => errors[0], _ => $"[{string.Join(", ", errors)}]" };
        return error is null;
    }
}
