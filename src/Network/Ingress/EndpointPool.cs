using Slipway.Api;

namespace Slipway.Network;

/// <summary>A service and its slices as of now; the service is null when there is none.</summary>
internal readonly record struct ServiceState(ServiceView? Service, IReadOnlyList<SliceView> Slices);

/// <summary>An endpoint of a backend, and how many requests it is answering.</summary>
internal sealed class IngressEndpoint(Backend at)
{
    private int _inFlight;

    /// <summary>Its address.</summary>
    public Backend At => at;

    /// <summary>Requests that were sent to it and have not been answered to the end.</summary>
    public int InFlight => Volatile.Read(ref _inFlight);

    public void Begin() => Interlocked.Increment(ref _inFlight);

    public void End() => Interlocked.Decrement(ref _inFlight);
}

/// <summary>
/// The endpoints of one backend, and the choice among them. They are looked up when a request comes first after a change, so
/// that changes of services that nobody asks for cost nothing.
/// </summary>
/// <param name="backend">The backend.</param>
/// <param name="look">Tells the state of a service.</param>
internal sealed class EndpointPool(IngressBackend backend, Func<ObjectKey, ServiceState> look)
{
    private volatile Snapshot _snapshot = new(-1, BackendProtocol.Http, []);
    private int _version;

    /// <summary>Says that the service or a slice of it has changed.</summary>
    public void Invalidate() => Interlocked.Increment(ref _version);

    /// <summary>How requests are sent.</summary>
    public BackendProtocol Protocol => Current.Protocol;

    /// <summary>
    /// An endpoint for a request: of two chosen by chance, the one with less to do
    /// (<see href="https://www.eecs.harvard.edu/~michaelm/postscripts/mythesis.pdf"/>). Null when all were tried, or there is none.
    /// </summary>
    /// <param name="tried">Endpoints that did not take the request.</param>
    public IngressEndpoint? Choose(IReadOnlyCollection<IngressEndpoint> tried)
    {
        var endpoints = Current.Endpoints;
        if (tried.Count > 0) endpoints = [.. endpoints.Where(endpoint => !tried.Contains(endpoint))];
        if (endpoints.Length == 0) return null;
        var (one, other) = (endpoints[Random.Shared.Next(endpoints.Length)], endpoints[Random.Shared.Next(endpoints.Length)]);
        return other.InFlight < one.InFlight ? other : one;
    }

    private Snapshot Current
    {
        get
        {
            var (version, known) = (Volatile.Read(ref _version), _snapshot);
            if (known.Version == version) return known;
            // A change that comes meanwhile raises the version again, so that this snapshot ends with the request.
            return _snapshot = Look(version, known);
        }
    }

    private Snapshot Look(int version, Snapshot known)
    {
        var (service, slices) = look(backend.Service);
        if (service is null || service.Spec.Type == "ExternalName" || IngressPorts.Find(service, backend) is not { } port) return new(version, BackendProtocol.Http, []);
        var endpoints = ServiceFrontends.Endpoints(slices, port).Select(endpoint => endpoint.End).Distinct()
            .Select(end => Array.Find(known.Endpoints, endpoint => endpoint.At == end) ?? new IngressEndpoint(end));
        return new(version, IngressPorts.Protocol(port), [.. endpoints]);
    }

    private sealed record Snapshot(int Version, BackendProtocol Protocol, IngressEndpoint[] Endpoints);
}
