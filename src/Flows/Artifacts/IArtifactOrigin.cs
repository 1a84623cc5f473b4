namespace Slipway.Flows;

/// <summary>Where artifacts lie that a store of this machine does not have any more, or never had.</summary>
public interface IArtifactOrigin
{
    /// <summary>Whether an artifact lies there, by what is recorded.</summary>
    bool Has(string sha256);

    /// <summary>Opens an artifact for reading; null if it is not there. Reading to its end fails with an <see cref="IOException"/> if it is not what was kept.</summary>
    /// <exception cref="IOException">It cannot be read now; another attempt may succeed.</exception>
    Task<OriginContent?> OpenAsync(string sha256, CancellationToken cancellation);
}

/// <summary>An artifact that comes from elsewhere; whoever reads it disposes its content.</summary>
/// <param name="Content">What it holds.</param>
/// <param name="Size">Its size in bytes.</param>
public sealed record OriginContent(Stream Content, long Size);
