namespace Slipway.Flows;

/// <summary>Artifacts that lie in declared stores, by what the ledger says.</summary>
/// <param name="ledger">Knows what lies where.</param>
/// <param name="places">Reaches the stores.</param>
public sealed class PlacedArtifacts(Ledger ledger, DeclaredPlaces places) : IArtifactOrigin
{
    /// <inheritdoc/>
    public bool Has(string sha256) => ledger.Placements.Of(sha256).Count > 0;

    /// <inheritdoc/>
    public async Task<OriginContent?> OpenAsync(string sha256, CancellationToken cancellation)
    {
        IOException? failure = null;
        foreach (var (location, size) in ledger.Placements.Of(sha256))
        {
            try
            {
                if (await places.FindAsync(location.Namespace, location.Store, cancellation) is not { } found || found.Location != location)
                    failure ??= new ArtifactPlaceException(ArtifactPlaceFault.Unreachable, $"artifact {sha256} lies in {location} of namespace {location.Namespace}, which is not declared any more; declare it again, with {location.Fields}");
                else if (await found.Place.OpenAsync(sha256, cancellation) is { } content)
                    return new OriginContent(content, size);
            }
            catch (ArtifactPlaceException e)
            {
                failure = e; // another store may have it, too
            }
        }

        return failure is null ? null : throw failure;
    }
}
