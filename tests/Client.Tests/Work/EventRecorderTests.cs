using System.Text;
using System.Text.Json.Nodes;
using k8s.Models;
using Microsoft.Extensions.Logging.Abstractions;

namespace Slipway.Client.Tests.Work;

public sealed class EventRecorderTests : IAsyncDisposable
{
    private readonly ScriptedApi _api = new();
    private readonly RecordingClock _clock = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly EventRecorder _events;
    private readonly Task _run;
    private readonly V1Pod _pod = new() { ApiVersion = "v1", Kind = "Pod", Metadata = new() { Name = "p", NamespaceProperty = "a", Uid = "u" } };

    public EventRecorderTests()
    {
        _events = new(_api, "tester", "node-1", _clock, NullLogger.Instance);
        _run = _events.RunAsync(_stop.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _run;
        _stop.Dispose();
    }

    [Fact]
    public async Task A_report_becomes_an_event_and_the_same_again_raises_its_count()
    {
        _events.Warning(_pod, "Broken", "it broke");
        var first = await _api.NextAsync();
        Assert.Equal(("POST", "/api/v1/namespaces/a/events"), (first.Request.Method, first.Path));
        var created = JsonNode.Parse(first.Request.Body.Span)!;
        var name = (string)created["metadata"]!["name"]!;
        Assert.Matches("^p\\.[0-9a-f]{16}$", name);
        Assert.Equal("""{"apiVersion":"v1","kind":"Pod","name":"p","namespace":"a","uid":"u"}""", created["involvedObject"]!.ToJsonString());
        Assert.Equal(("Warning", "Broken", "it broke", 1), ((string)created["type"]!, (string)created["reason"]!, (string)created["message"]!, (int)created["count"]!));
        Assert.Equal("""{"component":"tester","host":"node-1"}""", created["source"]!.ToJsonString());
        first.Reply(201, created.ToJsonString());

        _clock.Advance(TimeSpan.FromSeconds(5));
        _events.Warning(_pod, "Broken", "it broke");
        var second = await _api.NextAsync();
        Assert.Equal(("PATCH", $"/api/v1/namespaces/a/events/{name}"), (second.Request.Method, second.Path));
        Assert.Equal("""{"count":2,"lastTimestamp":"2000-01-01T00:00:05Z"}""", Encoding.UTF8.GetString(second.Request.Body.Span));

        // It has expired meanwhile: a new one.
        second.Refuse(404, "NotFound");
        Assert.Equal("POST", (await _api.NextAsync()).Request.Method);
    }

    [Fact]
    public async Task Many_that_are_alike_become_one_event_that_says_the_last_of_them()
    {
        for (var i = 1; i <= 11; i++)
            _events.Warning(_pod, "Unhealthy", $"failure {i}");
        for (var i = 1; i <= 10; i++)
        {
            var call = await _api.NextAsync();
            var created = JsonNode.Parse(call.Request.Body.Span)!;
            Assert.Equal(i < 10 ? $"failure {i}" : "(combined from similar events): failure 10", (string?)created["message"]);
            call.Reply(201, created.ToJsonString());
        }
        var last = await _api.NextAsync();
        Assert.Equal("PATCH", last.Request.Method);
        Assert.Equal("""{"count":2,"lastTimestamp":"2000-01-01T00:00:00Z","message":"(combined from similar events): failure 11"}""", Encoding.UTF8.GetString(last.Request.Body.Span));
    }

    [Fact]
    public async Task One_event_for_many_that_are_alike_names_the_part_of_the_object_that_it_began_with()
    {
        for (var i = 1; i <= 10; i++)
            _events.Record(_pod, "Warning", "Unhealthy", $"failure {i}", $"spec.containers{{c{i}}}");
        for (var i = 1; i <= 10; i++)
        {
            var call = await _api.NextAsync();
            var created = JsonNode.Parse(call.Request.Body.Span)!;
            Assert.Equal((i < 10 ? $"failure {i}" : "(combined from similar events): failure 10", $"spec.containers{{c{i}}}"),
                ((string?)created["message"], (string?)created["involvedObject"]!["fieldPath"]));
            call.Reply(201, created.ToJsonString());
        }
    }

    [Fact]
    public async Task Of_an_object_that_is_told_of_too_often_only_some_is_written_and_all_is_counted()
    {
        for (var i = 0; i < 30; i++)
            _events.Warning(_pod, "Broken", "it broke");
        var first = await _api.NextAsync();
        var written = JsonNode.Parse(first.Request.Body.Span)!.ToJsonString();
        first.Reply(201, written);
        for (var i = 1; i < 25; i++)
            (await _api.NextAsync()).Reply(200, written);
        _events.Warning(new V1Pod { ApiVersion = "v1", Kind = "Pod", Metadata = new() { Name = "q", NamespaceProperty = "a", Uid = "v" } }, "Broken", "another");
        var other = await _api.NextAsync();
        Assert.Contains("another", Encoding.UTF8.GetString(other.Request.Body.Span), StringComparison.Ordinal);
        other.Reply(201, JsonNode.Parse(other.Request.Body.Span)!.ToJsonString());

        _clock.Advance(TimeSpan.FromMinutes(5));
        _events.Warning(_pod, "Broken", "it broke");
        Assert.Contains("\"count\":31", Encoding.UTF8.GetString((await _api.NextAsync()).Request.Body.Span), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_bound_the_last_is_written_however_much_was_told_of_the_object_before()
    {
        var events = new EventRecorder(_api, "tester", null, _clock, NullLogger.Instance, isBounded: false);
        var run = events.RunAsync(_stop.Token);
        for (var i = 0; i < 30; i++)
            events.Warning(_pod, "Broken", "it broke");
        events.Normal(_pod, "Mended", "it is well");
        var first = await _api.NextAsync();
        var written = JsonNode.Parse(first.Request.Body.Span)!.ToJsonString();
        first.Reply(201, written);
        for (var i = 1; i < 30; i++)
            (await _api.NextAsync()).Reply(200, written);
        Assert.Contains("it is well", Encoding.UTF8.GetString((await _api.NextAsync()).Request.Body.Span), StringComparison.Ordinal);
        await _stop.CancelAsync();
        await run;
    }

    [Fact]
    public async Task Those_about_one_object_are_written_in_their_order_and_wait_for_no_others()
    {
        _events.Normal(_pod, "One", "one");
        var one = await _api.NextAsync();
        _events.Normal(_pod, "Two", "two");
        for (var i = 0; i < 40; i++)
        {
            _events.Normal(new V1Pod { ApiVersion = "v1", Kind = "Pod", Metadata = new() { Name = $"q{i}", NamespaceProperty = "a", Uid = $"v{i}" } }, "Other", "other");
            var other = await _api.NextAsync();
            Assert.Contains($"\"q{i}\"", Encoding.UTF8.GetString(other.Request.Body.Span), StringComparison.Ordinal);
            other.Reply(201, "{}");
        }
        one.Reply(201, "{}");
        Assert.Contains("\"Two\"", Encoding.UTF8.GetString((await _api.NextAsync()).Request.Body.Span), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Many_that_wait_for_one_about_the_same_object_hold_up_no_others()
    {
        _events.Normal(_pod, "First", "first");
        var first = await _api.NextAsync();
        for (var i = 0; i < 20; i++)
            _events.Normal(_pod, $"Late{i}", "late");
        _events.Normal(new V1Pod { ApiVersion = "v1", Kind = "Pod", Metadata = new() { Name = "q", NamespaceProperty = "a", Uid = "v" } }, "Other", "other");
        var other = await _api.NextAsync();
        Assert.Contains("\"Other\"", Encoding.UTF8.GetString(other.Request.Body.Span), StringComparison.Ordinal);
        first.Reply(201, "{}");
        Assert.Contains("\"Late0\"", Encoding.UTF8.GetString((await _api.NextAsync()).Request.Body.Span), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task A_defect_ends_it_and_is_heard_of_at_once(int reports)
    {
        var api = new ScriptedApi();
        var events = new EventRecorder(api, "tester", null, _clock, NullLogger.Instance);
        var run = events.RunAsync(_stop.Token);
        for (var i = 0; i < reports; i++)
            events.Normal(_pod, $"Report{i}", "a report");
        (await api.NextAsync()).Answer.SetException(new InvalidOperationException("a defect"));
        Assert.Equal("a defect", (await Assert.ThrowsAsync<InvalidOperationException>(() => run.WaitAsync(TimeSpan.FromSeconds(60)))).Message);
    }

    [Fact]
    public async Task An_event_that_is_refused_is_lost_and_the_next_is_written()
    {
        _events.Normal(_pod, "One", "one");
        (await _api.NextAsync()).Refuse(403, "Forbidden");
        _events.Normal(_pod, "Two", "two");
        Assert.Contains("\"Two\"", Encoding.UTF8.GetString((await _api.NextAsync()).Request.Body.Span));
    }
}
