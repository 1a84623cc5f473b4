using System.Text;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Slipway.Api;
using Slipway.Client;

namespace Slipway.Network;

/// <summary>
/// Serves the ingresses of its classes: routes, certificates, ports, and in each ingress's status the node's address. Until there is
/// an ingress nothing listens, and nothing but ingresses is watched for it.
/// </summary>
internal sealed class IngressController
{
    /// <summary>Name of the class that the cluster has at first, its default one.</summary>
    public const string ClassName = "slipway";

    /// <summary>What a class names as its controller to be served here.</summary>
    public const string ControllerName = "slipway.dev/ingress";

    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(1), RetryPort = TimeSpan.FromSeconds(10), CertificatesAtStart = TimeSpan.FromSeconds(2);

    private readonly Channel<bool> _changes = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });
    private readonly Dictionary<string, HashSet<IngressFault>> _told = [];
    private readonly ControllerHost _host;
    private readonly ClusterNetwork _network;
    private readonly IngressOptions _options;
    private readonly Informer<IngressView> _ingresses;
    private readonly Informer<IngressClassView> _classes;
    private readonly Informer<ServiceView> _services;
    private readonly InformerIndex<SliceView> _slices;
    private readonly Informer<HostPortPod> _pods;
    private readonly SecretWatches _secrets;
    private readonly EventRecorder _events;
    private readonly ILogger _log;
    private volatile IngressServer? _server;
    private volatile HashSet<ObjectKey> _backends = [];

    private IngressController(ControllerHost host, InformerIndex<SliceView> slicesByService, ClusterNetwork network, string node, IngressOptions options)
    {
        (_host, _network, _options, _log) = (host, network, options, host.Logs.CreateLogger<IngressController>());
        _ingresses = host.Informer(NetworkKinds.Ingresses);
        _services = host.Informer(NetworkKinds.Services);
        var slices = host.Informer(NetworkKinds.Slices);
        _slices = slicesByService;
        _pods = host.Informer(NetworkKinds.HostPortPods, new() { FieldSelector = $"spec.nodeName={node}" });
        _classes = new(host.Api, NetworkKinds.IngressClasses, new(), host.Clock, _log);
        _secrets = new(host.Api, Signal, host.Clock, _log);
        _events = host.Events("ingress-controller");
        _ingresses.OnChange(_ => Signal());
        _classes.OnChange(_ => Signal());
        _services.OnChange(OnService);
        _pods.OnChange(OnPod);
        slices.OnChange(OnSlice);
    }

    /// <summary>Adds the controller to a host.</summary>
    /// <param name="host">The host.</param>
    /// <param name="slicesByService">The host's slices, by <see cref="SliceView.ByService"/>.</param>
    /// <param name="network">The cluster's network.</param>
    /// <param name="node">Name of this node.</param>
    /// <param name="options">Where ingresses are served.</param>
    /// <returns>The controller.</returns>
    public static IngressController Register(ControllerHost host, InformerIndex<SliceView> slicesByService, ClusterNetwork network, string node, IngressOptions options)
    {
        var controller = new IngressController(host, slicesByService, network, node, options);
        host.AddLoop(controller.RunAsync);
        return controller;
    }

    /// <summary>The addresses that are listened on.</summary>
    internal IEnumerable<System.Net.IPEndPoint> Addresses => _server?.Addresses ?? [];

    private void Signal() => _changes.Writer.TryWrite(true);

    private void OnService(ObjectChange<ServiceView> change)
    {
        if (_server is not { } server) return;
        server.Proxy.Invalidate(change.Key);
        if (_backends.Contains(change.Key) || change.Old?.Spec.Type == "LoadBalancer" || change.New?.Spec.Type == "LoadBalancer") Signal();
    }

    private void OnSlice(ObjectChange<SliceView> change)
    {
        if (_server is not { } server) return;
        foreach (var name in new[] { change.New?.ServiceName, change.Old?.ServiceName }.OfType<string>().Distinct())
            server.Proxy.Invalidate(new(change.Key.Namespace, name));
    }

    private void OnPod(ObjectChange<HostPortPod> change)
    {
        if (_server is not null && HostPorts.Of(change.Latest).Any()) Signal();
    }

    private async Task RunAsync(CancellationToken cancellation)
    {
        Task classes = Task.CompletedTask;
        try
        {
            await CreateClassAsync(cancellation);
            await Task.WhenAll(_ingresses.Synced, _services.Synced).WaitAsync(cancellation);
            while (true)
            {
                _changes.Reader.TryRead(out _);
                if (_ingresses.List().Count > 0 && classes.IsCompleted)
                {
                    classes = _classes.RunAsync(cancellation);
                    await _classes.Synced.WaitAsync(cancellation);
                }
                await WaitAsync(await ServeAsync(cancellation), cancellation);
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            await StopAsync();
            await classes;
        }
    }

    private async Task WaitAsync(TimeSpan? again, CancellationToken cancellation)
    {
        var change = _changes.Reader.WaitToReadAsync(cancellation).AsTask();
        if (again is not { } delay)
        {
            await change;
            return;
        }
        using var timer = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        await Task.WhenAny(change, Task.Delay(delay, _host.Clock, timer.Token));
        await timer.CancelAsync();
        cancellation.ThrowIfCancellationRequested();
    }

    /// <summary>Brings everything to what ingresses say now.</summary>
    /// <returns>When to do so again although nothing has changed.</returns>
    private async Task<TimeSpan?> ServeAsync(CancellationToken cancellation)
    {
        var (own, others) = (new List<IngressView>(), new List<IngressView>());
        foreach (var ingress in _ingresses.List()) (IsOwn(ingress) ? own : others).Add(ingress);
        await _secrets.SetAsync(own.SelectMany(IngressCertificates.SecretsOf).ToHashSet(), cancellation);
        var routes = new IngressRoutes(own);
        _backends = [.. routes.Backends.Select(backend => backend.Service)];
        IReadOnlyList<IngressFault> ports = [];
        if (own.Count == 0)
        {
            await StopAsync();
        }
        else
        {
            // Who connects first after a start should not get a certificate that nobody vouches for.
            if (_server is null) await Task.WhenAny(_secrets.Known, Task.Delay(CertificatesAtStart, _host.Clock, cancellation));
            var server = _server ??= new(_network.ListenAddress, _options, key => new(_services.Get(key), _slices.Find($"{key}")), _host.Clock, _host.Logs);
            server.Proxy.SetRoutes(routes);
            server.SetCertificates(own, _secrets.Get);
            ports = await server.ListenAsync(own.Exists(ingress => ingress.Spec.Tls is { Count: > 0 }), OwnerOf, cancellation);
        }
        Tell(own, routes, ports);
        var written = await WriteAsync(own, others, cancellation);
        return !written ? Retry : ports.Count > 0 ? RetryPort : null;
    }

    private bool IsOwn(IngressView ingress) => ingress is { Metadata.DeletionTimestamp: null, ClassName: { } name } && _classes.Get(ObjectKey.ClusterScoped(name))?.Spec.Controller == ControllerName;

    // Services and pods take ports of the node by translating addresses, past whoever listens there; they come first, since
    // they say the port themselves.
    private string? OwnerOf(int port)
    {
        foreach (var service in _services.List())
            if (ServiceFrontends.IsOwnLoadBalancer(service) && (service.Spec.Ports ?? []).Exists(p => p.Port == port && (p.Protocol ?? "TCP") == "TCP"))
                return $"the service {_services.Resource.KeyOf(service)} of type LoadBalancer";
        foreach (var pod in _pods.List())
            if (HostPorts.Of(pod).Any(frontend => frontend.Key.Port == port && frontend.Key.Protocol == "tcp"))
                return $"the pod {_pods.Resource.KeyOf(pod)} as a port of the node";
        return null;
    }

    private void Tell(List<IngressView> own, IngressRoutes routes, IReadOnlyList<IngressFault> ports)
    {
        foreach (var uid in _told.Keys.Except(own.Select(ingress => ingress.Metadata.Uid)).ToList()) _told.Remove(uid);
        foreach (var ingress in own)
        {
            var faults = IngressFaults.Of(ingress, routes, _services.Get, _secrets.Get).Concat(ports).ToHashSet();
            foreach (var fault in faults.Where(fault => _told.GetValueOrDefault(ingress.Metadata.Uid)?.Contains(fault) != true))
            {
                _events.Warning(ingress, fault.Reason, fault.Message);
                _log.LogWarning("Ingress {Key}: {Fault}", _ingresses.Resource.KeyOf(ingress), fault.Message);
            }
            _told[ingress.Metadata.Uid] = faults;
        }
    }

    // Of an ingress that has gone to another class, the address is taken away if it is this node's.
    private async Task<bool> WriteAsync(List<IngressView> own, List<IngressView> others, CancellationToken cancellation)
    {
        var address = $"{_network.NodeAddress}";
        var (isComplete, wanted) = (true, _server is { IsListening: true } ? new[] { address } : []);
        foreach (var (ingress, addresses) in own.Select(ingress => (ingress, wanted)).Concat(others.Where(ingress => AddressesOf(ingress).SequenceEqual([address])).Select(ingress => (ingress, Array.Empty<string>()))))
        {
            if (AddressesOf(ingress).SequenceEqual(addresses)) continue;
            var list = addresses.Length == 0 ? null : new JsonArray([.. addresses.Select(ip => (JsonNode)new JsonObject { ["ip"] = ip })]);
            try
            {
                await _host.Api.PatchStatusAsync(NetworkKinds.Ingresses, ingress.Metadata.NamespaceProperty, ingress.Metadata.Name, new JsonObject { ["loadBalancer"] = new JsonObject { ["ingress"] = list } }, cancellation);
            }
            catch (ApiException e) when (e.Code == 404)
            {
                // It has been deleted meanwhile.
            }
            catch (Exception e) when (e is ApiException or IOException)
            {
                _log.LogWarning("The status of ingress {Key} was not written and is tried again: {Reason}", _ingresses.Resource.KeyOf(ingress), e.Message);
                isComplete = false;
            }
        }
        return isComplete;
    }

    private static IEnumerable<string?> AddressesOf(IngressView ingress) => (ingress.Status?.LoadBalancer?.Ingress ?? []).Select(entry => entry.Ip);

    private async Task StopAsync()
    {
        if (_server is not { } server) return;
        _server = null;
        await server.DisposeAsync();
    }

    // Made once: what people change of it stays, and so does another default.
    private async Task CreateClassAsync(CancellationToken cancellation)
    {
        var document = new JsonObject
        {
            ["apiVersion"] = NetworkKinds.IngressClasses.ApiVersion,
            ["kind"] = NetworkKinds.IngressClasses.Kind,
            ["metadata"] = new JsonObject { ["name"] = ClassName, ["annotations"] = new JsonObject { ["ingressclass.kubernetes.io/is-default-class"] = "true" } },
            ["spec"] = new JsonObject { ["controller"] = ControllerName },
        };
        while (true)
        {
            try
            {
                await _host.Api.SendForBodyAsync(new("POST", NetworkKinds.IngressClasses.CollectionPath(null)) { Body = Encoding.UTF8.GetBytes(document.ToJsonString()) }, cancellation);
                return;
            }
            catch (ApiException e) when (e is { Code: 409, Reason: "AlreadyExists" })
            {
                return;
            }
            catch (Exception e) when (e is ApiException or IOException)
            {
                _log.LogWarning("The ingress class {Name} was not written and is tried again: {Reason}", ClassName, e.Message);
                await Task.Delay(Retry, _host.Clock, cancellation);
            }
        }
    }
}
