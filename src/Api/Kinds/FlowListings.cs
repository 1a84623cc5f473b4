using Slipway.Api.Cel;

namespace Slipway.Api.Kinds;

/// <summary>Whether expressions of a run read which files lie in directories: <c>tasks.split.files.parts.files</c>. Only then are those recorded.</summary>
public static class FlowListings
{
    /// <summary>Whether one may: what it asks for files is no task, whose <c>files</c> are its outputs.</summary>
    public static bool AreRead(RunDefinition definition) => definition.Flows.Values.Prepend(definition.Flow).Any(IsReadBy);

    private static bool IsReadBy(FlowSpec flow) =>
        flow.WrittenTasks.SelectMany(t => FlowExpressions.Of(t, flow.Defaults)).Select(e => e.Expression.Root)
            .Concat((flow.Templates ?? []).Prepend<TaskGroup>(flow).SelectMany(Outputs)).Any(Reads);

    private static IEnumerable<CelNode> Outputs(TaskGroup group) =>
        new[] { group.Outputs?.Files, group.Outputs?.Values }.SelectMany(o => o?.Values ?? Enumerable.Empty<string>()).SelectMany(t => FlowTemplate.Parse(t).Expressions).Select(e => e.Root);

    private static bool Reads(CelNode node) => node switch
    {
        CelSelect { Field: "files", Operand: var operand } => !IsTask(operand) || Reads(operand),
        CelCall { Function: CelOperators.Index or CelOperators.OptionalIndex, Arguments: [var operand, CelLiteral { Value: CelString { Value: "files" } }] } => !IsTask(operand) || Reads(operand),
        _ => node.Children.Any(Reads),
    };

    private static bool IsTask(CelNode node) => node switch
    {
        CelIdentifier { Name: "previous" } => true,
        CelSelect { Operand: CelIdentifier { Name: "tasks" } } => true,
        CelCall { Function: CelOperators.Index, Arguments: [CelIdentifier { Name: "tasks" }, _] } => true,
        _ => false,
    };
}
