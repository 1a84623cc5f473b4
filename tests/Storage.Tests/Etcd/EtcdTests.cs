using System.Text;
using System.Threading.Channels;
using Grpc.Core;
using Microsoft.Extensions.Logging.Abstractions;
using Slipway.Storage.Etcd;
using Slipway.Testing.Etcd;

namespace Slipway.Storage.Tests.Etcd;

/// <summary>What is etcd's own: its limits, other users of it, its certificates, its members.</summary>
public sealed class EtcdTests(ClusterFixture.Single fixture) : IClassFixture<ClusterFixture.Single>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_watch_comes_to_revisions_that_others_have_made()
    {
        await using var store = await fixture.Cluster.ConnectAsync("/mine/", Cancel);
        await using var others = await fixture.Cluster.ConnectAsync("/theirs/", Cancel);
        var start = store.Revision;
        await using var watch = store.WatchAsync("/", start, Cancel).GetAsyncEnumerator(Cancel);
        var next = watch.MoveNextAsync();
        await others.CommitAsync(new StoreWrite("/a", Encoding.UTF8.GetBytes("1"), 0), Cancel);

        var revision = await store.GetRevisionAsync(Cancel);

        Assert.Equal(start + 1, revision);
        Assert.True(await next);
        Assert.Empty(watch.Current.Changes);
        Assert.True(watch.Current.Revision >= revision);
        Assert.Empty((await store.ListAsync("", null, 0, 0, Cancel)).Records);
    }

    [Fact]
    public async Task Prefixes_keep_stores_apart_even_where_one_begins_like_the_other()
    {
        await using var one = await fixture.Cluster.ConnectAsync("/p/one/", Cancel);
        await using var both = await fixture.Cluster.ConnectAsync("/p/one-and-two/", Cancel);
        await both.CommitAsync(new StoreWrite("/a", Encoding.UTF8.GetBytes("1"), 0), Cancel);

        Assert.Empty((await one.ListAsync("", null, 0, 0, Cancel)).Records);
        Assert.Empty((await one.ListAsync("", "", 0, 0, Cancel)).Records);
        Assert.Null(await one.GetAsync("/a", Cancel));
    }

    [Fact]
    public async Task A_value_that_etcd_does_not_take_is_refused()
    {
        await using var store = await fixture.Cluster.ConnectAsync("/large/", Cancel);

        foreach (var size in new[] { 1_600_000, 3_000_000 })
        {
            var refusal = await Assert.ThrowsAsync<StoreValueTooLargeException>(async () => await store.CommitAsync(new StoreWrite("/a", new byte[size], 0), Cancel));
            Assert.Equal($"/a takes {size} bytes, more than etcd takes in one request (its option --max-request-bytes)", refusal.Message);
        }
        Assert.Null(await store.GetAsync("/a", Cancel));
    }

    [Fact]
    public async Task A_full_etcd_refuses_writes_and_lets_reads_go_on()
    {
        await using var cluster = await EtcdCluster.StartAsync(1, tls: false, Cancel, "--quota-backend-bytes", "4000000");
        await using var store = await cluster.ConnectAsync("/", Cancel);
        var kept = 0;

        var refusal = await Assert.ThrowsAsync<StoreFullException>(async () =>
        {
            for (; kept < 100; kept++)
                await store.CommitAsync(new StoreWrite($"/{kept}", new byte[500_000], 0), Cancel);
        });

        Assert.StartsWith("etcd has reached its quota", refusal.Message, StringComparison.Ordinal);
        Assert.InRange(kept, 1, 99);
        Assert.Equal(kept, (await store.ListAsync("/", null, 0, 0, Cancel)).Records.Count);
    }

    [Fact]
    public async Task A_client_without_its_certificate_or_the_authority_is_not_let_in()
    {
        await using var cluster = await EtcdCluster.StartAsync(1, tls: true, Cancel);
        var options = cluster.Options("/") with { Patience = TimeSpan.Zero };

        await Assert.ThrowsAsync<StoreUnreachableException>(() => ConnectAsync(options with { CertificateFile = null, KeyFile = null }));
        var refusal = await Assert.ThrowsAsync<StoreUnreachableException>(() => ConnectAsync(options with { AuthorityFile = null }));
        Assert.Contains(options.Endpoints[0].Authority, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Certificates_that_cannot_be_read_are_named()
    {
        var options = fixture.Cluster.Options("/");

        Assert.Contains("/nowhere/ca.crt", (await Assert.ThrowsAsync<StoreUnusableException>(() => ConnectAsync(options with { AuthorityFile = "/nowhere/ca.crt" }))).Message, StringComparison.Ordinal);
        Assert.Contains("/nowhere/tls.crt", (await Assert.ThrowsAsync<StoreUnusableException>(() => ConnectAsync(options with { CertificateFile = "/nowhere/tls.crt", KeyFile = "/nowhere/tls.key" }))).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<StoreUnusableException>(() => ConnectAsync(options with { CertificateFile = "/nowhere/tls.crt" }));
    }

    [Fact]
    public async Task A_member_that_does_not_answer_is_passed_over()
    {
        await using var store = await ConnectAsync(fixture.Cluster.Options("/over/") with { Endpoints = [new("http://127.0.0.1:1"), .. fixture.Cluster.Options("/").Endpoints] });

        Assert.True((await store.CommitAsync(new StoreWrite("/a", Encoding.UTF8.GetBytes("1"), 0), Cancel)).Committed);
    }

    [Theory]
    [InlineData("https://a:2379", "https://a:2379/")]
    [InlineData("https://a,https://b:1", "https://a:2379/ https://b:1/")]
    [InlineData(" http://[::1], http://10.0.0.1:80/ ,", "http://[::1]:2379/ http://10.0.0.1/")]
    public void Endpoints_are_read(string text, string expected) =>
        Assert.Equal(expected, string.Join(' ', EtcdOptions.ParseEndpoints(text)));

    [Theory]
    [InlineData("")]
    [InlineData("a:2379")]
    [InlineData("ftp://a")]
    [InlineData("https://a/v3")]
    [InlineData("https://user:secret@a")]
    [InlineData("https://a,http://b")]
    public void What_is_no_list_of_endpoints_is_refused(string text) => Assert.Throws<FormatException>(() => EtcdOptions.ParseEndpoints(text));

    // The texts are etcd's: api/v3rpc/rpctypes/error.go.
    [Theory]
    [InlineData(StatusCode.Unavailable, "etcdserver: request timed out", "Member")]
    [InlineData(StatusCode.Unavailable, "etcdserver: no leader", "Member")]
    [InlineData(StatusCode.DeadlineExceeded, "", "Member")]
    [InlineData(StatusCode.ResourceExhausted, "etcdserver: too many requests", "Member")]
    [InlineData(StatusCode.ResourceExhausted, "etcdserver: mvcc: database space exceeded", "Full")]
    [InlineData(StatusCode.ResourceExhausted, "grpc: received message larger than max (3000072 vs. 2097152)", "TooLarge")]
    [InlineData(StatusCode.InvalidArgument, "etcdserver: request is too large", "TooLarge")]
    [InlineData(StatusCode.OutOfRange, "etcdserver: mvcc: required revision has been compacted", "Compacted")]
    [InlineData(StatusCode.OutOfRange, "etcdserver: mvcc: required revision is a future revision", "Future")]
    [InlineData(StatusCode.PermissionDenied, "etcdserver: permission denied", "Refused")]
    [InlineData(StatusCode.InvalidArgument, "etcdserver: user name is empty", "Refused")]
    public void A_failed_call_is_understood(StatusCode code, string detail, string expected) =>
        Assert.Equal(expected, Faults.Of(new RpcException(new Status(code, detail))).ToString());

    [Fact]
    public async Task Who_asks_while_an_answer_is_on_its_way_gets_the_next_one()
    {
        var questions = Channel.CreateUnbounded<TaskCompletionSource<long>>();
        var read = new SharedRead(() =>
        {
            var question = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
            questions.Writer.TryWrite(question);
            return question.Task;
        });
        var first = read.AskAsync();
        Task<long>[] later = [read.AskAsync(), read.AskAsync()];
        Assert.Equal(1, questions.Reader.Count);

        (await questions.Reader.ReadAsync(Cancel)).SetResult(1);
        Assert.Equal(1, await first);
        (await questions.Reader.ReadAsync(Cancel)).SetResult(2);

        var answers = await Task.WhenAll(later);
        Assert.Equal([2, 2], answers);
        Assert.Equal(0, questions.Reader.Count);
    }

    private static Task<EtcdStore> ConnectAsync(EtcdOptions options) =>
        EtcdStore.ConnectAsync(options, TimeProvider.System, Random.Shared, NullLoggerFactory.Instance, Cancel);
}
