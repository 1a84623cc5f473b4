namespace Slipway.Flows;

/// <summary>Where <c>slipway-task store</c> runs that keeps artifacts, and how one speaks with it.</summary>
public interface IStoreProgram
{
    /// <summary>Begins to speak with it at its standard streams: what is written it reads. Starts what it needs first.</summary>
    /// <exception cref="ArtifactPlaceException">It cannot run now; the reason and message say why.</exception>
    /// <exception cref="IOException">It is not reached.</exception>
    Task<Stream> OpenAsync(CancellationToken cancellation);

    /// <summary>Lets go what it needs to run, since nobody uses it; and looks whether it could run again, without a start.</summary>
    /// <exception cref="ArtifactPlaceException">It could not.</exception>
    /// <exception cref="IOException">It is not reached.</exception>
    Task RestAsync(CancellationToken cancellation);
}
