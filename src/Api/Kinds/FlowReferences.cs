using Slipway.Api.Cel;

namespace Slipway.Api.Kinds;

/// <summary>What an expression of a flow refers to.</summary>
/// <param name="Position">Where, in the expression.</param>
/// <param name="Root">The variable: params, tasks, item, run, or an unknown name.</param>
/// <param name="Path">The constant names after it: <c>tasks.clean.files.raw</c> has clean, files, raw.</param>
public sealed record FlowReference(int Position, string Root, IReadOnlyList<string> Path);

/// <summary>Finds the references in an expression.</summary>
public static class FlowReferences
{
    /// <summary>All references to variables of the flow; variables of macros are left out.</summary>
    public static IReadOnlyList<FlowReference> Find(CelNode node)
    {
        var found = new List<FlowReference>();
        Visit(node, new HashSet<string>(), found);
        return found;
    }

    /// <summary>The functions that an expression calls, operators left out; those in a namespace with it.</summary>
    public static IEnumerable<(int Position, string Name)> Calls(CelNode node) =>
        node.Children.SelectMany(Calls).Concat(node is CelCall { Function: var name } call && char.IsAsciiLetter(name[0]) ? [(call.Position, NamespaceOf(call) is { } space ? $"{space}.{name}" : name)] : []);

    private static string? NamespaceOf(CelCall call) => call.Target is CelIdentifier { Name: var name } && CelExpression.Functions.Contains($"{name}.{call.Function}") ? name : null;

    private static void Visit(CelNode node, IReadOnlySet<string> bound, List<FlowReference> found)
    {
        if (Chain(node) is var (identifier, path))
        {
            if (!bound.Contains(identifier.Name))
                found.Add(new FlowReference(identifier.Position, identifier.Name, path));
            for (var inner = node; inner is not CelIdentifier; inner = inner.Children[0])
            {
                if (inner is CelCall index)
                    Visit(index.Arguments[1], bound, found);
            }

            return;
        }

        switch (node)
        {
            case CelComprehension comprehension:
                Visit(comprehension.Range, bound, found);
                var inner = bound.Append(comprehension.Variable).Concat(comprehension.SecondVariable is { } second ? [second] : []).ToHashSet();
                foreach (var part in comprehension.Children.Skip(1))
                    Visit(part, inner, found);
                return;
            case CelBinding binding:
                Visit(binding.Value, bound, found);
                Visit(binding.Body, bound.Append(binding.Variable).ToHashSet(), found);
                return;
            case CelOptionalMap optional:
                Visit(optional.Operand, bound, found);
                Visit(optional.Body, bound.Append(optional.Variable).ToHashSet(), found);
                return;
            case CelCall call when NamespaceOf(call) is not null:
                foreach (var argument in call.Arguments)
                    Visit(argument, bound, found);
                return;
        }

        foreach (var child in node.Children)
            Visit(child, bound, found);
    }

    /// <summary>A variable with fields and indexes after it; the path ends before the first index that is not a constant text.</summary>
    private static (CelIdentifier Root, List<string> Path)? Chain(CelNode node)
    {
        switch (node)
        {
            case CelIdentifier identifier:
                return (identifier, []);
            case CelSelect select when Chain(select.Operand) is var (root, path):
                return (root, [.. path, select.Field]);
            case CelCall { Function: CelOperators.Index or CelOperators.OptionalIndex, Arguments: [var operand, var index] } when Chain(operand) is var (root, path):
                return (root, index is CelLiteral { Value: CelString name } ? [.. path, name.Value] : path);
            default:
                return null;
        }
    }
}
