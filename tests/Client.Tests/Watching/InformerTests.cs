using System.Threading.Channels;
using k8s.Models;
using Microsoft.Extensions.Logging.Abstractions;

namespace Slipway.Client.Tests.Watching;

public sealed class InformerTests : IAsyncDisposable
{
    private readonly ScriptedApi _api = new();
    private readonly RecordingClock _clock = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Channel<string> _changes = Channel.CreateUnbounded<string>();
    private readonly Informer<V1ConfigMap> _informer;
    private readonly InformerIndex<V1ConfigMap> _byColour;
    private readonly Task _run;

    public InformerTests()
    {
        _informer = new(_api, Kinds.ConfigMaps, new() { Namespace = "a", LabelSelector = "x=y" }, _clock, NullLogger.Instance);
        _informer.OnChange(change => _changes.Writer.TryWrite(
            $"{change.Key.Name}:{change.Old?.Metadata.ResourceVersion ?? "-"}>{change.New?.Metadata.ResourceVersion ?? "-"}"));
        _informer.OnChange(_ => throw new InvalidOperationException("a bad handler does not stop the others"));
        _byColour = _informer.AddIndex(map => map.Metadata.Labels is { } labels && labels.TryGetValue("colour", out var colour) ? [colour] : []);
        _run = _informer.RunAsync(_stop.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _run;
        _stop.Dispose();
    }

    [Fact]
    public void An_index_of_a_name_is_one_for_all_who_ask_for_it()
    {
        var informer = new Informer<V1ConfigMap>(_api, Kinds.ConfigMaps, new(), _clock, NullLogger.Instance);
        var index = informer.SharedIndex("name", map => [map.Metadata.Name]);
        Assert.Same(index, informer.SharedIndex("name", map => [map.Metadata.Name]));
        Assert.NotSame(index, informer.SharedIndex("other", map => [map.Metadata.Name]));
        Assert.NotSame(informer.AddIndex(map => [map.Metadata.Name]), informer.AddIndex(map => [map.Metadata.Name]));
    }

    [Fact]
    public async Task Initial_events_fill_the_cache_and_later_ones_change_it()
    {
        var request = await _api.NextAsync();
        Assert.StartsWith("/api/v1/namespaces/a/configmaps?labelSelector=x%3Dy&watch=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan&sendInitialEvents=true", request.Path);
        var watch = request.Watch();
        await watch.SendAsync("ADDED", "one", 3);
        Assert.False(_informer.Synced.IsCompleted);
        await watch.BookmarkAsync(5, endsInitialEvents: true);
        Assert.Equal("one:->3", await NextChangeAsync());
        await _informer.Synced;

        await watch.SendAsync("MODIFIED", "one", 6);
        Assert.Equal("one:3>6", await NextChangeAsync());
        Assert.Equal("6", _informer.Get(new("a", "one"))!.Metadata.ResourceVersion);
        await watch.SendAsync("DELETED", "one", 7);
        Assert.Equal("one:6>-", await NextChangeAsync());
        Assert.Empty(_informer.List());
    }

    [Fact]
    public async Task Of_objects_that_existed_at_the_start_only_what_is_kept_is_held()
    {
        var api = new ScriptedApi();
        var informer = new Informer<V1ConfigMap>(api, Kinds.ConfigMaps, new() { Namespace = "a" }, _clock, NullLogger.Instance);
        informer.Keep(map => new() { Metadata = new() { Name = map.Metadata.Name, NamespaceProperty = "a", ResourceVersion = map.Metadata.ResourceVersion } });
        var (told, changed) = (new List<WeakReference>(), Channel.CreateUnbounded<int>());
        informer.OnChange(change =>
        {
            told.Add(new(change.New));
            changed.Writer.TryWrite(told.Count);
        });
        using var stop = new CancellationTokenSource();
        var run = informer.RunAsync(stop.Token);
        var watch = (await api.NextAsync()).Watch();
        await watch.SendAsync("ADDED", "one", 3);
        await watch.SendAsync("ADDED", "two", 4);
        await watch.BookmarkAsync(5, endsInitialEvents: true);
        await watch.SendAsync("MODIFIED", "two", 6);
        while (await changed.Reader.ReadAsync(TestContext.Current.CancellationToken) < 3)
        {
        }
        // What is on the way holds it for a moment.
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        for (GC.Collect(); told[0].IsAlive; GC.Collect())
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, patience.Token);
        Assert.Equal("3", informer.Get(new("a", "one"))!.Metadata.ResourceVersion);
        await stop.CancelAsync();
        await run;
    }

    [Fact]
    public async Task A_server_without_initial_events_is_listed_in_pages()
    {
        (await _api.NextAsync()).Refuse(422, "Invalid");
        var first = await _api.NextAsync();
        Assert.EndsWith("?labelSelector=x%3Dy&limit=500", first.Path);
        first.Reply(200, """{"kind":"ConfigMapList","metadata":{"resourceVersion":"9","continue":"t/1"},"items":[{"metadata":{"name":"one","namespace":"a","resourceVersion":"3"}}]}""");
        var second = await _api.NextAsync();
        Assert.EndsWith("&continue=t%2F1", second.Path);
        second.Reply(200, """{"kind":"ConfigMapList","metadata":{"resourceVersion":"9"},"items":[{"metadata":{"name":"two","namespace":"a","resourceVersion":"4"}}]}""");

        var watch = await _api.NextAsync();
        Assert.Contains("&resourceVersion=9&", watch.Path);
        Assert.DoesNotContain("sendInitialEvents", watch.Path);
        Assert.Equal(2, _informer.List().Count);
        Assert.Equal("ConfigMap", _informer.Get(new("a", "two"))!.Kind);
    }

    [Fact]
    public async Task A_watch_that_ends_is_resumed_where_it_stood()
    {
        var watch = await StartAsync(("one", 3));
        await watch.BookmarkAsync(20);
        await watch.SendAsync("ADDED", "two", 21);
        await SkipChangesAsync(2);
        _clock.Advance(TimeSpan.FromMinutes(5));
        watch.End();
        Assert.Contains("&resourceVersion=21&", (await _api.NextAsync()).Path);
    }

    [Fact]
    public async Task After_410_everything_is_read_again_and_the_difference_told()
    {
        var watch = await StartAsync(("one", 3), ("two", 4));
        await SkipChangesAsync(2);
        await watch.ExpireAsync();
        var again = await _api.NextAsync();
        Assert.Contains("sendInitialEvents=true", again.Path);
        watch = again.Watch();
        await watch.SendAsync("ADDED", "two", 4);
        await watch.SendAsync("ADDED", "three", 30);
        await watch.BookmarkAsync(31, endsInitialEvents: true);
        Assert.Equal("one:3>-", await NextChangeAsync());
        Assert.Equal("three:->30", await NextChangeAsync()); // two is as it was
    }

    [Fact]
    public async Task Failures_are_retried_ever_more_slowly()
    {
        foreach (var step in new[] { 200, 400, 800, 1600 })
        {
            (await _api.NextAsync()).Answer.SetException(new IOException("down"));
            var delay = await _clock.NextDelayAsync();
            Assert.InRange(delay.TotalMilliseconds, step / 2, step);
            _clock.Advance(delay);
        }
        var watch = (await _api.NextAsync()).Watch();
        await watch.BookmarkAsync(5, endsInitialEvents: true);
        await _informer.Synced;
    }

    [Fact]
    public async Task Objects_are_found_by_owner_and_by_index()
    {
        var watch = await StartAsync();
        await watch.SendAsync("ADDED", "one", 10, ""","labels":{"colour":"red"},"ownerReferences":[{"apiVersion":"v1","kind":"Pod","name":"p","uid":"owner"}]""");
        await watch.SendAsync("ADDED", "two", 11, ""","labels":{"colour":"blue"}""");
        await SkipChangesAsync(2);
        Assert.Equal("one", Assert.Single(_informer.OwnedBy("owner")).Metadata.Name);
        Assert.Equal("one", Assert.Single(_byColour.Find("red")).Metadata.Name);

        await watch.SendAsync("MODIFIED", "one", 12, ""","labels":{"colour":"blue"}""");
        await SkipChangesAsync(1);
        Assert.Empty(_informer.OwnedBy("owner"));
        Assert.Empty(_byColour.Find("red"));
        Assert.Equal(2, _byColour.Find("blue").Count);
    }

    [Fact]
    public async Task An_object_that_cannot_be_decoded_is_passed_over()
    {
        var watch = await StartAsync();
        await watch.SendAsync("""{"type":"ADDED","object":{"metadata":{"name":"bad","namespace":"a","resourceVersion":"10"},"data":7}}""");
        await watch.SendAsync("ADDED", "good", 11);
        Assert.Equal("good:->11", await NextChangeAsync());
        Assert.Single(_informer.List());
    }

    private async Task<ScriptedWatch> StartAsync(params (string Name, int Version)[] objects)
    {
        var watch = (await _api.NextAsync()).Watch();
        foreach (var (name, version) in objects)
            await watch.SendAsync("ADDED", name, version);
        await watch.BookmarkAsync(9, endsInitialEvents: true);
        return watch;
    }

    private async Task<string> NextChangeAsync() => await _changes.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(10));

    private async Task SkipChangesAsync(int count)
    {
        for (var i = 0; i < count; i++)
            await NextChangeAsync();
    }
}
