using System.Collections.Concurrent;
using System.Threading.Channels;
using k8s.Models;
using Microsoft.Extensions.Logging;
using Slipway.Api;

namespace Slipway.Flows;

/// <summary>Pods whose attempts have ended.</summary>
/// <param name="Ready">Those that can be recorded: all that they left is where their run keeps it.</param>
/// <param name="Waiting">Of the others, by name: what is in the way; empty if nothing is.</param>
internal sealed record EndedPods(List<V1Pod> Ready, IReadOnlyDictionary<string, string> Waiting)
{
    /// <summary>Of those that can be recorded, by name: why what they left is not where their run keeps it.</summary>
    public IReadOnlyDictionary<string, string> Lost { get; init; } = new Dictionary<string, string>();
}

/// <summary>
/// Brings what attempts leave into the store of their run, before they are recorded. A store that is away is tried again ever more slowly, and is no failure of
/// the attempt: its pod waits. The files lie on this machine meanwhile, so that whoever is killed begins again with what is not there yet.
/// </summary>
/// <remarks>Each store has a queue of its own, so that one that is away keeps nobody else waiting. There is none before the first attempt of a store ends.</remarks>
internal sealed class ArtifactUploads(AttemptOutputs outputs, StoreGate gate, Action<ObjectKey> wake, TimeProvider clock, ILogger log)
{
    private readonly ConcurrentDictionary<string, Upload> uploads = new();
    private readonly Dictionary<(string Namespace, string Store), StoreQueue> queues = [];
    private readonly Channel<StoreQueue> fresh = Channel.CreateUnbounded<StoreQueue>();
    private readonly Lock making = new();

    /// <summary>Which of the pods that have ended can be recorded; begins to bring what the others left.</summary>
    /// <param name="run">Their run.</param>
    /// <param name="store">The declared store in which it keeps what it leaves.</param>
    /// <param name="ended">Pods whose attempts have ended: of a gang, all of them.</param>
    /// <param name="isRecorded">Whether the attempt of a pod of the name is recorded already.</param>
    /// <param name="isStopped">Whether the run is to end now: it does not wait for a store that cannot be used, and what it left there is lost.</param>
    public EndedPods Settle(ObjectKey run, string store, List<V1Pod> ended, Func<string, bool> isRecorded, bool isStopped)
    {
        var (waiting, lost) = (new Dictionary<string, string>(), new Dictionary<string, string>());
        var gangs = new HashSet<string>();
        foreach (var pod in ended.Where(p => AttemptReader.MayHaveOutputs(p) && !isRecorded(p.Metadata.Name)))
        {
            if (uploads.TryGetValue(pod.Metadata.Uid, out var known) && known.IsDone)
                continue;
            var queue = QueueOf(run.Namespace, store);
            if (known is null && uploads.TryAdd(pod.Metadata.Uid, known = new Upload(run, pod)))
                queue.Add(known);
            if (isStopped && queue.Trouble is { } fault)
            {
                lost[pod.Metadata.Name] = $"could not be kept in artifact store {store} before the run was stopped: {fault}";
                continue;
            }

            waiting[pod.Metadata.Name] = queue.Trouble is { } trouble ? $"{PodIdentity.Of(pod)?.Label}: what it left cannot be kept in artifact store {store} yet, which is tried again: {trouble}" : "";
            if (FlowNames.GangOf(pod) is { } gang)
                gangs.Add(gang);
        }

        return new EndedPods(ended.FindAll(p => !waiting.ContainsKey(p.Metadata.Name) && !(FlowNames.GangOf(p) is { } gang && gangs.Contains(gang))), waiting) { Lost = lost };
    }

    /// <summary>Forgets pods that are recorded.</summary>
    public void Forget(IEnumerable<V1Pod> recorded)
    {
        if (uploads.IsEmpty)
            return;
        foreach (var pod in recorded)
        {
            if (uploads.TryRemove(pod.Metadata.Uid, out var upload))
                upload.IsForgotten = true;
        }
    }

    /// <summary>Works until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        List<Task> running = [];
        try
        {
            await foreach (var queue in fresh.Reader.ReadAllAsync(cancellation))
                running.Add(queue.RunAsync(cancellation));
        }
        finally
        {
            await Task.WhenAll(running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private StoreQueue QueueOf(string ns, string store)
    {
        lock (making)
        {
            if (queues.TryGetValue((ns, store), out var queue))
                return queue;
            queues[(ns, store)] = queue = new StoreQueue(ns, store, outputs, gate, wake, clock, log);
            fresh.Writer.TryWrite(queue);
            return queue;
        }
    }
}

/// <summary>What a pod left, on its way.</summary>
internal sealed class Upload(ObjectKey run, V1Pod pod)
{
    private volatile bool isDone;
    private volatile bool isForgotten;

    public ObjectKey Run => run;

    public V1Pod Pod => pod;

    /// <summary>Whether all of it has arrived.</summary>
    public bool IsDone
    {
        get => isDone;
        set => isDone = value;
    }

    /// <summary>Whether nobody waits for it any more.</summary>
    public bool IsForgotten
    {
        get => isForgotten;
        set => isForgotten = value;
    }
}
