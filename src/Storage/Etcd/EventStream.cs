using Google.Protobuf;
using Google.Protobuf.Collections;
using Grpc.Core;
using Slipway.Storage.Etcd.Wire;

namespace Slipway.Storage.Etcd;

/// <summary>
/// The events of a range of keys after a revision, whichever member delivers them: when a connection is lost, the next one
/// goes on where it ended. etcd holds back what its reader has not fetched, and reads it again from its log.
/// </summary>
internal sealed class EventStream(EtcdCalls calls, (ByteString Start, ByteString End) range, long after) : IDisposable
{
    /// <summary>A member that has lost the others ends the stream, so that a better one is looked for.</summary>
    private static readonly Metadata NeedsLeader = new() { { "hasleader", "true" } };

    private AsyncDuplexStreamingCall<WatchRequest, WatchResponse>? _stream;
    private Member? _member;
    private int _attempts;

    /// <summary>Everything up to this revision has been returned.</summary>
    public long Position { get; private set; } = after;

    /// <summary>The next events, one or more, in order; they end with a whole revision.</summary>
    /// <exception cref="CompactedException">They are gone.</exception>
    public async ValueTask<IReadOnlyList<Event>> NextAsync(CancellationToken cancellation)
    {
        while (true)
        {
            calls.ThrowIfStopped();
            cancellation.ThrowIfCancellationRequested();
            try
            {
                _stream ??= await OpenAsync(cancellation).ConfigureAwait(false);
                if (!await _stream.ResponseStream.MoveNext(cancellation).ConfigureAwait(false))
                    throw new RpcException(new Status(StatusCode.Unavailable, "the watch was ended"));

                var response = _stream.ResponseStream.Current;
                if (response.CompactRevision > 0)
                    throw new CompactedException(response.CompactRevision);
                if (response.Canceled)
                    throw new RpcException(new Status(StatusCode.Unavailable, $"the watch was ended: {response.CancelReason}"));
                if (Take(response.Events) is { Count: > 0 } events)
                    return events;
            }
            catch (Exception e) when (e is RpcException or ObjectDisposedException or InvalidOperationException)
            {
                cancellation.ThrowIfCancellationRequested();
                calls.ThrowIfStopped();
                if (e is not RpcException lost)
                    throw;
                Close();
                calls.Leave(_member!, Faults.Describe(lost));
                await calls.PauseAsync(++_attempts, cancellation).ConfigureAwait(false);
            }
        }
    }

    public void Dispose() => Close();

    // Events that have been returned come again after a reconnection, and from a member that was restored from a snapshot.
    private List<Event> Take(RepeatedField<Event> events)
    {
        var news = new List<Event>(events.Count);
        foreach (var change in events)
            if (change.Kv.ModRevision > Position)
                news.Add(change);
        if (news.Count == 0)
            return news;
        _attempts = 0;
        Position = news[^1].Kv.ModRevision;
        return news;
    }

    private async Task<AsyncDuplexStreamingCall<WatchRequest, WatchResponse>> OpenAsync(CancellationToken cancellation)
    {
        _member = calls.Current;
        var stream = _member.Watches.Watch(NeedsLeader, cancellationToken: cancellation);
        try
        {
            await stream.RequestStream.WriteAsync(new WatchRequest
            {
                CreateRequest = new WatchCreateRequest
                {
                    Key = range.Start,
                    RangeEnd = range.End,
                    PrevKv = true,
                    // From the last revision that is known, not after it: of a revision that has just been compacted etcd may have
                    // dropped the deletion, and refuses only what lies before it.
                    StartRevision = Math.Max(Position, 1),
                },
            }, cancellation).ConfigureAwait(false);
            return stream;
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    private void Close()
    {
        _stream?.Dispose();
        _stream = null;
    }
}
