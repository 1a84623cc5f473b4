using System.Collections.Concurrent;
using Slipway.Api;
using Slipway.Api.Kinds;
using Slipway.Client;

namespace Slipway.Flows;

/// <summary>The place of a declared store.</summary>
/// <param name="Location">Which store, and where it keeps artifacts.</param>
/// <param name="Place">How it is reached.</param>
public sealed record DeclaredPlace(StoreLocation Location, IArtifactPlace Place);

/// <summary>
/// Reaches the stores that ArtifactStores declare. Nothing is asked for, and nothing of a storage's client loaded, before one is used.
/// </summary>
/// <remarks>What was found out counts for ten seconds, so that a store with many small artifacts is not read for each.</remarks>
/// <param name="api">Reads ArtifactStores and their Secrets; asked for with the first store that is used.</param>
/// <param name="bucket">Reaches a bucket.</param>
/// <param name="claim">Reaches the volume of a claim.</param>
/// <param name="clock">The clock of these seconds.</param>
public sealed class DeclaredPlaces(Func<IApi> api, Func<S3Options, IArtifactPlace> bucket, Func<ClaimOptions, IArtifactPlace> claim, TimeProvider clock)
{
    private static readonly TimeSpan Validity = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<ObjectKey, Known> known = new();

    /// <summary>Held while a place is opened, so that all who ask at once get the same one.</summary>
    private readonly Lock opening = new();

    /// <summary>The place of a store; null if none of the name is declared.</summary>
    /// <exception cref="ArtifactPlaceException">What it says, or its Secret, is no way to a storage.</exception>
    /// <exception cref="IOException">The API server is not reached.</exception>
    public async ValueTask<DeclaredPlace?> FindAsync(string ns, string name, CancellationToken cancellation)
    {
        var key = new ObjectKey(ns, name);
        var now = clock.GetUtcNow();
        if (known.TryGetValue(key, out var found) && found.Until > now)
            return found.Place;
        if (await api().GetAsync(FlowKinds.ArtifactStores, ns, name, cancellation) is not { } store)
        {
            known.TryRemove(key, out _);
            return null;
        }

        object options = store.Spec.Claim is null ? await BucketAsync(store, cancellation) : Claim(store, store.Spec.Claim);

        lock (opening)
        {
            // A place that is replaced is not disposed, since somebody may read from it: its connections close when they are idle, and a pod goes with its store.
            var place = known.TryGetValue(key, out found) && options.Equals(found.Options) ? found.Place : new DeclaredPlace(LocationOf(store), Open(options));
            known[key] = new Known(options, place, now + Validity);
            return place;
        }
    }

    /// <summary>Forgets what was found out, so that a store is read anew.</summary>
    public void Forget(string ns, string name)
    {
        var key = new ObjectKey(ns, name);
        lock (opening)
        {
            if (known.TryGetValue(key, out var found))
                known[key] = found with { Until = DateTimeOffset.MinValue };
        }
    }

    /// <summary>Where a store keeps artifacts. No bucket has a colon in its name.</summary>
    public static StoreLocation LocationOf(DeclaredArtifactStore store) => new(
        store.Metadata.NamespaceProperty, store.Metadata.Name, store.Spec.Claim is { } claim ? $"{StoreLocation.ClaimPrefix}{claim.Name}/{claim.Path}" : $"{store.Spec.S3?.Bucket}/{store.Spec.S3?.Prefix}");

    private IArtifactPlace Open(object options)
    {
        try
        {
            return options is ClaimOptions volume ? claim(volume) : bucket((S3Options)options);
        }
        catch (InvalidDataException e)
        {
            throw new ArtifactPlaceException(ArtifactPlaceFault.WrongCredentials, $"{options}: {e.Message}; correct {S3Secret.AuthorityName} of the Secret", e);
        }
    }

    private static ClaimOptions Claim(DeclaredArtifactStore store, ClaimStoreSpec claim) => new()
    {
        Namespace = store.Metadata.NamespaceProperty,
        Store = store.Metadata.Name,
        StoreUid = store.Metadata.Uid,
        Claim = claim.Name,
        Directory = $"{claim.Path}{store.Metadata.NamespaceProperty}/{store.Metadata.Name}", // so that no two stores remove each other's
    };

    private async ValueTask<S3Options> BucketAsync(DeclaredArtifactStore store, CancellationToken cancellation)
    {
        var s3 = store.Spec.S3 ?? throw Wrong(store, ArtifactPlaceFault.Failing, "its spec has neither s3 nor claim");
        var secret = await S3Secret.ReadAsync(api(), store.Metadata.NamespaceProperty, s3.SecretName, $"artifact store {store.Metadata.Name}", cancellation);
        var endpoint = Uri.TryCreate(s3.Endpoint, UriKind.Absolute, out var url) ? url : throw Wrong(store, ArtifactPlaceFault.Unreachable, $"spec.s3.endpoint {s3.Endpoint} is no URL");
        var prefix = $"{s3.Prefix}{store.Metadata.NamespaceProperty}/{store.Metadata.Name}/"; // so that no two stores of a cluster remove each other's
        return secret.Open(endpoint, s3.Bucket, prefix, s3.Region, s3.PathStyle);
    }

    private static ArtifactPlaceException Wrong(DeclaredArtifactStore store, ArtifactPlaceFault fault, string what) => new(fault, $"artifact store {store.Metadata.Name}: {what}");

    private sealed record Known(object Options, DeclaredPlace Place, DateTimeOffset Until);
}
