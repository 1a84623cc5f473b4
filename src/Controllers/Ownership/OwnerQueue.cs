using k8s;
using k8s.Models;
using Slipway.Api;
using Slipway.Client;

namespace Slipway.Controllers;

/// <summary>Which owners look again when an object changes.</summary>
internal static class OwnerQueue
{
    /// <summary>A changed object queues its controller; one that nobody controls queues whoever may take it.</summary>
    public static ControllerBuilder OwnsOrSelects<TOwner, T>(this ControllerBuilder controller, Informer<TOwner> owners, Informer<T> owned)
        where TOwner : class, IWorkload
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        var byNamespace = owners.AddIndex(static owner => [owner.Metadata.NamespaceProperty ?? ""]);
        return controller.Owns(owned).Watches(owned, change =>
            change.New is { } item && item.Metadata.DeletionTimestamp is null && item.Metadata.ControllerOf() is null
                ? byNamespace.Find(change.Key.Namespace).Where(owner => owner.Selector.Selects(item)).Select(owners.Resource.KeyOf)
                : Enumerable.Empty<ObjectKey>());
    }
}
