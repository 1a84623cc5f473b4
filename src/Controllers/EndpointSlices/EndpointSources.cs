using Slipway.Api;
using Slipway.Client;

namespace Slipway.Controllers;

/// <summary>What the controllers of endpoints read: services, pods and slices with their indexes.</summary>
internal sealed class EndpointSources(ControllerHost host)
{
    private readonly InformerIndex<ServiceView> _servicesByNamespace = host.Informer(Kinds.Services).AddIndex(service => [service.Metadata.NamespaceProperty]);
    private readonly InformerIndex<PodView> _podsByNamespace = PodView.ByNamespace(host.Informer(Kinds.Pods));
    private readonly InformerIndex<EndpointSliceView> _slicesByService = host.Informer(Kinds.EndpointSlices)
        .AddIndex(slice => slice.ServiceName is { } name ? [$"{slice.Metadata.NamespaceProperty}/{name}"] : []);

    public Informer<ServiceView> Services { get; } = host.Informer(Kinds.Services);
    public Informer<PodView> Pods { get; } = host.Informer(Kinds.Pods);
    public Informer<EndpointSliceView> Slices { get; } = host.Informer(Kinds.EndpointSlices);

    public Informer<NodeView> Nodes { get; } = host.Informer(Kinds.Nodes);

    /// <summary>The zone of a node; null when it is in none, or not known yet.</summary>
    public string? ZoneOf(string node) => Nodes.Get(ObjectKey.ClusterScoped(node)) is { } known ? ZoneOf(known) : null;

    /// <summary>All services, when a node has moved to another zone, which is rare.</summary>
    public IEnumerable<ObjectKey> ServicesOf(ObjectChange<NodeView> change) =>
        change is { Old: { } before, New: { } now } && ZoneOf(before) != ZoneOf(now) ? Services.List().Select(Services.Resource.KeyOf) : [];

    private static string? ZoneOf(NodeView node) => node.Metadata.Labels is { } labels && labels.TryGetValue("topology.kubernetes.io/zone", out var zone) && zone.Length > 0 ? zone : null;

    /// <summary>The pods that a service selects.</summary>
    public List<PodView> PodsOf(ServiceView service) => [.. _podsByNamespace.Find(service.Metadata.NamespaceProperty).Where(service.Selects)];

    /// <summary>The slices of a service that one controller writes.</summary>
    public List<EndpointSliceView> SlicesOf(ObjectKey service, string manager) =>
        [.. _slicesByService.Find($"{service}").Where(slice => slice.IsManagedBy(manager) && slice.Metadata.DeletionTimestamp is null)];

    /// <summary>The services that a changed pod is, or was, an endpoint of.</summary>
    public IEnumerable<ObjectKey> ServicesOf(ObjectChange<PodView> change) => _servicesByNamespace.Find(change.Key.Namespace)
        .Where(service => (change.New is { } now && service.Selects(now)) || (change.Old is { } before && service.Selects(before)))
        .Select(Services.Resource.KeyOf);

    /// <summary>The services of a changed slice that one controller writes.</summary>
    public static Func<ObjectChange<EndpointSliceView>, IEnumerable<ObjectKey>> ServicesOf(string manager) => change => new[] { change.New, change.Old }
        .Where(slice => slice?.IsManagedBy(manager) == true).Select(slice => slice!.ServiceName).OfType<string>().Distinct()
        .Select(name => new ObjectKey(change.Key.Namespace, name));
}

/// <summary>The labels of endpoints.</summary>
internal static class EndpointLabels
{
    // Those that say whose a document is.
    private static readonly string[] Reserved =
        [EndpointSliceView.ServiceLabel, EndpointSliceView.ManagerLabel, EndpointSliceView.HeadlessLabel, EndpointsView.ManagerLabel, EndpointsView.SkipMirrorLabel];

    /// <summary>The labels that a service, or Endpoints that are mirrored, hand on.</summary>
    public static Dictionary<string, string> Inherited(IDictionary<string, string>? labels) =>
        (labels ?? new Dictionary<string, string>()).Where(label => !Reserved.Contains(label.Key)).ToDictionary();
}
