using System.Net;
using System.Net.Security;

namespace Slipway.Fuzzing.Running;

/// <summary>Requests as streams of a few connections of HTTP/2. It takes those that any library can send.</summary>
internal sealed class Http2Transport : ITransport
{
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(40);
    private readonly HttpClient _http;
    private readonly string _base;
    private readonly TimeProvider _clock;

    public Http2Transport(FuzzTarget target, TimeProvider clock)
    {
        (_base, _clock) = ($"https://{target.Address}", clock);
        _http = new(new SocketsHttpHandler { SslOptions = target.Tls(SslApplicationProtocol.Http2), UseCookies = false, AllowAutoRedirect = false, UseProxy = false }) { Timeout = Timeout.InfiniteTimeSpan };
    }

    public async Task<FuzzAnswer> SendAsync(FuzzRequest request, CancellationToken cancellation)
    {
        var uri = new Uri(_base + request.Target, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        using var message = new HttpRequestMessage(new HttpMethod(request.Method), uri) { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        if (request.Body is not null) message.Content = new ByteArrayContent(request.Body);
        foreach (var (name, value) in request.Headers)
            if (!message.Headers.TryAddWithoutValidation(name, value)) message.Content?.Headers.TryAddWithoutValidation(name, value);
        try
        {
            using var response = await _http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, cancellation);
            var (body, isWhole) = await BodyAsync(request, response, cancellation);
            return new((int)response.StatusCode, response.Content.Headers.ContentType?.ToString() ?? "", body, isWhole, response.Content.Headers.ContentEncoding.Contains("gzip"), false);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return FuzzAnswer.None;
        }
    }

    public ValueTask DisposeAsync()
    {
        _http.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<(byte[] Body, bool IsWhole)> BodyAsync(FuzzRequest request, HttpResponseMessage response, CancellationToken cancellation)
    {
        if (!request.IsLong) return (await response.Content.ReadAsByteArrayAsync(cancellation), true);
        using var leave = new CancellationTokenSource(Moment, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, leave.Token);
        var body = new MemoryStream();
        try
        {
            await using var stream = await response.Content.ReadAsStreamAsync(either.Token);
            var piece = new byte[16 << 10];
            while (await stream.ReadAsync(piece, either.Token) is > 0 and var read)
            {
                body.Write(piece, 0, read);
                if (body.Length > 64 << 10) return (body.ToArray(), false);
            }
            return (body.ToArray(), true);
        }
        catch (OperationCanceledException) when (leave.IsCancellationRequested)
        {
            return (body.ToArray(), false);
        }
    }
}
