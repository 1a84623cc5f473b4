using Slipway.Api;

namespace Cli.Tests.Commands;

/// <summary>An API whose connections can be cut, as by a server that is started again.</summary>
internal sealed class CutApi(IApi api) : IApi
{
    private readonly TaskCompletionSource _watched = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource _cut = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Whether nobody answers.</summary>
    public bool IsAway { get; set; }

    /// <summary>Completes when something is watched.</summary>
    public Task WatchedAsync() => _watched.Task;

    /// <summary>Cuts all that is open.</summary>
    public void Cut() => Interlocked.Exchange(ref _cut, new(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();

    public async ValueTask<ApiResponse> SendAsync(ApiRequest request, CancellationToken cancellation)
    {
        if (IsAway) throw new IOException("nobody answers");
        var response = await api.SendAsync(request, cancellation);
        if (response.Stream is not { } stream) return response;
        _watched.TrySetResult();
        return new ApiResponse { StatusCode = response.StatusCode, ContentType = response.ContentType, Headers = response.Headers, Stream = new Cutting(stream, _cut.Task) };
    }

    private sealed class Cutting(Stream inner, Task cut) : ReadOnlyStream
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var read = inner.ReadAsync(buffer, end.Token).AsTask();
            if (await Task.WhenAny(read, cut) == read) return await read;
            await end.CancelAsync();
            await ((Task)read).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw new IOException("the connection was closed");
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing) inner.Dispose();
            base.Dispose(disposing);
        }
    }
}
