using Slipway.Api;

namespace Slipway.Client;

/// <summary>The body of an HTTP answer as it arrives; closing it ends the request. A broken connection is an <see cref="IOException"/>.</summary>
internal sealed class AnswerStream(HttpResponseMessage answer, Stream body) : ReadOnlyStream
{
    public override int Read(byte[] buffer, int offset, int count) => body.Read(buffer, offset, count);

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            return await body.ReadAsync(buffer, cancellationToken);
        }
        catch (HttpRequestException e)
        {
            throw new IOException($"the connection to the API server broke: {e.Message}", e);
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            body.Dispose();
            answer.Dispose();
        }
        base.Dispose(disposing);
    }
}
