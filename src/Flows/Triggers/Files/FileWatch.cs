using Slipway.Api;

namespace Slipway.Flows;

/// <summary>Looks at where files come to for a trigger, again and again, and holds those that it is to deal with.</summary>
/// <param name="arrivals">Where they come to.</param>
/// <param name="flow">The flow.</param>
/// <param name="since">What was changed last before does not count; UTC.</param>
/// <param name="changed">Told that there is something to deal with, or to be written.</param>
/// <param name="clock">The clock of the looks.</param>
internal sealed class FileWatch(IArrivals arrivals, ObjectKey flow, DateTime since, Action<ObjectKey> changed, TimeProvider clock)
{
    /// <summary>How far back a look goes beyond what is dealt with, for file systems whose clocks are behind.</summary>
    private static readonly TimeSpan Skew = TimeSpan.FromHours(1);

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

            await Task.Delay(arrivals.Every, clock, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task LookAsync(CancellationToken cancellation)
    {
        var time = clock.GetUtcNow().UtcDateTime;
        var from = settled - begin > Skew ? settled - Skew : begin; // what is older need not be held for ever
        var files = await arrivals.LookAsync(from, Block, cancellation);
        Block(null);
        var isNews = false;
        lock (gate)
        {
            known.IntersectWith(files.Select(Identity)); // what is gone, or written anew, need not be remembered
            foreach (var file in FileLook.Complete(before, files).Where(f => known.Add(Identity(f))))
            {
                pending.Enqueue(file);
                isNews = true;
            }

            var now = FileLook.Settled(files, time, f => known.Contains(Identity(f)), arrivals.Late + 2 * arrivals.Every);
            settled = now > settled ? now : settled;
            if (pending.Count == 0 && settled - told >= 2 * arrivals.Late) // once in a while: each is a write of the flow
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
