using System.Net.Security;
using System.Text;

namespace Slipway.Fuzzing.Running;

/// <summary>Requests on one connection of HTTP/1.1, byte by byte as they are meant; a connection that has ended is replaced.</summary>
internal sealed class Http1Transport(FuzzTarget target, TimeProvider clock) : ITransport
{
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(40);
    private WireConnection? _connection;

    public async Task<FuzzAnswer> SendAsync(FuzzRequest request, CancellationToken cancellation)
    {
        var bytes = Bytes(request);
        while (true)
        {
            var isNew = _connection is null;
            var connection = _connection ??= await WireConnection.OpenAsync(target, true, SslApplicationProtocol.Http11, cancellation);
            FuzzAnswer? answer = null;
            try
            {
                // An answer may come, and the server stop to read, before the body is sent.
                var sending = connection.SendAsync(bytes, cancellation);
                answer = await connection.ReadAsync(request.Method != "HEAD", request.IsLong ? () => new CancellationTokenSource(Moment, clock) : null, cancellation);
                if (answer is { Closes: false }) await sending;
                else await sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (IOException)
            {
                // The connection is gone: seen below.
            }
            finally
            {
                if (answer is null or { Closes: true }) await CloseAsync();
            }
            // A connection that was kept open may have been closed meanwhile; a new one has not.
            if (answer is not null || isNew) return answer ?? FuzzAnswer.None;
        }
    }

    public ValueTask DisposeAsync() => CloseAsync();

    private async ValueTask CloseAsync()
    {
        if (_connection is not { } open) return;
        _connection = null;
        try
        {
            await open.DisposeAsync();
        }
        catch (IOException)
        {
            // It was gone already.
        }
    }

    private static byte[] Bytes(FuzzRequest request)
    {
        var head = new StringBuilder($"{request.Method} {request.Target} HTTP/1.1\r\nHost: localhost\r\n");
        foreach (var (name, value) in request.Headers) head.Append(name).Append(": ").Append(value).Append("\r\n");
        if (request.Body is not null) head.Append("Content-Length: ").Append(request.Body.Length).Append("\r\n");
        return [.. Encoding.UTF8.GetBytes(head.Append("\r\n").ToString()), .. request.Body ?? []];
    }
}
