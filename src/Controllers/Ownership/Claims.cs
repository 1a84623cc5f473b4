using k8s;
using k8s.Models;

namespace Slipway.Controllers;

/// <summary>Which objects belong to an owner, which it takes and which it lets go. Decided without I/O.</summary>
/// <param name="Own">Those that it controls and selects.</param>
/// <param name="Adopt">Those that it selects and nobody controls.</param>
/// <param name="Release">Those that it controls and no longer selects.</param>
internal sealed record Claims<T>(IReadOnlyList<T> Own, IReadOnlyList<T> Adopt, IReadOnlyList<T> Release)
    where T : class, IKubernetesObject<V1ObjectMeta>
{
    /// <summary>Decides.</summary>
    /// <param name="owner">The owner; one that is being deleted takes nothing and lets nothing go.</param>
    /// <param name="candidates">Objects of its namespace that it controls or nobody does.</param>
    public static Claims<T> Of(IWorkload owner, IEnumerable<T> candidates)
    {
        var (own, adopt, release) = (new List<T>(), new List<T>(), new List<T>());
        var leaving = owner.Metadata.DeletionTimestamp is not null;
        foreach (var item in candidates)
        {
            var selected = owner.Selector.Selects(item);
            if (item.Metadata.ControllerOf() is { } controller)
            {
                if (controller.Uid != owner.Metadata.Uid)
                    continue;
                if (selected)
                    own.Add(item);
                else if (!leaving)
                    release.Add(item);
            }
            else if (selected && !leaving && item.Metadata.DeletionTimestamp is null)
                adopt.Add(item);
        }
        return new(own, adopt, release);
    }
}
