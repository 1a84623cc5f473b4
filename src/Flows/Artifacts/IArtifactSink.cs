namespace Slipway.Flows;

/// <summary>What was sent is not taken, and trying again does not change that; the message says why.</summary>
public class ArtifactRefusedException(string message, Exception? inner = null) : IOException(message, inner);

/// <summary>Takes artifacts: the store itself, or the way to it.</summary>
public interface IArtifactSink
{
    /// <summary>Begins an artifact whose size in bytes is known.</summary>
    /// <exception cref="ArtifactRefusedException">It is not taken.</exception>
    IArtifactWriter Begin(long size);

    /// <summary>Begins several that are wanted together.</summary>
    IArtifactBatch BeginBatch() => new SeveralArtifacts(this);
}

/// <summary>Artifacts that are wanted together. None is sure to be there before <see cref="CommitAsync"/>.</summary>
public interface IArtifactBatch : IAsyncDisposable
{
    /// <summary>Adds one; its hash.</summary>
    /// <param name="size">Its size in bytes.</param>
    /// <param name="write">Writes its content.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="ArtifactRefusedException">It is not taken.</exception>
    /// <exception cref="IOException">The store is not reached; another attempt may succeed.</exception>
    ValueTask<string> AddAsync(long size, Func<IArtifactWriter, ValueTask> write, CancellationToken cancellation);

    /// <summary>Makes all of them durable under their hashes.</summary>
    /// <exception cref="ArtifactRefusedException">They are not taken.</exception>
    Task CommitAsync(CancellationToken cancellation);
}

/// <summary>One after the other, each durable as soon as it is there.</summary>
internal sealed class SeveralArtifacts(IArtifactSink sink) : IArtifactBatch
{
    public async ValueTask<string> AddAsync(long size, Func<IArtifactWriter, ValueTask> write, CancellationToken cancellation)
    {
        await using var writer = sink.Begin(size);
        await write(writer);
        return await writer.CommitAsync(cancellation);
    }

    public Task CommitAsync(CancellationToken cancellation) => Task.CompletedTask;

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

/// <summary>What can be done with any sink.</summary>
public static class ArtifactSinks
{
    /// <summary>Stores bytes and returns their hash.</summary>
    /// <exception cref="ArtifactRefusedException">They are not taken.</exception>
    /// <exception cref="IOException">The store is not reached; another attempt may succeed.</exception>
    public static async ValueTask<string> WriteAsync(this IArtifactSink sink, ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        await using var writer = sink.Begin(bytes.Length);
        await writer.AppendAsync(bytes, cancellation);
        return await writer.CommitAsync(cancellation);
    }
}

/// <summary>An artifact that is being written; without <see cref="CommitAsync"/> nothing remains of it.</summary>
public interface IArtifactWriter : IAsyncDisposable
{
    /// <summary>Writes the next part.</summary>
    /// <exception cref="ArtifactRefusedException">It is not taken.</exception>
    /// <exception cref="IOException">The store is not reached; another attempt may succeed.</exception>
    ValueTask AppendAsync(ReadOnlyMemory<byte> part, CancellationToken cancellation);

    /// <summary>Makes the artifact durable under the SHA-256 of its content, which it returns: 64 lower-case hexadecimal digits.</summary>
    /// <exception cref="ArtifactRefusedException">It is not taken.</exception>
    /// <exception cref="IOException">The store is not reached; another attempt may succeed.</exception>
    ValueTask<string> CommitAsync(CancellationToken cancellation);
}
