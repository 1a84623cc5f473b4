using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Pods;

/// <summary>The rules of tolerations, of spreading over a topology, and of gates.</summary>
internal static class SchedulingRules
{
    private static readonly string[] Effects = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

    public static void Tolerations(JsonArray? tolerations, string path, List<StatusCause> causes)
    {
        for (var i = 0; i < (tolerations?.Count ?? 0); i++)
        {
            if (tolerations![i] is not JsonObject toleration) continue;
            var at = $"{path}[{i}]";
            var (op, value) = (toleration.Text("operator") ?? "", toleration.Text("value") ?? "");
            Grammar(toleration, "key", Names.QualifiedNameError, at, causes);
            if (string.IsNullOrEmpty(toleration.Text("key")) && op != "Exists")
                causes.Add(StatusCause.Invalid($"{at}.operator", Quote(op), "operator must be Exists when `key` is empty, which means \"match all values and all keys\""));
            if (toleration["tolerationSeconds"] is not null && toleration.Text("effect") != "NoExecute")
                causes.Add(StatusCause.Invalid($"{at}.effect", Quote(toleration.Text("effect") ?? ""), "effect must be 'NoExecute' when `tolerationSeconds` is set"));
            switch (op)
            {
                case "" or "Equal":
                    if (Names.LabelValueError(value) is { } error) causes.Add(StatusCause.Invalid($"{at}.operator", Quote(value), error));
                    break;
                case "Exists":
                    if (value.Length > 0) causes.Add(StatusCause.Invalid($"{at}.operator", Quote(value), "value must be empty when `operator` is 'Exists'"));
                    break;
                case "Lt" or "Gt":
                    if (!long.TryParse(value, System.Globalization.NumberStyles.AllowLeadingSign, System.Globalization.CultureInfo.InvariantCulture, out _)) causes.Add(StatusCause.Invalid($"{at}.operator", Quote(value), "value must be a valid integer when `operator` is 'Gt' or 'Lt'"));
                    break;
                default:
                    causes.Add(StatusCause.NotSupported($"{at}.operator", Quote(op), ["Equal", "Exists"]));
                    break;
            }
            Supported(toleration, "effect", Effects, at, causes);
        }
    }

    public static void Taint(JsonObject taint, string path, List<StatusCause> causes)
    {
        SelectorRules.LabelKey(taint, "key", path, causes);
        Grammar(taint, "value", Names.LabelValueError, path, causes);
        RequiredSupported(taint, "effect", Effects, path, causes);
    }

    public static void Spread(JsonArray? constraints, string path, List<StatusCause> causes)
    {
        for (var i = 0; i < (constraints?.Count ?? 0); i++)
        {
            if (constraints![i] is not JsonObject constraint) continue;
            var at = $"{path}[{i}]";
            var (key, action) = (constraint.Text("topologyKey") ?? "", constraint.Text("whenUnsatisfiable") ?? "");
            if (constraint.Integer("maxSkew") is null or <= 0) causes.Add(StatusCause.Invalid($"{at}.maxSkew", $"{constraint.Integer("maxSkew") ?? 0}", "must be greater than zero"));
            if (key.Length == 0) causes.Add(StatusCause.Required($"{at}.topologyKey", "can not be empty"));
            if (action is not ("DoNotSchedule" or "ScheduleAnyway")) causes.Add(StatusCause.NotSupported($"{at}.whenUnsatisfiable", Quote(action), ["DoNotSchedule", "ScheduleAnyway"]));
            for (var j = i + 1; j < constraints.Count; j++)
            {
                if (constraints[j] is not JsonObject other || other.Text("topologyKey") != key || other.Text("whenUnsatisfiable") != action) continue;
                causes.Add(StatusCause.Duplicate($"{at}.{{topologyKey, whenUnsatisfiable}}", Quote($"{{{key}, {action}}}")));
                break;
            }
            if (constraint.Integer("minDomains") is { } domains)
            {
                if (domains <= 0) causes.Add(StatusCause.Invalid($"{at}.minDomains", $"{domains}", "must be greater than zero"));
                if (action != "DoNotSchedule") causes.Add(StatusCause.Invalid($"{at}.minDomains", $"{domains}", $"can only use minDomains if whenUnsatisfiable=DoNotSchedule, not {action}"));
            }
            Supported(constraint, "nodeAffinityPolicy", ["Honor", "Ignore"], at, causes);
            Supported(constraint, "nodeTaintsPolicy", ["Honor", "Ignore"], at, causes);
            LabelKeys.Validate(constraint, at, causes);
            SelectorRules.Validate(constraint.Object("labelSelector"), $"{at}.labelSelector", causes);
        }
    }

    public static void Gates(JsonArray? gates, string path, List<StatusCause> causes)
    {
        if (gates is not { Count: > 0 }) return;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < gates.Count; i++)
        {
            var name = (gates[i] as JsonObject)?.Text("name") ?? "";
            if (Names.QualifiedNameError(name) is { } error) causes.Add(StatusCause.Invalid($"{path}[{i}]", Quote(name), error));
            if (!seen.Add(name)) causes.Add(StatusCause.Duplicate($"{path}[{i}]", Quote(name)));
        }
    }
}
