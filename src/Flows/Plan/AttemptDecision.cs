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

        if (context.PodsAt(item.Path) is { Count: > 0 } pods)
        {
            Watch(context, state, item, pods);
            return;
        }

        var settings = state.Settings;
        item.Memory = FirstMemory(context.Memory, state, item);
        if (item.Last is not { } last)
        {
            item.IsReady = true;
            return;
        }

        item.Ready = last.End;
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
        var isRetried = isFault ? failures <= settings.FaultLimit : failures <= settings.RetryLimit && last.Reason != AttemptReason.InputLost && settings.IsRetried(last);
        if (!isRetried)
        {
            var times = item.Attempts.Count > 1 ? string.Create(CultureInfo.InvariantCulture, $" (after {item.Attempts.Count} attempts)") : "";
            (item.Phase, item.Message) = (FlowPhase.Failed, last.Message + times);
            return;
        }

        item.Message = last.Message;
        item.Ready += settings.Backoff.After(failures, Chance(context.View, item));
        if (item.Ready <= context.View.Now)
            item.IsReady = true;
        else
            context.LookAgain(item.Ready);
    }

    private static void Watch(PlanContext context, TaskState state, ItemState item, IReadOnlyList<V1Pod> pods)
    {
        item.Pods = pods;
        item.Phase = FlowPhase.Running;
        if (pods.Select(p => context.View.Keeping.GetValueOrDefault(p.Metadata.Name)).FirstOrDefault(k => k is not null) is { } keeping)
        {
            item.Message = keeping.Length > 0 ? keeping : null;
            return;
        }

        var deadlines = pods.Select(AttemptReader.DeletionDeadline).OfType<DateTimeOffset>().Where(d => d > context.View.Now).ToList();
        if (deadlines.Count > 0)
            context.LookAgain(deadlines.Min());
        var isGang = FlowNames.GangOf(pods[0]) is not null;
        if (isGang && !IsOfUse(context, item))
            return;
        foreach (var pod in pods)
        {
            var label = (isGang ? PodIdentity.Of(pod)?.Label : null) ?? item.Path.Text;
            if (PodEnding.Find(pod, label) is { } ending)
            {
                if (ending.SayAt > context.View.Now)
                    context.LookAgain(ending.SayAt);
                else if (!AttemptReader.IsEnded(pod, context.View.Now))
                    item.Message = ending.Message;
            }
            var limit = state.Settings.WaitLimit;
            if ((PodTrouble.Find(pod, label, context.View.Now, limit) ?? ServiceDecision.Trouble(state.Task, pod, label, context.View.Now, limit)) is not { } trouble)
                continue;
            item.Message = trouble.Message.Length > 0 ? trouble.Message : null;
            if (trouble.IsHopelessAt is not { } at)
                continue;
            if (at > context.View.Now)
            {
                context.LookAgain(at);
                continue;
            }

            context.Hopeless.Add(new HopelessPod(pod, trouble.Reason, trouble.Message) { Others = [.. pods.Where(p => p != pod)] });
            return;
        }
    }

    /// <summary>Whether the replicas of an attempt can come to something still. If one has failed the others are ended; those that are missing are to be created.</summary>
    private static bool IsOfUse(PlanContext context, ItemState item)
    {
        var gang = GangState.Of(item.Pods, context.View.Now);
        if (!gang.Failed)
        {
            item.Missing = gang.Missing.Count > 0 ? gang.Missing : null;
            return true;
        }

        context.End(item.Pods, null);
        item.Message = $"{item.Path}: a replica has ended before its time, so the others are being ended";
        return false;
    }

    /// <summary>A number from 0 to 1 that is the same whenever it is asked for: plans from the same view are the same.</summary>
    private static double Chance(RunView view, ItemState item)
    {
        var identity = string.Create(CultureInfo.InvariantCulture, $"{view.Uid}/{item.Path}/{item.NextNumber}");
        return BinaryPrimitives.ReadUInt32BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(identity))) / (double)uint.MaxValue;
    }

    private static long? FirstMemory(FlowMemory memory, TaskState state, ItemState item)
    {
        var known = memory.Of(item.Path.Task, item.Item is null ? null : FlowScope.ItemText(item.Item));
        return MemoryPolicy.First(state.Settings.Memory, known, state.Settings.OnOutOfMemory);
    }
}
