namespace Slipway.Storage.Sqlite;

/// <summary>A write on its way through the writer, and its caller waiting for it.</summary>
internal sealed class PendingWrite(StoreWrite write, CancellationToken cancellation)
{
    private readonly TaskCompletionSource<CommitResult> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private CommitResult _result;

    public StoreWrite Write { get; } = write;

    public Task<CommitResult> Answer => _answer.Task;

    /// <summary>What the write changes once its transaction commits; null if its expectation failed.</summary>
    public StoreChange? Change { get; private set; }

    /// <summary>False if the caller has given up; it is told so.</summary>
    public bool IsWanted()
    {
        if (!cancellation.IsCancellationRequested)
            return true;
        _answer.TrySetCanceled(cancellation);
        return false;
    }

    public void Decide(StoreChange change) => (Change, _result) = (change, new CommitResult(true, change.Revision, null));

    public void Decide(StoreRecord? stored) => (Change, _result) = (null, new CommitResult(false, 0, stored));

    public void Complete() => _answer.TrySetResult(_result);

    public void Fail(Exception e) => _answer.TrySetException(e);
}
