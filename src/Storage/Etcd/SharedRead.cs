namespace Slipway.Storage.Etcd;

/// <summary>
/// One question to the cluster, asked for all who want to know: whoever comes while it is under way waits for the next one,
/// because an answer must not be older than its question.
/// </summary>
internal sealed class SharedRead(Func<Task<long>> ask)
{
    private readonly Lock _gate = new();
    private Task<long> _running = Task.FromResult(0L);
    private Task<long>? _next;

    public Task<long> AskAsync()
    {
        lock (_gate)
            return _running.IsCompleted && _next is null ? _running = ask() : _next ??= AfterAsync(_running);
    }

    private async Task<long> AfterAsync(Task running)
    {
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ForceYielding);
        Task<long> mine;
        lock (_gate)
            (_running, _next) = (mine = ask(), null);
        return await mine.ConfigureAwait(false);
    }
}
