namespace Slipway.Flows.Tests;

/// <summary>A directory of a file system that does not answer, such as that of a server that is away: whoever reads it is held until it is disposed.</summary>
internal sealed class HungDirectory(string name) : IDisposable
{
    private int count;
    private readonly ManualResetEventSlim end = new();
    private readonly TaskCompletionSource entered = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when somebody is held.</summary>
    public Task Entered => entered.Task;

    /// <summary>How many were held.</summary>
    public int Count => Volatile.Read(ref count);

    public void Enter(string directory)
    {
        if (directory != name)
            return;
        Interlocked.Increment(ref count);
        entered.TrySetResult();
        end.Wait();
    }

    // Not disposed of itself: somebody may be in it.
    public void Dispose() => end.Set();
}
