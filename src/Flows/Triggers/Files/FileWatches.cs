using Slipway.Api;
using Slipway.Api.Kinds;

namespace Slipway.Flows;

/// <summary>The looks at directories for triggers. There is none before a trigger needs it, or longer than one does.</summary>
/// <param name="api">The API, as the controllers of flows.</param>
/// <param name="read">Reads a directory of the node; null where there is no node.</param>
/// <param name="changed">Told which flows have something to deal with.</param>
/// <param name="clock">The clock of the looks.</param>
internal sealed class FileWatches(IApi api, Func<string, IReadOnlyList<FileState>>? read, Action<ObjectKey> changed, TimeProvider clock)
{
    private readonly Lock gate = new();
    private readonly Dictionary<(ObjectKey Flow, string Trigger), Running> running = [];
    private bool isEnding;

    private sealed record Running(string Source, FileWatch Watch, CancellationTokenSource End, Task Task);

    /// <summary>Ends all looks when cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        await Task.Delay(Timeout.InfiniteTimeSpan, clock, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        List<Running> all;
        lock (gate)
        {
            isEnding = true;
            all = [.. running.Values];
        }

        await Task.WhenAll(all.Select(StopAsync));
    }

    /// <summary>The files that a trigger has to deal with, the eldest first, each until it is said to be dealt with. The trigger's status gets how far it is, and why it sees nothing.</summary>
    /// <param name="flow">The flow.</param>
    /// <param name="trigger">Its trigger.</param>
    /// <param name="status">The trigger's status.</param>
    /// <param name="late">By how much a file may be seen after one that was changed later.</param>
    public IEnumerable<TriggerItem> Pending(Flow flow, FlowTrigger trigger, FlowTriggerStatus status, TimeSpan late)
    {
        if (read is null)
        {
            status.Blocked = "an operator is on no node and sees no files: have whoever brings them post to a webhook, or run the flow on a cluster of Slipway";
            yield break;
        }

        if (Enter(flow, trigger, status, late) is not { } watch)
            yield break;
        status.Blocked = watch.Blocked;
        while (watch.Peek() is { } file)
            yield return new TriggerItem(FileLook.ToEvent(trigger.Files!.Directory, file), watch.Dequeue);

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
            foreach (var key in running.Keys.Where(k => k.Flow == flow && !triggers.Contains(k.Trigger)).ToList())
                Leave(key);
        }
    }

    private FileWatch? Enter(Flow flow, FlowTrigger trigger, FlowTriggerStatus status, TimeSpan late)
    {
        var key = (new ObjectKey(flow.Metadata.NamespaceProperty, flow.Metadata.Name), trigger.Name);
        var source = $"{flow.Metadata.Uid} {trigger.Files!.Every} {trigger.Source}";
        lock (gate)
        {
            if (running.GetValueOrDefault(key) is { } known)
            {
                if (known.Source == source)
                    return known.Watch;
                Leave(key);
            }

            if (isEnding)
                return null;
            var watch = new FileWatch(api, read!, key.Item1, trigger.Files, status.Since!.Value, late, changed, clock);
            var end = new CancellationTokenSource();
            running[key] = new(source, watch, end, Task.Run(() => watch.RunAsync(end.Token), CancellationToken.None));
            return watch;
        }
    }

    // Nobody waits for it: a file system that does not answer is to hold up no other trigger.
    private void Leave((ObjectKey Flow, string Trigger) key)
    {
        running.Remove(key, out var one);
        _ = StopAsync(one!);
    }

    private static async Task StopAsync(Running one)
    {
        await one.End.CancelAsync();
        await one.Task;
        one.End.Dispose();
    }
}
