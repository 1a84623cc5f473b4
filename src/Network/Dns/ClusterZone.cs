using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Slipway.Network;

/// <summary>The services that names are made of.</summary>
internal interface IServiceDirectory
{
    /// <summary>A service; null when there is none.</summary>
    ServiceView? Find(string ns, string name);

    /// <summary>The slices of a service.</summary>
    IReadOnlyList<SliceView> SlicesOf(string ns, string name);

    /// <summary>Whether a namespace has services.</summary>
    bool HasServices(string ns);

    /// <summary>Services with this cluster address.</summary>
    IReadOnlyList<ServiceView> WithAddress(string address);

    /// <summary>Slices with a named endpoint at this address.</summary>
    IReadOnlyList<SliceView> WithNamedEndpoint(string address);
}

/// <summary>
/// The cluster's names: a pure function of the services that there are
/// (<see href="https://github.com/kubernetes/dns/blob/master/docs/specification.md"/>, version 1.1).
/// </summary>
/// <param name="domain">The cluster's domain, such as <c>cluster.local</c>.</param>
/// <param name="server">Address of the server of the names.</param>
/// <param name="own">Blocks of addresses whose names are the cluster's.</param>
/// <param name="services">The services.</param>
internal sealed class ClusterZone(string domain, IPAddress server, IReadOnlyList<Ipv4Range> own, IServiceDirectory services)
{
    // Short, because clients keep answers for as long and pods come and go; as CoreDNS.
    private const uint Ttl = 5;

    /// <summary>The answer to a question; null when the name is not the cluster's.</summary>
    public DnsAnswer? Answer(string name, ushort type)
    {
        if (name == domain) return Apex(type);
        if (name.EndsWith(domain, StringComparison.Ordinal) && name[name.Length - domain.Length - 1] == '.')
            return Inside(name, name[..^(domain.Length + 1)].Split('.'), type);
        return name.EndsWith(".in-addr.arpa", StringComparison.Ordinal) ? Reverse(name, type) : null;
    }

    private DnsAnswer Apex(ushort type) => type switch
    {
        DnsType.Soa => new(DnsCode.NoError, [StartOfAuthority]),
        DnsType.Ns => new(DnsCode.NoError, [new(domain, DnsType.Ns, Ttl) { Target = ServerName }]) { Additional = [DnsRecord.Address(ServerName, Ttl, server)] },
        _ => Nothing,
    };

    private string ServerName => $"ns.dns.{domain}";

    private DnsRecord StartOfAuthority => new(domain, DnsType.Soa, Ttl) { Target = ServerName };

    private DnsAnswer Nothing => new(DnsCode.NoError, []) { Authority = [StartOfAuthority] };

    private DnsAnswer NoSuchName => new(DnsCode.NoSuchName, []) { Authority = [StartOfAuthority] };

    private DnsAnswer Inside(string name, string[] labels, ushort type) => labels switch
    {
        ["dns-version"] => Only(type, [DnsRecord.Text(name, Ttl, "1.1.0")]),
        ["ns", "dns"] => Only(type, [DnsRecord.Address(name, Ttl, server)]),
        ["svc"] or ["pod"] or ["dns"] => Nothing,
        [var ns, "svc" or "pod"] => services.HasServices(ns) ? Nothing : NoSuchName,
        [var address, _, "pod"] => OfPod(name, address, type),
        [.. var rest, var service, var ns, "svc"] => services.Find(ns, service) is { } found ? OfService(name, rest, found, type) : NoSuchName,
        _ => NoSuchName,
    };

    // The name says the address itself, whether or not there is a pod.
    private DnsAnswer OfPod(string name, string address, ushort type) =>
        IPAddress.TryParse(address.Replace('-', '.'), out var v4) && v4.AddressFamily == AddressFamily.InterNetwork && address.Split('-').Length == 4
            ? Only(type, [DnsRecord.Address(name, Ttl, v4)])
            : IPAddress.TryParse(address.Replace('-', ':'), out var v6) && v6.AddressFamily == AddressFamily.InterNetworkV6 ? Only(type, [DnsRecord.Address(name, Ttl, v6)]) : NoSuchName;

    private DnsAnswer OfService(string name, string[] rest, ServiceView service, ushort type)
    {
        if (service.Spec.Type == "ExternalName")
            return rest.Length > 0 ? NoSuchName : Alias(name, (service.Spec.ExternalName ?? "").TrimEnd('.').ToLowerInvariant(), type);
        if (service.Spec.ClusterIP is null or "" or "None") return OfHeadless(name, rest, service, type);
        var addresses = (service.Spec.ClusterIPs is { Count: > 0 } all ? all : [service.Spec.ClusterIP]).Select(text => IPAddress.TryParse(text, out var address) ? address : null).OfType<IPAddress>().ToList();
        var ports = (service.Spec.Ports ?? []).Select(p => new Port(p.Name ?? "", p.Protocol ?? "TCP", p.Port, NameOf(service))).ToList();
        IReadOnlyList<DnsRecord> targets = [.. addresses.Select(address => DnsRecord.Address(NameOf(service), Ttl, address))];
        return rest switch
        {
            [] when type == DnsType.Srv => Located(name, ports, targets),
            [] => Only(type, [.. addresses.Select(address => DnsRecord.Address(name, Ttl, address))]),
            [var port, var protocol] => Ports(name, port, protocol, type, ports, targets),
            ["_tcp" or "_udp" or "_sctp"] => Nothing,
            _ => NoSuchName,
        };
    }

    private DnsAnswer OfHeadless(string name, string[] rest, ServiceView service, ushort type)
    {
        var slices = services.SlicesOf(service.Metadata.NamespaceProperty, service.Metadata.Name);
        var endpoints = slices.SelectMany(slice => (slice.Endpoints ?? []).Where(endpoint => endpoint.IsReady)
            .SelectMany(endpoint => endpoint.Addresses.Select(text => (Slice: slice, Host: HostOf(endpoint, text), Address: IPAddress.TryParse(text, out var address) ? address : null))))
            .Where(endpoint => endpoint.Address is not null).DistinctBy(endpoint => (endpoint.Host, endpoint.Address)).ToList();
        if (endpoints.Count == 0) return NoSuchName;
        var ports = endpoints.SelectMany(endpoint => (endpoint.Slice.Ports ?? []).Select(p => new Port(p.Name ?? "", p.Protocol ?? "TCP", p.Port ?? 0, $"{endpoint.Host}.{NameOf(service)}")));
        var targets = endpoints.Select(endpoint => DnsRecord.Address($"{endpoint.Host}.{NameOf(service)}", Ttl, endpoint.Address!));
        switch (rest)
        {
            case [] when type == DnsType.Srv:
                return Located(name, [.. ports], [.. targets]);
            case []:
                return Only(type, [.. endpoints.Select(endpoint => DnsRecord.Address(name, Ttl, endpoint.Address!)).DistinctBy(record => record.ToString())]);
            case [var port, var protocol]:
                return Ports(name, port, protocol, type, [.. ports], [.. targets]);
            case ["_tcp" or "_udp" or "_sctp"]:
                return Nothing;
            case [var host] when type == DnsType.Srv && endpoints.Exists(endpoint => endpoint.Host == host):
                return Located(name, [.. ports.Where(port => port.Target == name)], [.. targets]);
            case [var host]:
                var own = endpoints.Where(endpoint => endpoint.Host == host).ToList();
                return own.Count == 0 ? NoSuchName : Only(type, [.. own.Select(endpoint => DnsRecord.Address(name, Ttl, endpoint.Address!))]);
            default:
                return NoSuchName;
        }
    }

    private DnsAnswer Ports(string name, string port, string protocol, ushort type, IReadOnlyList<Port> all, IReadOnlyList<DnsRecord> targets)
    {
        if (port is not ['_', ..] || protocol is not ['_', ..]) return NoSuchName;
        var found = all.Where(p => p.Name.Length > 0 && p.Name == port[1..] && p.Protocol.Equals(protocol[1..], StringComparison.OrdinalIgnoreCase)).ToList();
        return found.Count == 0 ? NoSuchName : type is DnsType.Srv or DnsType.Any ? Located(name, found, targets) : Nothing;
    }

    // A name without a port is also asked for where all of its ports are: so peers of a StatefulSet find each other, as with CoreDNS.
    private DnsAnswer Located(string name, IReadOnlyList<Port> ports, IReadOnlyList<DnsRecord> targets)
    {
        var found = ports.Distinct().ToList();
        if (found.Count == 0) return Nothing;
        var weight = (ushort)Math.Max(1, 100 / found.Count);
        return new(DnsCode.NoError, [.. found.Select(p => new DnsRecord(name, DnsType.Srv, Ttl) { Port = (ushort)p.Number, Weight = weight, Target = p.Target })])
        {
            Additional = [.. targets.Where(address => found.Exists(p => p.Target == address.Name))],
        };
    }

    private static DnsAnswer Alias(string name, string target, ushort type)
    {
        var alias = new DnsRecord(name, DnsType.Cname, Ttl) { Target = target };
        return new(DnsCode.NoError, [alias]) { Continue = type == DnsType.Cname ? null : target };
    }

    private DnsAnswer? Reverse(string name, ushort type)
    {
        var labels = name.Split('.');
        if (labels.Length != 6) return null;
        var text = string.Join('.', labels.Take(4).Reverse());
        if (!Ipv4Range.TryParse(text, out var address) || !own.Any(range => range.Overlaps(address))) return null;
        var names = services.WithAddress(text).Select(NameOf).Concat(
            from slice in services.WithNamedEndpoint(text)
            where slice.ServiceName is { } service && services.Find(slice.Metadata.NamespaceProperty, service) is { Spec.ClusterIP: null or "" or "None" }
            from endpoint in slice.Endpoints ?? []
            where endpoint.Hostname is { Length: > 0 } && endpoint.Addresses.Contains(text)
            select $"{endpoint.Hostname}.{slice.ServiceName}.{slice.Metadata.NamespaceProperty}.svc.{domain}").Distinct().ToList();
        return names.Count == 0 ? NoSuchName : Only(type, [.. names.Select(target => new DnsRecord(name, DnsType.Ptr, Ttl) { Target = target })]);
    }

    // Records of the type that was asked for; a name that has none of it still exists.
    private DnsAnswer Only(ushort type, IReadOnlyList<DnsRecord> records)
    {
        var wanted = records.Where(record => record.Type == type || type == DnsType.Any).ToList();
        return wanted.Count == 0 ? Nothing : new(DnsCode.NoError, wanted);
    }

    private string NameOf(ServiceView service) => string.Create(CultureInfo.InvariantCulture, $"{service.Metadata.Name}.{service.Metadata.NamespaceProperty}.svc.{domain}");

    private static string HostOf(SliceEndpointView endpoint, string address) => endpoint.Hostname is { Length: > 0 } host ? host : address.Replace('.', '-').Replace(':', '-');

    // A port of a service, and the name of who listens on it.
    private readonly record struct Port(string Name, string Protocol, int Number, string Target);
}
