using Slipway.Api;

namespace Slipway.Scheduler;

/// <content>Pods that are scheduled together. Nothing is held while a gang waits, so that none needs to give up after a time.</content>
public sealed partial class PodScheduler
{
    private void DecideGang(ObjectKey group, CancellationToken cancellation)
    {
        var members = _pending.InGroup(group);
        foreach (var member in members)
            member.IsQueued = false; // one decision for all
        if (_podGroups.Find(group) is not { } view)
        {
            RefuseAll(members, $"waiting for PodGroup \"{group.Name}\", which does not exist: create it, or leave out the pod's schedulingGroup");
            return;
        }
        var (placed, least) = (_podGroups.PlacedOf(group), view.Spec.SchedulingPolicy?.Gang?.MinCount ?? 1);
        if (placed + members.Count < least)
        {
            Refuse($"gang \"{group.Name}\" has {placed + members.Count} of the {least} pods that it needs: it waits until the others are created");
            return;
        }

        var needed = Math.Max(1, least - placed);
        var nodes = _cluster.Nodes.Length;
        var start = nodes == 0 ? 0 : (int)(_start++ % nodes);
        Budget[] budgets = [.. _budgets.List().Select(Budget.Of)];
        var placement = _cluster.Decide(members[0].Demand, snapshot => GangPlacement.For(group.Name, [.. members.Select(member => member.Demand)], needed, snapshot, budgets, start));
        if (placement.Message is { } message)
        {
            Refuse(message);
            if (!RoomIsMade(members))
                MakeRoom(placement, members, cancellation);
            return;
        }
        var views = members.ToDictionary(member => member.Demand.Key, member => member.View);
        foreach (var (pod, node) in placement.Placed)
        {
            Forget(pod.Key);
            Assign(pod, node);
            _podGroups.Note(pod.Key, group, isPlaced: true);
        }
        _ = BindGangAsync(view, [.. placement.Placed.Select(pair => (views[pair.Pod.Key], pair.Node))], cancellation);
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
            _refusals.Tell(pod.View, why);
    }

    private bool RoomIsMade(List<PendingPod> members) => members.Exists(member =>
        _cluster.NominationOf(member.Demand.Key) is { } name
        && _cluster.Node(name)?.Pods.Any(other => other.IsTerminating && other.Priority < member.Demand.Priority) == true);

    private void MakeRoom(GangPlacement placement, List<PendingPod> members, CancellationToken cancellation)
    {
        // Places that an earlier decision has written down are no longer the gang's.
        if (placement.Preemptions.Count == 0)
            foreach (var member in members.Where(member => member.View.Status?.NominatedNodeName is { Length: > 0 }))
            {
                _cluster.Denominate(member.Demand.Key);
                _ = _gangBinder.WithdrawAsync(member.View, cancellation);
            }
        foreach (var (pod, preemption) in placement.Preemptions)
        {
            _cluster.Nominate(pod, preemption.Node);
            _ = PreemptAsync(members.Find(member => member.Demand.Key == pod.Key)!, preemption, cancellation);
        }
    }

    private async Task BindGangAsync(PodGroupView group, IReadOnlyList<(PodView Pod, string Node)> pods, CancellationToken cancellation)
    {
        await _gangBinder.BindAsync(pods, pod => Tell(new Change.NotBound(Kinds.Pods.KeyOf(pod), pod.Metadata.Uid ?? "")), cancellation);
        await _gangBinder.TellAsync(group, isScheduled: true, $"{pods.Count} pods are bound", cancellation);
    }
}
