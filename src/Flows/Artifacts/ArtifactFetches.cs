using System.Collections.Concurrent;

namespace Slipway.Flows;

/// <summary>Brings artifacts to this machine, each once however many wait for it.</summary>
internal sealed class ArtifactFetches(ArtifactStore store, IArtifactOrigin origin)
{
    private readonly ConcurrentDictionary<string, Lazy<Task<bool>>> running = new();

    /// <summary>Brings an artifact; false if it lies nowhere.</summary>
    /// <exception cref="IOException">It cannot be read now, is damaged, or there is no room for it.</exception>
    public async Task<bool> BringAsync(string sha256, CancellationToken cancellation)
    {
        var fetch = running.GetOrAdd(sha256, _ => new Lazy<Task<bool>>(() => Task.Run(() => FetchAsync(sha256), CancellationToken.None)));
        return await fetch.Value.WaitAsync(cancellation); // others may wait for it still
    }

    private async Task<bool> FetchAsync(string sha256)
    {
        try
        {
            if (await origin.OpenAsync(sha256, CancellationToken.None) is not { } found)
                return false;
            await using var content = found.Content;
            await using var writer = store.Begin(found.Size);
            var buffer = new byte[1 << 16];
            while (await content.ReadAsync(buffer) is > 0 and var count)
                await writer.AppendAsync(buffer.AsMemory(0, count), CancellationToken.None);
            await writer.CommitAsync(CancellationToken.None); // all of it came, or reading it would have failed
            return true;
        }
        finally
        {
            running.TryRemove(sha256, out _);
        }
    }
}
