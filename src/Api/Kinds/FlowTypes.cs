using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Api.Cel;

namespace Slipway.Api.Kinds;

/// <summary>The types of what expressions of a flow read, as far as they are known before a run: any other is dyn, and checked when it is read.</summary>
internal static class FlowTypes
{
    private static readonly CelType Run = Fields("run", ("name", CelType.String), ("namespace", CelType.String), ("flow", CelType.String),
        ("start", CelType.Timestamp), ("end", CelType.Timestamp));
    private static readonly CelType Replica = Fields("replica", ("index", CelType.Int), ("count", CelType.Int), ("peers", CelType.List(CelType.String)));
    private static readonly CelType Outcome = Fields("outcome", ("phase", CelType.String), ("message", CelType.String));
    private static readonly CelType InDirectory = Fields("file of a directory", ("sha256", CelType.String), ("size", CelType.Int), ("name", CelType.String), ("path", CelType.String));
    private static readonly CelType File = Fields(
        "file", ("sha256", CelType.String), ("size", CelType.Int), ("name", CelType.String), ("index", CelType.Int), ("files", CelType.List(InDirectory)));

    /// <summary>What an expression reads.</summary>
    public static CelEnvironment For(FlowExpression expression, ExpressionScope scope)
    {
        // A map that is asked for as a whole, or for a name that is not written out, is any map: the types here have fields, and no keys.
        var partial = FlowReferences.Find(expression.Expression.Root).Where(r => r.Path.Count < Depth(r)).Select(r => r.Root).ToHashSet();
        foreach (var root in IndexedRoots(expression.Expression.Root))
            partial.Add(root);
        var variables = new List<CelVariable>
        {
            new("params", CelType.Object("params", scope.Group.Params.DistinctBy(p => p.Name).ToDictionary(p => p.Name, p => OfParameter(p.Type)))),
            new("run", Run),
            new("tasks", CelType.Object("tasks", scope.Group.Seen(scope.Stage).DistinctBy(t => t.Name).ToDictionary(t => t.Name, t => OfTask(t, scope)))),
            new("outcome", Outcome),
            new("iteration", CelType.Int),
            new("replica", Replica),
        };
        if (scope.Task is { } task)
        {
            var left = OfOutputs(task, scope, isList: false);
            variables.Add(new("item", OfItem(task, scope)));
            variables.Add(new("values", left.Values));
            variables.Add(new("files", left.Files));
            variables.Add(new("previous", Fields("previous", ("values", left.Values), ("files", left.Files))));
        }

        return CelEnvironment.Everything.With(variables.Select(v => partial.Contains(v.Name) ? v with { Type = CelType.Dyn } : v));
    }

    /// <summary>The type of a parameter whose <c>type</c> is declared.</summary>
    public static CelType OfParameter(string? type) => type switch
    {
        FlowParam.StringType => CelType.String,
        FlowParam.IntegerType => CelType.Int,
        FlowParam.BooleanType => CelType.Bool,
        FlowParam.ArrayType => CelType.AnyList,
        FlowParam.ObjectType => CelType.AnyMap,
        _ => CelType.Dyn, // a number may be whole, and is an int then
    };

    /// <summary>Whether a value is of the <c>type</c> of a parameter.</summary>
    public static bool IsOf(JsonNode? value, string? type) => type switch
    {
        null => true,
        FlowParam.StringType => value?.GetValueKind() == JsonValueKind.String,
        FlowParam.IntegerType => value?.GetValueKind() == JsonValueKind.Number && CelJson.ToCel(value) is CelInt,
        FlowParam.NumberType => value?.GetValueKind() == JsonValueKind.Number,
        FlowParam.BooleanType => value?.GetValueKind() is JsonValueKind.True or JsonValueKind.False,
        FlowParam.ArrayType => value is JsonArray,
        FlowParam.ObjectType => value is JsonObject,
        _ => true,
    };

    /// <summary>How many names a reference has whose type is known.</summary>
    private static int Depth(FlowReference reference) => reference switch
    {
        { Root: "tasks" or "previous", Path: [_, "values" or "files", ..] } when reference.Root == "tasks" => 3,
        { Root: "tasks" or "previous" } => 2,
        { Root: "item" or "iteration" } => 0,
        _ => 1,
    };

    /// <summary>Variables of which a name is asked for in brackets.</summary>
    private static IEnumerable<string> IndexedRoots(CelNode node)
    {
        if (node is CelCall { Function: CelOperators.Index or CelOperators.OptionalIndex, Arguments: [var operand, _] })
        {
            var depth = 0;
            for (; operand is CelSelect select; operand = select.Operand)
                depth++;
            if (operand is CelIdentifier { Name: var name } && name != "item" && depth < 3)
                yield return name;
        }

        foreach (var child in node.Children.SelectMany(IndexedRoots))
            yield return child;
    }

    private static CelType OfTask(FlowTask task, ExpressionScope scope)
    {
        var (files, values) = OfOutputs(task, scope, task.ForEach is not null);
        var name = task.ForEach is null ? CelType.String : CelType.List(CelType.String);
        return Fields(
            $"task {task.Name}", ("values", values), ("files", files), ("phase", CelType.String),
            ("succeeded", CelType.Int), ("failed", CelType.Int), ("skipped", CelType.Int), ("total", CelType.Int), ("host", name), ("address", name));
    }

    private static (CelType Files, CelType Values) OfOutputs(FlowTask task, ExpressionScope scope, bool isList)
    {
        if (scope.OutputsOf(task) is not var (files, values))
            return (CelType.Dyn, CelType.Dyn);
        // A call may give a list of files where it gives files.
        var file = task.IsCall ? CelType.Dyn : File;
        return (
            CelType.Object($"files of {task.Name}", files.ToDictionary(f => f, _ => isList ? CelType.List(file) : file)),
            CelType.Object($"values of {task.Name}", values.ToDictionary(v => v, _ => isList ? CelType.AnyList : CelType.Dyn)));
    }

    private static CelType OfItem(FlowTask task, ExpressionScope scope)
    {
        switch (task.ForEach)
        {
            case JsonArray list:
                return OfItems(list);
            case JsonObject map when map["range"] is not null:
                return CelType.Int;
            case JsonObject map when map["matrix"] is JsonObject matrix:
                return CelType.Object("item", matrix.ToDictionary(p => p.Key, p => p.Value is JsonArray values ? OfItems(values) : CelType.Dyn));
            case JsonValue text when text.GetValueKind() == JsonValueKind.String:
                try
                {
                    if (FlowTemplate.Parse(text.GetValue<string>()) is not { IsExpression: true } template)
                        return CelType.Dyn;
                    var expression = new FlowExpression("forEach", template.Expressions.Single(), ExpressionMoment.Task);
                    var type = CelChecker.Check(For(expression, scope with { Task = null }), expression.Expression.Root).Type;
                    return type.Kind == CelKind.List ? type.Parameters[0] : CelType.Dyn;
                }
                catch (CelSyntaxException)
                {
                    return CelType.Dyn; // reported where expressions are
                }
            default:
                return CelType.Dyn;
        }
    }

    private static CelType OfItems(JsonArray list)
    {
        var types = list.Select(Of).ToList();
        return types.Count > 0 && types.TrueForAll(t => t.IsExactly(types[0])) ? types[0] : CelType.Dyn;

        static CelType Of(JsonNode? item) => item?.GetValueKind() switch
        {
            JsonValueKind.String => item.GetValue<string>().Contains("${{", StringComparison.Ordinal) ? CelType.Dyn : CelType.String,
            JsonValueKind.True or JsonValueKind.False => CelType.Bool,
            JsonValueKind.Number => CelJson.ToCel(item).Type,
            _ => CelType.Dyn,
        };
    }

    private static CelType Fields(string name, params (string Name, CelType Type)[] fields) => CelType.Object(name, fields.ToDictionary(f => f.Name, f => f.Type));
}
