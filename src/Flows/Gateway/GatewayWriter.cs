using System.IO.Pipelines;
using System.Security.Cryptography;

namespace Slipway.Flows;

/// <summary>
/// An artifact on its way to the gateway: sent while it is written, and hashed on both sides. When the request ends early, the rest is not waited for and
/// the commit tells why.
/// </summary>
internal sealed class GatewayWriter : IArtifactWriter
{
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly CancellationTokenSource stop = new();
    private readonly Pipe pipe = new();
    private readonly Task<HttpResponseMessage> answer;

    public GatewayWriter(long size, Func<HttpContent, CancellationToken, Task<HttpResponseMessage>> send)
    {
        var content = new StreamContent(pipe.Reader.AsStream());
        content.Headers.ContentLength = size;
        answer = SendAsync(content, send);
    }

    public async ValueTask AppendAsync(ReadOnlyMemory<byte> part, CancellationToken cancellation)
    {
        hash.AppendData(part.Span);
        await pipe.Writer.WriteAsync(part, cancellation); // of no effect when the request has ended
    }

    public async ValueTask<string> CommitAsync(CancellationToken cancellation)
    {
        await pipe.Writer.CompleteAsync();
        using var response = await answer.WaitAsync(cancellation);
        var stored = (await GatewayClient.Reached(() => response.Content.ReadAsStringAsync(cancellation))).Trim();
        var sent = Convert.ToHexStringLower(hash.GetHashAndReset());
        return stored == sent ? stored : throw new IOException($"the operator has stored {stored} where {sent} was sent");
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await pipe.Writer.CompleteAsync();
        await ((Task)answer).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (answer.IsCompletedSuccessfully)
            (await answer).Dispose();
        stop.Dispose();
        hash.Dispose();
    }

    private async Task<HttpResponseMessage> SendAsync(HttpContent content, Func<HttpContent, CancellationToken, Task<HttpResponseMessage>> send)
    {
        try
        {
            return await send(content, stop.Token);
        }
        finally
        {
            await pipe.Reader.CompleteAsync(); // whoever writes must not wait for a reader that is gone
        }
    }
}
