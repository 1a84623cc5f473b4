using System.Collections.Concurrent;
using k8s;
using k8s.Models;
using Slipway.Api;
using Slipway.Client;

namespace Slipway.Flows;

/// <summary>Creates what pods of one plan need before them, each thing once: claims of volumes, and the group and names of replicas.</summary>
internal sealed class PodNeeds(IApi api)
{
    private readonly ConcurrentDictionary<(string Kind, string Name), Lazy<Task>> first = new();

    /// <summary>Returns when what a pod needs is there.</summary>
    /// <exception cref="ApiException">It is refused.</exception>
    public async Task EnsureAsync(PlannedPod planned, CancellationToken cancellation)
    {
        foreach (var claim in planned.Claims)
            await OnceAsync(FlowKinds.Claims, claim, cancellation);
        if (planned.NameService is { } names)
            await OnceAsync(FlowKinds.Services, names, cancellation);
        if (planned.Group is not { } group)
            return;
        try
        {
            await OnceAsync(FlowKinds.PodGroups, group, cancellation);
        }
        catch (ApiException e) when (e.Code == 404)
        {
            // A Kubernetes without PodGroups: there the pods are scheduled each by itself.
        }
    }

    private Task OnceAsync<T>(Resource<T> kind, T item, CancellationToken cancellation) where T : class, IKubernetesObject<V1ObjectMeta> =>
        first.GetOrAdd((kind.Plural, item.Metadata.Name), _ => new Lazy<Task>(() => api.CreateIfAbsentAsync(kind, item, cancellation).AsTask())).Value;
}
