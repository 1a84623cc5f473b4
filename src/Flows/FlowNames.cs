using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using k8s.Models;
using Slipway.Api.Kinds;

namespace Slipway.Flows;

/// <summary>Names that the runs and pods of flows carry.</summary>
public static class FlowNames
{
    /// <summary>Name of the run.</summary>
    public const string RunLabel = "slipway.dev/run";

    /// <summary>Name of the flow.</summary>
    public const string FlowLabel = "slipway.dev/flow";

    /// <summary>Name of the task, without what it lies in.</summary>
    public const string TaskLabel = "slipway.dev/task";

    /// <summary>Index of the item in forEach; absent on tasks without.</summary>
    public const string IndexLabel = "slipway.dev/index";

    /// <summary>Number of the attempt, from 1.</summary>
    public const string AttemptLabel = "slipway.dev/attempt";

    /// <summary>Of a task with replicas: the number of the pod, from 0.</summary>
    public const string ReplicaLabel = "slipway.dev/replica";

    /// <summary>Of a task with replicas: the PodGroup of the attempt, the same for all pods of it and of no other.</summary>
    public const string GangLabel = "slipway.dev/gang";

    /// <summary>Of a task with replicas, and of a service: the Service in which the pod has its name.</summary>
    public const string PeersLabel = "slipway.dev/peers";

    /// <summary>Of a task with replicas: how many pods the attempt has.</summary>
    public const string ReplicasAnnotation = "slipway.dev/replicas";

    /// <summary>Where in the run the attempt lies: a <see cref="TaskPath"/>. What a label cannot hold.</summary>
    public const string PathAnnotation = "slipway.dev/path";

    /// <summary>When the attempt could have run, RFC 3339 in UTC: what it needs had ended, and the pause before a retry was over.</summary>
    public const string QueuedAnnotation = "slipway.dev/queued-at";

    /// <summary>On a run: the schedule of the flow that it is of.</summary>
    public const string ScheduleLabel = "slipway.dev/schedule";

    /// <summary>On a run: the trigger of the flow that has started it.</summary>
    public const string TriggerLabel = "slipway.dev/trigger";

    /// <summary>On a run: the backfill that it is of.</summary>
    public const string BackfillLabel = "slipway.dev/backfill";

    /// <summary>On a run: the time of the schedule that it is for, RFC 3339 in UTC.</summary>
    public const string ScheduledAtAnnotation = "slipway.dev/scheduled-at";

    /// <summary>Names of the locks that the pod holds, with commas between them.</summary>
    public const string LocksAnnotation = "slipway.dev/locks";

    /// <summary>Image as the flow names it, when the pod runs its digest.</summary>
    public const string ImageAnnotation = "slipway.dev/image";

    /// <summary>Hash of the <see cref="InputManifest"/> of what the pod reads.</summary>
    public const string InputsAnnotation = "slipway.dev/inputs";

    /// <summary>What the result of the attempt depends on: a <see cref="CacheIdentity"/>.</summary>
    public const string CacheAnnotation = "slipway.dev/cache";

    /// <summary>Why no earlier result was taken.</summary>
    public const string CacheMissAnnotation = "slipway.dev/cache-miss";

    /// <summary>Annotation of a pod that its run ends: the reason that its attempt is to have, a space and what has ended it.</summary>
    public const string StopAnnotation = "slipway.dev/stop";

    /// <summary>On a claim: the volume of the run that it is.</summary>
    public const string VolumeLabel = "slipway.dev/volume";

    /// <summary>On the claim of a run's volume: how long it is kept, a <see cref="VolumeKeep"/>.</summary>
    public const string KeepLabel = "slipway.dev/keep";

    /// <summary>On a pod that only tells the digest of an image.</summary>
    public const string ImageLabel = "slipway.dev/image-digest";

    /// <summary>On a pod that reaches the volume of an artifact store.</summary>
    public const string StoreLabel = "slipway.dev/artifact-store";

    /// <summary>Held until the attempt is in the ledger.</summary>
    public const string RecordedFinalizer = "slipway.dev/recorded";

    /// <summary>On a run: held while it has notifications that are still to be delivered.</summary>
    public const string NotifiedFinalizer = "slipway.dev/notified";

    /// <summary>Driver of the inline volume that brings slipway-task, its socket and the inputs.</summary>
    public const string VolumeDriver = "task.slipway.dev";

    /// <summary>The container of a flow pod.</summary>
    public const string Container = "task";

    /// <summary>What starts the command in a flow pod.</summary>
    public const string Wrapper = "/slipway/slipway-task";

    /// <summary>What the names of containers of steps begin with; the last step is <see cref="Container"/>.</summary>
    public const string StepPrefix = "step-";

    /// <summary>Whether a container is a step of a task, the last one left out.</summary>
    public static bool IsStep(string container) => container.StartsWith(StepPrefix, StringComparison.Ordinal);

    /// <summary>The container of the command in a flow pod, whatever was put beside it.</summary>
    public static V1Container TaskOf(V1Pod pod) => pod.Spec.Containers.FirstOrDefault(c => c.Name == Container) ?? pod.Spec.Containers[0];

    private const int NamePart = 30;

    /// <summary>
    /// Name of the run of a schedule's time. It says flow, time in UTC and, for a schedule with a name, that: so no time is run twice, whoever
    /// starts it. A flow's name that leaves no room for the rest is cut and told apart by a hash.
    /// </summary>
    public static string ScheduledRun(string flow, string schedule, DateTime time)
    {
        var tail = time.ToString("'-'yyyyMMddHHmm", CultureInfo.InvariantCulture) + (schedule == FlowScheduleEntry.Default ? "" : $"-{schedule}");
        return RunOf(flow, tail);
    }

    /// <summary>Name of the run that a trigger starts for something that has happened: the same for the same, so that nothing starts two runs.</summary>
    /// <param name="flow">The flow.</param>
    /// <param name="trigger">Name of its trigger.</param>
    /// <param name="happening">What identifies that which has happened, of any length.</param>
    public static string TriggeredRun(string flow, string trigger, string happening) => RunOf(flow, $"-{trigger}-{Hash($"{flow}/{trigger}/{happening}", 12)}");

    private static string RunOf(string flow, string tail)
    {
        if (flow.Length + tail.Length <= FlowRunRules.NameLimit)
            return flow + tail;
        var hash = Hash(flow);
        return $"{flow[..(FlowRunRules.NameLimit - tail.Length - hash.Length - 1)].TrimEnd('-', '.')}-{hash}{tail}";
    }

    /// <summary>
    /// Name of the pod of an attempt. It derives from the run, so that whoever plans from an old view collides with the pod
    /// that is there instead of starting a second one; the hash keeps names apart that would read the same, or that are cut. What lies in calls has
    /// a longer one: thousands of attempts can share the name and index of their task.
    /// </summary>
    /// <param name="runName">Name of the run.</param>
    /// <param name="runUid">Uid of the run.</param>
    /// <param name="path">Where in the run.</param>
    /// <param name="attempt">Number of the attempt.</param>
    /// <param name="replica">Number of the pod, for a task with replicas.</param>
    public static string Pod(string runName, string runUid, TaskPath path, int attempt, int? replica = null)
    {
        var item = path.Index is { } i ? string.Create(CultureInfo.InvariantCulture, $"-{i}") : "";
        var (member, salt) = replica is { } r ? (string.Create(CultureInfo.InvariantCulture, $"-r{r}"), string.Create(CultureInfo.InvariantCulture, $"/{r}")) : ("", "");
        var hash = Hash(string.Create(CultureInfo.InvariantCulture, $"{runUid}/{path.Text}/{attempt}{salt}"), path.Parent is null && path.Round is null && replica is null ? 6 : 12);
        var task = path.Name.Length > NamePart && hash.Length > 6 ? path.Name[..NamePart].TrimEnd('-') : path.Name;
        var tail = string.Create(CultureInfo.InvariantCulture, $"-{task}{item}-{attempt}{member}-{hash}");
        var head = runName.Length + tail.Length <= 63 ? runName : runName[..Math.Max(1, 63 - tail.Length)].TrimEnd('-', '.');
        return head + tail;
    }

    /// <summary>Name of the claim of a run's volume: by the call that it is of, too, where a flow is called.</summary>
    public static string Claim(string runName, string runUid, TaskPath? home, string volume)
    {
        var tail = $"-{volume}-{Hash($"{runUid}/{home?.Text}/{volume}")}";
        return Cut(runName, 63 - tail.Length) + tail;
    }

    /// <summary>Name of the Service in which the pods of a run's services, and of its tasks with replicas, have their names.</summary>
    public static string Peers(string runUid) => $"peers-{Hash(runUid, 12)}";

    /// <summary>What the host names of an attempt's replicas begin with: different for each attempt of a run.</summary>
    public static string Host(string runUid, TaskPath path, int attempt) =>
        $"{path.Name}-{Hash(string.Create(CultureInfo.InvariantCulture, $"{runUid}/{path.Text}/{attempt}"), 8)}";

    /// <summary>The attempt of a task with replicas that a pod is of, as the name of its PodGroup; null for any other pod.</summary>
    public static string? GangOf(V1Pod pod) => pod.Metadata.Labels?.TryGetValue(GangLabel, out var gang) == true ? gang : null;

    /// <summary>How many pods the attempt of a pod has.</summary>
    public static int ReplicasOf(V1Pod pod) =>
        pod.Metadata.Annotations?.TryGetValue(ReplicasAnnotation, out var text) == true && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : 1;

    private static string Cut(string name, int length) => name.Length <= length ? name : name[..length].TrimEnd('-', '.');

    /// <summary>The SHA-256 of a text, as hex digits from the first on.</summary>
    internal static string Hash(string text, int length = 6) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..length];
}
