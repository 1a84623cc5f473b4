using System.Net;
using System.Net.Sockets;
using Slipway.Api;

namespace Slipway.Node.Streams;

/// <summary>
/// Connections to the streaming server of the container runtime. It listens on loopback, and each of its URLs holds a token
/// that is good for one connection within half a minute.
/// </summary>
internal sealed class RuntimeStreams : IDisposable
{
    /// <summary>The protocol that it speaks.</summary>
    public const string Spdy = "SPDY/3.1";

    /// <summary>Header in which the form of the streams is agreed on.</summary>
    public const string ProtocolHeader = "X-Stream-Protocol-Version";

    private const int LongestComplaint = 4096;

    private readonly HttpMessageInvoker _client = new(new SocketsHttpHandler
    {
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        ActivityHeadersPropagator = null,
        ConnectTimeout = TimeSpan.FromSeconds(10),
    });

    /// <summary>Connects to a URL that the runtime has given.</summary>
    /// <param name="url">The URL.</param>
    /// <param name="protocols">Forms of the streams, the dearest first.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>The connection, after the switch to SPDY, and the form that the runtime has chosen.</returns>
    /// <exception cref="ApiException">500: it cannot be reached or refuses.</exception>
    public async Task<(Stream Connection, string Protocol)> ConnectAsync(string url, IEnumerable<string> protocols, CancellationToken cancellation)
    {
        using var message = new HttpRequestMessage(HttpMethod.Post, url) { Version = HttpVersion.Version11, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        message.Headers.TryAddWithoutValidation("Connection", "Upgrade");
        message.Headers.TryAddWithoutValidation("Upgrade", Spdy);
        foreach (var protocol in protocols) message.Headers.TryAddWithoutValidation(ProtocolHeader, protocol);
        try
        {
            var answer = await _client.SendAsync(message, cancellation);
            if (answer.StatusCode == HttpStatusCode.SwitchingProtocols)
            {
                var chosen = answer.Headers.TryGetValues(ProtocolHeader, out var values) ? values.First() : "";
                return (await answer.Content.ReadAsStreamAsync(cancellation), chosen);
            }
            using (answer) throw ApiException.Internal($"the container runtime refuses the stream: {await ComplaintAsync(answer, cancellation)}");
        }
        catch (Exception e) when (e is HttpRequestException or IOException or SocketException)
        {
            throw ApiException.Internal($"the container runtime cannot be reached: {e.Message}");
        }
    }

    public void Dispose() => _client.Dispose();

    private static async Task<string> ComplaintAsync(HttpResponseMessage answer, CancellationToken cancellation)
    {
        await answer.Content.LoadIntoBufferAsync(LongestComplaint, cancellation);
        return (await answer.Content.ReadAsStringAsync(cancellation)).Trim() is { Length: > 0 } words ? words : $"{(int)answer.StatusCode} {answer.ReasonPhrase}";
    }
}
