using k8s;
using k8s.Models;
using Slipway.Api;

namespace Slipway.Client;

/// <summary>A change of an informer's cache. Both objects are read-only.</summary>
/// <param name="Key">Namespace and name.</param>
/// <param name="Old">The object before; null when it was added.</param>
/// <param name="New">The object now; null when it is gone.</param>
public readonly record struct ObjectChange<T>(ObjectKey Key, T? Old, T? New) where T : class, IKubernetesObject<V1ObjectMeta>
{
    /// <summary>The newest state known: the new object, or the one that is gone.</summary>
    public T Latest => New ?? Old!;
}
