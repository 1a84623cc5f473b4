using System.Net;
using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using Slipway.Api.Selectors;
using Slipway.ApiServer.Admission;
using Slipway.ApiServer.Caching;

namespace Slipway.ApiServer.Webhooks;

/// <summary>
/// Finds an address behind a service. The server dials it itself, since it need not be where the cluster's addresses of
/// services lead anywhere.
/// </summary>
internal sealed class ServiceEndpoints(CacheFeed feed)
{
    private const string ServiceLabel = "kubernetes.io/service-name";
    private readonly PolicyObjects<JsonObject> _services = new(feed, "", "services", d => d);
    private readonly PolicyObjects<JsonObject> _slices = new(feed, "discovery.k8s.io", "endpointslices", d => d);
    private readonly PolicyObjects<JsonObject> _endpoints = new(feed, "", "endpoints", d => d);
    private readonly PolicyObjects<JsonObject> _pods = new(feed, "", "pods", d => d);

    /// <summary>Whether there is such a service.</summary>
    public bool Knows(ServiceTarget target) => _services.FindItem(target.Namespace, target.Name) is not null;

    /// <summary>An address that is ready.</summary>
    /// <exception cref="WebhookFailure">There is no such service or port, or nobody behind it.</exception>
    public async ValueTask<EndPoint> FindAsync(ServiceTarget target, CancellationToken cancellation)
    {
        await feed.WaitUntilFreshAsync(cancellation);
        var service = _services.Find(target.Namespace, target.Name) ?? throw new WebhookFailure($"service \"{target.Name}\" not found");
        return EndpointChoice.Of(target, service,
            _slices.In(target.Namespace).Where(s => s.Labels?[ServiceLabel].AsText() == target.Name).Select(_slices.Of),
            _endpoints.Find(target.Namespace, target.Name),
            selector => _pods.In(target.Namespace).Where(p => p.IsSelectedBy(selector)).Select(_pods.Of));
    }
}

/// <summary>The choice among what the cluster says about a service's endpoints.</summary>
internal static class EndpointChoice
{
    /// <param name="target">Service and port.</param>
    /// <param name="service">The Service.</param>
    /// <param name="slices">Its EndpointSlices.</param>
    /// <param name="endpoints">Its Endpoints, if any.</param>
    /// <param name="podsOf">The pods that a selector selects: they stand in while nobody has made slices of them.</param>
    /// <exception cref="WebhookFailure">There is no such port, or nobody behind it.</exception>
    public static EndPoint Of(
        ServiceTarget target, JsonObject service, IEnumerable<JsonObject> slices, JsonObject? endpoints, Func<LabelSelector, IEnumerable<JsonObject>> podsOf)
    {
        var spec = service.Object("spec") ?? [];
        if (spec.Text("type") == "ExternalName") return new DnsEndPoint(spec.Text("externalName") ?? "", target.Port);
        var port = spec.Objects("ports").FirstOrDefault(p => p.Integer("port") == target.Port)
            ?? throw new WebhookFailure($"no service port {target.Port} found for service \"{target.Name}\"");
        return OfSlices(slices, port.Text("name") ?? "")
            ?? OfEndpoints(endpoints, port.Text("name") ?? "")
            ?? OfPods(spec, port, podsOf)
            ?? throw new WebhookFailure($"no endpoints available for service \"{target.Name}\"");
    }

    private static IPEndPoint? OfSlices(IEnumerable<JsonObject> slices, string portName)
    {
        foreach (var slice in slices)
        {
            if (slice.Objects("ports").FirstOrDefault(p => (p.Text("name") ?? "") == portName)?.Integer("port") is not { } number) continue;
            foreach (var endpoint in slice.Objects("endpoints"))
                if (endpoint.Object("conditions")?.Boolean("ready") != false && Address(endpoint.Array("addresses")?.FirstOrDefault().AsText(), number) is { } found) return found;
        }
        return null;
    }

    private static IPEndPoint? OfEndpoints(JsonObject? endpoints, string portName)
    {
        foreach (var subset in endpoints?.Objects("subsets") ?? [])
        {
            if (subset.Objects("ports").FirstOrDefault(p => (p.Text("name") ?? "") == portName)?.Integer("port") is not { } number) continue;
            foreach (var address in subset.Objects("addresses"))
                if (Address(address.Text("ip"), number) is { } found) return found;
        }
        return null;
    }

    private static IPEndPoint? OfPods(JsonObject spec, JsonObject port, Func<LabelSelector, IEnumerable<JsonObject>> podsOf)
    {
        if (spec.Object("selector") is not { Count: > 0 } selector) return null;
        foreach (var pod in podsOf(LabelSelector.FromJson(new JsonObject { ["matchLabels"] = selector.DeepClone() })))
        {
            var status = pod.Object("status") ?? [];
            var ready = status.Objects("conditions").Any(c => c.Text("type") == "Ready" && c.Text("status") == "True");
            if (ready && !pod.IsBeingDeleted && NumberOf(port, pod) is { } number && Address(status.Text("podIP"), number) is { } found) return found;
        }
        return null;
    }

    private static long? NumberOf(JsonObject port, JsonObject pod)
    {
        if (port["targetPort"] is null) return port.Integer("port");
        if (port.Integer("targetPort") is { } number) return number;
        var name = port.Text("targetPort");
        return (pod.Object("spec") ?? []).Objects("containers").SelectMany(c => c.Objects("ports")).FirstOrDefault(p => p.Text("name") == name)?.Integer("containerPort");
    }

    private static IPEndPoint? Address(string? ip, long port) => IPAddress.TryParse(ip, out var address) ? new(address, (int)port) : null;
}
