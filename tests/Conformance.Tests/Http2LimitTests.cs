using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;

namespace Slipway.Conformance;

/// <summary>The limits of <see cref="LimitTests"/> hold where a client has all its requests on one connection.</summary>
public sealed class Http2LimitTests
{
    private const string ConfigMaps = "/api/v1/namespaces/default/configmaps";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Headers_that_trickle_are_given_up()
    {
        await using var server = await LimitedServer.StartAsync(o => o with { HeadersTimeout = TimeSpan.FromSeconds(1) });
        var slow = new Http2Connection(await server.ConnectAsync("slow", SslApplicationProtocol.Http2));
        await slow.BeginAsync();
        await slow.GetAsync(1, "/api", isWhole: false);
        var end = slow.UntilGivenUpAsync();
        var other = Client(server, "other");
        for (var i = 0; !end.IsCompleted; i++)
        {
            await ServesAsync(other);
            try
            {
                await slow.ContinueAsync(1, ($"x-{i}", "y"));
            }
            catch (IOException)
            {
                break;
            }
            await Task.WhenAny(end, Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, Cancel));
        }
        Assert.Contains(await end, (string[])["closed", "GOAWAY"]);
    }

    [Fact]
    public async Task Headers_without_end_are_refused_at_their_limit()
    {
        await using var server = await LimitedServer.StartAsync(o => o);
        var large = new Http2Connection(await server.ConnectAsync("large", SslApplicationProtocol.Http2));
        await large.BeginAsync();
        await large.GetAsync(1, "/api", isWhole: false);
        var end = large.UntilGivenUpAsync();
        var sent = 0;
        try
        {
            for (; !end.IsCompleted && sent < 64 << 20; sent += 8192) await large.ContinueAsync(1, ("x-large", new string('y', 8192)));
        }
        catch (IOException)
        {
            // The server has closed the connection.
        }
        Assert.Contains(await end, (string[])["closed", "GOAWAY", "RST_STREAM"]);
        Assert.True(sent < 64 << 20);
        await ServesAsync(Client(server, "other"));
    }

    [Fact]
    public async Task A_body_that_trickles_is_given_up_and_its_neighbours_are_served()
    {
        await using var server = await LimitedServer.StartAsync(o => o with { RequestTimeout = TimeSpan.FromSeconds(1) });
        var slow = Client(server, "slow");
        using var body = new HeldContent();
        var answer = slow.PostAsync(ConfigMaps, body, Cancel);
        while (!answer.IsCompleted)
        {
            await ServesAsync(slow);
            await Task.WhenAny(answer, Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, Cancel));
        }
        using var refused = await answer;
        Assert.Equal(HttpStatusCode.GatewayTimeout, refused.StatusCode);
        Assert.Contains("request did not complete within the allotted timeout", await refused.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        await ServesAsync(slow);
    }

    [Fact]
    public async Task A_body_without_end_is_refused_at_its_limit()
    {
        await using var server = await LimitedServer.StartAsync(o => o);
        var large = Client(server, "large");
        using var body = new EndlessContent();
        using var refused = await large.PostAsync(ConfigMaps, body, Cancel);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, refused.StatusCode);
        Assert.InRange(body.Sent, 3L << 20, 64L << 20);
        await ServesAsync(large);
    }

    [Fact]
    public async Task A_user_with_too_many_requests_takes_nothing_from_others()
    {
        await using var server = await LimitedServer.StartAsync(o => o with { MaxRequestsOfUser = 1 });
        var (greedy, modest) = (Client(server, "greedy"), Client(server, "modest"));
        var (body, held) = await HoldAsync(greedy);
        await ServesAsync(modest);
        body.Release();
        using (var answer = await held) Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        await LimitedServer.UntilServedAsync(greedy, ConfigMaps);
    }

    [Fact]
    public async Task A_user_with_too_many_watches_can_still_do_other_things_and_others_can_watch()
    {
        await using var server = await LimitedServer.StartAsync(o => o with { MaxWatchesOfUser = 2 });
        var (greedy, modest) = (Client(server, "greedy"), Client(server, "modest"));
        using var first = await WatchAsync(greedy);
        using var second = await WatchAsync(greedy);
        using var refused = await WatchAsync(greedy);
        using var other = await WatchAsync(modest);
        Assert.Equal(
            (HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.TooManyRequests, HttpStatusCode.OK),
            (first.StatusCode, second.StatusCode, refused.StatusCode, other.StatusCode));
        await ServesAsync(greedy);
    }

    [Fact]
    public async Task A_user_with_too_many_connections_takes_nothing_from_others()
    {
        await using var server = await LimitedServer.StartAsync(o => o with { MaxConnectionsOfUser = 1 });
        var (first, second) = (Client(server, "greedy"), Client(server, "greedy"));
        await ServesAsync(first);
        using (var refused = await second.GetAsync(ConfigMaps, Cancel)) Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        await ServesAsync(first);
        await ServesAsync(Client(server, "modest"));
        first.Dispose();
        await LimitedServer.UntilServedAsync(second, ConfigMaps);
    }

    [Fact]
    public async Task An_answer_that_is_not_taken_is_given_up()
    {
        await using var server = await LimitedServer.StartAsync(o => o with { RequestTimeout = TimeSpan.FromSeconds(1) });
        var deaf = new Http2Connection(await server.ConnectAsync("deaf", SslApplicationProtocol.Http2));
        await deaf.BeginAsync(window: 0);
        await deaf.GetAsync(1, "/openapi/v2");
        var end = deaf.UntilGivenUpAsync();
        var other = Client(server, "other");
        while (!end.IsCompleted)
        {
            await ServesAsync(other);
            await Task.WhenAny(end, Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, Cancel));
        }
        Assert.Equal("RST_STREAM", await end);
    }

    [Fact]
    public async Task Requests_that_are_begun_and_given_up_at_once_take_nothing_from_others()
    {
        await using var server = await LimitedServer.StartAsync(o => o);
        var rapid = new Http2Connection(await server.ConnectAsync("rapid", SslApplicationProtocol.Http2));
        await rapid.BeginAsync();
        var end = rapid.UntilGivenUpAsync();
        var other = Client(server, "other");
        try
        {
            for (var id = 1; id < 40_000 && !end.IsCompleted; id += 2)
            {
                await rapid.GetAsync(id, $"{ConfigMaps}?watch=true");
                await rapid.ResetAsync(id);
                if (id % 4001 == 0) await ServesAsync(other);
            }
        }
        catch (IOException)
        {
            // The server has had enough.
        }
        await ServesAsync(other);
        await ServesAsync(Client(server, "rapid"));   // what was given up counts no longer
    }

    private static HttpClient Client(LimitedServer server, string user)
    {
        var client = server.Client(user);
        client.DefaultRequestVersion = HttpVersion.Version20;
        client.DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        return client;
    }

    private static Task<HttpResponseMessage> WatchAsync(HttpClient client) => client.GetAsync($"{ConfigMaps}?watch=true", HttpCompletionOption.ResponseHeadersRead, Cancel);

    private static async Task ServesAsync(HttpClient client)
    {
        using var response = await client.GetAsync(ConfigMaps, Cancel);
        Assert.Equal((HttpStatusCode.OK, HttpVersion.Version20), (response.StatusCode, response.Version));
    }

    // Of two requests at the same time either may be the one too many.
    private static async Task<(HeldContent Body, Task<HttpResponseMessage> Answer)> HoldAsync(HttpClient client)
    {
        while (true)
        {
            var body = new HeldContent();
            var answer = client.PostAsync(ConfigMaps, body, Cancel);
            while (!answer.IsCompleted)
            {
                using var other = await client.GetAsync(ConfigMaps, Cancel);
                if (other.StatusCode == HttpStatusCode.TooManyRequests && !answer.IsCompleted) return (body, answer);
            }
            using var refused = await answer;
            Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        }
    }

    /// <summary>A body that goes on until it is told to end.</summary>
    private sealed class HeldContent : HttpContent
    {
        private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public HeldContent() => Headers.ContentType = new MediaTypeHeaderValue("application/json");

        public void Release() => _released.SetResult();

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            while (!_released.Task.IsCompleted)
            {
                await stream.WriteAsync(" "u8.ToArray());
                await stream.FlushAsync();
                await Task.WhenAny(_released.Task, Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System));
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }

    /// <summary>A body that never ends.</summary>
    private sealed class EndlessContent : HttpContent
    {
        private long _sent;

        public EndlessContent() => Headers.ContentType = new MediaTypeHeaderValue("application/json");

        public long Sent => Volatile.Read(ref _sent);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            var spaces = new byte[1 << 16];
            Array.Fill(spaces, (byte)' ');
            for (; _sent < 1L << 30; _sent += spaces.Length) await stream.WriteAsync(spaces);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
