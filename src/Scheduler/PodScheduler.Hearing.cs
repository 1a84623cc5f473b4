using Slipway.Api;

namespace Slipway.Scheduler;

/// <content>Takes in what has changed, in the order in which it is told.</content>
public sealed partial class PodScheduler
{
    private void Hear(Change change, CancellationToken cancellation)
    {
        switch (change)
        {
            case Change.Pod { View: { } pod } heard:
                HearOfPod(heard.Key, pod);
                break;
            case Change.Pod gone:
                Forget(gone.Key);
                GiveBack(gone.Key);
                NotePlaced(gone.Key, null);
                break;
            case Change.Namespace changed:
                HearOfNamespace(changed.Name, changed.View is { } view ? PodDemand.LabelsOf(view.Metadata) : null);
                break;
            case Change.Node { View: { } node }:
                if (_cluster.SetNode(node))
                    _openings.AddEverything();
                break;
            case Change.Node gone:
                _cluster.RemoveNode(gone.Name);
                _openings.AddEverything(); // what is told of why pods fit nowhere has changed
                break;
            case Change.Claim changed:
                _storage.SetClaim(changed.Key, changed.View);
                break;
            case Change.Volume changed:
                _storage.SetVolume(changed.Name, changed.View);
                break;
            case Change.StorageClass changed:
                _storage.SetClass(changed.Name, changed.View);
                break;
            case Change.Group changed:
                if (_podGroups.Set(changed.Key, changed.View))
                    _pending.RetryGroup(changed.Key);
                break;
            case Change.DeviceClaim changed:
                _devices.SetClaim(changed.Key, changed.View);
                break;
            case Change.DeviceClass changed:
                _devices.SetClass(changed.Name, changed.View);
                break;
            case Change.DeviceSlice changed:
                _devices.SetSlice(changed.Name, changed.View);
                break;
            case Change.DeviceTaintRule changed:
                _devices.SetRule(changed.Name, changed.View);
                break;
            case Change.DevicesSynced:
                _devices.Complete();
                break;
            case Change.Synced:
                _synced = true;
                _hasHeard.TrySetResult();
                break;
            case Change.NotBound failed:
                _devices.TakeBack(failed.Uid, failed.Allocated);
                if (_cluster.NodeOf(failed.Key, failed.Uid) is not null)
                    HearOfFailure(failed, cancellation);
                break;
            // The pod as it is now: what is written upon an older state of it is refused.
            case Change.StorageLate { Awaited: var awaited } when _storage.Lacking(awaited) is { } claim && _pods.Get(awaited.Pod.Demand.Key) is { WaitsForNode: true } pod && pod.Metadata.Uid == awaited.Pod.Demand.Uid:
                _refusals.Tell(pod, $"running PreBind plugin \"VolumeBinding\": persistentvolumeclaim \"{claim.Name}\" is not bound to a volume for node \"{awaited.Node}\" yet. kubectl describe pvc {claim.Name} tells what it waits for.");
                break;
            case Change.NoStorage given when _storage.Abandon(given.Awaited):
                _devices.TakeBack(given.Awaited.Pod.Demand.Uid, []);
                HearOfFailure(new(given.Awaited.Pod.Demand.Key, given.Awaited.Pod.Demand.Uid, []), cancellation);
                break;
            case Change.NoRoom failed:
                _victims.ExceptWith(failed.Preemption.Victims.Select(victim => victim.Uid));
                TellLater(new Change.Again(failed.Key), cancellation);
                break;
            case Change.Again again:
                _pending.Retry(again.Key);
                break;
        }
    }

    private void HearOfPod(ObjectKey key, PodView pod)
    {
        if (pod.WaitsForNode)
        {
            // A binding under way may be told of later than another change of the pod.
            if (_cluster.NodeOf(key, pod.Metadata.Uid) is not null)
                return;
            GiveBack(key); // a namesake that is gone
            var before = _pending.Find(key);
            var isNews = before?.AsksTheSameAs(pod) != true || (IsToldAnew(pod, before) && pod.NominatedNode != _cluster.NominationOf(key));
            var now = Wait(pod, queue: isNews);
            if (now.Demand.Devices.Count > 0)
                _deviceWatch.Begin();
            HearOfNomination(now, before);
            return;
        }
        Forget(key);
        if (pod.Spec.NodeName is { Length: > 0 })
            _devices.Settle(pod.Metadata.Uid ?? "");
        // What has done its work counts for its group for ever; what failed is made anew.
        if (pod.Spec.SchedulingGroup is not null)
            NotePlaced(key, pod.Spec.NodeName is { Length: > 0 } && pod.Status?.Phase != "Failed" ? PodDemand.GroupOf(pod) : null);
        if (pod.HasEnded || pod.Spec.NodeName is null or "")
            GiveBack(key);
        else
            Assign(PodDemand.Of(pod), pod.Spec.NodeName);
    }

    private PendingPod Wait(PodView view, bool queue)
    {
        var pod = _pending.Put(view, queue);
        if (pod.Since == 0)
            pod.Since = _clock.GetTimestamp();
        return pod;
    }

    private void HearOfNamespace(string name, IReadOnlyDictionary<string, string>? labels)
    {
        var isNew = _cluster.LabelsOf(name) is null;
        if (!_cluster.SetNamespace(name, labels))
            return;
        if (isNew)
            _openings.AddCompany();
        else
            _openings.AddEverything();
    }

    // A group for which others are placed needs more or fewer of those that wait.
    private void NotePlaced(ObjectKey pod, ObjectKey? group)
    {
        foreach (var changed in _podGroups.Note(pod, group))
            _pending.RetryGroup(changed);
    }

    private void HearOfNomination(PendingPod now, PendingPod? before)
    {
        var (pod, known) = (now.Demand, _cluster.NominationOf(now.Demand.Key));
        if ((IsToldAnew(now.View, before) ? now.View.NominatedNode : known) is { } node)
            _openings.Add(_cluster.Nominate(pod, node), null);
        // It was told of and is no longer, or was a namesake's. What has been decided here and is not told of yet stays.
        else if (before is not null && (before.Demand.Uid != pod.Uid || before.View.NominatedNode == known))
            _openings.Add(_cluster.Denominate(pod.Key), null);
    }

    // Another change of the pod tells its nomination once more, and may be heard of after something else has been decided here.
    private static bool IsToldAnew(PodView pod, PendingPod? before) =>
        before is null || before.View.Metadata.Uid != pod.Metadata.Uid || before.View.NominatedNode != pod.NominatedNode;

    private void Forget(ObjectKey key)
    {
        _pending.Remove(key);
        _refusals.Drop(key);
        _openings.Add(_cluster.Denominate(key), null);
        // What was given to a pod that waited for its storage has not been written.
        if (_storage.AwaitedBy(key) is { Pod.Demand.Uid: var uid } && _storage.Abandon(key))
            _devices.TakeBack(uid, []);
    }

    private void HearOfFailure(Change.NotBound failed, CancellationToken cancellation)
    {
        // Bound after all, by this binding or another's: its pod is told of with its node.
        if (_pods.Get(failed.Key) is not { WaitsForNode: true } pod || pod.Metadata.Uid != failed.Uid)
            return;
        _storage.Abandon(failed.Key);
        GiveBack(failed.Key);
        _podGroups.Note(failed.Key, null);
        // With the place that is written down for it, which was given up when it was to be bound.
        HearOfNomination(Wait(pod, queue: false), before: null);
        // Its own place is free again, which would have it tried at once and for ever.
        _pending.Hold(failed.Key);
        TellLater(new Change.Again(failed.Key), cancellation);
    }

    private void Assign(PodDemand pod, string node)
    {
        if (_cluster.Assign(pod, node, out var before))
            TakeIn(before, new(node, pod));
    }

    private void GiveBack(ObjectKey key) => TakeIn(_cluster.Release(key), null);

    private void TakeIn(Assignment? before, Assignment? now)
    {
        _openings.Add(before, now);
        if (before?.Pod.Uid is { } uid && uid != now?.Pod.Uid)
            _victims.Remove(uid);
    }
}
