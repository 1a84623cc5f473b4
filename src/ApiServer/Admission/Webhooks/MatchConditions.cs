using System.Text.Json.Nodes;
using Slipway.Api.Cel;
using Slipway.Api.Documents;

namespace Slipway.ApiServer.Admission.Webhooks;

/// <summary>
/// Conditions in CEL that a request must meet before a webhook is called
/// (<see href="https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#matching-requests-matchconditions"/>).
/// </summary>
internal sealed class MatchConditions
{
    private readonly IReadOnlyList<Condition> _conditions;

    private MatchConditions(IReadOnlyList<Condition> conditions) => _conditions = conditions;

    /// <summary>Whether there are none.</summary>
    public bool IsEmpty => _conditions.Count == 0;

    public static MatchConditions Read(IEnumerable<JsonObject> conditions) => new([.. conditions.Select(Condition.Read)]);

    /// <summary>Whether a request meets all of them.</summary>
    /// <param name="request">The <c>request</c> of the review, without <c>object</c> and <c>oldObject</c>.</param>
    /// <param name="document">The object.</param>
    /// <param name="old">The object as it is stored.</param>
    /// <param name="error">What could not be evaluated although no condition was false; null otherwise.</param>
    public bool Match(JsonObject request, JsonObject? document, JsonObject? old, out string? error)
    {
        var variables = new Dictionary<string, CelValue>
        {
            ["object"] = CelJson.ToCel(document),
            ["oldObject"] = CelJson.ToCel(old),
            ["request"] = CelJson.ToCel(request),
        };
        var errors = new List<string>();
        foreach (var condition in _conditions)
        {
            switch (condition.Evaluate(variables))
            {
                case CelBool { Value: true }: break;
                case CelBool:
                    error = null;
                    return false;
                case CelError failed: errors.Add($"expression '{condition.Text}' resulted in error: {failed.Message}"); break;
                default: errors.Add($"expression '{condition.Text}' did not evaluate to a boolean"); break;
            }
        }
        error = errors.Count switch { 0 => null, 1 => errors[0], _ => $"[{string.Join(", ", errors)}]" };
        return error is null;
    }

    private sealed record Condition(string Text, CelExpression? Expression, string Problem)
    {
        public static Condition Read(JsonObject condition)
        {
            var text = condition.Text("expression") ?? "";
            try
            {
                return new(text, CelExpression.Parse(text), "");
            }
            catch (CelSyntaxException e)
            {
                return new(text, null, $"compilation error: {e.Message}");
            }
        }

        public CelValue Evaluate(IReadOnlyDictionary<string, CelValue> variables) => Expression?.Evaluate(variables) ?? new CelError(Problem);
    }
}
