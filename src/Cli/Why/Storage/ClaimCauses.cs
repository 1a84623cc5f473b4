using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.Cli.Why.Cluster;

namespace Slipway.Cli.Why.Storage;

/// <summary>Why a claim has no volume.</summary>
internal static class ClaimCauses
{
    /// <param name="inquiry">The cluster.</param>
    /// <param name="claim">The PersistentVolumeClaim.</param>
    /// <param name="isForPod">Whether a pod asks, whose own scheduling a claim that waits for its first consumer does not hold up.</param>
    public static IReadOnlyList<Cause> Of(Inquiry inquiry, JsonObject claim, bool isForPod = false)
    {
        if (claim.IsBeingDeleted)
            return DeletionCauses.Of(inquiry, claim);
        switch (claim.At("status.phase").AsText())
        {
            case "Bound":
                return isForPod ? [] : Resize(claim);
            case "Lost":
                return [new Cause($"Its volume {claim.At("spec.volumeName").AsText()} is gone, and the data with it") { Remedy = new("Delete the claim and make it anew") { Command = $"kubectl delete pvc {claim.Name} -n {claim.Namespace}" } }];
        }
        var provisioning = inquiry.Events(claim).FirstOrDefault(e => e.IsWarning);
        IReadOnlyList<string> evidence = provisioning is null ? [] : [provisioning.Text(inquiry.Now)];
        if (claim.At("spec.volumeName").AsText() is { Length: > 0 } volume)
            return [OfVolume(inquiry, volume, evidence)];
        var name = claim.Object("spec")?.Text("storageClassName");
        if (name is null)
        {
            var classes = inquiry.List(KindName.StorageClass, "");
            if (classes.FirstOrDefault(IsDefault) is { } standard)
                return OfClass(inquiry, claim, standard, evidence, isForPod);
            return [new Cause($"It names no storage class, and no class is the default{(classes.Count == 0 ? "; there is none at all" : "")}")
            {
                Evidence = evidence,
                Remedy = classes is [var any, ..]
                    ? new("Name a class (the claim must be made anew), or make one the default") { Object = $"persistentvolumeclaim/{claim.Name}", Path = "spec.storageClassName", Value = any.Name, Command = $"kubectl annotate storageclass {any.Name} storageclass.kubernetes.io/is-default-class=true" }
                    : new("Create a StorageClass whose provisioner runs here, or a PersistentVolume that fits"),
            }];
        }
        if (name.Length == 0)
            return [Unmatched(inquiry, claim, evidence)];
        if (inquiry.Find(KindName.StorageClass, "", name) is { } declared)
            return OfClass(inquiry, claim, declared, evidence, isForPod);
        if (!inquiry.IsAbsent(KindName.StorageClass, "", name))
            return [new Cause("It is not bound yet") { Evidence = evidence }];
        var all = inquiry.List(KindName.StorageClass, "").Select(other => other.Name).ToList();
        var near = NearestName.Of(name, all) ?? all.FirstOrDefault();
        return [new Cause($"There is no storage class \"{name}\"")
        {
            Evidence = [.. evidence, .. all.Count > 0 ? [$"storage classes: {Words.List(all)}"] : Array.Empty<string>()],
            Remedy = new("Name one that exists; a claim's class cannot be changed, so that it must be made anew") { Object = $"persistentvolumeclaim/{claim.Name}", Path = "spec.storageClassName", Value = near ?? "NAME" },
        }];
    }

    private static IReadOnlyList<Cause> OfClass(Inquiry inquiry, JsonObject claim, JsonObject storageClass, IReadOnlyList<string> evidence, bool isForPod)
    {
        var name = storageClass.Name;
        if (storageClass.Text("volumeBindingMode") == "WaitForFirstConsumer" && claim.Annotations?.Text("volume.kubernetes.io/selected-node") is null)
        {
            if (isForPod)
                return [];
            var users = inquiry.List(KindName.Pod, claim.Namespace).Where(pod => Uses(pod, claim.Name)).Select(pod => pod.Name).ToList();
            return users.Count == 0
                ? [new Cause($"No pod uses it: storage class {name} makes a volume when the first one is scheduled (WaitForFirstConsumer)") { Remedy = new("Nothing is wrong with the claim: start a pod that uses it") }]
                : [new Cause($"It waits for the pod {Words.List(users)} to be scheduled (WaitForFirstConsumer)") { Because = [.. users.Take(1).SelectMany(user => Pods.PodCauses.Of(inquiry, inquiry.Find(KindName.Pod, claim.Namespace, user)!))] }];
        }
        if (storageClass.Text("provisioner") == "kubernetes.io/no-provisioner")
            return [Unmatched(inquiry, claim, evidence)];
        return [new Cause($"The provisioner {storageClass.Text("provisioner")} of storage class {name} has not made its volume")
        {
            Evidence = evidence,
            Remedy = evidence.Count > 0 ? new("Mend what the provisioner says") : new($"See that the provisioner {storageClass.Text("provisioner")} runs in this cluster"),
        }];
    }

    private static Cause Unmatched(Inquiry inquiry, JsonObject claim, IReadOnlyList<string> evidence)
    {
        var wanted = claim.At("spec.resources.requests.storage").AsText() ?? "";
        var modes = (claim.Object("spec")?.Array("accessModes") ?? []).Select(mode => mode.AsText()).OfType<string>().ToList();
        var free = inquiry.List(KindName.Volume, "").Where(volume => volume.At("status.phase").AsText() == "Available" && (volume.At("spec.storageClassName").AsText() ?? "") == (claim.At("spec.storageClassName").AsText() ?? "")).ToList();
        return new Cause($"No free PersistentVolume of its class has {wanted} and the access {(modes.Count == 1 ? "mode" : "modes")} {Words.List(modes)}")
        {
            Evidence = [.. evidence, .. free.Take(3).Select(volume => $"volume {volume.Name}: {volume.At("spec.capacity.storage").AsText()}, {string.Join(" ", (volume.Object("spec")?.Array("accessModes") ?? []).Select(mode => mode.AsText()))}")],
            Remedy = new("Create a volume that fits, or name a storage class that makes them") { Object = $"persistentvolumeclaim/{claim.Name}", Path = "spec.storageClassName", Value = inquiry.List(KindName.StorageClass, "").FirstOrDefault(c => c.Text("provisioner") != "kubernetes.io/no-provisioner")?.Name ?? "NAME" },
        };
    }

    private static Cause OfVolume(Inquiry inquiry, string volume, IReadOnlyList<string> evidence) =>
        inquiry.Find(KindName.Volume, "", volume) is { } found
            ? new Cause($"It asks for volume {volume}, whose phase is {found.At("status.phase").AsText()}{(found.At("spec.claimRef.name").AsText() is { } holder ? $"; it belongs to claim {found.At("spec.claimRef.namespace").AsText()}/{holder}" : "")}") { Evidence = evidence, Remedy = new("Ask for another volume, or for none by name") { Path = "spec.volumeName" } }
            : new Cause($"It asks for volume {volume}, which does not exist") { Evidence = evidence, Remedy = new("Create the volume, or ask for none by name (the claim must be made anew)") { Path = "spec.volumeName" } };

    private static IReadOnlyList<Cause> Resize(JsonObject claim)
    {
        var (wanted, has) = (claim.At("spec.resources.requests.storage").AsText(), claim.At("status.capacity.storage").AsText());
        if (!Quantity.TryParse(wanted, out var more) || !Quantity.TryParse(has, out var now) || more <= now)
            return [];
        var condition = Conditions.Of(claim, "FileSystemResizePending", "True") ?? Conditions.Of(claim, "Resizing", "True");
        return [new Cause($"It asks for {wanted} and has {has}")
        {
            Evidence = condition is null ? [] : [Conditions.Evidence(condition)],
            Remedy = condition?.Text("type") == "FileSystemResizePending" ? new("Restart the pods that use it: their node enlarges the file system when they start") : new("See that its storage class has allowVolumeExpansion: true"),
        }];
    }

    private static bool IsDefault(JsonObject storageClass) => storageClass.Annotations?.Text("storageclass.kubernetes.io/is-default-class") == "true";

    private static bool Uses(JsonObject pod, string claim) =>
        pod.At("status.phase").AsText() is not ("Succeeded" or "Failed") && (pod.Object("spec")?.Objects("volumes") ?? []).Any(volume => volume.Object("persistentVolumeClaim")?.Text("claimName") == claim);
}
