using Slipway.Api;
using Slipway.Api.Volumes;

namespace Slipway.Scheduler;

/// <summary>A volume, with what it offers read once.</summary>
internal sealed record VolumeOffer(VolumeView Volume, StorageTerms Terms);

/// <summary>
/// Volumes as claims look for them: those that are kept for a claim, and those that are free, by storage class and by the label that
/// they require of a node, the smallest first. So the search for one on a node sees neither other classes' nor other nodes'.
/// </summary>
internal sealed class VolumeIndex
{
    // Where a volume requires no label of nodes that could be looked up.
    private const string AnyNode = "";
    private const string HostName = "kubernetes.io/hostname";

    private static readonly Comparer<VolumeOffer> BySize = Comparer<VolumeOffer>.Create(static (a, b) =>
        a.Terms.Size.CompareTo(b.Terms.Size) is var size and not 0 ? size : string.CompareOrdinal(a.Volume.Name, b.Volume.Name));

    private readonly Dictionary<string, VolumeOffer> _offers = new(StringComparer.Ordinal);
    private readonly Dictionary<ObjectKey, List<VolumeOffer>> _kept = [];
    // By class, key of the label, value of the label.
    private readonly Dictionary<string, Dictionary<string, Dictionary<string, List<VolumeOffer>>>> _free = new(StringComparer.Ordinal);

    /// <summary>One volume; null when there is none.</summary>
    public VolumeView? Find(string name) => _offers.GetValueOrDefault(name)?.Volume;

    /// <summary>Sets a volume; null forgets it.</summary>
    public void Set(string name, VolumeView? volume)
    {
        if (_offers.Remove(name, out var known))
            Remove(known);
        if (volume is not null)
            Add(_offers[name] = new(volume, volume.Terms));
    }

    /// <summary>The volumes that are kept for a claim.</summary>
    public IEnumerable<VolumeOffer> KeptFor(ClaimView claim) =>
        _kept.GetValueOrDefault(Kinds.Claims.KeyOf(claim))?.Where(offer => offer.Volume.IsKeptFor(claim)) ?? [];

    /// <summary>The smallest free volume that is large enough and suits; of equal ones the first by name.</summary>
    /// <param name="needed">What it must offer at least.</param>
    /// <param name="node">Where it must be.</param>
    /// <param name="suits">What else is asked of it; called in this order, and no more once one suits.</param>
    public VolumeView? Smallest(StorageTerms needed, NodeInfo node, Func<VolumeView, bool> suits)
    {
        if (!_free.TryGetValue(needed.Class, out var labels))
            return null;
        VolumeOffer? best = null;
        foreach (var (label, values) in labels)
        {
            if (!values.TryGetValue(label == AnyNode ? AnyNode : node.Labels.GetValueOrDefault(label) ?? "", out var offers))
                continue;
            for (var i = FirstOf(offers, needed.Size); i < offers.Count && (best is null || BySize.Compare(offers[i], best) < 0); i++)
                if (StorageTerms.Mismatch(offers[i].Terms, needed) is null && NodeAffinity.IsMet(offers[i].Volume.Spec.NodeAffinity?.Required, node) && suits(offers[i].Volume))
                    best = offers[i];
        }
        return best?.Volume;
    }

    private void Add(VolumeOffer offer)
    {
        if (OwnerOf(offer.Volume) is { } claim)
            Of(_kept, claim).Add(offer);
        if (!offer.Volume.IsFree)
            return;
        foreach (var (label, value) in PlacesOf(offer.Volume))
        {
            var offers = Of(Of(Of(_free, offer.Terms.Class), label), value);
            offers.Insert(~offers.BinarySearch(offer, BySize), offer);
        }
    }

    private void Remove(VolumeOffer offer)
    {
        if (OwnerOf(offer.Volume) is { } claim && _kept[claim] is var kept && kept.Remove(offer) && kept.Count == 0)
            _kept.Remove(claim);
        if (!offer.Volume.IsFree)
            return;
        var labels = _free[offer.Terms.Class];
        foreach (var (label, value) in PlacesOf(offer.Volume))
        {
            var offers = labels[label][value];
            offers.RemoveAt(offers.BinarySearch(offer, BySize));
            if (offers.Count == 0 && labels[label].Remove(value) && labels[label].Count == 0)
                labels.Remove(label);
        }
        if (labels.Count == 0)
            _free.Remove(offer.Terms.Class);
    }

    private static ObjectKey? OwnerOf(VolumeView volume) => volume.Spec.ClaimRef is { } claim ? new(claim.Namespace ?? "", claim.Name ?? "") : null;

    // One label for each of the alternatives: the name of the node before any other. That all of it is met is asked of what is found.
    private static HashSet<(string Label, string Value)> PlacesOf(VolumeView volume)
    {
        if (volume.Spec.NodeAffinity?.Required is not { } required)
            return [(AnyNode, AnyNode)];
        var places = new HashSet<(string, string)>();
        foreach (var term in required.NodeSelectorTerms ?? [])
        {
            var labels = (term.MatchExpressions ?? []).FindAll(static requirement => requirement is { Operator: "In", Values.Count: > 0 });
            if (labels.Count == 0)
                return [(AnyNode, AnyNode)];
            var label = labels.Find(static requirement => requirement.Key == HostName) ?? labels[0];
            places.UnionWith(label.Values!.Select(value => (label.Key, value)));
        }
        return places;
    }

    // The first that is large enough.
    private static int FirstOf(List<VolumeOffer> offers, Quantity size)
    {
        var (low, high) = (0, offers.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (offers[middle].Terms.Size < size)
                low = middle + 1;
            else
                high = middle;
        }
        return low;
    }

    private static TValue Of<TKey, TValue>(Dictionary<TKey, TValue> all, TKey key) where TKey : notnull where TValue : new() =>
        all.TryGetValue(key, out var value) ? value : all[key] = new();
}
