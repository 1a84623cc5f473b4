namespace Slipway.ApiServer.Tests;

public sealed class EventTests
{
    private const string Core = "/api/v1/namespaces/default/events";
    private const string Events = "/apis/events.k8s.io/v1/namespaces/default/events";

    [Fact]
    public async Task An_event_of_either_group_shows_in_both()
    {
        await using var api = await TestApi.StartAsync();
        (await api.PostAsync(Core, """{"apiVersion":"v1","kind":"Event","metadata":{"name":"a"},"involvedObject":{"kind":"Pod","name":"p","namespace":"default"},"reason":"R","message":"old","type":"Normal"}""")).Expect(201);
        (await api.PostAsync(Events, """
            {"apiVersion":"events.k8s.io/v1","kind":"Event","metadata":{"name":"b"},"regarding":{"kind":"Pod","name":"q","namespace":"default"},"reason":"R","note":"new","type":"Normal",
             "eventTime":"2026-01-01T00:00:00.000000Z","action":"A","reportingController":"c","reportingInstance":"i"}
            """)).Expect(201);

        Assert.Equal(["a", "b"], (await api.GetAsync(Core)).Names);
        Assert.Equal(["a", "b"], (await api.GetAsync(Events)).Names);
        var core = (await api.GetAsync($"{Core}/b")).Expect(200);
        Assert.Equal(("v1", "new", "q"), (core["apiVersion"], core["message"], core["involvedObject.name"]));
        var events = (await api.GetAsync($"{Events}/a")).Expect(200);
        Assert.Equal(("events.k8s.io/v1", "old", "p"), (events["apiVersion"], events["note"], events["regarding.name"]));
        Assert.Equal(["b"], (await api.GetAsync($"{Events}?fieldSelector=regarding.name%3Dq")).Names);
        Assert.Equal(["b"], (await api.GetAsync($"{Core}?fieldSelector=source%3Dc")).Names);
    }

    [Fact]
    public async Task An_event_is_changed_in_the_form_of_the_request()
    {
        await using var api = await TestApi.StartAsync();
        (await api.PostAsync(Core, """
            {"apiVersion":"v1","kind":"Event","metadata":{"name":"a"},"involvedObject":{"kind":"Pod","name":"p","namespace":"default"},"count":1,"type":"Normal",
             "eventTime":"2026-01-01T00:00:00.000000Z","action":"A","reason":"R","reportingComponent":"c","reportingInstance":"i"}
            """)).Expect(201);
        (await api.MergeAsync($"{Events}/a", """{"deprecatedCount":2}""")).Expect(200);
        Assert.Equal("2", (await api.GetAsync($"{Core}/a"))["count"]);
    }
}
