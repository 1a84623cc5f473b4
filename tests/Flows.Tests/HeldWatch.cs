using System.Text;
using Slipway.Api;

namespace Slipway.Flows.Tests;

/// <summary>The API of controllers that hear nothing new of a resource while it is held back.</summary>
/// <param name="api">The API behind it.</param>
/// <param name="plural">The resource, such as <c>pods</c>.</param>
internal sealed class HeldWatch(IApi api, string plural) : IApi
{
    private volatile TaskCompletionSource? gate;
    private volatile string from = "";

    /// <summary>Completes when the objects that are there have been asked for, while they were held back.</summary>
    public TaskCompletionSource Asked { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>From now on nothing is heard.</summary>
    /// <param name="from">Or only from the first on that has this text in it.</param>
    public void Hold(string from = "")
    {
        this.from = from;
        gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>All that was missed is heard.</summary>
    public void Release() => gate?.SetResult();

    public async ValueTask<ApiResponse> SendAsync(ApiRequest request, CancellationToken cancellation)
    {
        var response = await api.SendAsync(request, cancellation);
        if (request.Method != "GET" || !request.PathAndQuery.Contains($"/{plural}?", StringComparison.Ordinal))
            return response;
        if (response.Stream is { } stream)
            return new ApiResponse { StatusCode = response.StatusCode, ContentType = response.ContentType, Headers = response.Headers, Stream = new Gated(stream, this) };
        if (gate is not null)
            Asked.TrySetResult();
        return response;
    }

    private sealed class Gated(Stream inner, HeldWatch watch) : ReadOnlyStream
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var read = await inner.ReadAsync(buffer, cancellationToken);
            if (watch.gate is { } gate && Encoding.UTF8.GetString(buffer.Span[..read]).Contains(watch.from, StringComparison.Ordinal))
                await gate.Task.WaitAsync(cancellationToken);
            return read;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                inner.Dispose();
            base.Dispose(disposing);
        }
    }
}
