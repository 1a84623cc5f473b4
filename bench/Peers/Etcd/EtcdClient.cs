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

    /// <summary>Connects when first used.</summary>
    public EtcdClient(Uri address)
    {
        _channel = GrpcChannel.ForAddress(address);
        _kv = new KV.KVClient(_channel);
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

    /// <summary>How many keys have a prefix (of ASCII).</summary>
    public async Task<long> CountAsync(string prefix, CancellationToken cancellation)
    {
        var end = ByteString.CopyFromUtf8(prefix[..^1] + (char)(prefix[^1] + 1));
        return (await _kv.RangeAsync(
            new RangeRequest { Key = ByteString.CopyFromUtf8(prefix), RangeEnd = end, CountOnly = true }, cancellationToken: cancellation)).Count;
    }

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

    /// <summary>Closes the connection.</summary>
    public void Dispose() => _channel.Dispose();
}
