namespace Slipway.Storage.Tests.Contract;

public abstract partial class StoreContract
{
    [Fact]
    public async Task A_list_has_the_keys_with_the_prefix_in_order()
    {
        foreach (var key in new[] { "/b/2", "/a", "/b/10", "/b", "/c", "/b/", "/ba" })
            await PutAsync(key, "");

        Assert.Equal(["/b/=", "/b/10=", "/b/2="], await ListAsync("/b/"));
        Assert.Equal(["/a=", "/b=", "/b/=", "/b/10=", "/b/2=", "/ba=", "/c="], await ListAsync(""));
        Assert.Empty(await ListAsync("/d"));
    }

    [Fact]
    public async Task Keys_are_ordered_by_their_UTF_8_bytes()
    {
        // In UTF-16 the surrogates of U+1F600 come before U+FF5E, in UTF-8 after it.
        string[] ordered = ["/a", "/a~", "/ä", "/\uFF5E", "/\U0001F600"];
        foreach (var key in ordered.Reverse())
            await PutAsync(key, "");

        Assert.Equal(ordered.Select(key => key + "="), await ListAsync("/"));
        Assert.Equal(["/ä="], await ListAsync("/ä"));
    }

    [Fact]
    public async Task Pages_join_to_the_whole_list_at_one_revision_whatever_is_written_meanwhile()
    {
        for (var i = 0; i < 10; i++)
            await PutAsync($"/{i}", "old");
        var whole = await ListAsync("/");

        var read = new List<string>();
        string? after = null;
        var revision = 0L;
        StorePage page;
        do
        {
            page = await Store.ListAsync("/", after, 3, revision, Cancel);
            (after, revision) = (page.Records[^1].Key, page.Revision);
            read.AddRange(page.Records.Select(record => $"{record.Key}={Text(record)}"));

            await PutAsync($"/{read.Count + 1}", "new");
            await PutAsync($"/{read.Count}5", "inserted");
            if (await Store.GetAsync($"/{read.Count}", Cancel) is not null)
                await DeleteAsync($"/{read.Count}");
        }
        while (page.More);

        Assert.Equal(whole, read);
        Assert.Equal(At(11), revision);
    }

    [Fact]
    public async Task A_page_says_whether_more_follows()
    {
        await PutAsync("/x/a", "");
        await PutAsync("/x/b", "");
        await PutAsync("/x0", ""); // the first key that may follow those with the prefix

        Assert.True((await Store.ListAsync("/x/", null, 1, 0, Cancel)).More);
        Assert.False((await Store.ListAsync("/x/", null, 2, 0, Cancel)).More);
        Assert.False((await Store.ListAsync("/x/", "/x/a", 1, 0, Cancel)).More);
        Assert.False((await Store.ListAsync("/x/", null, 0, 0, Cancel)).More);
    }

    [Fact]
    public async Task A_page_may_start_anywhere()
    {
        await PutAsync("/b", "");
        await PutAsync("/c", "");

        async Task<int> CountAsync(string after) => (await Store.ListAsync("/b", after, 0, 0, Cancel)).Records.Count;
        Assert.Equal(1, await CountAsync("/a"));
        Assert.Equal(0, await CountAsync("/b"));
        Assert.Equal(0, await CountAsync("/z"));
    }

    [Fact]
    public async Task A_list_of_the_newest_tells_its_revision()
    {
        await PutAsync("/a", "");
        await PutAsync("/b", "");

        Assert.Equal(At(3), (await Store.ListAsync("/c", null, 0, 0, Cancel)).Revision);
    }

    [Fact]
    public async Task A_revision_that_has_not_been_reached_is_refused()
    {
        await PutAsync("/a", "");

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await ListAsync("/", At(3)));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await Store.ListAsync("/", null, -1, 0, Cancel));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await Store.CompactAsync(At(3), Cancel));
    }

    /// <summary>Random histories against a model that keeps a whole copy of every revision.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Every_past_revision_reads_exactly_as_it_was_until_it_is_compacted(int seed)
    {
        var random = new Random(seed);
        var history = new Dictionary<long, SortedDictionary<string, string>> { [At(1)] = new(StringComparer.Ordinal) };
        var model = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var compacted = At(1);

        for (var round = 0; round < 4; round++)
        {
            for (var i = 0; i < 60; i++)
            {
                var key = $"/{random.Next(3)}/{random.Next(12)}";
                if (model.ContainsKey(key) && random.Next(3) == 0)
                {
                    model.Remove(key);
                    history[await DeleteAsync(key)] = new(model, StringComparer.Ordinal);
                }
                else
                {
                    model[key] = $"{seed}.{round}.{i}";
                    history[await PutAsync(key, model[key])] = new(model, StringComparer.Ordinal);
                }
            }

            await CompareAsync(history, compacted, random);
            compacted = random.NextInt64(compacted, Store.Revision + 1);
            await Store.CompactAsync(compacted, Cancel);
            await CompareAsync(history, compacted, random);
        }
    }

    private async Task CompareAsync(Dictionary<long, SortedDictionary<string, string>> history, long compacted, Random random)
    {
        foreach (var (revision, state) in history)
        {
            if (random.Next(OneOf) > 0)
                continue;
            var prefix = random.Next(3) switch { 0 => "", 1 => "/1/", _ => "/" };
            if (revision < compacted)
            {
                await Assert.ThrowsAsync<CompactedException>(async () => await ListAsync(prefix, revision));
                continue;
            }

            var expected = state.Where(entry => entry.Key.StartsWith(prefix, StringComparison.Ordinal)).Select(entry => $"{entry.Key}={entry.Value}").ToArray();
            var limit = random.Next(1, 12);
            var page = await Store.ListAsync(prefix, null, limit, revision, Cancel);

            Assert.Equal(expected, await ListAsync(prefix, revision));
            Assert.Equal(expected.Take(limit), page.Records.Select(record => $"{record.Key}={Text(record)}"));
            Assert.Equal((expected.Length > limit, revision), (page.More, page.Revision));
            Assert.All(page.Records, record => Assert.InRange(record.Revision, At(2), revision));
        }
    }
}
