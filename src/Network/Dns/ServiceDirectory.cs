using Slipway.Client;

namespace Slipway.Network;

/// <summary>The services and slices of the API, by what names ask for.</summary>
internal sealed class ServiceDirectory(Informer<ServiceView> services, Informer<SliceView> slices, InformerIndex<SliceView> byService) : IServiceDirectory
{
    private readonly InformerIndex<ServiceView> _byNamespace = services.AddIndex(service => [service.Metadata.NamespaceProperty]);
    private readonly InformerIndex<ServiceView> _byAddress = services.AddIndex(service => service.Spec.ClusterIP is null or "" or "None" ? [] : [service.Spec.ClusterIP]);
    private readonly InformerIndex<SliceView> _byEndpoint = slices.AddIndex(slice => (slice.Endpoints ?? []).Where(endpoint => endpoint.Hostname is { Length: > 0 }).SelectMany(endpoint => endpoint.Addresses).Distinct());

    /// <summary>Completes when all services are known.</summary>
    public Task Synced => Task.WhenAll(services.Synced, slices.Synced);

    public ServiceView? Find(string ns, string name) => services.Get(new(ns, name));

    public IReadOnlyList<SliceView> SlicesOf(string ns, string name) => byService.Find($"{ns}/{name}");

    public bool HasServices(string ns) => _byNamespace.Find(ns).Count > 0;

    public IReadOnlyList<ServiceView> WithAddress(string address) => _byAddress.Find(address);

    public IReadOnlyList<SliceView> WithNamedEndpoint(string address) => _byEndpoint.Find(address);
}
