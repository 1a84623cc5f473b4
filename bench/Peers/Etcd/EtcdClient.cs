using System.Net.Security;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Slipway.Bench.Peers.Etcd.Wire;

namespace Slipway.Bench.Peers.Etcd;

/// <summary>Speaks to etcd as Kubernetes' API server does: one HTTP/2 connection for all callers.</summary>
public sealed class EtcdClient : IDisposable
{
    private readonly GrpcChannel _channel;
    private readonly KV.KVClient _kv;
    private readonly Watch.WatchClient _watch;

    /// <summary>Connects when first used.</summary>
    public EtcdClient(Uri address)
    {
        _channel = GrpcChannel.ForAddress(address, new GrpcChannelOptions
        {
            MaxReceiveMessageSize = null,
            HttpHandler = new SocketsHttpHandler { SslOptions = { RemoteCertificateValidationCallback = (_, _, _, errors) => errors != SslPolicyErrors.RemoteCertificateNotAvailable } },   // one that it made itself
            DisposeHttpClient = true,
        });
        _kv = new KV.KVClient(_channel);
        _watch = new Watch.WatchClient(_channel);
    }

    /// <summary>Creates a key if it does not exist, in the transaction that Kubernetes uses; its revision, or null if it exists.</summary>
    public async Task<long?> CreateAsync(string key, ReadOnlyMemory<byte> value, CancellationToken cancellation)
    {
        var name = ByteString.CopyFromUtf8(key);
        var response = await _kv.TxnAsync(new TxnRequest
        {
            Compare = { new Compare { Target = Compare.Types.CompareTarget.Mod, Key = name, ModRevision = 0 } },
            Success = { new RequestOp { RequestPut = new PutRequest { Key = name, Value = UnsafeByteOperations.UnsafeWrap(value) } } },
        }, cancellationToken: cancellation);
        return response.Succeeded ? response.Header.Revision : null;
    }

    /// <summary>Writes a key over the value of a revision, in the transaction that Kubernetes uses; the new revision, or null if it has another.</summary>
    public async Task<long?> UpdateAsync(string key, ReadOnlyMemory<byte> value, long revision, CancellationToken cancellation)
    {
        var name = ByteString.CopyFromUtf8(key);
        var response = await _kv.TxnAsync(new TxnRequest
        {
            Compare = { new Compare { Target = Compare.Types.CompareTarget.Mod, Key = name, ModRevision = revision } },
            Success = { new RequestOp { RequestPut = new PutRequest { Key = name, Value = UnsafeByteOperations.UnsafeWrap(value) } } },
            Failure = { new RequestOp { RequestRange = new RangeRequest { Key = name } } },
        }, cancellationToken: cancellation);
        return response.Succeeded ? response.Header.Revision : null;
    }

    /// <summary>The value of a key and its revision.</summary>
    /// <exception cref="InvalidOperationException">It does not exist.</exception>
    public async Task<(ReadOnlyMemory<byte> Value, long Revision)> GetAsync(string key, CancellationToken cancellation)
    {
        var response = await _kv.RangeAsync(new RangeRequest { Key = ByteString.CopyFromUtf8(key) }, cancellationToken: cancellation);
        return response.Kvs is [var found] ? (found.Value.Memory, found.ModRevision) : throw new InvalidOperationException($"{key} does not exist");
    }

    /// <summary>Reads all keys of a prefix (of ASCII); how many bytes their values have.</summary>
    public async Task<long> ListAsync(string prefix, CancellationToken cancellation)
    {
        var response = await _kv.RangeAsync(
            new RangeRequest { Key = ByteString.CopyFromUtf8(prefix), RangeEnd = EndOf(prefix) }, cancellationToken: cancellation);
        return response.Kvs.Sum(found => (long)found.Value.Length);
    }

    /// <summary>Watches a key in a stream of its own, as Kubernetes does; completes when the watch stands.</summary>
    /// <param name="key">The key.</param>
    /// <param name="changed">Is told the value of each change.</param>
    /// <param name="cancellation">Ends the watch.</param>
    /// <returns>The watch, which lasts until it is cancelled.</returns>
    public async Task<Task> WatchAsync(string key, Action<ReadOnlyMemory<byte>> changed, CancellationToken cancellation)
    {
        var call = _watch.Watch(cancellationToken: cancellation);
        await call.RequestStream.WriteAsync(new WatchRequest { CreateRequest = new WatchCreateRequest { Key = ByteString.CopyFromUtf8(key) } }, cancellation);
        if (!await call.ResponseStream.MoveNext(cancellation) || !call.ResponseStream.Current.Created)
            throw new InvalidOperationException($"etcd did not accept a watch of {key}");
        return FollowAsync();

        async Task FollowAsync()
        {
            using (call)
            {
                while (await call.ResponseStream.MoveNext(cancellation))
                    foreach (var change in call.ResponseStream.Current.Events)
                        changed(change.Kv.Value.Memory);
            }
        }
    }

    /// <summary>How many keys have a prefix (of ASCII).</summary>
    public async Task<long> CountAsync(string prefix, CancellationToken cancellation) =>
        (await _kv.RangeAsync(
            new RangeRequest { Key = ByteString.CopyFromUtf8(prefix), RangeEnd = EndOf(prefix), CountOnly = true }, cancellationToken: cancellation)).Count;

    /// <summary>Waits until a read is answered.</summary>
    public async Task WaitUntilServingAsync(TimeSpan atMost, CancellationToken cancellation)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        deadline.CancelAfter(atMost);
        while (true)
        {
            try
            {
                await CountAsync("/", deadline.Token);
                return;
            }
            catch (RpcException e) when (e.StatusCode == StatusCode.Unavailable)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, deadline.Token);
            }
        }
    }

    private static ByteString EndOf(string prefix) => ByteString.CopyFromUtf8(prefix[..^1] + (char)(prefix[^1] + 1));

    /// <summary>Closes the connection.</summary>
    public void Dispose() => _channel.Dispose();
}
