using Slipway.Api.Cel;

namespace Slipway.ApiServer.Admission.Expressions;

/// <summary>An expression of a webhook's or policy's configuration, compiled once. One that does not compile fails each time.</summary>
/// <param name="Text">The expression.</param>
/// <param name="Program">The compiled expression; null when it does not compile.</param>
/// <param name="Problem">Why not.</param>
internal sealed record AdmissionExpression(string Text, CelProgram? Program, string Problem)
{
    /// <summary>What the conditions of webhooks may read.</summary>
    public static CelEnvironment ForWebhooks { get; } = CelEnvironment.Kubernetes.With(
    [
        new("object", CelType.Dyn), new("oldObject", CelType.Dyn), new("request", RequestTypes.Request), new("namespaceObject", RequestTypes.Namespace),
        new("authorizer", CelAuthorizer.Type), new("authorizer.requestResource", CelAuthorizer.ResourceCheckType),
    ]);

    /// <summary>What the expressions of policies may read, but for their variables.</summary>
    /// <param name="hasParams">Whether the policy names a kind of parameters.</param>
    public static CelEnvironment ForPolicies(bool hasParams) => hasParams ? WithParams : ForWebhooks;

    private static readonly CelEnvironment WithParams = ForWebhooks.With([new("params", CelType.Dyn)]);

    /// <param name="environment">What it may read.</param>
    /// <param name="text">The expression.</param>
    /// <param name="results">The types that its result may have, which must be known before it is evaluated; none for any.</param>
    public static AdmissionExpression Compile(CelEnvironment environment, string text, params IReadOnlyList<CelType> results)
    {
        try
        {
            var program = environment.Compile(text);
            if (results.Count == 0 || results.Any(program.ResultType.IsExactly)) return new(text, program, "");
            var wanted = results.Count == 1 ? $"{results[0]}" : $"one of [{string.Join(' ', results.Select(r => r.Name))}]";
            return new(text, null, $"must evaluate to {wanted} but got {program.ResultType}");
        }
        catch (CelCompileException e)
        {
            return new(text, null, $"compilation failed: {e.Message}");
        }
    }

    /// <summary>Evaluates it within what is left of a budget.</summary>
    public CelValue Evaluate(IReadOnlyDictionary<string, CelValue> variables, CostBudget budget, CancellationToken cancellation) =>
        Program is null ? new CelError(Problem) : budget.Evaluate(Program, variables, cancellation);

    /// <summary>An error of this expression as Kubernetes tells it.</summary>
    public string Told(CelError error) => Program is null ? error.Message : $"expression '{Text}' resulted in error: {error.Message}";
}

/// <summary>What the expressions of one policy may cost together. Not for several threads.</summary>
internal sealed class CostBudget(ulong left)
{
    /// <summary>Most cost of the conditions of a webhook or policy, in the units of Kubernetes' limits.</summary>
    public const ulong OfConditions = 2_500_000;

    /// <summary>Most cost of the validations of a policy.</summary>
    public const ulong OfPolicies = 10_000_000;

    private ulong _left = left;

    public CelValue Evaluate(CelProgram program, IReadOnlyDictionary<string, CelValue> variables, CancellationToken cancellation)
    {
        if (_left == 0) return new CelError("validation failed due to running out of cost budget, no further validation rules will be run");
        var result = program.Evaluate(variables, Math.Min(_left, CelProgram.DefaultCostLimit), cancellation);
        _left -= Math.Min(_left, result.Cost);
        return result.Value;
    }
}
