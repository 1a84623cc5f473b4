using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
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
            Watch(context, state, item, pod);
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
        var isFault = AttemptReason.IsFault(last.Reason);
        var failures = item.Attempts.Count(a => a.Reason != AttemptReason.OutOfMemory && AttemptReason.IsFault(a.Reason) == isFault);
        var isRetried = isFault ? failures <= settings.FaultLimit : failures <= settings.RetryLimit && settings.IsRetried(last);
        if (!isRetried)
        {
            var times = item.Attempts.Count > 1 ? string.Create(CultureInfo.InvariantCulture, $" (after {item.Attempts.Count} attempts)") : "";
            (item.Phase, item.Message) = (FlowPhase.Failed, last.Message + times);
            return;
        }

        item.Message = last.Message;
        var due = last.End + settings.Backoff.After(failures, Chance(context.View, item));
        if (due <= context.View.Now)
            item.IsReady = true;
        else
            context.LookAgain(due);
    }

    private static void Watch(PlanContext context, TaskState state, ItemState item, V1Pod pod)
    {
        item.Pod = pod;
        item.Phase = FlowPhase.Running;
        if (AttemptReader.DeletionDeadline(pod) is { } deadline)
            context.LookAgain(deadline);
        if (PodTrouble.Find(pod, item.Path.Text, context.View.Now, state.Settings.WaitLimit) is not { } trouble)
            return;
        item.Message = trouble.Message.Length > 0 ? trouble.Message : null;
        if (trouble.IsHopelessAt is not { } at)
            return;
        if (at <= context.View.Now)
            context.Hopeless.Add(new HopelessPod(pod, trouble.Reason, trouble.Message));
        else
            context.LookAgain(at);
    }

    /// <summary>A number from 0 to 1 that is the same whenever it is asked for: plans from the same view are the same.</summary>
    private static double Chance(RunView view, ItemState item)
    {
        var identity = string.Create(CultureInfo.InvariantCulture, $"{view.Uid}/{item.Path}/{item.NextNumber}");
        return BinaryPrimitives.ReadUInt32BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(identity))) / (double)uint.MaxValue;
    }

    private static long? FirstMemory(RunView view, TaskState state, ItemState item)
    {
        var key = (item.Path.Task, item.Item is null ? "" : FlowScope.ItemText(item.Item));
        return MemoryPolicy.First(state.Settings.Memory, view.LearntMemory.TryGetValue(key, out var learnt) ? learnt : null, state.Settings.OnOutOfMemory);
    }
}
