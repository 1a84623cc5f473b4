using System.Runtime.CompilerServices;
using Grpc.Core;
using Microsoft.Extensions.Logging;
using Slipway.Storage.Etcd;
using Slipway.Storage.Etcd.Wire;

namespace Slipway.Storage;

/// <summary>
/// A store in an etcd (3.4 or later), which several processes may use at once. Revisions are etcd's: they rise by one with each
/// commit as long as nothing else writes to the etcd, and leave gaps otherwise.
/// </summary>
/// <remarks>
/// A call goes on while members fail, as long as the options' patience lasts. A commit whose connection broke is sent again; at
/// most one of the two takes effect, because both expect the same revision, and what is stored tells which it was.
/// </remarks>
public sealed class EtcdStore : IStore
{
    private const int PageSize = 500;

    private readonly EtcdCalls _calls;
    private readonly KeySpace _keys;
    private readonly EtcdCommits _commits;
    private readonly SharedRead _newest;
    private readonly EventBarrier _barrier;
    private long _revision;
    private long _compacted;

    private EtcdStore(EtcdCalls calls, KeySpace keys, TimeProvider clock, Random random)
    {
        (_calls, _keys) = (calls, keys);
        _commits = new EtcdCommits(calls, keys, random);
        _newest = new SharedRead(AskRevisionAsync);
        _barrier = new EventBarrier(() => _commits.WriteBarrierAsync(), clock);
    }

    /// <summary>Connects to an etcd.</summary>
    /// <param name="options">Which, and how.</param>
    /// <param name="clock">The time of the system: calls have deadlines.</param>
    /// <param name="random">Source of marks and of the jitter of pauses; must be safe for several threads.</param>
    /// <param name="logs">Where lost members are reported.</param>
    /// <param name="cancellation">Ends the attempt.</param>
    /// <exception cref="StoreUnusableException">A certificate cannot be read, or the etcd does not let this client in.</exception>
    /// <exception cref="StoreUnreachableException">No member answers.</exception>
    public static async Task<EtcdStore> ConnectAsync(EtcdOptions options, TimeProvider clock, Random random, ILoggerFactory logs, CancellationToken cancellation)
    {
        var calls = new EtcdCalls(Member.All(options), options.Patience, clock, random, logs.CreateLogger<EtcdStore>());
        var store = new EtcdStore(calls, new KeySpace(options.Prefix), clock, random);
        try
        {
            await store.GetCompactedRevisionAsync(cancellation).ConfigureAwait(false);
            return store;
        }
        catch
        {
            await store.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>The newest revision that this process has heard of; see <see cref="GetRevisionAsync"/>.</summary>
    public long Revision => Volatile.Read(ref _revision);

    /// <summary>The newest compaction that this process has heard of; see <see cref="GetCompactedRevisionAsync"/>.</summary>
    public long CompactedRevision => Volatile.Read(ref _compacted);

    /// <inheritdoc/>
    public async ValueTask<long> GetRevisionAsync(CancellationToken cancellation)
    {
        _calls.ThrowIfStopped();
        var revision = await _newest.AskAsync().WaitAsync(cancellation).ConfigureAwait(false);
        _barrier.Want(revision);
        return revision;
    }

    /// <inheritdoc/>
    public async ValueTask<long> GetCompactedRevisionAsync(CancellationToken cancellation)
    {
        // etcd does not tell, but refuses reads before it.
        var (low, high) = (CompactedRevision, await AskRevisionAsync().WaitAsync(cancellation).ConfigureAwait(false));
        if (await IsReadableAsync(Math.Max(low, 1), cancellation).ConfigureAwait(false))
            return low;
        while (high - low > 1)
        {
            var middle = low + (high - low) / 2;
            if (await IsReadableAsync(middle, cancellation).ConfigureAwait(false))
                high = middle;
            else
                low = middle;
        }
        EventBarrier.Rise(ref _compacted, high);
        return high;
    }

    /// <summary>What the database takes at the member that answers; others may take more or less.</summary>
    public async ValueTask<long?> GetSizeAsync(CancellationToken cancellation)
    {
        try
        {
            return (await _calls.CallAsync((member, call) => member.Maintenance.StatusAsync(new StatusRequest(), call), cancellation).ConfigureAwait(false)).DbSize;
        }
        catch (RpcException e)
        {
            throw Refusal(e, "the question for its size");
        }
    }

    /// <inheritdoc/>
    public async ValueTask<CommitResult> CommitAsync(StoreWrite write, CancellationToken cancellation)
    {
        write.ThrowIfInvalid();
        cancellation.ThrowIfCancellationRequested();
        try
        {
            var (result, revision) = await _commits.CommitAsync(write, Revision).ConfigureAwait(false);
            EventBarrier.Rise(ref _revision, revision);
            return result;
        }
        catch (RpcException e)
        {
            throw Refusal(e, $"{write.Key} takes {write.Value?.Length ?? 0} bytes");
        }
    }

    /// <inheritdoc/>
    public async ValueTask<StoreRecord?> GetAsync(string key, CancellationToken cancellation)
    {
        var response = await RangeAsync(new RangeRequest { Key = _keys.Of(key) }, cancellation).ConfigureAwait(false);
        return response.Kvs is [var stored] ? MarkedValue.Record(key, stored) : null;
    }

    /// <inheritdoc/>
    public async ValueTask<StorePage> ListAsync(string prefix, string? after, int limit, long revision, CancellationToken cancellation)
    {
        StoreReads.ThrowIfInvalid(limit, revision);
        var (start, end) = _keys.Page(prefix, after);
        var records = new List<StoreRecord>();
        while (true)
        {
            var response = await RangeAsync(new RangeRequest
            {
                Key = start,
                RangeEnd = end,
                Limit = limit == 0 ? PageSize : Math.Min(PageSize, limit - records.Count),
                Revision = revision,
            }, cancellation).ConfigureAwait(false);
            if (revision == 0)
                revision = response.Header.Revision;
            foreach (var stored in response.Kvs)
                records.Add(MarkedValue.Record(_keys.KeyOf(stored.Key)!, stored));
            if (!response.More || records.Count == limit)
                return new StorePage(records, revision, response.More);
            start = _keys.Of(KeyOrder.Successor(records[^1].Key));
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<StoreBatch> WatchAsync(string prefix, long afterRevision, [EnumeratorCancellation] CancellationToken cancellation)
    {
        using var until = _calls.Until(cancellation);
        using var events = new EventStream(_calls, _keys.All, afterRevision);
        _barrier.Open(+1);
        try
        {
            while (true)
            {
                var batch = await NextAsync(events, prefix, until.Token).ConfigureAwait(false);
                _barrier.Reached(batch.Revision);
                yield return batch;
            }
        }
        finally
        {
            _barrier.Open(-1);
        }
    }

    /// <inheritdoc/>
    public async ValueTask CompactAsync(long revision, CancellationToken cancellation)
    {
        if (revision <= CompactedRevision)
        {
            _calls.ThrowIfStopped();
            return;
        }
        try
        {
            var request = new CompactionRequest { Revision = revision, Physical = true };
            await _calls.CallAsync((member, call) => member.Keys.CompactAsync(request, call), cancellation).ConfigureAwait(false);
        }
        catch (RpcException e) when (Faults.Of(e) == Fault.Compacted)
        {
            // Another server was first, or this was sent again after it had been done.
        }
        catch (RpcException e)
        {
            throw Faults.Of(e) == Fault.Future ? NotReached(revision) : Refusal(e, "the compaction");
        }
        EventBarrier.Rise(ref _compacted, revision);
    }

    /// <summary>Ends calls and watches; etcd keeps what it has.</summary>
    public ValueTask DisposeAsync()
    {
        _calls.Dispose();
        return ValueTask.CompletedTask;
    }

    private async ValueTask<StoreBatch> NextAsync(EventStream stream, string prefix, CancellationToken cancellation)
    {
        IReadOnlyList<Event> events;
        try
        {
            events = await stream.NextAsync(cancellation).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            _calls.ThrowIfStopped();
            throw;
        }
        catch (CompactedException e)
        {
            EventBarrier.Rise(ref _compacted, e.CompactedRevision);
            throw;
        }

        var changes = new List<StoreChange>(events.Count);
        foreach (var change in events)
            if (_keys.KeyOf(change.Kv.Key) is { } key && key.StartsWith(prefix, StringComparison.Ordinal))
                changes.Add(Change(key, change));
        EventBarrier.Rise(ref _revision, stream.Position);
        return new StoreBatch(changes, stream.Position);
    }

    private StoreChange Change(string key, Event change)
    {
        var deleted = change.Type == Event.Types.EventType.Delete;
        // etcd leaves out what was before when it has been compacted meanwhile.
        if (change.PrevKv is null && (deleted || change.Kv.CreateRevision < change.Kv.ModRevision))
            throw new CompactedException(Math.Max(CompactedRevision, change.Kv.ModRevision));
        return new StoreChange(
            key,
            change.Kv.ModRevision,
            deleted ? null : MarkedValue.Record(key, change.Kv),
            change.PrevKv is { } previous ? MarkedValue.Record(key, previous) : null);
    }

    private async Task<long> AskRevisionAsync() =>
        (await RangeAsync(new RangeRequest { Key = _keys.Barrier, CountOnly = true }, CancellationToken.None).ConfigureAwait(false)).Header.Revision;

    private async Task<bool> IsReadableAsync(long revision, CancellationToken cancellation)
    {
        try
        {
            var request = new RangeRequest { Key = _keys.Barrier, CountOnly = true, Revision = revision };
            await _calls.CallAsync((member, call) => member.Keys.RangeAsync(request, call), cancellation).ConfigureAwait(false);
            return true;
        }
        catch (RpcException e) when (Faults.Of(e) == Fault.Compacted)
        {
            return false;
        }
    }

    private async Task<RangeResponse> RangeAsync(RangeRequest request, CancellationToken cancellation)
    {
        try
        {
            var response = await _calls.CallAsync((member, call) => member.Keys.RangeAsync(request, call), cancellation).ConfigureAwait(false);
            EventBarrier.Rise(ref _revision, response.Header.Revision);
            return response;
        }
        catch (RpcException e) when (Faults.Of(e) == Fault.Compacted)
        {
            throw new CompactedException(await GetCompactedRevisionAsync(cancellation).ConfigureAwait(false));
        }
        catch (RpcException e)
        {
            throw Faults.Of(e) == Fault.Future ? NotReached(request.Revision) : Refusal(e, "the request");
        }
    }

    private ArgumentOutOfRangeException NotReached(long revision) => new(nameof(revision), revision, $"the newest revision is {Revision}");

    private static IOException Refusal(RpcException e, string what) => Faults.Of(e) switch
    {
        Fault.Full => new StoreFullException($"etcd has reached its quota ({Faults.Describe(e)}); compact and defragment it, or raise --quota-backend-bytes, and disarm its alarm", e),
        Fault.TooLarge => new StoreValueTooLargeException($"{what}, more than etcd takes in one request (its option --max-request-bytes)", e),
        _ => new StoreUnusableException($"etcd refused: {Faults.Describe(e)}", e),
    };
}
