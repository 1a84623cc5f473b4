using Slipway.Bench.Peers.Etcd;
using Slipway.Storage;

namespace Slipway.Bench.Storage;

/// <summary>A store under measurement, in an empty directory.</summary>
internal abstract class Subject : IAsyncDisposable
{
    /// <summary>Creates a document; returns when it is durable.</summary>
    public abstract Task CreateAsync(string key, ReadOnlyMemory<byte> document, CancellationToken cancellation);

    /// <summary>How many documents it has, by its own count.</summary>
    public abstract Task<long> CountAsync(string prefix, CancellationToken cancellation);

    public abstract ValueTask DisposeAsync();
}

/// <summary>Slipway's store in this process, as its API server has it.</summary>
internal sealed class SqliteSubject(string directory) : Subject
{
    private readonly SqliteStore _store = SqliteStore.Open(Path.Combine(directory, "store.db"));

    public override async Task CreateAsync(string key, ReadOnlyMemory<byte> document, CancellationToken cancellation)
    {
        if (!(await _store.CommitAsync(new StoreWrite(key, document, ExpectedRevision: 0), cancellation)).Committed)
            throw new InvalidOperationException($"{key} exists");
    }

    public override async Task<long> CountAsync(string prefix, CancellationToken cancellation) =>
        (await _store.ListAsync(prefix, null, 0, 0, cancellation)).Records.Count;

    public override ValueTask DisposeAsync() => _store.DisposeAsync();
}

/// <summary>etcd in a process of its own, as Kubernetes' API server has it.</summary>
internal sealed class EtcdSubject(EtcdServer server) : Subject
{
    private readonly EtcdClient _client = new(server.Address);

    public override async Task CreateAsync(string key, ReadOnlyMemory<byte> document, CancellationToken cancellation)
    {
        if (await _client.CreateAsync(key, document, cancellation) is null)
            throw new InvalidOperationException($"{key} exists");
    }

    public override Task<long> CountAsync(string prefix, CancellationToken cancellation) => _client.CountAsync(prefix, cancellation);

    public override async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await server.DisposeAsync();
    }
}
