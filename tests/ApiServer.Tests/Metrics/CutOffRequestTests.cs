using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using Slipway.Api;

namespace Slipway.ApiServer.Tests.Metrics;

/// <summary>Requests that are given up so that others fare better, over HTTPS.</summary>
public sealed class CutOffRequestTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_takes_too_long_is_a_termination()
    {
        await using var served = await ServedApi.StartAsync(new ApiServerOptions { Hooks = AnswerAsync }, Limit);
        using var client = served.Client(isKnown: false);
        using var answer = await client.PostAsync(new Uri("/hooks/never", UriKind.Relative), new StringContent(""), Cancel);
        Assert.Equal(HttpStatusCode.GatewayTimeout, answer.StatusCode);
        var page = await MetricsPage.ReadAsync(served.Api);
        Assert.Equal(1, page.Sum("apiserver_request_terminations_total", "component=\"apiserver\"", "verb=\"POST\"", "code=\"504\""));
        Assert.Null(page.Sum("apiserver_request_aborts_total"));
    }

    [Fact]
    public async Task An_answer_that_is_not_taken_is_an_abort()
    {
        await using var served = await ServedApi.StartAsync(new ApiServerOptions { Hooks = AnswerAsync }, Limit);
        using var socket = new TcpClient();
        await socket.ConnectAsync(served.Address, Cancel);
        await using var stream = new SslStream(socket.GetStream(), false, (_, certificate, _, _) => served.IsOwn(certificate));
        await stream.AuthenticateAsClientAsync("localhost");
        await stream.WriteAsync("POST /hooks/large HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n"u8.ToArray(), Cancel);
        await Waiting.UntilAsync(TimeSpan.FromSeconds(60), async () => (await MetricsPage.ReadAsync(served.Api)).Sum("apiserver_request_aborts_total", "verb=\"POST\"") == 1);
    }

    // More than sockets hold.
    private static async ValueTask<ApiResponse> AnswerAsync(ApiRequest request, CancellationToken cancellation)
    {
        if (request.PathAndQuery == "/hooks/never") await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellation);
        return new ApiResponse { StatusCode = 200, Body = new byte[64 << 20] };
    }
}
