using Microsoft.Extensions.Logging;
using Slipway.Client;

namespace Slipway.Flows;

/// <summary>All controllers of flows: the same in a server and in an operator.</summary>
public static class FlowControllers
{
    /// <summary>Adds them to a host.</summary>
    /// <param name="host">The host.</param>
    /// <param name="ledger">Where attempts are recorded.</param>
    /// <param name="store">Where artifacts are.</param>
    /// <param name="places">Reaches declared stores.</param>
    /// <param name="transport">Makes what carries notifications and lineage to other machines.</param>
    /// <param name="delivery">How pods get what they need; null for the nodes of Slipway.</param>
    /// <param name="directories">Reads a directory of the node for triggers; null where there is no node.</param>
    /// <param name="buckets">Reaches a bucket for triggers; those of other machines if not given.</param>
    public static void Register(
        ControllerHost host, Ledger ledger, ArtifactStore store, DeclaredPlaces places, Func<HttpMessageHandler> transport, ITaskDelivery? delivery = null,
        Func<string, IReadOnlyList<FileState>>? directories = null, Func<S3Options, IBucket>? buckets = null)
    {
        FlowController.Register(host, ledger);
        TriggerController.Register(host, ledger, directories, buckets ?? S3Place.Reach);
        BackfillController.Register(host, ledger);
        var gate = new StoreGate(ledger, store, places, host.Clock);
        FlowRunController.Register(host, ledger, store, gate, delivery);
        var released = ReleasedArtifacts.Of(host, ledger, store);
        RetentionKeeper.Register(host, ledger, released);
        HistoryKeeper.Register(host);
        var sweep = new StoreSweep(ledger, store, gate, released, host.Clock, host.Logs.CreateLogger<StoreSweep>());
        ArtifactStoreController.Register(host, ledger, places, sweep);
        NotificationController.Register(host, transport);
        LineageController.Register(host, ledger, transport);
    }
}
