using System.Text.Json;
using static Slipway.ApiServer.Tables.Column;

namespace Slipway.ApiServer.Tables.Kinds;

/// <summary>Tables of volumes and what provides them.</summary>
internal static class StorageTables
{
    private const string Unset = "<unset>";
    private const string ClassAnnotation = "volume.beta.kubernetes.io/storage-class";

    private static readonly (string Mode, string Short)[] AccessModes =
        [("ReadWriteOnce", "RWO"), ("ReadOnlyMany", "ROX"), ("ReadWriteMany", "RWX"), ("ReadWriteOncePod", "RWOP")];

    public static Dictionary<(string, string), IReadOnlyList<Column>> All { get; } = new()
    {
        [("", "PersistentVolume")] =
        [
            ObjectName, Of("Capacity", v => CellTexts.Amount(v.At("spec", "capacity", "storage")) ?? "0") with { Field = "spec.capacity" },
            Of("Access Modes", v => Modes(v.Items("spec", "accessModes"))) with { Field = "spec.accessModes" },
            Text("Reclaim Policy", "spec.persistentVolumeReclaimPolicy"), Of("Status", Phase) with { Field = "status.phase" },
            Of("Claim", v => v.Has("spec", "claimRef") ? $"{v.Text("spec", "claimRef", "namespace")}/{v.Text("spec", "claimRef", "name")}" : "") with { Field = "spec.claimRef" },
            Of("StorageClass", ClassOf) with { Description = "StorageClass of the pv" },
            Text("VolumeAttributesClass", "spec.volumeAttributesClassName", Unset) with { Description = "VolumeAttributesClass of the pv" },
            Text("Reason", "status.reason"), Age, Text("VolumeMode", "spec.volumeMode", Unset).Wide,
        ],
        [("", "PersistentVolumeClaim")] =
        [
            ObjectName, Of("Status", Phase) with { Field = "status.phase" }, Text("Volume", "spec.volumeName"),
            Of("Capacity", c => IsBound(c) ? CellTexts.Amount(c.At("status", "capacity", "storage")) ?? "0" : "") with { Field = "status.capacity" },
            Of("Access Modes", c => IsBound(c) ? Modes(c.Items("status", "accessModes")) : "") with { Field = "status.accessModes" },
            Of("StorageClass", ClassOf) with { Description = "StorageClass of the pvc" },
            Text("VolumeAttributesClass", "spec.volumeAttributesClassName", Unset) with { Description = "VolumeAttributesClass of the pvc" },
            Age, Text("VolumeMode", "spec.volumeMode", Unset).Wide,
        ],
        [("storage.k8s.io", "CSIDriver")] =
        [
            ObjectName, Flag("AttachRequired", "spec.attachRequired", absent: true), Flag("PodInfoOnMount", "spec.podInfoOnMount"),
            Flag("StorageCapacity", "spec.storageCapacity"),
            Of("TokenRequests", d => d.Has("spec", "tokenRequests") ? CellTexts.Joined(d.Items("spec", "tokenRequests").Select(t => t.Text("audience"))) : Unset)
                with { Field = "spec.tokenRequests" },
            Flag("RequiresRepublish", "spec.requiresRepublish"),
            Of("Modes", d => CellTexts.Or(CellTexts.Joined(d.Items("spec", "volumeLifecycleModes").Select(m => m.GetString())), "<none>"))
                with { Field = "spec.volumeLifecycleModes" },
            Age,
        ],
        [("storage.k8s.io", "CSINode")] =
        [
            ObjectName, Number("Drivers", n => n.Count("spec", "drivers")) with { Description = "Drivers indicates the number of CSI drivers registered on the node" }, Age,
        ],
        [("storage.k8s.io", "CSIStorageCapacity")] =
        [
            ObjectName, Text("StorageClassName", "storageClassName"), Of("Capacity", c => CellTexts.Amount(c.At("capacity")) ?? Unset) with { Field = "capacity" },
        ],
        [("storage.k8s.io", "StorageClass")] =
        [
            Default(["storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class"]),
            Text("Provisioner", "provisioner"), Text("ReclaimPolicy", "reclaimPolicy", "Delete"), Text("VolumeBindingMode", "volumeBindingMode", "Immediate"),
            Flag("AllowVolumeExpansion", "allowVolumeExpansion") with { Type = "string" }, Age,
        ],
        [("storage.k8s.io", "VolumeAttachment")] =
        [
            ObjectName, Text("Attacher", "spec.attacher") with { Format = "name" }, Text("PV", "spec.source.persistentVolumeName"), Text("Node", "spec.nodeName"),
            Flag("Attached", "status.attached"), Age,
        ],
        [("storage.k8s.io", "VolumeAttributesClass")] =
        [
            Default(["volumeattributesclass.alpha.kubernetes.io/is-default-class"]), Text("DriverName", "driverName"), Age,
        ],
    };

    private static Column Default(string[] annotations) => Of("Name", c =>
    {
        var isDefault = annotations.Any(a => c.Text("metadata", "annotations", a) == "true");
        return isDefault ? c.Text("metadata", "name") + " (default)" : c.Text("metadata", "name") ?? "";
    }) with { Format = "name", Field = "metadata.name" };

    private static bool IsBound(JsonElement claim) => claim.Text("spec", "volumeName") is { Length: > 0 };

    private static string Phase(JsonElement item) => item.Has("metadata", "deletionTimestamp") ? "Terminating" : item.Text("status", "phase") ?? "";

    private static string ClassOf(JsonElement item) => item.Text("metadata", "annotations", ClassAnnotation) ?? item.Text("spec", "storageClassName") ?? "";

    private static string Modes(IEnumerable<JsonElement> modes)
    {
        var given = modes.Select(m => m.GetString()).ToHashSet();
        return CellTexts.Joined(AccessModes.Where(m => given.Contains(m.Mode)).Select(m => m.Short));
    }
}
