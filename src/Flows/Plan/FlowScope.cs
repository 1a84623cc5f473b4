using System.Globalization;
using Slipway.Api.Cel;
using Slipway.Api.Kinds;

namespace Slipway.Flows;

/// <summary>The variables of a group's expressions: params, run, tasks and, for an item of forEach, item.</summary>
internal sealed class FlowScope
{
    private readonly RunView view;
    private readonly GroupState group;
    private readonly Dictionary<string, CelValue> variables;

    public FlowScope(RunView view, GroupState group)
    {
        (this.view, this.group) = (view, group);
        variables = new Dictionary<string, CelValue>
        {
            ["params"] = new CelMap(group.Params),
            ["run"] = new CelMap([Text("name", view.Name), Text("namespace", view.Namespace), Text("flow", view.FlowName), .. Interval()]),
            ["tasks"] = new CelLazyMap([.. group.Group.AllTasks.Select(t => t.Name)], name => TaskValue(group.Of(name))),
        };
    }

    /// <summary>The item as SLIPWAY_ITEM has it: a text as it is, anything else as JSON.</summary>
    public static string ItemText(CelValue item) => CelJson.ToText(item);

    /// <summary>The variables of when and forEach, and of the outputs of the group.</summary>
    public IReadOnlyDictionary<string, CelValue> ForTask(TaskState? task = null) => task is null or { Stage: GroupStage.Tasks } ? variables : AtTheEnd();

    /// <summary>The variables of everything else in a task.</summary>
    public IReadOnlyDictionary<string, CelValue> ForItem(TaskState task, ItemState item)
    {
        if (item.Item is null && item.Path.Round is null)
            return ForTask(task);
        var all = With(task, item);
        if (item.Path.Round is not null)
            all["previous"] = item.Earlier is [.., var before] ? Round(task, before) : new CelMap([Entry("values", Nothing), Entry("files", Nothing)]);
        return all;
    }

    /// <summary>The variables of until: also what the round has left.</summary>
    public IReadOnlyDictionary<string, CelValue> AfterRound(TaskState task, ItemState round)
    {
        var all = With(task, round);
        all["values"] = Left(task.Outputs.Values, round, isFile: false);
        all["files"] = Left(task.Outputs.Files, round, isFile: true);
        return all;
    }

    /// <summary>Of tasks that run when those of the group have ended: also what has become of them.</summary>
    public IReadOnlyDictionary<string, CelValue> AtTheEnd()
    {
        var (phase, message) = group.TasksOutcome;
        return new Dictionary<string, CelValue>(variables) { ["outcome"] = new CelMap([Text("phase", phase), Text("message", message ?? "")]) };
    }

    private static CelLazyMap Nothing => new([], name => new CelError($"there is no {name}"));

    private static KeyValuePair<string, CelValue> Entry(string key, CelValue value) => new(key, value);

    private Dictionary<string, CelValue> With(TaskState task, ItemState item)
    {
        var all = new Dictionary<string, CelValue>(ForTask(task));
        if (item.Item is not null)
            all["item"] = item.Item;
        if (item.Path.Round is { } round)
            all["iteration"] = new CelInt(round);
        return all;
    }

    private CelMap Round(TaskState task, ItemState round) =>
        new([Entry("values", Left(task.Outputs.Values, round, isFile: false)), Entry("files", Left(task.Outputs.Files, round, isFile: true))]);

    private CelLazyMap Left(IEnumerable<string> names, ItemState round, bool isFile) =>
        new([.. names], name => Output(round, isFile, name) ?? new CelError($"{round.Path} has not written {name}"));

    /// <summary>What an item has left; null if it has not. What a call left is known or not by what made it.</summary>
    private CelValue? Output(ItemState item, bool isFile, string name) => item.Output(isFile, name) is { } value
        ? !isFile && item.Calls is null && view.IsUnknown?.Invoke(item.Path, name) == true ? new CelUnknown($"${{{{ tasks.{item.Path.Name}.values.{name} }}}}") : value
        : null;

    private IEnumerable<KeyValuePair<string, CelValue>> Interval() => view switch
    {
        { Interval: { Start: { } start, End: { } end } } => [new("start", CelTimestamp.Of(start.ToUniversalTime())), new("end", CelTimestamp.Of(end.ToUniversalTime()))],
        { IsUnknown: not null } => [new("start", new CelUnknown("${{ run.start }}")), new("end", new CelUnknown("${{ run.end }}"))],
        _ => [],
    };

    private static bool HasUnknownItems(TaskState state) => state.Items.Exists(i => ForEachItems.IsUnknown(i.Item));

    private static KeyValuePair<string, CelValue> Text(string key, string value) => new(key, new CelString(value));

    private CelMap TaskValue(TaskState state) => new(
    [
        new("succeeded", HasUnknownItems(state) ? new CelUnknown($"${{{{ tasks.{state.Task.Name}.succeeded }}}}") : new CelInt(state.Count(FlowPhase.Succeeded))),
        new("failed", new CelInt(state.Phase == FlowPhase.Failed ? Math.Max(1, state.Count(FlowPhase.Failed)) : state.Count(FlowPhase.Failed))),
        new("skipped", new CelInt(state.Phase == FlowPhase.Skipped ? 1 : 0)),
        new("total", HasUnknownItems(state) ? new CelUnknown($"${{{{ tasks.{state.Task.Name}.total }}}}") : new CelInt(state.Items.Count)),
        Text("phase", state.Phase),
        new("values", Outputs(state, state.Outputs.Values, isFile: false)),
        new("files", Outputs(state, state.Outputs.Files, isFile: true)),
        .. state.Task.Service is { } service ? new[] { Reached("host", state, p => RunDns.NameOf(view.Uid, p)), Reached("address", state, p => string.Create(CultureInfo.InvariantCulture, $"{RunDns.NameOf(view.Uid, p)}:{service.Port}")) } : [],
    ]);

    /// <summary>Where a service is reached; with forEach, a list with an entry for each item.</summary>
    private static KeyValuePair<string, CelValue> Reached(string key, TaskState state, Func<TaskPath, string> of)
    {
        List<CelValue> all = [.. state.Items.Select(i => (CelValue)new CelString(of(i.Path)))];
        return new(key, state.Task.ForEach is not null ? new CelList(all) : all.FirstOrDefault() ?? new CelError($"the service {state.Task.Name} was not started"));
    }

    /// <summary>
    /// An output of a task, or with forEach the list of it: of a value with an entry for each item, null where the item left none, so that entries are found by the
    /// item's index; of files, which tell their index, those that there are.
    /// </summary>
    private CelLazyMap Outputs(TaskState state, IEnumerable<string> names, bool isFile) => new([.. names], name =>
    {
        if (state.Task.ForEach is not null)
        {
            var left = state.Items.Select(i => Output(i, isFile, name) ?? (isFile ? null : CelNull.Instance)).OfType<CelValue>().ToList();
            return !isFile && (HasUnknownItems(state) || left.Exists(l => l is CelUnknown)) ? new CelUnknown($"${{{{ tasks.{state.Task.Name}.values.{name} }}}}") : new CelList(left);
        }
        return state.Items is [var only] && Output(only, isFile, name) is { } value
            ? value
            : new CelError(string.Create(CultureInfo.InvariantCulture, $"task {state.Task.Name} has not written {name}"));
    });
}
