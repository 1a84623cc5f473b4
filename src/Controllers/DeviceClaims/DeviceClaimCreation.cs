using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Client;

namespace Slipway.Controllers;

/// <summary>
/// Makes the claims of devices that pods ask for by templates, and says in the pods' status which they are. Pods that came to their node
/// without the scheduler are noted as users of their claims.
/// </summary>
internal sealed class DeviceClaimCreation(
    Informer<PodView> pods, Informer<DeviceClaimView> claims, Informer<DeviceClaimTemplateView> templates, IApi api, EventRecorder events) : IReconciler
{
    public static void Register(ControllerHost host)
    {
        var (pods, claims, templates) = (host.Informer(Kinds.Pods), host.Informer(Kinds.DeviceClaims), host.Informer(Kinds.DeviceClaimTemplates));
        var byTemplate = pods.AddIndex(static pod => (pod.Spec?.ResourceClaims ?? []).Select(claim => claim.ResourceClaimTemplateName).OfType<string>().Select(name => $"{pod.Metadata.NamespaceProperty}/{name}"));
        var byClaim = pods.AddIndex(static pod => PodDeviceClaim.NamesOf(pod).Select(name => $"{pod.Metadata.NamespaceProperty}/{name}"));
        host.Add("resource-claim", new DeviceClaimCreation(pods, claims, templates, host.Api, host.Events("resource_claim")), workers: 2)
            .Watches(pods, change => change.New is { IsActive: true, Spec.ResourceClaims: not null } ? [change.Key] : [])
            .Watches(claims, change => change is { New: null, Old.OwningPod: { } owner } ? [new(change.Key.Namespace, owner.Name)] : [])
            .Watches(claims, change => change is { Old: not { IsAllocated: true }, New.IsAllocated: true } ? byClaim.Find(change.Key.ToString()).Select(Kinds.Pods.KeyOf) : [])
            .Watches(templates, change => change is { Old: null, New: not null } ? byTemplate.Find(change.Key.ToString()).Select(Kinds.Pods.KeyOf) : []);
    }

    public async ValueTask<Result> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        if (pods.Get(key) is not { IsActive: true, Spec.ResourceClaims: { } asked } pod)
            return Result.Done;
        var made = new JsonArray();
        foreach (var claim in asked)
            if (claim.ResourceClaimTemplateName is { } template && await MakeAsync(pod, claim.Name, template, cancellation) is { } name
                && PodDeviceClaim.StatusOf(pod, claim.Name)?.ResourceClaimName != name)
                made.Add((JsonNode)new JsonObject { ["name"] = claim.Name, ["resourceClaimName"] = name });
        if (made.Count > 0)
        {
            var patch = new JsonObject { ["metadata"] = new JsonObject { ["uid"] = pod.Uid }, ["status"] = new JsonObject { ["resourceClaimStatuses"] = made } };
            await api.PatchAsync(Kinds.Pods, key.Namespace, key.Name, patch, MediaTypes.StrategicMergePatch, "status", cancellation);
        }
        if (pod.NodeName is not null)
            foreach (var name in PodDeviceClaim.NamesOf(pod))
                await UseAsync(pod, name, cancellation);
        return Result.Done;
    }

    // Null when it cannot be made: what is lacking brings the pod here again.
    private async Task<string?> MakeAsync(PodView pod, string claim, string template, CancellationToken cancellation)
    {
        var key = new ObjectKey(pod.Metadata.NamespaceProperty ?? "", PodDeviceClaim.NameFor(pod, claim));
        // A name that is told already was given before, by this rule or another.
        if (PodDeviceClaim.StatusOf(pod, claim) is { } status
            && (status.ResourceClaimName is not { } told || claims.Get(new(key.Namespace, told)) is { } there && there.OwningPod?.Uid == pod.Uid))
            return null;
        if (claims.Get(key) is not { } known)
        {
            if (templates.Get(new(key.Namespace, template)) is not { } source)
            {
                Fail($"resource claim template \"{template}\": resourceclaimtemplate.resource.k8s.io \"{template}\" not found");
                return null;
            }
            try
            {
                known = await api.CreateOrGetAsync(Kinds.DeviceClaims, PodDeviceClaim.For(pod, claim, source), cancellation);
            }
            catch (ApiException e)
            {
                Fail($"failed to create ResourceClaim {key.Name}: {e.Message}");
                throw;
            }
        }
        if (known.OwningPod?.Uid == pod.Uid)
            return key.Name;
        Fail($"ResourceClaim {key} was not created for pod {Kinds.Pods.KeyOf(pod)} (pod is not owner)");
        return null;

        void Fail(string why) => events.Warning(pod, "FailedResourceClaimCreation", $"PodResourceClaim {claim}: {why}");
    }

    private async Task UseAsync(PodView pod, string name, CancellationToken cancellation)
    {
        if (claims.Get(new(pod.Metadata.NamespaceProperty ?? "", name)) is not { IsAllocated: true } claim || claim.Users.Any(user => user.Uid == pod.Uid))
            return;
        var patch = new JsonObject
        {
            ["metadata"] = new JsonObject { ["uid"] = claim.Metadata.Uid, ["resourceVersion"] = claim.Metadata.ResourceVersion },
            ["status"] = new JsonObject { ["reservedFor"] = new JsonArray(new JsonObject { ["resource"] = "pods", ["name"] = pod.Metadata.Name, ["uid"] = pod.Uid }) },
        };
        await api.PatchAsync(Kinds.DeviceClaims, claim.Metadata.NamespaceProperty, name, patch, MediaTypes.StrategicMergePatch, "status", cancellation);
    }
}
