namespace Slipway.Storage.Tests.Contract;

public abstract partial class StoreContract
{
    [Fact]
    public async Task Compaction_keeps_its_revision_and_later_ones_and_forgets_earlier_ones()
    {
        await PutAsync("/a", "1"); // 2
        await PutAsync("/b", "1"); // 3
        await PutAsync("/a", "2"); // 4
        await DeleteAsync("/b");   // 5
        await PutAsync("/a", "3"); // 6

        await Store.CompactAsync(At(4), Cancel);

        Assert.Equal((At(4), At(4)), (Store.CompactedRevision, await Store.GetCompactedRevisionAsync(Cancel)));
        Assert.Equal(At(6), Store.Revision);
        Assert.Equal(["/a=2", "/b=1"], await ListAsync("", At(4)));
        Assert.Equal(["/a=2"], await ListAsync("", At(5)));
        Assert.Equal(["/a=3"], await ListAsync(""));
        Assert.Equal(["5 /b 1@3 → ", "6 /a 2@4 → 3@6"], (await ChangesAsync("", At(4), At(6))).Select(Describe));

        var refusal = await Assert.ThrowsAsync<CompactedException>(async () => await ListAsync("", At(3)));
        Assert.Equal(At(4), refusal.CompactedRevision);
        refusal = await Assert.ThrowsAsync<CompactedException>(async () => await ChangesAsync("", At(3), At(6)));
        Assert.Equal(At(4), refusal.CompactedRevision);
    }

    [Fact]
    public async Task Compacting_everything_leaves_the_current_state()
    {
        await PutAsync("/a", "1");
        await PutAsync("/a", "2");
        await PutAsync("/b", "1");
        await DeleteAsync("/b");

        await Store.CompactAsync(Store.Revision, Cancel);

        Assert.Equal(["/a=2"], await ListAsync(""));
        Assert.Equal((At(2), At(3)), ((await Store.GetAsync("/a", Cancel))!.CreateRevision, (await Store.GetAsync("/a", Cancel))!.Revision));
        Assert.Equal(At(6), await PutAsync("/c", ""));
        Assert.Equal(["6 /c  → @6"], (await ChangesAsync("", At(5), At(6))).Select(Describe));
    }

    [Fact]
    public async Task Compacting_what_is_compacted_does_nothing()
    {
        await PutAsync("/a", "1");
        await PutAsync("/a", "2");
        await Store.CompactAsync(At(3), Cancel);

        await Store.CompactAsync(At(2), Cancel);
        await Store.CompactAsync(At(3), Cancel);

        Assert.Equal((At(3), At(3)), (Store.CompactedRevision, await Store.GetCompactedRevisionAsync(Cancel)));
    }

    [Fact]
    public async Task A_watch_at_the_head_does_not_notice_compaction()
    {
        await PutAsync("/a", "1");
        await using var watch = Store.WatchAsync("", At(2), Cancel).GetAsyncEnumerator(Cancel);
        var next = watch.MoveNextAsync();

        await Store.CompactAsync(At(2), Cancel);
        await PutAsync("/a", "2");

        Assert.True(await next);
        Assert.Equal("3 /a 1@2 → 2@3", Describe(watch.Current.Changes.Single()));
    }

    [Fact]
    public async Task Writing_and_reading_go_on_beside_compaction()
    {
        const int Writes = 500;
        var writing = Task.Run(async () =>
        {
            for (var i = 0; i < Writes; i++)
                await PutAsync($"/{i % 10}", $"{i}");
        }, Cancel);
        while (!writing.IsCompleted)
        {
            var revision = Store.Revision;
            await Store.CompactAsync(revision, Cancel);
            Assert.InRange((await ListAsync("")).Length, 0, 10);
        }
        await writing;

        Assert.Equal(At(Writes + 1), Store.Revision);
        Assert.Equal(Enumerable.Range(0, 10).Select(i => $"/{i}={Writes - 10 + i}"), await ListAsync(""));
    }
}
