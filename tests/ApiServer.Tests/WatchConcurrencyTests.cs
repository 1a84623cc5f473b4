using Slipway.Api;
using static Slipway.ApiServer.Tests.Samples;

namespace Slipway.ApiServer.Tests;

/// <summary>Many watchers while many write.</summary>
public sealed class WatchConcurrencyTests
{
    private const int Writers = 6, WritesEach = 150;

    [Fact]
    public async Task Every_watcher_sees_every_change_once_and_in_one_order_whoever_is_slow()
    {
        await using var api = await TestApi.StartAsync();
        // One that never reads stays open meanwhile.
        await using var asleep = await api.WatchAsync("/api/v1/configmaps?watch=true");
        string[] forms = [MediaTypes.Json, "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1", MediaTypes.Json];
        var watches = new List<WatchReader>();
        foreach (var form in forms) watches.Add(await api.WatchAsync("/api/v1/configmaps?watch=true", form));
        var logs = watches.Select(w => Task.Run(async () =>
        {
            var log = new List<string>();
            while (log.Count < Writers * WritesEach)
            {
                var line = (await w.NextAsync())!;
                log.Add($"{line.Version} {line}");
            }
            return log;
        })).ToArray();

        await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(async () =>
        {
            var exists = false;
            for (var i = 0; i < WritesEach; i++)
            {
                if (!exists) (await api.PostAsync(ConfigMaps, ConfigMap($"w{writer}"))).Expect(201);
                else if (i % 5 == 4) (await api.DeleteAsync($"{ConfigMaps}/w{writer}")).Expect(200);
                else (await api.MergeAsync($"{ConfigMaps}/w{writer}", $$$"""{"data":{"i":"{{{i}}}"}}""")).Expect(200);
                exists = i % 5 != 4 || !exists;
            }
        })));
        var first = await logs[0];
        foreach (var log in logs) Assert.Equal(first, await log);
        var revisions = first.Select(l => long.Parse(l.Split(' ')[0])).ToList();
        Assert.Equal(revisions.Distinct().Order(), revisions);

        // Each object lives, changes and dies in turn.
        foreach (var history in first.Select(l => l.Split(' ')).GroupBy(l => l[2]))
        {
            var lives = false;
            foreach (var change in history)
            {
                Assert.Equal(lives, change[1] != "ADDED");
                lives = change[1] != "DELETED";
            }
        }
        foreach (var watch in watches) await watch.DisposeAsync();
    }

    [Fact]
    public async Task Watches_of_one_object_or_one_node_see_what_concerns_them()
    {
        await using var api = await TestApi.StartAsync();
        await using var named = await api.WatchAsync($"{Pods}?watch=true&fieldSelector=metadata.name%3Dp1");
        await using var onNode = await api.WatchAsync("/api/v1/pods?watch=true&fieldSelector=spec.nodeName%3Dn1");
        await using var free = await api.WatchAsync("/api/v1/pods?watch=true&fieldSelector=spec.nodeName%3D");
        await using var both = await api.WatchAsync("/api/v1/pods?watch=true&fieldSelector=spec.nodeName%3Dn1,status.phase%3DPending");
        await api.PostAsync(Pods, Pod("p0"));
        await api.PostAsync(Pods, Pod("p1"));
        (await api.PostAsync($"{Pods}/p1/binding", """{"target":{"kind":"Node","name":"n1"}}""")).Expect(201);
        await api.MergeAsync($"{Pods}/p1/status", """{"status":{"phase":"Running"}}""");
        await api.DeleteAsync($"{Pods}/p0", """{"gracePeriodSeconds":0}""");
        await api.DeleteAsync($"{Pods}/p1", """{"gracePeriodSeconds":0}""");
        Assert.Equal("ADDED p1,MODIFIED p1,MODIFIED p1,DELETED p1", await TakeAsync(named, 4));
        Assert.Equal("ADDED p1,MODIFIED p1,DELETED p1", await TakeAsync(onNode, 3));
        Assert.Equal("ADDED p0,ADDED p1,DELETED p1,DELETED p0", await TakeAsync(free, 4));
        Assert.Equal("ADDED p1,DELETED p1", await TakeAsync(both, 2));

        static async Task<string> TakeAsync(WatchReader watch, int count)
        {
            var lines = new List<string>();
            for (var i = 0; i < count; i++) lines.Add(await watch.NextTextAsync());
            return string.Join(',', lines);
        }
    }

    [Fact]
    public async Task A_bookmark_comes_shortly_before_the_time_is_over()
    {
        var clock = new Microsoft.Extensions.Time.Testing.FakeTimeProvider();
        await using var api = await TestApi.StartAsync(clock: clock);
        var a = await api.PostAsync(ConfigMaps, ConfigMap("a"));
        await using var watch = await api.WatchAsync($"{ConfigMaps}?watch=true&allowWatchBookmarks=true&timeoutSeconds=30&resourceVersion={a.Version}");
        await api.PostAsync(ConfigMaps, ConfigMap("b"));
        Assert.Equal("ADDED b", await watch.NextTextAsync());
        clock.Advance(TimeSpan.FromSeconds(28));
        Assert.Equal("BOOKMARK", (await watch.NextAsync())!.Type);
        clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal("end", await watch.NextTextAsync());
    }
}
