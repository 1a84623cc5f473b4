using Slipway.Network.Services;

namespace Slipway.Network.Dns;

/// <summary>Services for tables of names.</summary>
internal sealed class Directory : IServiceDirectory
{
    private readonly List<ServiceView> _services =
    [
        Make.Service("""{"type":"ClusterIP","clusterIP":"10.128.16.7","ports":[{"name":"http","port":80},{"name":"dns","port":53,"protocol":"UDP"}]}"""),
        Make.Service("""{"clusterIP":"None","ports":[{"name":"pg","port":5432}]}""", "\"name\":\"db\""),
        Make.Service("""{"clusterIP":"None","ports":[]}""", "\"name\":\"empty\""),
        Make.Service("""{"type":"ExternalName","externalName":"Example.ORG."}""", "\"name\":\"away\""),
        Make.Service("""{"type":"ExternalName","externalName":"web.shop.svc.cluster.local"}""", "\"name\":\"near\""),
        Make.Service("""{"type":"ExternalName","externalName":"loop.shop.svc.cluster.local"}""", "\"name\":\"loop\""),
    ];

    private readonly Dictionary<string, SliceView[]> _slices = new()
    {
        ["web"] = [Make.Slice("""[{"name":"http","port":8080,"protocol":"TCP"}]""", "10.128.0.9")],
        ["db"] = [Named(Make.Slice("""[{"name":"pg","port":5432,"protocol":"TCP"}]""", "10.128.0.2", "10.128.0.3", "10.128.0.4!"), "db-0")],
    };

    public ServiceView? Find(string ns, string name) => _services.Find(service => ns == "shop" && service.Metadata.Name == name);

    public IReadOnlyList<SliceView> SlicesOf(string ns, string name) => _slices.GetValueOrDefault(name) ?? [];

    public bool HasServices(string ns) => ns == "shop";

    public IReadOnlyList<ServiceView> WithAddress(string address) => [.. _services.Where(service => service.Spec.ClusterIP == address)];

    public IReadOnlyList<SliceView> WithNamedEndpoint(string address) => [.. _slices["db"].Where(slice => slice.Endpoints!.Exists(endpoint => endpoint.Hostname is not null && endpoint.Addresses.Contains(address)))];

    // The first endpoint is called so; the others have names made of their addresses.
    private static SliceView Named(SliceView slice, string hostname)
    {
        slice.Metadata.Labels["kubernetes.io/service-name"] = "db";
        slice.Endpoints![0].Hostname = hostname;
        return slice;
    }
}
