namespace Slipway.Flows;

/// <summary>
/// A place beyond this machine that keeps artifacts under the SHA-256 of their content (64 lower-case hexadecimal digits). One appears there whole or not at
/// all, and is never changed.
/// </summary>
public interface IArtifactPlace : IDisposable
{
    /// <summary>Keeps an artifact; keeping it again changes nothing.</summary>
    /// <param name="sha256">Hash of the content.</param>
    /// <param name="file">File with the content. It is sent in parts where it is large, and never held in memory as a whole.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="ArtifactPlaceException">It is not kept; another attempt may succeed.</exception>
    Task PutAsync(string sha256, string file, CancellationToken cancellation);

    /// <summary>Opens an artifact for reading; null if it is not there. Reading to its end fails with an <see cref="IOException"/> if it is not what was kept.</summary>
    /// <exception cref="ArtifactPlaceException">It cannot be read now.</exception>
    Task<Stream?> OpenAsync(string sha256, CancellationToken cancellation);

    /// <summary>Whether an artifact is there.</summary>
    /// <exception cref="ArtifactPlaceException">That cannot be found out now.</exception>
    Task<bool> HasAsync(string sha256, CancellationToken cancellation);

    /// <summary>Removes an artifact, if it is there.</summary>
    /// <exception cref="ArtifactPlaceException">It is not removed; another attempt may succeed.</exception>
    Task RemoveAsync(string sha256, CancellationToken cancellation);

    /// <summary>Finds out whether artifacts can be kept there: asks a bucket with the credentials, and writes nothing to it; lets go what a claim needs and nobody uses.</summary>
    /// <exception cref="ArtifactPlaceException">They cannot; its reason and message say why.</exception>
    Task CheckAsync(CancellationToken cancellation);
}

/// <summary>Why a place of artifacts cannot be used; the reasons of the condition Ready.</summary>
public enum ArtifactPlaceFault
{
    /// <summary>Nobody answers, or not in time.</summary>
    Unreachable,

    /// <summary>The credentials are unknown there, wrong, or not allowed what is asked for.</summary>
    WrongCredentials,

    /// <summary>There is no bucket of the name.</summary>
    NoBucket,

    /// <summary>There is no claim of the name, or its volume is lost.</summary>
    NoClaim,

    /// <summary>The claim has no volume yet, or the pod that reaches it does not run yet.</summary>
    Pending,

    /// <summary>Whoever runs the flows may not do what is needed to reach it.</summary>
    NotAllowed,

    /// <summary>There is no room.</summary>
    NoSpace,

    /// <summary>It answers with a failure of its own.</summary>
    Failing,
}

/// <summary>A place of artifacts cannot be used: a fault of the infrastructure, not of what is stored.</summary>
/// <param name="fault">Why.</param>
/// <param name="message">One sentence that names the place and what to do.</param>
/// <param name="inner">What was seen.</param>
public sealed class ArtifactPlaceException(ArtifactPlaceFault fault, string message, Exception? inner = null) : IOException(message, inner)
{
    /// <summary>Why.</summary>
    public ArtifactPlaceFault Fault { get; } = fault;
}
