using System.Collections.Concurrent;

namespace Slipway.Flows;

/// <summary>
/// Reads directories of the node. Nothing ends a read of a file system that does not answer, such as that of a server that is away: so each directory is read by one
/// thread at a time, however many look into it, and whoever waits is told after a while.
/// </summary>
/// <param name="read">Reads a directory.</param>
/// <param name="clock">The clock of patience.</param>
internal sealed class DirectoryReads(Func<string, IReadOnlyList<FileState>> read, TimeProvider clock)
{
    /// <summary>How long a directory is waited for.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<string, SemaphoreSlim> turns = new();

    /// <summary>The regular files of a directory.</summary>
    /// <exception cref="IOException">It is not there, cannot be read, or does not answer.</exception>
    public async Task<IReadOnlyList<FileState>> ReadAsync(string directory, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(Patience, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        try
        {
            var turn = turns.GetOrAdd(directory, _ => new SemaphoreSlim(1));
            await turn.WaitAsync(either.Token);
            // A thread of its own, for it may be held: the others are everybody's.
            var reading = Task.Factory.StartNew(() => Read(directory, turn), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            return await reading.WaitAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new IOException($"{directory} has not answered for {Patience.TotalSeconds:0} seconds, and is looked into again when it does; see to its file system");
        }
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
