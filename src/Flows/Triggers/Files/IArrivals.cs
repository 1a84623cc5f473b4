namespace Slipway.Flows;

/// <summary>Where files come to that start runs. Disposed of when nobody looks any more; what has happened may still be read from a file then.</summary>
internal interface IArrivals : IDisposable
{
    /// <summary>How long it is between two looks.</summary>
    TimeSpan Every { get; }

    /// <summary>By how much a file may be seen after one that was changed later.</summary>
    TimeSpan Late { get; }

    /// <summary>The files that count and were not changed last before a time (UTC), as they are now.</summary>
    /// <param name="since">The time.</param>
    /// <param name="late">Told why nothing is seen yet, and what to do, when a look takes long that goes on.</param>
    /// <param name="cancellation">Looks no more.</param>
    /// <exception cref="IOException">They are not seen; the message says why, and what to do.</exception>
    ValueTask<IReadOnlyList<FileState>> LookAsync(DateTime since, Action<string> late, CancellationToken cancellation);

    /// <summary>A file as what has happened.</summary>
    TriggerEvent ToEvent(FileState file);
}
