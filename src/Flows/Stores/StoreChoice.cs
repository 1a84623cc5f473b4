using Slipway.Api;
using Slipway.Api.Kinds;
using Slipway.Client;

namespace Slipway.Flows;

/// <summary>Which store a run keeps to.</summary>
internal static class StoreChoice
{
    /// <summary>The store of a run that starts: the one that its flow names, or the namespace's default.</summary>
    /// <remarks>
    /// That a store is there, the cache may say. That there is none it may not: it may be behind one that was created just before the run, and a run that has
    /// started with another store keeps to that.
    /// </remarks>
    /// <param name="api">The API.</param>
    /// <param name="known">The store of a name, as the cache has it.</param>
    /// <param name="ns">The namespace.</param>
    /// <param name="flow">The flow.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>Its name, null for the node's own; or what the run waits for.</returns>
    public static async ValueTask<(string? Store, string? Waits)> OfAsync(IApi api, Func<ObjectKey, DeclaredArtifactStore?> known, string ns, FlowSpec flow, CancellationToken cancellation)
    {
        if (flow.Artifacts?.Store is not { } name)
            return (Default(await ListAsync(api, ns, cancellation)), null);
        if (known(new ObjectKey(ns, name)) is { Metadata.DeletionTimestamp: null })
            return (name, null);
        if (await api.GetAsync(FlowKinds.ArtifactStores, ns, name, cancellation) is not null)
            return (name, null);
        var others = await ListAsync(api, ns, cancellation);
        return (null, $"waits for artifact store {name}, which is not in namespace {ns}{NearestName.Hint(name, others.Select(s => s.Metadata.Name))}");
    }

    /// <summary>The default one of these stores; of several the newest, as with Kubernetes' storage classes; null if there is none.</summary>
    public static string? Default(IEnumerable<DeclaredArtifactStore> stores) => stores
        .Where(s => s.Spec.Default == true && s.Metadata.DeletionTimestamp is null)
        .OrderByDescending(s => s.Metadata.CreationTimestamp).ThenBy(s => s.Metadata.Name, StringComparer.Ordinal)
        .FirstOrDefault()?.Metadata.Name;

    private static async ValueTask<IEnumerable<DeclaredArtifactStore>> ListAsync(IApi api, string ns, CancellationToken cancellation) =>
        (await api.ListAsync(FlowKinds.ArtifactStores, ns, cancellation: cancellation)).Items;
}
