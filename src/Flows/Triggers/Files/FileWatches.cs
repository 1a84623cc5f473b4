using System.Text.Json;
using Slipway.Api;
using Slipway.Api.Kinds;

namespace Slipway.Flows;

/// <summary>The looks at directories and buckets for triggers. There is none before a trigger needs it, or longer than one does.</summary>
/// <param name="api">The API, as the controllers of flows.</param>
/// <param name="read">Reads a directory of the node; null where there is no node.</param>
/// <param name="buckets">Reaches a bucket.</param>
/// <param name="changed">Told which flows have something to deal with.</param>
/// <param name="clock">The clock of the looks.</param>
internal sealed class FileWatches(IApi api, Func<string, IReadOnlyList<FileState>>? read, Func<S3Options, IBucket> buckets, Action<ObjectKey> changed, TimeProvider clock)
{
    private readonly Lock gate = new();
    private readonly Dictionary<(ObjectKey Flow, string Trigger), Looking> looking = [];
    private readonly BackgroundWork loops = new(clock);
    private readonly DirectoryReads? reads = read is null ? null : new(read, clock);

    private sealed record Looking(string Source, IArrivals Arrivals, FileWatch Watch, BackgroundWork.Running Loop);

    /// <summary>Ends all looks when cancelled.</summary>
    public Task RunAsync(CancellationToken cancellation) => loops.RunAsync(cancellation);

    /// <summary>The files that a trigger has to deal with, the eldest first, each until it is said to be dealt with. The trigger's status gets how far it is, and why it sees nothing.</summary>
    /// <param name="flow">The flow.</param>
    /// <param name="trigger">Its trigger.</param>
    /// <param name="status">The trigger's status.</param>
    public IEnumerable<TriggerItem> Pending(Flow flow, FlowTrigger trigger, FlowTriggerStatus status)
    {
        if (trigger.Files is not null && reads is null)
        {
            status.Blocked = "an operator is on no node and sees no files: have whoever brings them post to a webhook or put them into a bucket, or run the flow on a cluster of Slipway";
            yield break;
        }

        if (Enter(flow, trigger, status) is not { Watch: var watch, Arrivals: var arrivals })
            yield break;
        status.Blocked = watch.Blocked;
        while (watch.Peek() is { } file)
            yield return new TriggerItem(arrivals.ToEvent(file), watch.Dequeue);

        // What is older is not looked at after a restart, whatever has become of its run and record.
        if (watch.DealtWith is { } all && all > status.Since)
            status.Since = all;
    }

    /// <summary>Looks no more for what a flow's triggers no longer wait for.</summary>
    /// <param name="flow">The flow.</param>
    /// <param name="triggers">Those that still do.</param>
    public void Keep(ObjectKey flow, IReadOnlyCollection<string> triggers)
    {
        lock (gate)
        {
            foreach (var key in looking.Keys.Where(k => k.Flow == flow && !triggers.Contains(k.Trigger)).ToList())
                Leave(key);
        }
    }

    private Looking? Enter(Flow flow, FlowTrigger trigger, FlowTriggerStatus status)
    {
        var key = (new ObjectKey(flow.Metadata.NamespaceProperty, flow.Metadata.Name), trigger.Name);
        var looked = new FlowTrigger { Files = trigger.Files, Bucket = trigger.Bucket, When = trigger.When };
        var source = $"{flow.Metadata.Uid} {JsonSerializer.Serialize(looked, KindsJson.Default.FlowTrigger)}";
        lock (gate)
        {
            if (looking.GetValueOrDefault(key) is { } known)
            {
                if (known.Source == source)
                    return known;
                Leave(key);
            }

            IArrivals arrivals = trigger.Bucket is { } bucket
                ? new BucketArrivals(api, buckets, key.Item1.Namespace, bucket)
                : new DirectoryArrivals(api, reads!, key.Item1.Namespace, trigger.Files!);
            var watch = new FileWatch(arrivals, key.Item1, status.Since!.Value, changed, clock);
            return loops.Begin(end => LookAsync(watch, arrivals, end)) is { } loop ? looking[key] = new(source, arrivals, watch, loop) : null;
        }
    }

    private static async Task LookAsync(FileWatch watch, IArrivals arrivals, CancellationToken cancellation)
    {
        using (arrivals)
            await watch.RunAsync(cancellation);
    }

    // Nobody waits for it: a file system or storage that does not answer is to hold up no other trigger.
    private void Leave((ObjectKey Flow, string Trigger) key)
    {
        looking.Remove(key, out var one);
        _ = loops.EndAsync(one!.Loop);
    }
}
