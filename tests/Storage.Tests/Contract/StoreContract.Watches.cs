namespace Slipway.Storage.Tests.Contract;

public abstract partial class StoreContract
{
    [Fact]
    public async Task A_watch_from_the_past_has_each_later_commit_once_in_order_with_what_was_before()
    {
        await PutAsync("/a", "0");
        await PutAsync("/a", "1");
        await PutAsync("/b", "1");
        await PutAsync("/a", "2");
        await DeleteAsync("/a");
        await PutAsync("/a", "3");

        var changes = await ChangesAsync("", At(2), Store.Revision);

        Assert.Equal(
            ["3 /a 0@2 → 1@3", "4 /b  → 1@4", "5 /a 1@3 → 2@5", "6 /a 2@5 → ", "7 /a  → 3@7"],
            changes.Select(Describe));
        Assert.Equal([At(2), At(4), At(2), 0, At(7)], changes.Select(change => change.Current?.CreateRevision ?? 0));
        Assert.Equal([At(2), 0, At(2), At(2), 0], changes.Select(change => change.Previous?.CreateRevision ?? 0));
    }

    [Fact]
    public async Task A_watch_from_now_waits_and_then_has_what_comes()
    {
        await PutAsync("/a", "old");
        await using var watch = Store.WatchAsync("/", Store.Revision, Cancel).GetAsyncEnumerator(Cancel);
        var next = watch.MoveNextAsync();
        Assert.False(next.IsCompleted);

        var revision = await PutAsync("/a", "new");

        Assert.True(await next);
        Assert.Equal(revision, watch.Current.Revision);
        Assert.Equal("new", Text(watch.Current.Changes.Single().Current));
    }

    [Fact]
    public async Task A_watch_may_start_at_a_revision_yet_to_come()
    {
        var watch = ChangesAsync("", At(3), At(4));
        foreach (var key in new[] { "/2", "/3", "/4" })
            await PutAsync(key, "");

        Assert.Equal(["/4"], (await watch).Select(change => change.Key));
    }

    [Fact]
    public async Task A_watch_has_only_its_prefix_and_tells_of_progress_elsewhere()
    {
        await PutAsync("/a/1", "");
        await PutAsync("/b/1", "");
        await PutAsync("/ab", "");

        var batches = await WatchUntilAsync("/a/", At(1), Store.Revision);
        Assert.Equal(["/a/1"], batches.SelectMany(batch => batch.Changes).Select(change => change.Key));
        Assert.Equal(At(4), batches[^1].Revision);

        batches = await WatchUntilAsync("/a/", At(2), Store.Revision);
        Assert.All(batches, batch => Assert.Empty(batch.Changes));
        Assert.Equal(At(4), batches[^1].Revision);
    }

    [Fact]
    public async Task Several_watches_beside_many_writers_each_see_everything_in_order()
    {
        const int Writers = 8, Writes = 100;
        var last = At(1 + Writers * Writes);
        var watches = Enumerable.Range(0, 4).Select(_ => Task.Run(() => WatchUntilAsync("/", At(1), last))).ToArray();

        await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(async () =>
        {
            for (var i = 0; i < Writes; i++)
                await Store.CommitAsync(new StoreWrite($"/{writer}/{i}", Bytes($"{i}"), 0), Cancel);
        })));

        foreach (var batches in await Task.WhenAll(watches))
        {
            Assert.Equal(Enumerable.Range(2, Writers * Writes).Select(i => At(i)), batches.SelectMany(batch => batch.Changes).Select(change => change.Revision));
            var reached = At(1);
            foreach (var batch in batches)
            {
                Assert.All(batch.Changes, change => Assert.InRange(change.Revision, reached + 1, batch.Revision));
                Assert.True(batch.Revision > reached);
                reached = batch.Revision;
            }
        }
    }

    [Fact]
    public async Task What_was_committed_can_be_read_and_is_watched_at_once()
    {
        for (var i = 0; i < 50; i++)
        {
            var result = await Store.CommitAsync(new StoreWrite($"/{i}", Bytes(""), 0), Cancel);
            Assert.True(Store.Revision >= result.Revision);
            Assert.Equal(result.Revision, (await Store.GetAsync($"/{i}", Cancel))!.Revision);
            Assert.Equal(i + 1, (await ListAsync("")).Length);
        }
    }

    [Fact]
    public async Task A_slow_watch_misses_nothing_while_nothing_is_compacted()
    {
        const int Writes = 6000; // more than any store keeps at hand
        await using var watch = Store.WatchAsync("", At(1), Cancel).GetAsyncEnumerator(Cancel);
        await PutAsync("/first", "");
        Assert.True(await watch.MoveNextAsync());
        var seen = watch.Current.Changes.Select(change => change.Revision).ToList();

        await Task.WhenAll(Enumerable.Range(0, Writes).Select(i => Store.CommitAsync(new StoreWrite($"/{i}", Bytes($"{i}"), 0), Cancel).AsTask()));
        while (watch.Current.Revision < Store.Revision && await watch.MoveNextAsync())
            seen.AddRange(watch.Current.Changes.Select(change => change.Revision));

        Assert.Equal(Enumerable.Range(2, Writes + 1).Select(i => At(i)), seen);
    }

    [Fact]
    public async Task A_slow_watch_overtaken_by_compaction_is_refused()
    {
        await using var watch = Store.WatchAsync("", At(1), Cancel).GetAsyncEnumerator(Cancel);
        await PutAsync("/a", "1");
        Assert.True(await watch.MoveNextAsync());
        await PutAsync("/a", "2");
        await PutAsync("/a", "3");

        await Store.CompactAsync(At(3), Cancel);

        // What is on its way may still come where a store sends ahead, but nothing is left out.
        var expected = At(3);
        CompactedException? refusal = null;
        try
        {
            while (expected <= At(4) && await watch.MoveNextAsync())
                foreach (var change in watch.Current.Changes)
                    Assert.Equal(expected++, change.Revision);
        }
        catch (CompactedException e)
        {
            refusal = e;
        }
        Assert.True(SendsAhead || refusal is not null);
        Assert.Equal(refusal is null ? At(5) : At(3), expected);
        Assert.True(refusal is null || refusal.CompactedRevision == At(3));
    }

    [Fact]
    public async Task A_watch_ends_when_it_is_cancelled()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        await using var watch = Store.WatchAsync("", At(1), stop.Token).GetAsyncEnumerator(Cancel);
        var next = watch.MoveNextAsync();

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await next);
    }

    private string Describe(StoreChange change)
    {
        string Side(StoreRecord? record) => record is null ? "" : $"{Text(record)}@{record.Revision - _before}";
        Assert.All(new[] { change.Current, change.Previous }, record => Assert.True(record is null || record.Key == change.Key));
        return $"{change.Revision - _before} {change.Key} {Side(change.Previous)} → {Side(change.Current)}";
    }
}
