using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Slipway.ApiServer.Caching;
using Slipway.ApiServer.FlowControl;
using Slipway.ApiServer.Routing;

namespace Slipway.ApiServer.Tests.FlowControl;

/// <summary>Seats, queues and refusals, by schemas and levels as they are stored.</summary>
public sealed class PriorityAndFairnessTests
{
    private const string Root = "/apis/flowcontrol.apiserver.k8s.io/v1";

    // Of one seat in all, each level has one, since parts are rounded up. The test's level neither lends its own nor borrows.
    private const string Level = """{"metadata":{"name":"narrow"},"spec":{"type":"Limited","limited":{"nominalConcurrencyShares":30,"lendablePercent":0,"borrowingLimitPercent":0,"limitResponse":RESPONSE}}}""";
    private const string Queued = """{"type":"Queue","queuing":{"queues":1,"handSize":1,"queueLengthLimit":2}}""";
    private const string Schema = """
        {"metadata":{"name":"narrow"},"spec":{"matchingPrecedence":50,"priorityLevelConfiguration":{"name":"narrow"},"distinguisherMethod":{"type":"ByUser"},
        "rules":[{"subjects":[{"kind":"Group","group":{"name":"system:authenticated"}}],"resourceRules":[{"verbs":["*"],"apiGroups":["*"],"resources":["*"],"namespaces":["*"],"clusterScope":true}]}]}}
        """;

    private readonly FakeTimeProvider _clock = new();

    [Fact]
    public async Task A_request_without_a_seat_waits_until_one_is_free_and_the_queue_is_bounded()
    {
        await using var api = await StartAsync(Queued);
        var flows = await FlowsAsync(api);
        var first = await flows.EnterAsync(Request("a"), default);
        Assert.Equal((true, "narrow"), (first.IsGranted, first.Flow.Schema.Name));
        var second = flows.EnterAsync(Request("a"), default).AsTask();
        var third = flows.EnterAsync(Request("b"), default).AsTask();
        Assert.False((await flows.EnterAsync(Request("c"), default)).IsGranted);
        Assert.False(second.IsCompleted || third.IsCompleted);

        _clock.Advance(TimeSpan.FromSeconds(2));
        first.Dispose();
        var next = await second;
        Assert.Equal((true, TimeSpan.FromSeconds(2)), (next.IsGranted, next.Waited));
        Assert.False(third.IsCompleted);
        next.Dispose();
        var last = await third;
        Assert.True(last.IsGranted);
        last.Dispose();
        Assert.Equal((0, 0), (last.Flow.Executing, last.Flow.Waiting));
    }

    [Fact]
    public async Task Who_waits_too_long_is_refused_and_who_goes_away_leaves_its_place()
    {
        await using var api = await StartAsync(Queued);
        var flows = await FlowsAsync(api);
        using var first = await flows.EnterAsync(Request("a"), default);
        using var gone = new CancellationTokenSource();
        var leaving = flows.EnterAsync(Request("a"), gone.Token).AsTask();
        var waiting = flows.EnterAsync(Request("a"), default).AsTask();
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaving);
        Assert.Equal(1, first.Flow.Waiting);
        _clock.Advance(PriorityAndFairness.MaxWait);
        var refused = await waiting;
        Assert.Equal((false, PriorityAndFairness.MaxWait), (refused.IsGranted, refused.Waited));
        Assert.Equal((1, 0), (first.Flow.Executing, first.Flow.Waiting));
    }

    [Fact]
    public async Task A_level_without_queues_refuses_and_exempt_requests_never_wait()
    {
        await using var api = await StartAsync("""{"type":"Reject"}""");
        var flows = await FlowsAsync(api);
        using var first = await flows.EnterAsync(Request("a"), default);
        Assert.False((await flows.EnterAsync(Request("b"), default)).IsGranted);
        for (var i = 0; i < 100; i++)
        {
            var exempt = await flows.EnterAsync(Request("root", UserInfo.Masters), default);
            Assert.Equal((true, "exempt"), (exempt.IsGranted, exempt.Flow.Schema.Name));
        }
    }

    [Fact]
    public async Task Schemas_of_levels_that_are_missing_match_nothing_and_dangle()
    {
        await using var api = await StartAsync(Queued);
        (await api.DeleteAsync($"{Root}/prioritylevelconfigurations/narrow")).Expect(200);
        Assert.Equal("global-default", (await FlowsAsync(api)).Classify(Request("a")).Schema.Name);
        await Waiting.UntilAsync(TimeSpan.FromSeconds(30), async () => (await api.GetAsync($"{Root}/flowschemas/narrow"))["status.conditions.0.reason"] == "NotFound");
    }

    [Fact]
    public async Task Without_any_objects_the_mandatory_ones_hold()
    {
        await using var store = new Storage.MemoryStore();
        var feed = new CacheFeed(store, _clock, NullLogger.Instance);
        var flows = Flows(feed);
        await feed.LoadAsync(TestContext.Current.CancellationToken);
        Assert.Equal(("catch-all", "exempt"), (flows.Classify(Request("a")).Schema.Name, flows.Classify(Request("a", UserInfo.Masters)).Schema.Name));
    }

    private static async Task<TestApi> StartAsync(string response)
    {
        var api = await TestApi.StartAsync();
        (await api.PostAsync($"{Root}/prioritylevelconfigurations", Level.Replace("RESPONSE", response, StringComparison.Ordinal))).Expect(201);
        (await api.PostAsync($"{Root}/flowschemas", Schema)).Expect(201);
        return api;
    }

    private async Task<PriorityAndFairness> FlowsAsync(TestApi api)
    {
        var feed = new CacheFeed(api.Store, _clock, NullLogger.Instance);
        var flows = Flows(feed);
        await feed.LoadAsync(TestContext.Current.CancellationToken);
        return flows;
    }

    private PriorityAndFairness Flows(CacheFeed feed) => new(feed, 1, new FlowControlMetrics(Prometheus.Metrics.WithCustomRegistry(Prometheus.Metrics.NewCustomRegistry())), _clock);

    private static FlowRequest Request(string user, string group = "system:users") =>
        new(new UserInfo(user, [group, UserInfo.Authenticated]), "list", RequestPath.Parse("/api/v1/namespaces/default/pods"));
}
