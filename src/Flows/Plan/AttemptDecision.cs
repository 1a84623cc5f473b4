using System.Globalization;
using k8s.Models;
using Slipway.Api.Kinds;

namespace Slipway.Flows;

/// <summary>Decides what becomes of an item of a task with a command: whether another attempt is due, and with how much memory.</summary>
internal static class AttemptDecision
{
    public static void Decide(PlanContext context, TaskState state, ItemState item)
    {
        if (item.Success is not null)
        {
            item.Phase = FlowPhase.Succeeded;
            return;
        }

        if (context.PodAt(item.Path) is { } pod)
        {
            Watch(context, item, pod);
            return;
        }

        var settings = state.Settings;
        item.Memory = FirstMemory(context.View, state, item);
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
        if (due <= context.View.Now)
            item.IsReady = true;
        else
            context.LookAgain(due);
    }

    private static void Watch(PlanContext context, ItemState item, V1Pod pod)
    {
        item.Pod = pod;
        item.Phase = FlowPhase.Running;
        if (AttemptReader.DeletionDeadline(pod) is { } deadline)
            context.LookAgain(deadline);
        if (PodTrouble.Find(pod, item.Path.Text, context.View.Now) is not { } trouble)
            return;
        item.Message = trouble.Message;
        if (trouble.IsHopelessAt is not { } at)
            return;
        if (at <= context.View.Now)
            context.Hopeless.Add(new HopelessPod(pod, trouble.Reason, trouble.Message));
        else
            context.LookAgain(at);
    }

    private static long? FirstMemory(RunView view, TaskState state, ItemState item)
    {
        var key = (item.Path.Task, item.Item is null ? "" : FlowScope.ItemText(item.Item));
        return MemoryPolicy.First(state.Settings.Memory, view.LearntMemory.TryGetValue(key, out var learnt) ? learnt : null, state.Settings.OnOutOfMemory);
    }
}
