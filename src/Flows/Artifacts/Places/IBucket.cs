namespace Slipway.Flows;

/// <summary>A bucket of which objects are listed. It keeps its connections from one list to the next.</summary>
public interface IBucket : IDisposable
{
    /// <summary>The objects whose keys begin with the prefix of the bucket's options, in the order of their keys.</summary>
    /// <exception cref="ArtifactPlaceException">They cannot be listed; its message says why.</exception>
    IAsyncEnumerable<FileState> ListAsync(CancellationToken cancellation);
}
