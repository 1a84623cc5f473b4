using Slipway.Api.Cel;

namespace Slipway.Api.Kinds;

/// <summary>Of which directories expressions of a run may read the files: <c>tasks.split.files.parts.files</c>. Only those are recorded.</summary>
public sealed class FlowListings
{
    private readonly HashSet<NamedOutput> wanted;

    private FlowListings(HashSet<NamedOutput> wanted) => this.wanted = wanted;

    /// <summary>What tasks leave as a file or directory.</summary>
    /// <param name="Task">Name of the task; null for any.</param>
    /// <param name="Name">Name of the output; null for any.</param>
    private readonly record struct NamedOutput(string? Task, string? Name);

    /// <summary>Whether any may be read.</summary>
    public bool Any => wanted.Count > 0;

    /// <summary>Whether that may be read which a task leaves as an output.</summary>
    /// <param name="task">Name of the task, without the calls that it lies in.</param>
    /// <param name="output">Name of the output.</param>
    public bool Has(string task, string output) => wanted.Any(w => (w.Task is null || w.Task == task) && (w.Name is null || w.Name == output));

    /// <summary>
    /// Finds them by their names. What is read of something else than an output of a task, such as a parameter or an item, may be anything that an expression names otherwise than to
    /// mount it, or to leave it to whoever calls.
    /// </summary>
    /// <param name="definition">What the run works by.</param>
    public static FlowListings Of(RunDefinition definition)
    {
        var (read, named, readsOthers) = (new HashSet<NamedOutput>(), new HashSet<NamedOutput>(), false);
        var (calls, results) = (new HashSet<string>(), new List<(string Name, HashSet<NamedOutput> Outputs)>());
        foreach (var flow in definition.Flows.Values.Prepend(definition.Flow))
        {
            foreach (var task in flow.WrittenTasks)
            {
                if (task.IsCall)
                    calls.Add(task.Name);
                foreach (var expression in definition.ExpressionsOf(flow, task))
                    Add([expression.Expression], task.Name, isHandedOn: expression.Field.StartsWith("inputs.", StringComparison.Ordinal));
            }

            foreach (var group in (flow.Templates ?? []).Prepend<TaskGroup>(flow))
            {
                var (files, values) = group.Results;
                foreach (var text in values.Values)
                    Add(FlowTemplate.Parse(text).Expressions, null);
                foreach (var (name, text) in files)
                    results.Add((name, Add(FlowTemplate.Parse(text).Expressions, null, isHandedOn: true)));
            }
        }

        // What a call leaves is what a task in it has left.
        if (readsOthers)
            read.UnionWith(named);
        for (var known = -1; known < read.Count;)
        {
            known = read.Count;
            foreach (var (_, outputs) in results.Where(r => read.Any(w => (w.Task is null || calls.Contains(w.Task)) && (w.Name is null || w.Name == r.Name))).ToList())
                read.UnionWith(outputs);
        }

        return new FlowListings(read);

        HashSet<NamedOutput> Add(IEnumerable<CelExpression> expressions, string? task, bool isHandedOn = false)
        {
            var found = new Reading(task);
            foreach (var expression in expressions)
                found.Visit(expression.Root);
            read.UnionWith(found.Read);
            readsOthers |= found.ReadsOthers;
            if (!isHandedOn || found.ReadsOthers)
                named.UnionWith(found.Named);
            return [.. found.Named, .. found.Read];
        }
    }

    /// <summary>What an expression reads and names.</summary>
    /// <param name="own">The task that it is of; null for an output of a group.</param>
    private sealed class Reading(string? own)
    {
        /// <summary>Outputs whose files it reads.</summary>
        public HashSet<NamedOutput> Read { get; } = [];

        /// <summary>Outputs that it is about otherwise.</summary>
        public HashSet<NamedOutput> Named { get; } = [];

        /// <summary>Whether it reads the files of anything else.</summary>
        public bool ReadsOthers { get; private set; }

        public void Visit(CelNode node)
        {
            ReadsOthers |= MayBeFiles(node);
            var field = FieldOf(node);
            if (field is { Name: "files" } files && !IsTask(files.Of))
            {
                if (OutputOf(files.Of) is { } read)
                {
                    Read.Add(read);
                    VisitIndexes(files.Of);
                    return;
                }

                ReadsOthers = true;
                Visit(files.Of);
            }
            else if (OutputOf(node) is { } output)
            {
                Named.Add(output);
                VisitIndexes(node);
            }
            else if (field is { } part && IsTask(part.Of))
            {
                if (part.Name == "files")
                    Named.Add(new(NameOf(part.Of), null));
                VisitIndexes(part.Of);
            }
            else if (IsTask(node))
            {
                Named.Add(new(NameOf(node), null));
                VisitIndexes(node);
            }
            else if (node is CelIdentifier { Name: "tasks" or "files" } all)
            {
                Named.Add(new(all.Name == "files" ? own : null, null));
            }
            else
            {
                foreach (var child in node.Children)
                    Visit(child);
            }
        }

        /// <summary>What stands in brackets in a chain of fields and indexes.</summary>
        private void VisitIndexes(CelNode node)
        {
            for (var at = node; at is not CelIdentifier; at = at.Children[0])
            {
                if (at is CelCall { Arguments: [_, var index] })
                    Visit(index);
            }
        }

        /// <summary>The output that an expression is, or of one with forEach an item of it; null for anything else.</summary>
        private NamedOutput? OutputOf(CelNode node)
        {
            if (FieldOf(node) is { } output)
                return FieldOf(output.Of) is { Name: "files" } files && IsTask(files.Of) ? new(NameOf(files.Of), output.Name) : null;
            if (node is not CelCall { Function: CelOperators.Index or CelOperators.OptionalIndex, Arguments: [var list, _] })
                return null;
            return FieldOf(list) is { Name: "files" } any && IsTask(any.Of) ? new(NameOf(any.Of), null) : OutputOf(list);
        }

        /// <summary>Whether an index that only the run knows may be <c>files</c>: not where types tell that it is the name of a task or output, or a number.</summary>
        private bool MayBeFiles(CelNode node) =>
            node is CelCall { Function: CelOperators.Index or CelOperators.OptionalIndex, Arguments: [var of, not CelLiteral] }
            && !(of is CelIdentifier { Name: "tasks" } || IsTask(of) || FieldOf(of)?.Name == "files" || OutputOf(of) is not null);

        private string? NameOf(CelNode task) => task is CelIdentifier ? own : FieldOf(task)?.Name;
    }

    /// <summary>The field that an expression is of another; null for anything else.</summary>
    private static (CelNode Of, string Name)? FieldOf(CelNode node) => node switch
    {
        CelSelect select => (select.Operand, select.Field),
        CelCall { Function: CelOperators.Index or CelOperators.OptionalIndex, Arguments: [var operand, CelLiteral { Value: CelString { Value: var name } }] } => (operand, name),
        _ => null,
    };

    /// <summary>Whether an expression is a task, whose files are its outputs.</summary>
    private static bool IsTask(CelNode node) => node switch
    {
        CelIdentifier { Name: "previous" } => true,
        CelSelect { Operand: CelIdentifier { Name: "tasks" } } => true,
        CelCall { Function: CelOperators.Index, Arguments: [CelIdentifier { Name: "tasks" }, _] } => true,
        _ => false,
    };
}
