using k8s;
using k8s.Models;
using Slipway.Api.Selectors;

namespace Slipway.Controllers;

/// <summary>Label selectors on typed objects.</summary>
internal static class Selection
{
    /// <summary>Whether the selector selects the object. No selector selects nothing, an empty one everything.</summary>
    public static bool Selects(this LabelSelector? selector, IKubernetesObject<V1ObjectMeta> item)
    {
        if (selector is null)
            return false;
        foreach (var requirement in selector.Requirements)
            if (!requirement.IsMetBy(item.Metadata.Labels is { } labels && labels.TryGetValue(requirement.Key, out var value) ? value : null))
                return false;
        return true;
    }
}
