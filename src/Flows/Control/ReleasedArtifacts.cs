using k8s.Models;
using Slipway.Client;

namespace Slipway.Flows;

/// <summary>Removes from this machine what the ledger has let go, as far as nobody needs it and it was not written within the hour.</summary>
/// <param name="ledger">Says what is let go.</param>
/// <param name="store">Where it lies.</param>
/// <param name="pods">Pods by the manifest of what they read.</param>
internal sealed class ReleasedArtifacts(Ledger ledger, ArtifactStore store, InformerIndex<V1Pod> pods)
{
    /// <summary>For the controllers of a host.</summary>
    public static ReleasedArtifacts Of(ControllerHost host, Ledger ledger, ArtifactStore store) =>
        new(ledger, store, PodsOf(host).SharedIndex("inputs", pod => AttemptReader.InputHash(pod) is { } manifest ? [manifest] : []));

    /// <summary>The informer whose pods are looked at.</summary>
    public static Informer<V1Pod> PodsOf(ControllerHost host) => host.Informer(FlowKinds.Pods, new InformerOptions { LabelSelector = FlowNames.RunLabel });

    /// <summary>Removes what can go of this; how many artifacts were removed.</summary>
    /// <exception cref="LedgerUnavailableException">The database has no room, refuses or is away.</exception>
    public async Task<int> RemoveAsync(IReadOnlyList<string> released, CancellationToken cancellation)
    {
        var removed = 0;
        var settled = new List<string>();
        do
        {
            settled.Clear();
            foreach (var sha256 in released)
            {
                if (store.Remove(sha256, () => !ledger.Read.IsReferred(sha256) && pods.Find(sha256).Count == 0))
                    removed++;
                else if (store.HasHere(sha256) && !ledger.Read.IsReferred(sha256))
                    continue; // too young, or a pod reads it: the next time
                settled.Add(sha256);
            }

            if (settled.Count > 0)
                released = await ledger.SettleAsync(settled, cancellation);
        }
        while (settled.Count > 0 && released.Count > 0); // the files of a directory go after it

        return removed;
    }
}
