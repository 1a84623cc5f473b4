using k8s.Models;
using Slipway.Api.Cel;
using Slipway.Api.Kinds;

namespace Slipway.Flows;

/// <summary>Chooses which ready items start now: within parallelism, and with images pinned.</summary>
internal sealed class PodStarter
{
    /// <summary>How many items of a forEach run at the same time, if the task does not say.</summary>
    public const int DefaultParallelism = 500;

    private readonly RunView view;

    /// <summary>Images that a pod of this run is about to pin: all others wait for it.</summary>
    private readonly HashSet<string> pinning = [];

    /// <summary>Images whose digest cannot be found out by an <see cref="ImagePod"/>.</summary>
    private readonly HashSet<string> lost;

    public PodStarter(RunView view, IEnumerable<V1Pod> livePods)
    {
        this.view = view;
        lost = [.. view.LostImages];
        held = new Dictionary<string, int>(view.LocksHeld);
        var gangs = new HashSet<string>();
        foreach (var attempt in view.Attempts)
            Pin(attempt.Image, attempt.ImageDigest);
        foreach (var pod in livePods)
        {
            var image = PodImage.Named(pod);
            Pin(image, PodImage.Digest(pod));
            pinning.Add(image);
            if (FlowNames.GangOf(pod) is not { } gang || gangs.Add(gang))
                Hold(pod);
        }

        foreach (var pod in view.Pods.Where(ImagePod.Is))
        {
            var image = PodImage.Named(pod);
            Pin(image, PodImage.Digest(pod));
            (ImagePod.IsLost(pod, view.Now) ? lost : pinning).Add(image);
        }
    }

    /// <summary>How many hold each lock, what is planned included.</summary>
    private readonly Dictionary<string, int> held;

    /// <summary>Whether an item waits for a lock.</summary>
    public bool WaitsForLock { get; private set; }

    public List<PlannedPod> Planned { get; } = [];

    /// <summary>What stands for items in a test.</summary>
    public List<FakeAttempt> Faked { get; } = [];

    /// <summary>Digests by the image as the flow names it.</summary>
    public Dictionary<string, string> Images { get; } = [];

    /// <summary>Plans the pods of a task's ready items; an item whose expressions have no value fails at once.</summary>
    public void Start(GroupState group, TaskState state)
    {
        if (view.IsSuspended && view.Stop is null)
            return;
        var room = (state.Task.Parallelism ?? (state.Task.Service is null ? DefaultParallelism : int.MaxValue)) - state.Items.Count(i => i.Pod is not null);
        foreach (var item in state.Items.Where(i => i.Missing is not null))
            Complete(group, state, item);
        foreach (var item in state.Items)
        {
            if (room <= 0)
                break;
            if (!item.IsReady)
                continue;
            var scope = group.Scope.ForItem(state, item);
            if (PodTemplate.Image(state, scope, out var problem) is not { } image)
            {
                Fail(item, problem);
                continue;
            }

            if (state.Settings.Locks.FirstOrDefault(l => held.GetValueOrDefault(l.Name) >= (l.Slots ?? 1)) is { } busy)
            {
                item.Message = $"{item.Path} waits for the lock {busy.Name}";
                WaitsForLock = true;
                continue;
            }

            if (TaskFake.Find(view.Fakes, item.Path) is { } fake)
            {
                if (Fake(group, state, item, fake, image, scope, out problem))
                    room--;
                else
                    Fail(item, problem);
                continue;
            }

            // The first pod of an image runs what the flow names; the others run what that turned out to be.
            var digest = Images.GetValueOrDefault(image);
            if (digest is null && !PodImage.IsPinned(image))
            {
                var isFirst = pinning.Add(image);
                if ((state.Task.Cache is not null || state.Task.Replicas is not null) && !lost.Contains(image))
                {
                    // Whether an earlier result may be taken is known only with the digest, and replicas do not begin one after the other.
                    item.Message = $"waits for the digest of image {image}";
                    if (isFirst)
                        Planned.Add(new PlannedPod(ImagePod.For(view, image, state.Settings.RunAsUser), null));
                    continue;
                }

                if (!isFirst && state.Task.Replicas is null)
                    continue;
            }

            // So with what runs before and beside the command, on which the result depends as well.
            if (state.Task.Cache is not null && PodContainers.Images(state.Settings, state.Task, scope).Where(IsUnknown).ToList() is { Count: > 0 } unknown)
            {
                item.Message = $"waits for the digest of image {unknown[0]}";
                Planned.AddRange(unknown.Where(pinning.Add).Select(i => new PlannedPod(ImagePod.For(view, i, state.Settings.RunAsUser), null)));
                continue;
            }

            if (Attempt(group, state, item, scope, image, digest, null, out problem) is not { } planned)
            {
                Fail(item, problem);
                continue;
            }

            if (planned.Select(p => view.HeldBack.GetValueOrDefault(p.Pod.Metadata.Name)).FirstOrDefault(w => w is not null) is { } waits)
            {
                item.Message = waits;
                continue;
            }

            Planned.AddRange(planned);
            Hold(planned[0].Pod);
            item.Phase = FlowPhase.Running;
            item.Pods = [.. planned.Select(p => p.Pod)];
            room--;
        }

        void Fail(ItemState item, string problem) =>
            (item.Phase, item.Message) = (FlowPhase.Failed, $"{item.Path}: {problem}");
    }

    /// <summary>Lets a fake stand for an item, whose own pod must be in order all the same.</summary>
    private bool Fake(GroupState group, TaskState state, ItemState item, TaskFake fake, string image, IReadOnlyDictionary<string, CelValue> scope, out string problem)
    {
        if (Attempt(group, state, item, scope, image, null, null, out problem) is not { } real || FakeAttempt.Of(view, state, item, fake, real[0], scope, out problem) is not { } faked)
            return false;
        Faked.Add(faked);
        item.Phase = FlowPhase.Running;
        return true;
    }

    /// <summary>The pods of an item's next attempt: one, or one for each replica; null and the problem if an expression has no value.</summary>
    private List<PlannedPod>? Attempt(
        GroupState group, TaskState state, ItemState item, IReadOnlyDictionary<string, CelValue> scope, string image, string? digest, IReadOnlyList<int>? only, out string problem)
    {
        problem = "";
        if (state.Task.Replicas is not { } count)
            return PodTemplate.For(view, group, state, item, scope, image, digest, Images, null, out problem) is { } single ? [single] : null;
        var gang = Gang.Of(view, item.Path, item.NextNumber, count);
        var planned = new List<PlannedPod>();
        foreach (var replica in only ?? [.. Enumerable.Range(0, count)])
        {
            if (PodTemplate.For(view, group, state, item, scope, image, digest, Images, new GangMember(gang, replica), out problem) is not { } pod)
                return null;
            planned.Add(pod);
        }

        return planned;
    }

    /// <summary>Plans the replicas that an attempt lacks, of the image that the others run: whoever created those was stopped.</summary>
    private void Complete(GroupState group, TaskState state, ItemState item)
    {
        var image = PodImage.Named(item.Pods[0]);
        var pinned = FlowNames.TaskOf(item.Pods[0]).Image;
        item.Memory = AttemptReader.MemoryLimit(FlowNames.TaskOf(item.Pods[0]));
        if (Attempt(group, state, item, group.Scope.ForItem(state, item), image, pinned == image ? null : pinned, item.Missing, out var problem) is not { } planned)
        {
            item.Message = $"{item.Path}: {problem}";
            return;
        }

        item.Message = planned.Select(p => view.HeldBack.GetValueOrDefault(p.Pod.Metadata.Name)).FirstOrDefault(w => w is not null) ?? item.Message;
        Planned.AddRange(planned.Where(p => !view.HeldBack.ContainsKey(p.Pod.Metadata.Name)));
    }

    /// <summary>Whether what an image means has still to be found out.</summary>
    private bool IsUnknown(string image) => !PodImage.IsPinned(image) && !Images.ContainsKey(image) && !lost.Contains(image);

    private void Hold(V1Pod pod)
    {
        foreach (var name in LockTable.NamesOf(pod))
            held[name] = held.GetValueOrDefault(name) + 1;
    }

    private void Pin(string image, string? digest)
    {
        if (digest is not null)
            Images.TryAdd(image, digest);
    }
}

/// <summary>The images of flow pods.</summary>
internal static class PodImage
{
    /// <summary>Whether an image is named by its digest already.</summary>
    public static bool IsPinned(string image) => image.Contains("@sha256:", StringComparison.Ordinal);

    /// <summary>Whether a container's image says what runs: by a digest, or by the image id of a node.</summary>
    public static bool IsDigest(string image) => IsPinned(image) || image.StartsWith("sha256:", StringComparison.Ordinal);

    /// <summary>The image as the flow names it.</summary>
    public static string Named(V1Pod pod) =>
        pod.Metadata.Annotations?.TryGetValue(FlowNames.ImageAnnotation, out var image) == true ? image : FlowNames.TaskOf(pod).Image;

    /// <summary>What ran: a reference by digest, or an image id of the node (<c>sha256:…</c>) for an image that no registry knows.</summary>
    public static string? Digest(V1Pod pod)
    {
        var id = pod.Status?.ContainerStatuses?.FirstOrDefault(c => c.Name == FlowNames.Container)?.ImageID;
        if (string.IsNullOrEmpty(id))
            return null;
        var scheme = id.IndexOf("://", StringComparison.Ordinal);
        var bare = scheme < 0 ? id : id[(scheme + 3)..];
        return bare.Contains("sha256:", StringComparison.Ordinal) ? bare : null;
    }
}
