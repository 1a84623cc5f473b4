using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Slipway.Api.Documents;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules;

/// <summary>The rules of conditions of the shape that all newer kinds share (<c>meta/v1 Condition</c>).</summary>
internal static partial class ConditionRules
{
    private const int MaxReasonBytes = 1024;
    private const int MaxMessageBytes = 32 * 1024;
    private const string ReasonRule = "a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric characters or '_,:', and must end with an alphanumeric character or '_' (e.g. 'my_name',  or 'MY_NAME',  or 'MyName',  or 'ReasonA,ReasonB',  or 'ReasonA:ReasonB', regex used for validation is '[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?')";

    /// <summary>Adds what is wrong with the conditions of a status.</summary>
    public static void Validate(JsonObject status, string path, List<StatusCause> causes)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var i = 0;
        foreach (var condition in status.Objects("conditions"))
        {
            var at = $"{path}.conditions[{i++}]";
            var type = condition.Text("type") ?? "";
            if (!seen.Add(type)) causes.Add(StatusCause.Duplicate(at, Quote(type)));
            if (Required(condition, "type", at, causes, "is required")) SelectorRules.LabelKey(condition, "type", at, causes);
            RequiredSupported(condition, "status", ["False", "True", "Unknown"], at, causes);
            if (condition.Integer("observedGeneration") is < 0 and var generation) causes.Add(StatusCause.Invalid($"{at}.observedGeneration", $"{generation}", "must be greater than or equal to zero"));
            if (condition["lastTransitionTime"] is null) causes.Add(StatusCause.Required($"{at}.lastTransitionTime"));
            if (Required(condition, "reason", at, causes)) Grammar(condition, "reason", r => Reason().IsMatch(r) ? null : ReasonRule, at, causes);
            NotLonger(condition, "reason", MaxReasonBytes, at, causes);
            NotLonger(condition, "message", MaxMessageBytes, at, causes);
        }
    }

    /// <summary>Whether a status has a condition that is true.</summary>
    public static bool IsTrue(JsonObject status, string type) => status.Objects("conditions").Any(c => c.Text("type") == type && c.Text("status") == "True");

    [GeneratedRegex(@"^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?\z")]
    private static partial Regex Reason();
}
