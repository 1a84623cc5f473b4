using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.ApiServer.Admission;
using Slipway.ApiServer.Agents;
using Slipway.ApiServer.Authorization;
using Slipway.ApiServer.Catalog;
using Slipway.ApiServer.Reads;
using Slipway.ApiServer.Webhooks;
using Slipway.ApiServer.Wire;
using Slipway.ApiServer.Writes;

namespace Slipway.ApiServer.Subresources.Connections;

/// <summary>The <c>proxy</c> of pods, services and nodes: any HTTP request is passed on to what stands behind them.</summary>
/// <remarks><see href="https://kubernetes.io/docs/tasks/access-application-cluster/access-cluster-services/"/></remarks>
internal sealed class Proxies(ObjectReader reader, AdmissionChain admission, Authorizer authorizer, ServiceEndpoints endpoints, HttpForward forward, INodeTransport? nodes)
{
    private static readonly UriCreationOptions AsItIs = new() { DangerousDisablePathAndQueryCanonicalization = true };

    public async ValueTask<Reply> ForwardAsync(WriteContext context, CancellationToken cancellation)
    {
        var (path, request) = (context.Path, context.Request);
        await admission.AdmitAsync(context, Operation.Connect, new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = $"{context.Type.Kind}ProxyOptions",
            ["path"] = path.Rest,
        }, null, cancellation);

        var mark = request.PathAndQuery.IndexOf('?', StringComparison.Ordinal);
        var (asked, query) = mark < 0 ? (request.PathAndQuery, "") : (request.PathAndQuery[..mark], request.PathAndQuery[mark..]);
        // Relative links of the server's root need a path that ends with a slash.
        if (path.Rest.Length == 0 && request.Method is ("GET" or "HEAD") && request.Upgrade.Length == 0)
            return new Reply { StatusCode = 301, Headers = [new("Location", $"{asked}/{query}")] };

        var name = ProxyName.Parse(path.Name);
        if (context.Type.Plural == "nodes" && await DocumentAsync(context.Resource, "", name.Name, cancellation) is var node && IsAgent(node, name))
            return await ToAgentAsync(name, query, context, cancellation);
        var address = context.Type.Plural switch
        {
            "pods" => PodAddress(await DocumentAsync(context.Resource, path.Namespace, name.Name, cancellation), name),
            "services" => await ServiceAddressAsync(await DocumentAsync(context.Resource, path.Namespace, name.Name, cancellation), name, cancellation),
            _ => NodeAddress(await DocumentAsync(context.Resource, "", name.Name, cancellation), name),
        };
        if (!OutboundAddress.IsAllowed(address.Address)) throw ApiException.BadRequest($"address not allowed: {address.Address} is not one of the cluster's");
        // As it was asked: what a path means is the server's to say.
        if (!Uri.TryCreate($"{name.Scheme}://{address}{(path.Rest.Length == 0 ? "/" : path.Rest)}{query}", AsItIs, out var target))
            throw ApiException.BadRequest($"the path {path.Rest} cannot be asked of a server");
        return new Reply { Forwarded = await forward.SendAsync(target, asked[..^path.Rest.Length], request, cancellation) };
    }

    private async ValueTask<Reply> ToAgentAsync(ProxyName name, string query, WriteContext context, CancellationToken cancellation)
    {
        // A stream that comes by GET must not be for those who may only read.
        if (AgentAccess.IsStream(context.Path.Rest)) authorizer.Require(AccessRequest.ForResource(context.User, "create", context.Path, context.Query), context.Audit);
        if (nodes is null) throw ApiException.Internal($"the agent of node {name.Name} cannot be reached: this server knows no way to nodes");
        try
        {
            return new Reply { Forwarded = await nodes.SendAsync(name.Name, context.Request with { PathAndQuery = $"{context.Path.Rest}{query}" }, cancellation) };
        }
        catch (IOException e)
        {
            throw new ApiException(503, "ServiceUnavailable", $"error trying to reach service: {e.Message}");
        }
    }

    private static IPEndPoint PodAddress(JsonObject pod, ProxyName name)
    {
        var ip = pod.Object("status")?.Text("podIP");
        if (!IPAddress.TryParse(ip, out var address)) throw new ApiException(503, "ServiceUnavailable", $"pod \"{pod.Name}\" has no address yet");
        if (name.Port.Length > 0) return new(address, name.Number);
        var first = (pod.Object("spec") ?? []).Objects("containers").SelectMany(c => c.Objects("ports")).FirstOrDefault()?.Integer("containerPort");
        return new(address, (int)(first ?? (name.Scheme == "https" ? 443 : 80)));
    }

    private async ValueTask<IPEndPoint> ServiceAddressAsync(JsonObject service, ProxyName name, CancellationToken cancellation)
    {
        var ports = (service.Object("spec") ?? []).Objects("ports").ToList();
        var port = ports.Find(p => (p.Text("name") ?? "") == name.Port)
            ?? ports.Find(p => p.Integer("port")?.ToString(CultureInfo.InvariantCulture) == name.Port)
            ?? (name.Port.Length == 0 && ports.Count == 1 ? ports[0] : null)
            ?? throw Unavailable($"no service port \"{name.Port}\" found for service \"{service.Name}\"; it has {string.Join(", ", ports.Select(p => p.Text("name") ?? $"{p.Integer("port")}"))}");
        try
        {
            return await endpoints.FindAsync(new(service.Namespace, service.Name, "", (int)port.Integer("port")!), cancellation) as IPEndPoint
                ?? throw Unavailable($"no endpoints available for service \"{service.Name}\": it is only a name of another host");
        }
        catch (WebhookFailure failure)
        {
            throw Unavailable(failure.Message);
        }

        static ApiException Unavailable(string why) => new(503, "ServiceUnavailable", why);
    }

    private static bool IsAgent(JsonObject node, ProxyName name)
    {
        const long Usual = 10250;
        var told = node.Object("status")?.Object("daemonEndpoints")?.Object("kubeletEndpoint")?.Integer("Port");
        return name.Port.Length == 0 || name.Port == (told ?? Usual).ToString(CultureInfo.InvariantCulture);
    }

    private static IPEndPoint NodeAddress(JsonObject node, ProxyName name)
    {
        var ip = node.Object("status")?.Objects("addresses").FirstOrDefault(a => a.Text("type") == "InternalIP")?.Text("address");
        return IPAddress.TryParse(ip, out var address) ? new(address, name.Number) : throw new ApiException(503, "ServiceUnavailable", $"node \"{node.Name}\" has no address yet");
    }

    private async ValueTask<JsonObject> DocumentAsync(ServedResource resource, string ns, string name, CancellationToken cancellation) =>
        Committer.Parse(resource, await reader.FindAsync(resource, ns, name, null, cancellation));
}
