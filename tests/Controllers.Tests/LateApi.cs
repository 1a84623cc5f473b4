using Slipway.Api;
using Slipway.Client;

namespace Slipway.Controllers.Tests;

/// <summary>
/// The API with watches that may be held up: what they tell arrives later, and in order. Lists may fail. Everything else is as current as ever.
/// </summary>
internal sealed class LateApi(IApi api) : IApi
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(string Plural, bool MetadataOnly), TaskCompletionSource> _held = [];
    private volatile string? _unlisted;
    private (string Path, int Left, TaskCompletionSource Done)? _awaited;

    /// <summary>Holds up what the watches of a resource tell from now on.</summary>
    /// <param name="plural">The resource.</param>
    /// <param name="metadataOnly">Whether the watches of metadata alone are meant, as garbage collection has them, or those of whole objects.</param>
    public void Hold(string plural, bool metadataOnly = false)
    {
        lock (_lock)
            _held.TryAdd((plural, metadataOnly), new(TaskCreationOptions.RunContinuationsAsynchronously));
    }

    /// <summary>Lets the watches of a resource tell what they have been held up with, and go on.</summary>
    public void Release(string plural, bool metadataOnly = false)
    {
        lock (_lock)
            if (_held.Remove((plural, metadataOnly), out var held))
                held.SetResult();
    }

    /// <summary>Fails each list of a resource from now on, as an unreachable server does.</summary>
    public void FailLists(string plural) => _unlisted = plural;

    /// <summary>Completes when a whole object has been asked for so many times from now on.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="times">How often.</param>
    public Task AskedForAsync(string path, int times)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
            _awaited = (path, times, done);
        return done.Task;
    }

    /// <summary>Lets all watches go on.</summary>
    public void ReleaseAll()
    {
        lock (_lock)
        {
            foreach (var held in _held.Values)
                held.SetResult();
            _held.Clear();
        }
    }

    public async ValueTask<ApiResponse> SendAsync(ApiRequest request, CancellationToken cancellation)
    {
        var plural = request.PathAndQuery.Split('?')[0].Split('/')[^1];
        var watches = request.PathAndQuery.Contains("watch=true", StringComparison.Ordinal);
        if (request.Method == "GET" && !watches && plural == _unlisted)
            throw new IOException($"{plural} cannot be listed");
        Note(request);
        var response = await api.SendAsync(request, cancellation);
        if (!watches || response.Stream is not { } stream)
            return response;
        var key = (plural, request.Accept == PartialObjectMetadata.Accept);
        return new() { StatusCode = response.StatusCode, ContentType = response.ContentType, Headers = response.Headers, Stream = new LateStream(stream, response, () => HeldAsync(key)) };
    }

    private void Note(ApiRequest request)
    {
        lock (_lock)
            if (request.Method == "GET" && request.Accept != PartialObjectMetadata.Accept && _awaited is var (path, left, done) && path == request.PathAndQuery)
            {
                _awaited = (path, left - 1, done);
                if (left == 1)
                    done.TrySetResult();
            }
    }

    private Task HeldAsync((string, bool) key)
    {
        lock (_lock)
            return _held.TryGetValue(key, out var held) ? held.Task : Task.CompletedTask;
    }

    private sealed class LateStream(Stream inner, ApiResponse response, Func<Task> held) : ReadOnlyStream
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var read = await inner.ReadAsync(buffer, cancellationToken);
            await held().WaitAsync(cancellationToken);
            return read;
        }

        public override async ValueTask DisposeAsync()
        {
            await response.DisposeAsync();
            await base.DisposeAsync();
        }
    }
}
