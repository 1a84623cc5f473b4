using Grpc.Core;
using Slipway.Storage.Etcd.Wire;

namespace Slipway.Storage.Etcd;

/// <summary>Writes in transactions that hold an expectation, and finds out what became of those whose answer was lost.</summary>
internal sealed class EtcdCommits(EtcdCalls calls, KeySpace keys, Random random)
{
    /// <summary>See <see cref="IStore.CommitAsync"/>.</summary>
    /// <param name="write">A valid write.</param>
    /// <param name="before">A revision that the store had reached before the call.</param>
    /// <returns>The result, and the newest revision that the answer told of.</returns>
    /// <exception cref="RpcException">The cluster refused.</exception>
    public async Task<(CommitResult Result, long Revision)> CommitAsync(StoreWrite write, long before)
    {
        var mark = random.NextInt64(long.MinValue, long.MaxValue);
        var request = Request(write, mark);
        var isSent = false;   // an attempt without an answer may have been carried out, or may still be
        try
        {
            var response = await calls.CallAsync((member, call) => member.Keys.TxnAsync(request, call), CancellationToken.None,
                fault => isSent |= Faults.MayTakeEffect(fault)).ConfigureAwait(false);
            if (response.Succeeded)
            {
                var committed = isSent && write.ExpectedRevision == 0 ? await WithoutTwinAsync(write, mark, before, response.Header.Revision).ConfigureAwait(false) : response.Header.Revision;
                return (new CommitResult(true, committed, null), response.Header.Revision);
            }

            var stored = response.Responses[0].ResponseRange.Kvs is [var found] ? found : null;
            var own = isSent ? await FindAsync(write, mark, before, stored).ConfigureAwait(false) : null;
            var result = own is { } revision
                ? new CommitResult(true, revision, null)
                : new CommitResult(false, 0, stored is null ? null : MarkedValue.Record(write.Key, stored));
            return (result, response.Header.Revision);
        }
        catch (RpcException e) when (Faults.Of(e) == Fault.Full && write.Value is not null)
        {
            // etcd applies the write by which it finds out that its quota is reached, and refuses it all the same.
            var response = await calls.CallAsync((member, call) => member.Keys.RangeAsync(new RangeRequest { Key = keys.Of(write.Key) }, call), CancellationToken.None).ConfigureAwait(false);
            if (response.Kvs is not [var kept] || !MarkedValue.Is(kept.Value, mark))
                throw;
            return (new CommitResult(true, kept.ModRevision, null), response.Header.Revision);
        }
        catch (StoreUnreachableException e) when (isSent)
        {
            throw new StoreUnreachableException(e.Message, mayHaveCommitted: true, e.InnerException);
        }
        catch (CompactedException e)
        {
            throw new StoreUnreachableException("the answer of etcd was lost, and what became of the write is compacted", mayHaveCommitted: true, e);
        }
    }

    /// <summary>Writes the key whose event is a sign for watches; its revision.</summary>
    public async Task<long> WriteBarrierAsync()
    {
        var request = new TxnRequest { Success = { new RequestOp { RequestPut = new PutRequest { Key = keys.Barrier } } } };
        return (await calls.CallAsync((member, call) => member.Keys.TxnAsync(request, call), CancellationToken.None).ConfigureAwait(false)).Header.Revision;
    }

    private TxnRequest Request(StoreWrite write, long mark)
    {
        var key = keys.Of(write.Key);
        return new TxnRequest
        {
            Compare = { new Compare { Target = Compare.Types.CompareTarget.Mod, Key = key, ModRevision = write.ExpectedRevision } },
            Success =
            {
                write.Value is { } value
                    ? new RequestOp { RequestPut = new PutRequest { Key = key, Value = MarkedValue.Make(value.Span, mark) } }
                    : new RequestOp { RequestDeleteRange = new DeleteRangeRequest { Key = key } },
            },
            Failure = { new RequestOp { RequestRange = new RangeRequest { Key = key } } },
        };
    }

    /// <summary>
    /// The revision of an attempt without an answer, if it took effect. The last attempt found the expectation failed, so none
    /// can take effect any more, and the key's history tells: a write is known by its mark. A deletion at the expected revision
    /// is taken for this one; if another client's was first, that did the same.
    /// </summary>
    private async Task<long?> FindAsync(StoreWrite write, long mark, long before, KeyValue? stored)
    {
        if (stored is not null && write.Value is not null && MarkedValue.Is(stored.Value, mark))
            return stored.ModRevision;

        // Expected at a revision: the next change of the key is the one that counts. Expected absent: any up to what is stored.
        if (write.ExpectedRevision == 0)
            return await FindPutAsync(write.Key, mark, before, stored!.ModRevision).ConfigureAwait(false);
        var next = (await HistoryAsync(write.Key, write.ExpectedRevision, write.ExpectedRevision + 1).ConfigureAwait(false))[0];
        var isOwn = next.Type == Event.Types.EventType.Put ? write.Value is not null && MarkedValue.Is(next.Kv.Value, mark) : write.Value is null;
        return isOwn ? next.Kv.ModRevision : null;
    }

    /// <summary>
    /// A key that was created by an attempt without an answer, removed by somebody, and created again by the next attempt: the
    /// second creation is taken back, for the removal came after the first.
    /// </summary>
    private async Task<long> WithoutTwinAsync(StoreWrite write, long mark, long before, long revision)
    {
        var first = await FindPutAsync(write.Key, mark, before, revision).ConfigureAwait(false) ?? revision;
        if (first < revision)
            await CommitAsync(new StoreWrite(write.Key, null, revision), revision).ConfigureAwait(false);
        return first;
    }

    private async Task<long?> FindPutAsync(string key, long mark, long after, long until)
    {
        foreach (var change in await HistoryAsync(key, after, until).ConfigureAwait(false))
            if (change.Type == Event.Types.EventType.Put && MarkedValue.Is(change.Kv.Value, mark))
                return change.Kv.ModRevision;
        return null;
    }

    /// <summary>The changes of a key after a revision, until one is at or after another revision; there is one.</summary>
    private async Task<List<Event>> HistoryAsync(string key, long after, long until)
    {
        using var patience = calls.Until(CancellationToken.None);
        using var stream = new EventStream(calls, keys.One(key), after);
        var history = new List<Event>();
        while (stream.Position < until)
            history.AddRange(await stream.NextAsync(patience.Token).ConfigureAwait(false));
        return history;
    }
}
