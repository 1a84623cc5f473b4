using System.Collections.Concurrent;

namespace Slipway.Flows;

/// <summary>
/// Reads directories of the node. Nothing ends a read of a file system that does not answer, such as that of a server that is away: so each directory is read by one
/// thread at a time, however many look into it, and whoever waits is told after a while, and goes on waiting.
/// </summary>
/// <param name="read">Reads a directory.</param>
/// <param name="clock">The clock of patience.</param>
internal sealed class DirectoryReads(Func<string, IReadOnlyList<FileState>> read, TimeProvider clock)
{
    /// <summary>After what time whoever waits for a directory is told.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<string, SemaphoreSlim> turns = new();

    /// <summary>The regular files of a directory, however long it takes: what answers late is no less true.</summary>
    /// <param name="directory">The directory.</param>
    /// <param name="late">Told what to do when it has not answered for <see cref="Patience"/>.</param>
    /// <param name="cancellation">Waits no more; the read itself goes on until it is answered.</param>
    /// <exception cref="IOException">It is not there, or cannot be read.</exception>
    public async Task<IReadOnlyList<FileState>> ReadAsync(string directory, Action<string> late, CancellationToken cancellation)
    {
        var reading = ReadInTurnAsync(directory, cancellation);
        try
        {
            return await reading.WaitAsync(Patience, clock, cancellation);
        }
        catch (TimeoutException)
        {
            late($"{directory} has not answered for {Patience.TotalSeconds:0} seconds; see to its file system");
        }

        return await reading;
    }

    private async Task<IReadOnlyList<FileState>> ReadInTurnAsync(string directory, CancellationToken cancellation)
    {
        var turn = turns.GetOrAdd(directory, _ => new SemaphoreSlim(1));
        await turn.WaitAsync(cancellation);
        // A thread of its own, for it may be held: the others are everybody's.
        return await Task.Factory.StartNew(() => Read(directory, turn), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).WaitAsync(cancellation);
    }

    private IReadOnlyList<FileState> Read(string directory, SemaphoreSlim turn)
    {
        try
        {
            return read(directory);
        }
        finally
        {
            turn.Release();
        }
    }
}
