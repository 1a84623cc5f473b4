using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.ApiServer.Audit;

namespace Slipway.Conformance;

/// <summary>A slow, large or greedy client is cut off, and costs nobody else anything.</summary>
public sealed class LimitTests
{
    private const string ConfigMaps = "/api/v1/namespaces/default/configmaps";
    private const string Begun = $"POST {ConfigMaps} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n";

    [Fact]
    public async Task Headers_that_trickle_are_given_up()
    {
        await using var server = await LimitedServer.StartAsync(o => o with { HeadersTimeout = TimeSpan.FromSeconds(1) });
        var slow = await server.ConnectAsync("slow");
        await LimitedServer.WriteAsync(slow, "GET /api HTTP/1.1\r\nHost: localhost\r\nX-Long: ");
        var answer = await TrickleAsync(slow, server.Client("other"));
        Assert.True(answer.Length == 0 || answer.StartsWith("HTTP/1.1 408 ", StringComparison.Ordinal), answer);
    }

    [Fact]
    public async Task A_body_that_trickles_is_given_up()
    {
        await using var server = await LimitedServer.StartAsync(o => o with { RequestTimeout = TimeSpan.FromSeconds(1) });
        var slow = await server.ConnectAsync("slow");
        await LimitedServer.WriteAsync(slow, Begun);
        var answer = await TrickleAsync(slow, server.Client("other"));
        Assert.StartsWith("HTTP/1.1 504 ", answer, StringComparison.Ordinal);
        Assert.Contains("request did not complete within the allotted timeout", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_request_has_the_time_that_its_client_gives_it()
    {
        await using var server = await LimitedServer.StartAsync(o => o);
        var slow = await server.ConnectAsync("slow");
        await LimitedServer.WriteAsync(slow, Begun.Replace(ConfigMaps, ConfigMaps + "?timeout=500ms", StringComparison.Ordinal));
        Assert.StartsWith("HTTP/1.1 504 ", await TrickleAsync(slow, server.Client("other")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", 200)]
    [InlineData("?timeout=", 200)]
    [InlineData("?timeout=0", 200)]
    [InlineData("?timeout=10h", 200)]
    [InlineData("?timeout=1m30s", 200)]
    [InlineData("?timeout=soon", 400)]
    [InlineData("?timeout=5", 400)]
    public async Task A_time_that_is_none_is_refused(string query, int expected)
    {
        await using var server = await LimitedServer.StartAsync(o => o);
        using var answer = await server.Client("anybody").GetAsync(ConfigMaps + query, TestContext.Current.CancellationToken);
        Assert.Equal(expected, (int)answer.StatusCode);
        if (expected == 400) Assert.Contains("invalid timeout specified in the request URL", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_without_end_is_refused_at_its_limit()
    {
        await using var server = await LimitedServer.StartAsync(o => o);
        var large = await server.ConnectAsync("large");
        await LimitedServer.WriteAsync(large, $"POST {ConfigMaps} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n");
        var answer = LimitedServer.ReadToEndAsync(large);
        var chunk = $"10000\r\n{new string(' ', 0x10000)}\r\n";
        var sent = 0L;
        try
        {
            for (; !answer.IsCompleted && sent < 1L << 30; sent += 0x10000) await LimitedServer.WriteAsync(large, chunk);
        }
        catch (IOException)
        {
            // The server has closed the connection.
        }
        Assert.InRange(sent, 3L << 20, 64L << 20);   // what lies in the buffers on the way is sent, but not taken
        Assert.StartsWith("HTTP/1.1 413 ", await answer, StringComparison.Ordinal);
        await ServesAsync(server.Client("large"));
    }

    [Fact]
    public async Task A_user_with_too_many_requests_takes_nothing_from_others()
    {
        await using var server = await LimitedServer.StartAsync(o => o with { MaxRequestsOfUser = 2 });
        var (greedy, modest) = (server.Client("greedy"), server.Client("modest"));
        List<(SslStream Stream, Task Answered)> held = [await HeldAsync(), await HeldAsync()];
        // Who asks whether there is room takes some for that time: one that came then was refused, and comes again.
        while (await StatusAsync(greedy) != HttpStatusCode.TooManyRequests)
            for (var refusals = held.RemoveAll(one => one.Answered.IsCompleted); refusals > 0; refusals--) held.Add(await HeldAsync());
        using (var refused = await greedy.GetAsync(ConfigMaps, TestContext.Current.CancellationToken))
        {
            Assert.Equal(TimeSpan.FromSeconds(1), refused.Headers.RetryAfter!.Delta);
            Assert.Equal("TooManyRequests", JsonNode.Parse(await refused.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!["reason"]!.ToString());
        }
        await ServesAsync(modest);
        foreach (var (stream, _) in held) await stream.DisposeAsync();
        await LimitedServer.UntilServedAsync(greedy, ConfigMaps);

        // A request whose body never comes.
        async Task<(SslStream, Task)> HeldAsync()
        {
            var stream = await server.ConnectAsync("greedy");
            await LimitedServer.WriteAsync(stream, Begun);
            return (stream, stream.ReadAsync(new byte[1], TestContext.Current.CancellationToken).AsTask());
        }
    }

    [Fact]
    public async Task A_priority_level_without_seats_refuses_and_answers_name_schema_and_level()
    {
        const string Root = "/apis/flowcontrol.apiserver.k8s.io/v1";
        await using var server = await LimitedServer.StartAsync(o => o);
        var (admin, jane) = (server.Client("admin"), server.Client("jane", group: "team"));
        await PostAsync("prioritylevelconfigurations", """
            {"metadata":{"name":"none"},"spec":{"type":"Limited","limited":{"nominalConcurrencyShares":0,"borrowingLimitPercent":0,"limitResponse":{"type":"Reject"}}}}
            """);
        await PostAsync("flowschemas", """
            {"metadata":{"name":"of-team"},"spec":{"matchingPrecedence":50,"priorityLevelConfiguration":{"name":"none"},
            "rules":[{"subjects":[{"kind":"Group","group":{"name":"team"}}],"nonResourceRules":[{"verbs":["get"],"nonResourceURLs":["/api"]}]}]}}
            """);

        // Whoever has read them knows that they are in force.
        var (schema, level) = (await UidAsync("flowschemas/of-team"), await UidAsync("prioritylevelconfigurations/none"));
        using (var refused = await jane.GetAsync("/api", TestContext.Current.CancellationToken))
        {
            Assert.Equal(
                (HttpStatusCode.TooManyRequests, TimeSpan.FromSeconds(1), schema, level),
                (refused.StatusCode, refused.Headers.RetryAfter?.Delta, Header(refused, "FlowSchema"), Header(refused, "PriorityLevel")));
        }
        using (var granted = await jane.GetAsync("/version", TestContext.Current.CancellationToken))
            Assert.Equal((HttpStatusCode.OK, await UidAsync("flowschemas/global-default")), (granted.StatusCode, Header(granted, "FlowSchema")));
        using (var exempt = await admin.GetAsync("/api", TestContext.Current.CancellationToken))
            Assert.Equal((HttpStatusCode.OK, await UidAsync("flowschemas/exempt")), (exempt.StatusCode, Header(exempt, "FlowSchema")));
        var metrics = await admin.GetStringAsync("/metrics", TestContext.Current.CancellationToken);
        Assert.Contains("apiserver_flowcontrol_rejected_requests_total{priority_level=\"none\",flow_schema=\"of-team\",reason=\"concurrency-limit\"} 1", metrics, StringComparison.Ordinal);
        Assert.Contains("apiserver_flowcontrol_dispatched_requests_total{priority_level=\"global-default\",flow_schema=\"global-default\"} 1", metrics, StringComparison.Ordinal);
        Assert.Contains("apiserver_flowcontrol_nominal_limit_seats{priority_level=\"workload-low\"} 245", metrics, StringComparison.Ordinal);

        async Task PostAsync(string plural, string document)
        {
            using var body = new StringContent(document, Encoding.UTF8, "application/json");
            using var created = await admin.PostAsync($"{Root}/{plural}", body, TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.Created, created.StatusCode);
        }

        async Task<string> UidAsync(string what) =>
            JsonNode.Parse(await admin.GetStringAsync($"{Root}/{what}", TestContext.Current.CancellationToken))!["metadata"]!["uid"]!.ToString();

        static string Header(HttpResponseMessage answer, string what) => Assert.Single(answer.Headers.GetValues($"X-Kubernetes-PF-{what}-UID"));
    }

    [Fact]
    public async Task A_user_with_too_many_watches_can_still_do_other_things_and_others_can_watch()
    {
        await using var server = await LimitedServer.StartAsync(o => o with { MaxWatchesOfUser = 2 });
        var (greedy, modest) = (server.Client("greedy"), server.Client("modest"));
        using var first = await WatchAsync(greedy, $"{ConfigMaps}?watch=true");
        using var second = await WatchAsync(greedy, "/api/v1/watch/namespaces/default/configmaps");
        using var refused = await WatchAsync(greedy, $"{ConfigMaps}?watch=1");
        using var other = await WatchAsync(modest, $"{ConfigMaps}?watch=true");
        Assert.Equal(
            (HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.TooManyRequests, HttpStatusCode.OK),
            (first.StatusCode, second.StatusCode, refused.StatusCode, other.StatusCode));
        await ServesAsync(greedy);
    }

    [Fact]
    public async Task A_user_with_too_many_connections_takes_nothing_from_others()
    {
        await using var server = await LimitedServer.StartAsync(o => o with { MaxConnectionsOfUser = 2 });
        HttpClient[] greedy = [server.Client("greedy"), server.Client("greedy"), server.Client("greedy")];
        await ServesAsync(greedy[0]);
        await ServesAsync(greedy[1]);
        var third = await server.ConnectAsync("greedy");
        await LimitedServer.WriteAsync(third, $"GET {ConfigMaps} HTTP/1.1\r\nHost: localhost\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 429 ", await LimitedServer.ReadToEndAsync(third), StringComparison.Ordinal);
        await ServesAsync(server.Client("modest"));
        greedy[0].Dispose();   // its connection closes, and with it its share is free
        await LimitedServer.UntilServedAsync(greedy[2], ConfigMaps);
    }

    [Fact]
    public async Task An_address_with_too_many_connections_takes_nothing_from_others()
    {
        await using var server = await LimitedServer.StartAsync(o => o with { MaxConnectionsOfAddress = 3 });
        for (var i = 0; i < 3; i++) await server.OpenIdleAsync();
        // A late one may be counted before one that is still on its way, and then has its place.
        for (var late = 0; await IsTakenAsync(); late++) Assert.True(late < 3);
        await ServesAsync(server.Client("other", from: "127.0.0.2"));

        async Task<bool> IsTakenAsync()
        {
            try
            {
                await server.ConnectAsync("late");
                return true;
            }
            catch (Exception e) when (e is IOException or SocketException or AuthenticationException)
            {
                return false;
            }
        }
    }

    [Fact]
    public async Task What_is_refused_before_anything_is_done_is_in_the_audit_log()
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory("slipway-audit-").FullName, "audit.log");
        var policy = AuditPolicy.Parse(new JsonObject
        {
            ["apiVersion"] = "audit.k8s.io/v1",
            ["kind"] = "Policy",
            ["omitStages"] = new JsonArray("RequestReceived"),
            ["rules"] = new JsonArray(new JsonObject { ["level"] = "Metadata" }),
        });
        await using (var server = await LimitedServer.StartAsync(o => o with { MaxWatchesOfUser = 0 }, new() { Audit = new() { Policy = policy, File = new(path) } }))
        {
            var (nobody, jane) = (server.Client(null), server.Client("jane"));
            using (var refused = await nobody.GetAsync($"{ConfigMaps}?limit=1", TestContext.Current.CancellationToken)) Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
            using var shown = new HttpRequestMessage(HttpMethod.Get, ConfigMaps) { Headers = { { "Authorization", "Bearer nonsense" } } };
            using (await nobody.SendAsync(shown, TestContext.Current.CancellationToken)) { }
            using (await WatchAsync(jane, $"{ConfigMaps}?watch=true")) { }
            using var large = new StringContent(new string(' ', 4 << 20), Encoding.UTF8, "application/json");
            using (await jane.PostAsync(ConfigMaps, large, TestContext.Current.CancellationToken)) { }
        }
        var events = File.ReadLines(path).Select(l => JsonNode.Parse(l)!).Where(e => e["user"]!["username"]?.ToString() is null or "jane").ToArray();
        Assert.Equal(
            [
                "401 ResponseComplete list : Authentication failed, no credentials provided",
                "401 ResponseComplete list : Authentication failed, attempted: bearer",
                "429 ResponseComplete watch jane: too many requests of jane at once (at most 400, and 0 watches); please try again later",
                "413 ResponseComplete create jane: Request entity too large: limit is 3145728",
            ],
            events.Select(e => $"{e["responseStatus"]!["code"]} {e["stage"]} {e["verb"]} {e["user"]!["username"]}: {e["responseStatus"]!["message"]}"));
        Assert.Equal("{}", events[0]["user"]!.ToJsonString());
        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
    }

    /// <summary>Sends a byte now and then until the server has had enough; all the while others are served.</summary>
    private static async Task<string> TrickleAsync(SslStream slow, HttpClient other)
    {
        var answer = LimitedServer.ReadToEndAsync(slow);
        while (!answer.IsCompleted)
        {
            await ServesAsync(other);
            try
            {
                await LimitedServer.WriteAsync(slow, "x");
            }
            catch (IOException)
            {
                break;
            }
            await Task.WhenAny(answer, Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, TestContext.Current.CancellationToken));
        }
        return await answer;
    }

    private static Task<HttpResponseMessage> WatchAsync(HttpClient client, string path) => client.GetAsync(path, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);

    private static async Task ServesAsync(HttpClient client)
    {
        using var response = await client.GetAsync(ConfigMaps, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    private static async Task<HttpStatusCode> StatusAsync(HttpClient client)
    {
        using var response = await client.GetAsync(ConfigMaps, TestContext.Current.CancellationToken);
        return response.StatusCode;
    }
}
