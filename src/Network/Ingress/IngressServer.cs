using System.Globalization;
using System.Net;
using System.Net.Security;
using Microsoft.Extensions.Logging;
using Slipway.Api;

namespace Slipway.Network;

/// <summary>The proxy and the ports that lead to it, from the first ingress to the last.</summary>
/// <param name="address">The address to listen on.</param>
/// <param name="options">The ports.</param>
/// <param name="look">Tells the state of a service.</param>
/// <param name="clock">The clock of certificates.</param>
/// <param name="logs">Where all of it reports.</param>
internal sealed class IngressServer(IPAddress address, IngressOptions options, Func<ObjectKey, ServiceState> look, TimeProvider clock, ILoggerFactory logs) : IAsyncDisposable
{
    private readonly Dictionary<int, PortListener> _listeners = [];
    private readonly Lazy<SslStreamCertificateContext> _unknown = new(() => IngressCertificates.MakeUnknown(clock));
    private volatile IngressCertificates? _certificates;

    /// <summary>The proxy.</summary>
    public IngressProxy Proxy { get; } = new(look);

    /// <summary>Whether anything is served.</summary>
    public bool IsListening => _listeners.Count > 0;

    /// <summary>The addresses that are listened on, with the ports that were taken.</summary>
    public IEnumerable<IPEndPoint> Addresses => _listeners.Values.Select(listener => listener.Address);

    /// <summary>Takes the certificates.</summary>
    public void SetCertificates(IEnumerable<IngressView> ingresses, Func<ObjectKey, IngressCertificate> certificate) => _certificates = new(ingresses, certificate, _unknown);

    /// <summary>Listens on the ports that are wanted and on no others.</summary>
    /// <param name="https">Whether HTTPS is wanted beside HTTP.</param>
    /// <param name="owner">Who else takes a port of the node, as a sentence says it; null when nobody does.</param>
    /// <param name="cancellation">Ends a start.</param>
    /// <returns>What stands against it, for each port that is wanted and cannot be had.</returns>
    public async Task<IReadOnlyList<IngressFault>> ListenAsync(bool https, Func<int, string?> owner, CancellationToken cancellation)
    {
        var faults = new List<IngressFault>();
        await SetAsync(options.Http, isWanted: true, certificate: null, "--ingress-http-port");
        await SetAsync(options.Https, https, name => _certificates!.Find(name), "--ingress-https-port");
        return faults;

        async Task SetAsync(int port, bool isWanted, Func<string?, SslStreamCertificateContext>? certificate, string option)
        {
            var other = isWanted ? owner(port) : null;
            if (!isWanted || other is not null)
            {
                if (_listeners.Remove(port, out var listener)) await listener.DisposeAsync();
                if (other is not null) faults.Add(new("PortInUse", Taken(port, other, option)));
                return;
            }
            if (_listeners.ContainsKey(port)) return;
            try
            {
                _listeners[port] = await PortListener.StartAsync(new(address, port), certificate, Proxy.HandleAsync, logs, cancellation);
            }
            catch (IOException e)
            {
                faults.Add(new("PortInUse", Taken(port, $"another program ({e.Message.TrimEnd('.')})", option)));
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var listener in _listeners.Values) await listener.DisposeAsync();
        _listeners.Clear();
        Proxy.Dispose();
    }

    private string Taken(int port, string by, string option) =>
        string.Create(CultureInfo.InvariantCulture, $"TCP port {port} is in use by {by}; free it, or give \"slipway down{options.NameOption}\" and then \"slipway up{options.NameOption} {option} PORT\"");
}
