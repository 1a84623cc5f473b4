using System.Text.RegularExpressions;
using Slipway.Api;

namespace Slipway.Flows.Tests;

/// <summary>The API of controllers that hear nothing new of pods while they are held back.</summary>
internal sealed class HeldPods(IApi api) : IApi
{
    private volatile TaskCompletionSource? gate;

    /// <summary>Completes when the pods that are there have been asked for, while they were held back.</summary>
    public TaskCompletionSource Asked { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>From now on nothing is heard.</summary>
    public void Hold() => gate = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>All that was missed is heard.</summary>
    public void Release() => gate?.SetResult();

    public async ValueTask<ApiResponse> SendAsync(ApiRequest request, CancellationToken cancellation)
    {
        var response = await api.SendAsync(request, cancellation);
        if (request.Method != "GET" || !Regex.IsMatch(request.PathAndQuery, @"/pods\?"))
            return response;
        if (response.Stream is { } stream)
            return new ApiResponse { StatusCode = response.StatusCode, ContentType = response.ContentType, Headers = response.Headers, Stream = new Gated(stream, this) };
        if (gate is not null)
            Asked.TrySetResult();
        return response;
    }

    private sealed class Gated(Stream inner, HeldPods pods) : ReadOnlyStream
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var read = await inner.ReadAsync(buffer, cancellationToken);
            if (pods.gate is { } gate)
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
