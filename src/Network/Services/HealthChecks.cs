using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Slipway.Api;
using Slipway.Client;

namespace Slipway.Network;

/// <summary>
/// Answers at the health check ports of services with <c>externalTrafficPolicy: Local</c>, where balancers outside ask whether a
/// node has endpoints of its own (<see href="https://kubernetes.io/docs/tasks/access-application-cluster/create-external-load-balancer/"/>).
/// </summary>
internal sealed class HealthChecks(Informer<ServiceView> services, InformerIndex<SliceView> slices, IPAddress address, string node, ILoggerFactory logs) : IReconciler
{
    private readonly Dictionary<ObjectKey, PortListener> _listeners = [];

    /// <summary>Adds the checks to a host.</summary>
    public static void Register(ControllerHost host, InformerIndex<SliceView> slicesByService, ClusterNetwork network, string node)
    {
        var services = host.Informer(NetworkKinds.Services);
        host.Add("service-health", new HealthChecks(services, slicesByService, network.ListenAddress, node, host.Logs)).For(services);
    }

    /// <summary>The port at which a service is asked about; null for one without.</summary>
    public static int? PortOf(ServiceView? service) =>
        service is { Metadata.DeletionTimestamp: null, Spec: { Type: "LoadBalancer", ExternalTrafficPolicy: "Local", HealthCheckNodePort: > 0 and var port } } ? port : null;

    /// <summary>What a check is answered with: the code and the body.</summary>
    /// <param name="service">The service.</param>
    /// <param name="slices">Its slices.</param>
    /// <param name="node">Name of this node.</param>
    public static (int Code, int Endpoints, JsonObject Body) Answer(ObjectKey service, IReadOnlyList<SliceView> slices, string node)
    {
        var count = slices.SelectMany(slice => slice.Endpoints ?? []).Where(endpoint => endpoint.IsReady && endpoint.NodeName == node).SelectMany(endpoint => endpoint.Addresses.Take(1)).Distinct().Count();
        return (count > 0 ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable, count, new JsonObject
        {
            ["service"] = new JsonObject { ["namespace"] = service.Namespace, ["name"] = service.Name },
            ["localEndpoints"] = count,
            ["serviceProxyHealthy"] = true,
        });
    }

    public async ValueTask<Result> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        var port = PortOf(services.Get(key));
        if (_listeners.TryGetValue(key, out var listener) && listener.Address.Port != port)
        {
            _listeners.Remove(key);
            await listener.DisposeAsync();
        }
        if (port is { } wanted && !_listeners.ContainsKey(key))
            _listeners[key] = await PortListener.StartAsync(new(address, wanted), certificate: null, context => AnswerAsync(context, key), logs, cancellation);
        return Result.Done;
    }

    private Task AnswerAsync(HttpContext context, ObjectKey service)
    {
        var (code, endpoints, body) = Answer(service, slices.Find($"{service}"), node);
        context.Response.StatusCode = code;
        context.Response.ContentType = "application/json";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        context.Response.Headers["X-Load-Balancing-Endpoint-Weight"] = endpoints.ToString(CultureInfo.InvariantCulture);
        return context.Response.WriteAsync(body.ToJsonString(), context.RequestAborted);
    }
}
