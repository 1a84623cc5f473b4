using Microsoft.Extensions.Time.Testing;
using static Slipway.ApiServer.Tests.Samples;

namespace Slipway.ApiServer.Tests;

public sealed class HousekeepingTests
{
    [Fact]
    public async Task History_and_old_events_are_forgotten_in_time()
    {
        var clock = new FakeTimeProvider(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));
        await using var api = await TestApi.StartAsync(new ApiServerOptions { EventLifetime = TimeSpan.FromMinutes(7) }, clock: clock);
        (await api.PostAsync("/api/v1/namespaces/default/events", """
            {"metadata":{"name":"e"},"involvedObject":{"kind":"Pod","name":"p","namespace":"default"},"lastTimestamp":"2030-01-01T00:00:00Z"}
            """)).Expect(201);
        var start = (await api.GetAsync(ConfigMaps)).Version;
        var old = (await api.PostAsync(ConfigMaps, ConfigMap("a"))).Expect(201);
        await api.GetAsync(ConfigMaps);
        clock.Advance(TimeSpan.FromMinutes(5));
        (await api.GetAsync("/api/v1/namespaces/default/events/e")).Expect(200);

        await using var watch = await api.WatchAsync("/api/v1/events?watch=true");
        Assert.Equal("ADDED e", await watch.NextTextAsync());
        clock.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal("DELETED e", await watch.NextTextAsync());

        // That the next event goes shows that the round before has ended, with what it compacts.
        (await api.PostAsync("/api/v1/namespaces/default/events", """
            {"metadata":{"name":"f"},"involvedObject":{"kind":"Pod","name":"p","namespace":"default"},"lastTimestamp":"2030-01-01T00:00:00Z"}
            """)).Expect(201);
        Assert.Equal("ADDED f", await watch.NextTextAsync());
        clock.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal("DELETED f", await watch.NextTextAsync());
        Assert.True(api.Store.CompactedRevision >= long.Parse(old.Version));
        (await api.GetAsync($"{ConfigMaps}/a")).Expect(200);
        await using var late = await api.WatchAsync($"{ConfigMaps}?watch=true&resourceVersion={start}");
        Assert.Equal("410", (await late.NextAsync())!.Object["code"]!.ToString());   // as every server over the same store says
        (await api.GetAsync($"{ConfigMaps}?resourceVersion={start}&resourceVersionMatch=Exact")).Expect(410);
    }
}
