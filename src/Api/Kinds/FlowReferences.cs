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

    /// <summary>The functions that an expression calls.</summary>
    public static IEnumerable<(int Position, string Name)> Calls(CelNode node) =>
        Children(node).SelectMany(Calls).Concat(node is CelCall call ? [(call.Position, call.Function)] : []);

    private static void Visit(CelNode node, IReadOnlySet<string> bound, List<FlowReference> found)
    {
        if (Chain(node) is var (identifier, path))
        {
            if (!bound.Contains(identifier.Name))
                found.Add(new FlowReference(identifier.Position, identifier.Name, path));
            for (var inner = node; inner is CelSelect or CelIndex; inner = inner is CelSelect select ? select.Operand : ((CelIndex)inner).Operand)
            {
                if (inner is CelIndex index)
                    Visit(index.Index, bound, found);
            }

            return;
        }

        if (node is CelComprehension comprehension)
        {
            Visit(comprehension.Range, bound, found);
            var inner = bound.Append(comprehension.Variable).ToHashSet();
            if (comprehension.Filter is not null)
                Visit(comprehension.Filter, inner, found);
            Visit(comprehension.Body, inner, found);
            return;
        }

        foreach (var child in Children(node))
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
            case CelIndex { Index: CelLiteral { Value: CelString name } } index when Chain(index.Operand) is var (root, path):
                return (root, [.. path, name.Value]);
            case CelIndex index when Chain(index.Operand) is var (root, path):
                return (root, path);
            default:
                return null;
        }
    }

    private static IEnumerable<CelNode> Children(CelNode node) => node switch
    {
        CelSelect select => [select.Operand],
        CelIndex index => [index.Operand, index.Index],
        CelCall call => call.Target is null ? call.Arguments : [call.Target, .. call.Arguments],
        CelUnary unary => [unary.Operand],
        CelBinary binary => [binary.Left, binary.Right],
        CelConditional conditional => [conditional.Condition, conditional.Then, conditional.Otherwise],
        CelListLiteral list => list.Items,
        CelMapLiteral map => map.Entries.SelectMany(e => new[] { e.Key, e.Value }),
        CelComprehension comprehension => comprehension.Filter is null
            ? [comprehension.Range, comprehension.Body]
            : [comprehension.Range, comprehension.Filter, comprehension.Body],
        _ => [],
    };
}
