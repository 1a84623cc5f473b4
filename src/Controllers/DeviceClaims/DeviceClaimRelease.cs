using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Client;

namespace Slipway.Controllers;

/// <summary>
/// Notes which pods use a claim of devices no more, takes its devices when nobody does, and lets claims go that are deleted. A claim that
/// was made for a pod goes when the pod has ended, before the pod itself.
/// </summary>
internal sealed class DeviceClaimRelease(Informer<DeviceClaimView> claims, Informer<PodView> pods, IApi api) : IReconciler
{
    public static void Register(ControllerHost host)
    {
        var (pods, claims) = (host.Informer(Kinds.Pods), host.Informer(Kinds.DeviceClaims));
        host.Add("resource-claim-release", new DeviceClaimRelease(claims, pods, host.Api))
            .For(claims)
            .Watches(pods, change => change.New is null || PodDeviceClaim.IsDone(change.New) ? ClaimsOf(change.New ?? change.Old) : [])
            .Watches(pods, change => change.Old is { } old && change.New is { } now && old.Uid != now.Uid ? ClaimsOf(old) : []);
    }

    public async ValueTask<Result> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        if (claims.Get(key) is not { } claim)
            return Result.Done;
        var users = new List<DeviceUserView>();
        foreach (var user in claim.Users)
            if (!user.IsPod || await UsesAsync(key.Namespace, user.Name, user.Uid, cancellation))
                users.Add(user);
        var (isHeld, isUnused) = (Finalizers.Has(claim, DeviceClaimView.Finalizer), users.Count == 0);
        var isReleased = isUnused && isHeld && (claim.Users.Count > 0 || claim.IsBeingDeleted);
        if (users.Count < claim.Users.Count || (isReleased && claim.IsAllocated))
            claim = await WriteAsync(claim, users, isReleased, cancellation);
        if (isReleased)
            await Finalizers.RemoveAsync(api, Kinds.DeviceClaims, claim, DeviceClaimView.Finalizer, cancellation);
        if (isUnused && !claim.IsBeingDeleted && claim.OwningPod is { } owner && !await NeedsAsync(key.Namespace, owner.Name, owner.Uid, cancellation))
            await api.DeleteAsync(Kinds.DeviceClaims, key.Namespace, key.Name, new() { Uid = claim.Metadata.Uid }, cancellation);
        return Result.Done;
    }

    private async Task<DeviceClaimView> WriteAsync(DeviceClaimView claim, List<DeviceUserView> users, bool isReleased, CancellationToken cancellation)
    {
        var status = new JsonObject { ["reservedFor"] = users.Count == 0 ? null : new JsonArray([.. users.Select(Document)]) };
        if (isReleased)
            (status["allocation"], status["devices"]) = (null, null);
        // Upon the state that was read: a pod may just have been noted as a user.
        var patch = new JsonObject
        {
            ["metadata"] = new JsonObject { ["uid"] = claim.Metadata.Uid, ["resourceVersion"] = claim.Metadata.ResourceVersion },
            ["status"] = status,
        };
        return await api.PatchAsync(Kinds.DeviceClaims, claim.Metadata.NamespaceProperty, claim.Metadata.Name, patch, subresource: "status", cancellation: cancellation);
    }

    // The cache may be behind a pod for which the scheduler has just noted a claim.
    private async Task<bool> UsesAsync(string ns, string name, string uid, CancellationToken cancellation) =>
        await FindAsync(ns, name, uid, cancellation) is { } pod && !PodDeviceClaim.IsDone(pod);

    // When its pod is gone, a claim is the garbage collector's.
    private async Task<bool> NeedsAsync(string ns, string name, string uid, CancellationToken cancellation) =>
        await FindAsync(ns, name, uid, cancellation) is not { } pod || !PodDeviceClaim.IsDone(pod);

    private async Task<PodView?> FindAsync(string ns, string name, string uid, CancellationToken cancellation)
    {
        if (pods.Get(new(ns, name)) is { } known && known.Uid == uid)
            return known;
        return await api.GetAsync(Kinds.Pods, ns, name, cancellation) is { } pod && pod.Uid == uid ? pod : null;
    }

    private static JsonNode Document(DeviceUserView user)
    {
        var document = new JsonObject { ["resource"] = user.Resource, ["name"] = user.Name, ["uid"] = user.Uid };
        if (user.ApiGroup is { Length: > 0 } group)
            document["apiGroup"] = group;
        return document;
    }

    private static IEnumerable<ObjectKey> ClaimsOf(PodView? pod) =>
        pod is null ? [] : PodDeviceClaim.NamesOf(pod).Select(name => new ObjectKey(pod.Metadata.NamespaceProperty ?? "", name));
}
