using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Slipway.Testing.Etcd;

namespace Slipway.Storage.Tests.Etcd;

/// <summary>What a store says of a commit whose connection broke between its request and its answer.</summary>
public sealed class LostAnswerTests(ClusterFixture.Single fixture) : IClassFixture<ClusterFixture.Single>, IAsyncLifetime
{
    private readonly string _prefix = $"/{Guid.NewGuid():N}";
    private CuttingProxy _proxy = null!;
    private EtcdStore _store = null!, _other = null!;
    private long _start;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private EtcdCluster Cluster => fixture.Cluster;

    public async ValueTask InitializeAsync()
    {
        _proxy = new CuttingProxy(Cluster.Options(_prefix).Endpoints[0]);
        _store = await ConnectAsync(TimeSpan.FromSeconds(20));
        _other = await Cluster.ConnectAsync(_prefix, Cancel);
        _start = _other.Revision;
    }

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        await _other.DisposeAsync();
        _proxy.Dispose();
    }

    [Fact]
    public async Task A_create_that_took_effect_is_committed()
    {
        var commit = CommitWithoutAnswer("/a", "1", 0);
        var stored = await UntilAsync("/a", record => record is not null);
        _proxy.Cut();

        Assert.Equal(new CommitResult(true, stored!.Revision, null), await commit);
        Assert.Equal(["/a=1"], await HistoryAsync());
    }

    [Fact]
    public async Task An_update_that_took_effect_is_committed()
    {
        var created = await PutAsync(_other, "/a", "1", 0);
        var commit = CommitWithoutAnswer("/a", "2", created);
        var stored = await UntilAsync("/a", record => record!.Revision > created);
        _proxy.Cut();

        Assert.Equal(new CommitResult(true, stored!.Revision, null), await commit);
        Assert.Equal(["/a=1", "/a=2"], await HistoryAsync());
    }

    [Fact]
    public async Task An_update_that_took_effect_and_was_overwritten_is_committed()
    {
        var created = await PutAsync(_other, "/a", "1", 0);
        var commit = CommitWithoutAnswer("/a", "2", created);
        var stored = await UntilAsync("/a", record => record!.Revision > created);
        await PutAsync(_other, "/a", "3", stored!.Revision);
        _proxy.Cut();

        Assert.Equal(new CommitResult(true, stored.Revision, null), await commit);
        Assert.Equal(["/a=1", "/a=2", "/a=3"], await HistoryAsync());
    }

    [Fact]
    public async Task An_update_that_another_client_was_ahead_of_is_not_committed_even_if_both_wrote_the_same()
    {
        var created = await PutAsync(_other, "/a", "1", 0);
        _proxy.LoseRequests();
        var commit = _store.CommitAsync(new StoreWrite("/a", Encoding.UTF8.GetBytes("2"), created), Cancel).AsTask();
        var theirs = await PutAsync(_other, "/a", "2", created);
        _proxy.Cut();

        var result = await commit;

        Assert.False(result.Committed);
        Assert.Equal(theirs, result.Current!.Revision);
        Assert.Equal(["/a=1", "/a=2"], await HistoryAsync());
    }

    [Fact]
    public async Task An_update_that_never_arrived_is_committed_by_the_next_attempt()
    {
        var created = await PutAsync(_other, "/a", "1", 0);
        _proxy.LoseRequests();
        var commit = _store.CommitAsync(new StoreWrite("/a", Encoding.UTF8.GetBytes("2"), created), Cancel).AsTask();
        _proxy.Cut();

        Assert.True((await commit).Committed);
        Assert.Equal(["/a=1", "/a=2"], await HistoryAsync());
    }

    [Fact]
    public async Task A_create_that_was_removed_meanwhile_is_committed_and_does_not_come_back()
    {
        var commit = CommitWithoutAnswer("/a", "1", 0);
        var stored = await UntilAsync("/a", record => record is not null);
        Assert.True((await _other.CommitAsync(new StoreWrite("/a", null, stored!.Revision), Cancel)).Committed);
        _proxy.Cut();

        Assert.Equal(new CommitResult(true, stored.Revision, null), await commit);
        Assert.Null(await _other.GetAsync("/a", Cancel));
    }

    [Fact]
    public async Task A_create_that_was_replaced_by_another_clients_is_committed()
    {
        var commit = CommitWithoutAnswer("/a", "1", 0);
        var stored = await UntilAsync("/a", record => record is not null);
        await _other.CommitAsync(new StoreWrite("/a", null, stored!.Revision), Cancel);
        await PutAsync(_other, "/a", "1", 0);
        _proxy.Cut();

        Assert.Equal(new CommitResult(true, stored.Revision, null), await commit);
    }

    [Fact]
    public async Task A_deletion_that_took_effect_is_committed()
    {
        var created = await PutAsync(_other, "/a", "1", 0);
        var commit = CommitWithoutAnswer("/a", null, created);
        await UntilAsync("/a", record => record is null);
        _proxy.Cut();

        var result = await commit;

        Assert.True(result.Committed);
        Assert.Equal(created + 1, result.Revision);
        Assert.Equal(["/a=1", "/a gone"], await HistoryAsync());
    }

    [Fact]
    public async Task A_write_that_cannot_be_sent_is_known_not_to_be_kept_and_one_that_was_sent_is_not()
    {
        await using var impatient = await ConnectAsync(TimeSpan.Zero);
        _proxy.LoseAnswers();
        var sent = impatient.CommitAsync(new StoreWrite("/a", Encoding.UTF8.GetBytes("1"), 0), Cancel).AsTask();
        await UntilAsync("/a", record => record is not null);
        _proxy.Dispose();

        Assert.True((await Assert.ThrowsAsync<StoreUnreachableException>(() => sent)).MayHaveCommitted);
        var unsent = await Assert.ThrowsAsync<StoreUnreachableException>(async () => await impatient.CommitAsync(new StoreWrite("/b", default(ReadOnlyMemory<byte>), 0), Cancel));
        Assert.False(unsent.MayHaveCommitted, unsent.ToString());
        await Assert.ThrowsAsync<StoreUnreachableException>(async () => await impatient.GetRevisionAsync(Cancel));
    }

    private Task<EtcdStore> ConnectAsync(TimeSpan patience) => EtcdStore.ConnectAsync(
        Cluster.Options(_prefix) with { Endpoints = [_proxy.Address], Patience = patience },
        TimeProvider.System, Random.Shared, NullLoggerFactory.Instance, Cancel);

    private Task<CommitResult> CommitWithoutAnswer(string key, string? value, long expected)
    {
        _proxy.LoseAnswers();
        return _store.CommitAsync(new StoreWrite(key, value is null ? default(ReadOnlyMemory<byte>?) : Encoding.UTF8.GetBytes(value), expected), Cancel).AsTask();
    }

    private static async Task<long> PutAsync(EtcdStore store, string key, string value, long expected)
    {
        var result = await store.CommitAsync(new StoreWrite(key, Encoding.UTF8.GetBytes(value), expected), Cancel);
        Assert.True(result.Committed);
        return result.Revision;
    }

    private async Task<StoreRecord?> UntilAsync(string key, Func<StoreRecord?, bool> condition)
    {
        while (true)
        {
            var record = await _other.GetAsync(key, Cancel);
            if (condition(record))
                return record;
            await Task.Yield();
        }
    }

    private async Task<List<string>> HistoryAsync()
    {
        var history = new List<string>();
        var newest = await _other.GetRevisionAsync(Cancel);
        await foreach (var batch in _other.WatchAsync("", _start, Cancel))
        {
            history.AddRange(batch.Changes.Select(c => c.Current is null ? $"{c.Key} gone" : $"{c.Key}={Encoding.UTF8.GetString(c.Current.Value.Span)}"));
            if (batch.Revision >= newest)
                break;
        }
        return history;
    }
}
