using System.Text.Json.Nodes;
using k8s.Models;
using Slipway.Api;
using Slipway.Client;

namespace Slipway.Controllers;

/// <summary>
/// How many pods the controllers of some pods are to have in all: by their own field, or by the <c>scale</c>
/// subresource of whatever kind they are.
/// </summary>
internal sealed class ExpectedScale(Informer<DeploymentView> deployments, Informer<ReplicaSetView> sets, Informer<StatefulSetView> stateful, IApi api)
{
    /// <summary>Adds up, each controller once. A pod that nobody controls counts nothing.</summary>
    /// <exception cref="ApiException">A controller does not say.</exception>
    public async Task<int> OfAsync(string ns, IEnumerable<PodView> pods, CancellationToken cancellation)
    {
        var scales = new Dictionary<string, int>(StringComparer.Ordinal);
        DiscoveredApi? served = null;
        foreach (var owner in pods.Select(pod => pod.Controller).OfType<V1OwnerReference>().DistinctBy(owner => owner.Uid))
        {
            if (Known(ns, owner) is { } known)
            {
                scales[known.Uid] = known.Replicas;
                continue;
            }
            served ??= await ResourceDiscovery.DiscoverAsync(api, cancellation);
            scales[owner.Uid] = await AskAsync(ns, owner, served, cancellation);
        }
        return scales.Values.Sum();
    }

    // Pods of several sets of one Deployment expect its size, once.
    private (string Uid, int Replicas)? Known(string ns, V1OwnerReference owner)
    {
        var key = new ObjectKey(ns, owner.Name);
        switch (owner.Kind)
        {
            case "ReplicaSet" when sets.Get(key) is { } set && set.Metadata.Uid == owner.Uid:
                return set.Metadata.ControllerOf() is { Kind: "Deployment" } parent && deployments.Get(new(ns, parent.Name)) is { } deployment && deployment.Metadata.Uid == parent.Uid
                    ? (parent.Uid, deployment.Replicas)
                    : (owner.Uid, set.Replicas);
            case "StatefulSet" when stateful.Get(key) is { } own && own.Metadata.Uid == owner.Uid:
                return (owner.Uid, own.Replicas);
            default:
                return null;
        }
    }

    private async Task<int> AskAsync(string ns, V1OwnerReference owner, DiscoveredApi served, CancellationToken cancellation)
    {
        var group = owner.ApiVersion.Contains('/') ? owner.ApiVersion[..owner.ApiVersion.IndexOf('/')] : "";
        if (served.Resources.FirstOrDefault(resource => resource.Group == group && resource.Kind == owner.Kind) is not { } kind)
            throw new ApiException(404, "NotFound", $"the API does not serve the kind {owner.Kind} of {owner.ApiVersion}, which controls pods here");
        var path = $"{kind.Metadata.ObjectPath(kind.Namespaced ? ns : null, owner.Name)}/scale";
        await using var answer = await api.SendAsync(new("GET", path), cancellation);
        if (answer.StatusCode == 404)
            throw new ApiException(404, "NotFound", $"{kind.Name} does not implement the scale subresource, so {owner.Kind} {owner.Name} does not say how many pods it is to have: give spec.minAvailable as a number");
        if (!answer.IsSuccess)
            throw new ApiException(answer.StatusCode, "", $"reading the scale of {owner.Kind} {owner.Name} was answered with {answer.StatusCode}");
        return (int?)JsonNode.Parse(answer.Body.Span)?["spec"]?["replicas"] ?? 0;
    }
}
