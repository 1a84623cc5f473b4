using System.Globalization;
using k8s.Models;

namespace Slipway.Controllers;

/// <summary>Endpoints of one family with the same ports.</summary>
internal sealed record EndpointGroup(string AddressType, IReadOnlyList<SlicePort> Ports, IReadOnlyList<SliceEndpoint> Endpoints);

/// <summary>What all slices of a service have in common.</summary>
/// <param name="Namespace">Their namespace.</param>
/// <param name="Prefix">What their names begin with, before a dash.</param>
/// <param name="Labels">Their labels.</param>
/// <param name="Annotations">Their annotations.</param>
/// <param name="Owner">What they go with.</param>
internal sealed record SliceTemplate(string Namespace, string Prefix, IDictionary<string, string> Labels, IDictionary<string, string> Annotations, V1OwnerReference Owner);

/// <summary>A slice as it is and as it should be.</summary>
internal readonly record struct SliceChange(EndpointSliceView From, EndpointSliceView To);

/// <summary>
/// Spreads endpoints over slices: each stays where it is, new ones fill up slices that change anyway, then the fullest that
/// has room, then new slices (<see href="https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/#distribution-of-endpointslices"/>).
/// </summary>
internal sealed record SlicePlan(IReadOnlyList<EndpointSliceView> Create, IReadOnlyList<SliceChange> Update, IReadOnlyList<EndpointSliceView> Delete)
{
    /// <summary>Most endpoints in a slice.</summary>
    public const int MaxEndpoints = 100;

    /// <summary>The changes that make the slices that there are hold these endpoints.</summary>
    /// <param name="template">What all slices have in common.</param>
    /// <param name="groups">The endpoints, at most one group for the same family and ports.</param>
    /// <param name="existing">The slices that there are.</param>
    /// <param name="emptyTypes">Families that keep an empty slice when nothing else is left of them.</param>
    public static SlicePlan For(SliceTemplate template, IReadOnlyList<EndpointGroup> groups, IReadOnlyList<EndpointSliceView> existing, IReadOnlyList<string> emptyTypes)
    {
        var (create, update, delete) = (new List<EndpointSliceView>(), new List<SliceChange>(), new List<EndpointSliceView>());
        var names = existing.Select(slice => slice.Metadata.Name).ToHashSet();
        var unclaimed = existing.OrderBy(slice => slice.Metadata.Name, StringComparer.Ordinal).ToList();
        var wanted = groups.Where(group => group.Endpoints.Count > 0).ToList();
        foreach (var type in emptyTypes.Where(type => wanted.TrueForAll(group => group.AddressType != type)))
            wanted.Add(new(type, [], []));

        foreach (var group in wanted)
        {
            var key = SlicePort.KeyOf(group.Ports);
            var own = unclaimed.Where(slice => slice.AddressType == group.AddressType && (group.Endpoints.Count == 0 || SlicePort.KeyOf(slice.Ports ?? []) == key)).ToList();
            unclaimed.RemoveAll(own.Contains);
            var filled = Fill(group.Endpoints, own);
            // Of slices without endpoints one is kept, and only where nothing else is left.
            if (group.Endpoints.Count == 0 && filled.Count == 0)
                filled.Add(new(own.FirstOrDefault(), []));
            foreach (var (slice, endpoints) in filled)
            {
                var desired = new EndpointSliceView
                {
                    Metadata = new() { NamespaceProperty = template.Namespace, Labels = template.Labels, Annotations = template.Annotations },
                    AddressType = group.AddressType,
                    Endpoints = endpoints,
                    Ports = [.. group.Ports],
                };
                if (slice is null)
                {
                    desired.Metadata.Name = FreeName(template, $"{group.AddressType} {key}", names);
                    desired.Metadata.OwnerReferences = [template.Owner];
                    create.Add(desired);
                }
                else
                {
                    desired.Metadata.Name = slice.Metadata.Name;
                    update.Add(new(slice, desired));
                }
            }
            delete.AddRange(own.Where(slice => filled.TrueForAll(f => f.Slice != slice)));
        }
        delete.AddRange(unclaimed);
        return new(create, update, delete);
    }

    private static List<(EndpointSliceView? Slice, List<SliceEndpoint> Endpoints)> Fill(IReadOnlyList<SliceEndpoint> endpoints, IReadOnlyList<EndpointSliceView> own)
    {
        var left = new Dictionary<string, SliceEndpoint>();
        foreach (var endpoint in endpoints) left[endpoint.Identity] = endpoint;
        var filled = new List<(EndpointSliceView? Slice, List<SliceEndpoint> Endpoints, bool Changes)>();
        foreach (var slice in own)
        {
            var kept = new List<SliceEndpoint>();
            foreach (var endpoint in slice.Endpoints ?? [])
                if (kept.Count < MaxEndpoints && left.Remove(endpoint.Identity, out var now)) kept.Add(now);
            filled.Add((slice, kept, kept.Count != (slice.Endpoints?.Count ?? 0)));
        }
        var waiting = new Queue<SliceEndpoint>(endpoints.Where(endpoint => left.Remove(endpoint.Identity)));
        foreach (var (_, kept, _) in filled.OrderByDescending(f => f.Changes).ThenByDescending(f => f.Endpoints.Count))
            while (kept.Count < MaxEndpoints && waiting.TryDequeue(out var next)) kept.Add(next);
        while (waiting.Count > 0)
        {
            var fresh = new List<SliceEndpoint>();
            while (fresh.Count < MaxEndpoints && waiting.TryDequeue(out var next)) fresh.Add(next);
            filled.Add((null, fresh, true));
        }
        return [.. filled.Where(f => f.Endpoints.Count > 0).Select(f => (f.Slice, f.Endpoints))];
    }

    private static string FreeName(SliceTemplate template, string group, HashSet<string> taken)
    {
        var prefix = template.Prefix.Length > 57 ? template.Prefix[..57] : template.Prefix;
        for (var n = 0; ; n++)
        {
            var name = $"{prefix}-{DerivedSuffix.Of(string.Create(CultureInfo.InvariantCulture, $"{template.Owner.Uid} {template.Prefix} {group} {n}"))}";
            if (taken.Add(name)) return name;
        }
    }
}
