using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using k8s.Models;
using Slipway.Api.Cel;
using Slipway.Api.Kinds;

namespace Slipway.Flows;

/// <summary>
/// Works out how far each task is, following its needs, and starts what is ready: a task whose expressions have no value
/// fails by that, and those that need it have to see it.
/// </summary>
internal sealed class TaskStates
{
    private readonly RunView view;
    private readonly Dictionary<string, TaskState> states = [];
    private readonly ILookup<TaskPath, AttemptRecord> attempts;
    private readonly Dictionary<TaskPath, V1Pod> pods = [];

    public TaskStates(RunView view)
    {
        this.view = view;
        attempts = view.Attempts.OrderBy(a => a.Number).ToLookup(a => a.Path);
        var ended = view.Attempts.Select(a => a.Pod).ToHashSet();
        foreach (var pod in view.Pods)
        {
            if (!ended.Contains(pod.Metadata.Name) && PodIdentity.Of(pod) is { } identity)
                pods[identity.Path] = pod;
        }

        Scope = new FlowScope(view, this);
        Starter = new PodStarter(view, this);
    }

    public PodStarter Starter { get; }

    public FlowScope Scope { get; }

    public List<HopelessPod> Hopeless { get; } = [];

    public DateTimeOffset? NextDeadline { get; private set; }

    public IEnumerable<TaskState> All => view.Flow.Tasks.Select(t => Of(t.Name));

    /// <summary>The pods of attempts that have not ended.</summary>
    public IEnumerable<V1Pod> LivePods => pods.Values;

    public TaskState Of(string name)
    {
        if (states.TryGetValue(name, out var known))
            return known;
        var task = view.Flow.Tasks.First(t => t.Name == name);
        var state = new TaskState(task, new TaskSettings(task, view.Flow.Defaults));
        states[name] = state;
        Decide(state);
        return state;
    }

    private void Decide(TaskState state)
    {
        var needs = FlowExpressions.NeedsOf(state.Task, view.Flow).Select(Of).ToList();
        if (needs.Any(n => !n.IsFinal))
            return;
        if (state.Task.When is { } when)
        {
            switch (CelExpression.Parse(when).Evaluate(Scope.ForTask()))
            {
                case CelBool { Value: true }:
                    break;
                case CelBool:
                    (state.Phase, state.Message) = (FlowPhase.Skipped, $"{state.Task.Name} was skipped: when is false");
                    return;
                case var other:
                    Fail(state, $"{state.Task.Name}: when must be true or false, but is {Text(other)}; correct when");
                    return;
            }
        }
        else if (needs.Find(n => n.Phase != FlowPhase.Succeeded) is { } unmet)
        {
            (state.Phase, state.Message) = (FlowPhase.Skipped, $"{state.Task.Name} was skipped because {unmet.Task.Name} {(unmet.Phase == FlowPhase.Failed ? "failed" : "was skipped")}");
            return;
        }

        if (Items(state) is not { } items)
            return;
        state.Items = items;
        foreach (var item in items)
            Decide(state, item);
        Starter.Start(state);
        state.Summarize();
    }

    private List<ItemState>? Items(TaskState state)
    {
        var name = state.Task.Name;
        if (state.Task.ForEach is not { } forEach)
            return [At(TaskPath.Of(null, name), null)];

        var value = forEach is JsonValue text && text.GetValueKind() == JsonValueKind.String
            ? FlowTemplate.Parse(text.GetValue<string>()).Evaluate(Scope.ForTask())
            : CelJson.ToCel(forEach);
        if (value is not CelList list)
        {
            Fail(state, $"{name}: forEach must be a list, but is {Text(value)}; correct forEach or the task that writes the value");
            return null;
        }

        if (list.Items.Count > FlowRules.ItemLimit)
        {
            Fail(state, $"{name}: forEach has {list.Items.Count} items, and can have {FlowRules.ItemLimit}; group them");
            return null;
        }

        return [.. list.Items.Select((item, i) => At(TaskPath.Of(null, name, i), item))];

        ItemState At(TaskPath path, CelValue? item) => new() { Path = path, Item = item, Attempts = [.. attempts[path]] };
    }

    private void Decide(TaskState state, ItemState item)
    {
        if (item.Success is not null)
        {
            item.Phase = FlowPhase.Succeeded;
            return;
        }

        if (pods.TryGetValue(item.Path, out var pod))
        {
            Watch(item, pod);
            return;
        }

        var settings = state.Settings;
        item.Memory = FirstMemory(state, item);
        if (item.Last is not { } last)
        {
            item.IsReady = true;
            return;
        }

        if (last.Reason == AttemptReason.OutOfMemory)
        {
            if (last.MemoryLimitBytes is { } limit && MemoryPolicy.Next(limit, settings.OnOutOfMemory) is { } raised)
            {
                item.Memory = Math.Max(raised, item.Memory ?? 0);
                item.IsReady = true;
                item.Message = last.Message;
            }
            else
            {
                // The same limit would kill it again, so ordinary retries do not apply.
                (item.Phase, item.Message) = (FlowPhase.Failed, last.Message);
            }

            return;
        }

        item.Memory = item.Attempts.Max(a => a.MemoryLimitBytes) is { } had && item.Memory is { } first ? Math.Max(had, first) : item.Memory;
        var failures = item.Attempts.Count(a => a.Reason != AttemptReason.OutOfMemory);
        if (failures > settings.RetryLimit)
        {
            var times = item.Attempts.Count > 1 ? string.Create(CultureInfo.InvariantCulture, $" (after {item.Attempts.Count} attempts)") : "";
            (item.Phase, item.Message) = (FlowPhase.Failed, last.Message + times);
            return;
        }

        item.Message = last.Message;
        var due = last.End + settings.BackoffAfter(failures);
        if (due <= view.Now)
            item.IsReady = true;
        else
            LookAgain(due);
    }

    private void Watch(ItemState item, V1Pod pod)
    {
        item.Pod = pod;
        item.Phase = FlowPhase.Running;
        if (AttemptReader.DeletionDeadline(pod) is { } deadline)
            LookAgain(deadline);
        if (PodTrouble.Find(pod, item.Path.Text, view.Now) is not { } trouble)
            return;
        item.Message = trouble.Message;
        if (trouble.IsHopelessAt is not { } at)
            return;
        if (at <= view.Now)
            Hopeless.Add(new HopelessPod(pod, trouble.Reason, trouble.Message));
        else
            LookAgain(at);
    }

    private long? FirstMemory(TaskState state, ItemState item)
    {
        var key = (state.Task.Name, item.Item is null ? "" : FlowScope.ItemText(item.Item));
        return MemoryPolicy.First(state.Settings.Memory, view.LearntMemory.TryGetValue(key, out var learnt) ? learnt : null, state.Settings.OnOutOfMemory);
    }

    private void LookAgain(DateTimeOffset at) => NextDeadline = NextDeadline is { } known && known < at ? known : at;

    private static void Fail(TaskState state, string message) => (state.Phase, state.Message) = (FlowPhase.Failed, message);

    private static string Text(CelValue value) => value is CelError error ? $"wrong: {error.Message}" : value.TypeName;
}
