namespace Slipway.Storage.Tests.Contract;

public abstract partial class StoreContract
{
    [Fact]
    public async Task A_store_never_written_is_at_revision_1_and_empty()
    {
        Assert.Equal(At(1), Store.Revision);
        Assert.Equal(At(1), await Store.GetRevisionAsync(Cancel));
        Assert.InRange(await Store.GetCompactedRevisionAsync(Cancel), 0, At(1));
        Assert.Null(await Store.GetAsync("/a", Cancel));
        Assert.Empty(await ListAsync(""));
    }

    [Fact]
    public async Task It_says_what_it_takes_on_the_disk_if_it_is_on_one()
    {
        await PutAsync("/a", "1");
        var size = await Store.GetSizeAsync(Cancel);
        Assert.Equal(IsOnDisk, size > 0);
    }

    [Fact]
    public async Task The_first_commit_is_revision_2_and_each_next_one_is_one_more()
    {
        Assert.Equal(At(2), await PutAsync("/a", "1"));
        Assert.Equal(At(3), await PutAsync("/b", "1"));
        Assert.Equal(At(4), await PutAsync("/a", "2"));
        Assert.Equal(At(5), await DeleteAsync("/b"));
        Assert.Equal(At(5), Store.Revision);
        Assert.Equal(At(5), await Store.GetRevisionAsync(Cancel));
    }

    [Fact]
    public async Task A_record_knows_its_creation_and_its_last_write()
    {
        var created = await PutAsync("/a", "1");
        var updated = await PutAsync("/a", "2");

        var record = await Store.GetAsync("/a", Cancel);

        Assert.Equal(new { CreateRevision = created, Revision = updated, Value = "2" },
            new { record!.CreateRevision, record.Revision, Value = Text(record)! });
    }

    [Fact]
    public async Task A_key_created_again_has_a_new_creation()
    {
        await PutAsync("/a", "1");
        await DeleteAsync("/a");
        var again = await PutAsync("/a", "2");

        Assert.Equal(again, (await Store.GetAsync("/a", Cancel))!.CreateRevision);
    }

    [Fact]
    public async Task Creating_what_exists_changes_nothing_and_returns_what_is_stored()
    {
        var created = await PutAsync("/a", "1");

        var result = await Store.CommitAsync(new StoreWrite("/a", Bytes("2"), 0), Cancel);

        Assert.False(result.Committed);
        Assert.Equal(0, result.Revision);
        Assert.Equal((created, "1"), (result.Current!.Revision, Text(result.Current)));
        Assert.Equal(created, Store.Revision);
    }

    [Theory]
    [InlineData("update")]
    [InlineData("delete")]
    public async Task Writing_at_another_revision_changes_nothing_and_returns_what_is_stored(string write)
    {
        var first = await PutAsync("/a", "1");
        var second = await PutAsync("/a", "2");

        var result = await Store.CommitAsync(new StoreWrite("/a", write == "update" ? Bytes("3") : default(ReadOnlyMemory<byte>?), first), Cancel);

        Assert.False(result.Committed);
        Assert.Equal((second, "2"), (result.Current!.Revision, Text(result.Current)));
        Assert.Equal("2", Text(await Store.GetAsync("/a", Cancel)));
    }

    [Fact]
    public async Task Writing_what_does_not_exist_at_a_revision_changes_nothing_and_returns_nothing()
    {
        var result = await Store.CommitAsync(new StoreWrite("/a", Bytes("1"), At(1)), Cancel);

        Assert.Equal(new CommitResult(false, 0, null), result);
        Assert.Equal(At(1), Store.Revision);
    }

    [Fact]
    public async Task An_empty_value_is_a_value()
    {
        await PutAsync("/a", "");

        Assert.Equal("", Text(await Store.GetAsync("/a", Cancel)));
        Assert.Equal(["/a="], await ListAsync("/"));
        Assert.NotNull((await ChangesAsync("", At(1), At(2))).Single().Current);
    }

    [Fact]
    public async Task A_large_value_comes_back_as_it_was()
    {
        var value = new byte[LargeValue];
        new Random(1).NextBytes(value);

        await Store.CommitAsync(new StoreWrite("/a", value, 0), Cancel);

        Assert.True((await Store.GetAsync("/a", Cancel))!.Value.Span.SequenceEqual(value));
    }

    [Fact]
    public async Task A_key_that_cannot_be_stored_is_refused()
    {
        foreach (var key in new[] { "", "a", "/a\0b", "/\uD800" })
            await Assert.ThrowsAnyAsync<ArgumentException>(async () => await Store.CommitAsync(new StoreWrite(key, Bytes("1"), 0), Cancel));
    }

    [Fact]
    public async Task A_value_that_cannot_be_stored_is_refused() =>
        await Assert.ThrowsAsync<ArgumentException>(async () => await Store.CommitAsync(new StoreWrite("/a", new byte[(64 << 20) + 1], 0), Cancel));

    [Fact]
    public async Task Deleting_needs_a_revision() =>
        await Assert.ThrowsAsync<ArgumentException>(async () => await Store.CommitAsync(new StoreWrite("/a", null, 0), Cancel));

    [Fact]
    public async Task A_cancelled_write_is_not_committed()
    {
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
            await Store.CommitAsync(new StoreWrite("/a", Bytes("1"), 0), new CancellationToken(canceled: true)));

        Assert.Null(await Store.GetAsync("/a", Cancel));
    }

    [Fact]
    public async Task Of_many_clients_that_write_at_one_revision_one_succeeds()
    {
        var created = await PutAsync("/a", "0");

        var results = await Task.WhenAll(Enumerable.Range(1, 50).Select(async i =>
        {
            await Task.Yield();
            return await Store.CommitAsync(new StoreWrite("/a", Bytes($"{i}"), created), Cancel);
        }));

        var winner = Assert.Single(results, result => result.Committed);
        Assert.All(results.Where(result => !result.Committed), result => Assert.Equal(winner.Revision, result.Current!.Revision));
    }

    [Fact]
    public async Task Many_clients_counting_in_the_same_keys_lose_no_increment_and_share_no_revision()
    {
        const int Clients = 16, Increments = 50, Keys = 3;

        var revisions = await Task.WhenAll(Enumerable.Range(0, Clients).Select(client => Task.Run(async () =>
        {
            var mine = new List<long>();
            for (var i = 0; i < Increments; i++)
                mine.Add(await IncrementAsync($"/{(client + i) % Keys}"));
            return mine;
        })));

        var all = revisions.SelectMany(mine => mine).Order().ToArray();
        Assert.Equal(Enumerable.Range(2, Clients * Increments).Select(i => At(i)), all);
        var sum = (await Store.ListAsync("/", null, 0, 0, Cancel)).Records.Sum(record => int.Parse(Text(record)!));
        Assert.Equal(Clients * Increments, sum);
        Assert.All(revisions, mine => Assert.Equal(mine.Order(), mine));
    }

    [Fact]
    public async Task After_disposal_everything_is_refused()
    {
        var watch = Store.WatchAsync("", At(1), Cancel).GetAsyncEnumerator(Cancel);
        var next = watch.MoveNextAsync();
        await Store.DisposeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await next);
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await Store.GetAsync("/a", Cancel));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await Store.ListAsync("", null, 0, 0, Cancel));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await Store.CommitAsync(new StoreWrite("/a", Bytes(""), 0), Cancel));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await Store.CompactAsync(At(1), Cancel));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await ChangesAsync("", At(1), At(2)));
    }

    private async Task<long> IncrementAsync(string key)
    {
        var stored = await Store.GetAsync(key, Cancel);
        while (true)
        {
            var next = stored is null ? 1 : int.Parse(Text(stored)!) + 1;
            var result = await Store.CommitAsync(new StoreWrite(key, Bytes($"{next}"), stored?.Revision ?? 0), Cancel);
            if (result.Committed)
                return result.Revision;
            stored = result.Current;
        }
    }
}
