using Slipway.Api.Cel;

namespace Slipway.Api.Kinds;

/// <summary>Rules of the types of an expression whose names all exist.</summary>
internal static class FlowTypeRules
{
    public static void Check(string field, FlowExpression expression, ExpressionScope scope, List<StatusCause> causes)
    {
        var text = $"\"{expression.Expression.Text.Trim()}\"";
        var found = CelChecker.Check(FlowTypes.For(expression, scope), expression.Expression.Root);
        if (found.Issues is [var issue, ..])
            causes.Add(StatusCause.Invalid(field, text, $"{issue.Message} (at character {issue.Position + 1} of the expression)"));
        else if (expression.Field is "when" or "repeat.until" && found.Type.Kind is not (CelKind.Bool or CelKind.Dyn))
            causes.Add(StatusCause.Invalid(field, text, $"must be true or false, but is of type {found.Type}"));
        else if (expression.Field == "forEach" && scope.Task?.ForEach is System.Text.Json.Nodes.JsonValue && found.Type.Kind is not (CelKind.List or CelKind.Dyn))
            causes.Add(StatusCause.Invalid(field, text, $"must be a list, but is of type {found.Type}"));
        else if (expression.Field.StartsWith("inputs.", StringComparison.Ordinal) && found.Type.Kind is not (CelKind.List or CelKind.Object or CelKind.Dyn))
            causes.Add(StatusCause.Invalid(field, text, $"must be a file or a list of files, but is of type {found.Type}; refer to tasks.TASK.files.NAME"));
    }
}
