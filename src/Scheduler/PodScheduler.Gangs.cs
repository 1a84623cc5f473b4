using System.Collections.Concurrent;
using Slipway.Api;

namespace Slipway.Scheduler;

/// <content>Pods that are scheduled together. Nothing is held while a gang waits, so that none needs to give up after a time.</content>
public sealed partial class PodScheduler
{
    private void DecideGang(ObjectKey group, CancellationToken cancellation)
    {
        var members = _pending.InGroup(group);
        foreach (var member in members)
        {
            Begin(member);
            member.IsQueued = false; // one decision for all
        }
        if (_podGroups.Find(group) is not { } view)
        {
            RefuseAll(members, $"waiting for PodGroup \"{group.Name}\", which does not exist: create it, or leave out the pod's schedulingGroup");
            return;
        }
        var (placed, least) = (_podGroups.PlacedOf(group), view.MinCount ?? 1);
        if (placed + members.Count < least)
        {
            Refuse($"gang \"{group.Name}\" has {placed + members.Count} of the {least} pods that it needs: it waits until the others are created");
            return;
        }

        var needed = Math.Max(1, least - placed);
        var nodes = _cluster.Nodes.Length;
        var start = nodes == 0 ? 0 : (int)(_start++ % nodes);
        Budget[] budgets = [.. _budgets.List().Select(Budget.Of)];
        var placement = _cluster.Decide(members[0].Demand, snapshot => GangPlacement.For(group.Name, [.. members.Select(member => member.Demand)], needed, snapshot, budgets, start, new(_storage, _devices, Now, _cluster.Node, _cluster.UsesClaim)));
        _metrics?.Decided(_clock.GetElapsedTime(members[0].Began));
        if (placement.Message is { } message)
        {
            Refuse(message);
            foreach (var member in members)
                if (NeedsOf(member.Demand)?.Devices?.Broken(member.Demand.Uid) is { } broken)
                    _ = _reservations.ReleaseAsync(broken.Key, broken.View, cancellation);
            if (!members.Exists(member => IsRoomMadeFor(member.Demand)))
                MakeRoom(placement, members, cancellation);
            return;
        }
        var byKey = members.ToDictionary(member => member.Demand.Key);
        var ready = new List<(PendingPod Pod, Binding Binding)>();
        foreach (var (pod, node) in placement.Placed)
        {
            Forget(pod.Key);
            var needs = NeedsOf(pod);
            Give(pod, needs, node);
            Assign(pod, node);
            _podGroups.Note(pod.Key, group);
            // What is yet to be provided is waited for; the pod keeps its place, and is bound as soon as it is there.
            if (needs?.Storage?.ChoiceOn(_cluster.Node(node)!) is { Claims.Count: > 0 } choice)
                Await(new(byKey[pod.Key], node, choice), cancellation);
            else
                ready.Add((byKey[pod.Key], new(byKey[pod.Key].View, node, _devices.ChoiceOf(pod.Uid))));
        }
        _ = BindGangAsync(view, ready, placement.Placed.Count, cancellation);
        if (_pending.InGroup(group) is { Count: > 0 } rest)
            RefuseAll(rest, $"gang \"{group.Name}\" has the {least} pods that it needs, and there is no room for more: add a node, or request less");

        void Refuse(string why)
        {
            RefuseAll(members, why);
            _ = _gangBinder.TellAsync(view, isScheduled: false, why, cancellation);
        }
    }

    private void RefuseAll(List<PendingPod> pods, string why)
    {
        foreach (var pod in pods)
        {
            _metrics?.Refused(_clock.GetElapsedTime(pod.Began));
            _refusals.Tell(pod.View, why);
        }
    }

    private void MakeRoom(GangPlacement placement, List<PendingPod> members, CancellationToken cancellation)
    {
        // Places that an earlier decision has written down are no longer the gang's.
        if (placement.Preemptions.Count == 0)
            foreach (var member in members.Where(member => member.View.NominatedNode is not null))
                Withdraw(member, cancellation);
        foreach (var (pod, preemption) in placement.Preemptions)
            MakeRoom(members.Find(member => member.Demand.Key == pod.Key)!, preemption, cancellation);
    }

    private async Task BindGangAsync(PodGroupView group, IReadOnlyList<(PendingPod Pod, Binding Binding)> pods, int placed, CancellationToken cancellation)
    {
        var failed = new ConcurrentBag<ObjectKey>();
        await _gangBinder.BindAsync([.. pods.Select(pod => pod.Binding)], change =>
        {
            failed.Add(change.Key);
            Tell(change);
        }, cancellation);
        var lost = failed.ToHashSet();
        foreach (var (pod, _) in pods)
            Note(pod, isBound: !lost.Contains(pod.Demand.Key));
        await _gangBinder.TellAsync(group, isScheduled: true, $"{placed} pods have their nodes", cancellation);
    }
}
