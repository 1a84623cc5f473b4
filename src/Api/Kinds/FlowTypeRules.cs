using Slipway.Api.Cel;

namespace Slipway.Api.Kinds;

/// <summary>Rules of the types of an expression whose names all exist.</summary>
internal static class FlowTypeRules
{
    public static void Check(string field, FlowExpression expression, ExpressionScope scope, List<StatusCause> causes)
    {
        if (TypeOf(field, expression.Expression, FlowTypes.For(expression, scope), causes) is not { } type)
            return;
        var isInput = expression.Field.StartsWith("inputs.", StringComparison.Ordinal);
        if (expression.Field is "when" or "repeat.until")
            CheckCondition(field, expression.Expression, type, causes);
        else if (expression.Field == "forEach" && scope.Task?.ForEach is System.Text.Json.Nodes.JsonValue && type.Kind is not (CelKind.List or CelKind.Dyn))
            causes.Add(StatusCause.Invalid(field, Quoted(expression.Expression), $"must be a list, but is of type {type}"));
        else if (isInput && ValueOf(expression.Expression.Root, scope) is { } value)
            causes.Add(StatusCause.Invalid(field, Quoted(expression.Expression), $"must be a file or a list of files, but {value} is a value of its task: read it in an expression, or leave it as a file and refer to tasks.TASK.files.NAME"));
        else if (isInput && type.Kind is not (CelKind.List or CelKind.Object or CelKind.Dyn))
            causes.Add(StatusCause.Invalid(field, Quoted(expression.Expression), $"must be a file or a list of files, but is of type {type}; refer to tasks.TASK.files.NAME"));
    }

    /// <summary>The declared value of a task that an expression consists of; null if it is something else. What a call gives as a value may be a file.</summary>
    private static string? ValueOf(CelNode root, ExpressionScope scope)
    {
        if (root is not (CelSelect or CelCall { Function: CelOperators.Index }) || FlowReferences.Find(root) is not [var reference])
            return null;
        var isOther = reference.Root == "tasks" && reference.Path.Count > 0;
        var task = isOther ? scope.Group.Seen(scope.Stage).FirstOrDefault(t => t.Name == reference.Path[0]) : reference.Root == "previous" ? scope.Task : null;
        List<string> path = [.. reference.Path.Skip(isOther ? 1 : 0)];
        return task is { IsCall: false } && path is ["values", var value, ..] ? value : null;
    }

    /// <summary>The type of an expression; null if it has none, which is told.</summary>
    public static CelType? TypeOf(string field, CelExpression expression, CelEnvironment environment, List<StatusCause> causes)
    {
        var found = CelChecker.Check(environment, expression.Root);
        if (found.Issues is not [var issue, ..])
            return found.Type;
        causes.Add(StatusCause.Invalid(field, Quoted(expression), $"{issue.Message} (at character {issue.Position + 1} of the expression)"));
        return null;
    }

    /// <summary>That an expression of a type may be a condition.</summary>
    public static void CheckCondition(string field, CelExpression expression, CelType type, List<StatusCause> causes)
    {
        if (type.Kind is not (CelKind.Bool or CelKind.Dyn))
            causes.Add(StatusCause.Invalid(field, Quoted(expression), $"must be true or false, but is of type {type}"));
    }

    /// <summary>An expression as messages show it.</summary>
    public static string Quoted(CelExpression expression) => $"\"{expression.Text.Trim()}\"";
}
