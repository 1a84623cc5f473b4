using System.Text.Json.Nodes;
using Slipway.Api.Cel;
using Slipway.Api.Documents;
using Slipway.ApiServer.Admission.Expressions;

namespace Slipway.ApiServer.Admission.Policies;

/// <summary>The variables of a policy (<see href="https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/#variable-composition"/>).</summary>
/// <param name="Variables">The variables; each may read those before it.</param>
/// <param name="Environment">What expressions that may read all of them know.</param>
internal sealed record PolicyVariables(IReadOnlyList<PolicyVariable> Variables, CelEnvironment Environment)
{
    public static PolicyVariables Read(IEnumerable<JsonObject> variables, CelEnvironment environment)
    {
        var compiled = new List<PolicyVariable>();
        var types = new Dictionary<string, CelType>(StringComparer.Ordinal);
        var known = environment;
        foreach (var variable in variables)
        {
            var (name, expression) = (variable.Text("name") ?? "", AdmissionExpression.Compile(known, variable.Text("expression") ?? ""));
            compiled.Add(new(name, expression));
            types[name] = expression.Program?.ResultType ?? CelType.Dyn;
            known = environment.With([new("variables", CelType.Object("kubernetes.variables", new Dictionary<string, CelType>(types)))]);
        }
        return new(compiled, known);
    }

    /// <summary>Their values. Each is evaluated when it is first read.</summary>
    public CelLazyMap Of(Dictionary<string, CelValue> context, CostBudget budget, CancellationToken cancellation) => new([.. Variables.Select(v => v.Name)], name =>
    {
        var value = Variables.First(v => v.Name == name).Expression.Evaluate(context, budget, cancellation);
        return value is CelError error ? new CelError($"composited variable \"{name}\" fails to evaluate: {error.Message}") : value;
    });
}
