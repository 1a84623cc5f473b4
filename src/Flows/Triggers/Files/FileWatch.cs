using Slipway.Api;
using Slipway.Api.Kinds;
using Slipway.Client;

namespace Slipway.Flows;

/// <summary>Looks at a directory of the node for a trigger, again and again, and holds the files that it is to deal with.</summary>
/// <remarks>
/// Looking needs no feature of the file system: notifications of the kernel tell nothing of what other machines write to a shared one, nor of what happened while nobody listened.
/// </remarks>
/// <param name="api">The API, as the controllers of flows.</param>
/// <param name="read">Reads a directory.</param>
/// <param name="flow">The flow.</param>
/// <param name="trigger">What is waited for.</param>
/// <param name="since">What was changed last before does not count; UTC.</param>
/// <param name="late">By how much a file may be seen after one that was changed later. Twice that goes by before it is told again how far the looks are.</param>
/// <param name="changed">Told that there is something to deal with, or to be written.</param>
/// <param name="clock">The clock of the looks.</param>
internal sealed class FileWatch(
    IApi api, Func<string, IReadOnlyList<FileState>> read, ObjectKey flow, FilesTrigger trigger, DateTime since, TimeSpan late, Action<ObjectKey> changed, TimeProvider clock)
{
    private const string Enforce = "pod-security.kubernetes.io/enforce", Privileged = "privileged";

    private static readonly Resource<PartialObjectMetadata> Namespaces = PartialObjectMetadata.ResourceOf("", "v1", "namespaces", "Namespace", namespaced: false);

    private readonly Lock gate = new();
    private readonly Queue<FileState> pending = [];
    private HashSet<FileState> known = [];
    private IReadOnlyList<FileState>? before;
    private string? blocked;
    private readonly DateTime begin = since;
    private DateTime settled = since;
    private DateTime told = since;

    /// <summary>Why nothing is seen; null if all is well.</summary>
    public string? Blocked
    {
        get
        {
            lock (gate)
                return blocked;
        }
    }

    /// <summary>What was changed last before is dealt with; null while files are pending. UTC.</summary>
    public DateTime? DealtWith
    {
        get
        {
            lock (gate)
                return pending.Count == 0 ? settled : null;
        }
    }

    /// <summary>The eldest file that is to be dealt with; null if there is none.</summary>
    public FileState? Peek()
    {
        lock (gate)
            return pending.TryPeek(out var file) ? file : null;
    }

    /// <summary>The eldest file is dealt with.</summary>
    public void Dequeue()
    {
        lock (gate)
            pending.Dequeue();
    }

    /// <summary>Looks until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                await LookAsync(cancellation);
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                Block(e.Message); // whatever it is: nobody else would look again
            }

            await Task.Delay(trigger.Every, clock, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task LookAsync(CancellationToken cancellation)
    {
        // Who may not give a directory of the node to pods is not to learn of what is in it, either.
        if (await api.GetAsync(Namespaces, null, flow.Namespace, cancellation) is { Metadata.Labels: { } labels } && labels.TryGetValue(Enforce, out var level) && level != Privileged)
        {
            Block($"namespace {flow.Namespace} allows its pods no directories of the node ({Enforce} is {level}), so that its flows cannot look into one");
            return;
        }

        var time = clock.GetUtcNow().UtcDateTime;
        var files = read(trigger.Directory);
        Block(null);
        var isNews = false;
        lock (gate)
        {
            known.IntersectWith(files.Select(Identity)); // what is gone, or written anew, need not be remembered
            foreach (var file in FileLook.Complete(trigger, before, files, begin).Where(f => known.Add(Identity(f))))
            {
                pending.Enqueue(file);
                isNews = true;
            }

            var now = FileLook.Settled(trigger, files, time, begin, f => known.Contains(Identity(f)), late);
            settled = now > settled ? now : settled;
            if (pending.Count == 0 && settled - told >= 2 * late)
                (told, isNews) = (settled, true);
        }

        before = files;
        if (isNews)
            changed(flow);
    }

    private static FileState Identity(FileState file) => file with { Changed = default };

    private void Block(string? why)
    {
        lock (gate)
        {
            if (blocked == why)
                return;
            blocked = why;
        }

        changed(flow);
    }
}
