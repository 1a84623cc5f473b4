using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.Cli.Why.Storage;

/// <summary>Why a PersistentVolume cannot be used.</summary>
internal static class PersistentVolumeCauses
{
    public static IReadOnlyList<Cause> Of(JsonObject volume) => volume.At("status.phase").AsText() switch
    {
        "Released" => [new Cause($"Its claim {volume.At("spec.claimRef.namespace").AsText()}/{volume.At("spec.claimRef.name").AsText()} is gone, and its data is kept (reclaim policy {volume.At("spec.persistentVolumeReclaimPolicy").AsText()}): no other claim gets it")
        {
            Remedy = new("Delete it if the data is not needed; to use it again, remove its reference to the claim") { Command = $"kubectl patch pv {volume.Name} --type=json -p '[{{\"op\":\"remove\",\"path\":\"/spec/claimRef\"}}]'" },
        }],
        "Failed" => [new Cause("It could not be reclaimed when its claim was deleted") { Evidence = volume.At("status.message").AsText() is { } message ? [$"status: {Words.OneLine(message)}"] : [], Remedy = new("Remove what is left by hand, then delete it") { Command = $"kubectl delete pv {volume.Name}" } }],
        _ => [],
    };
}
