using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.ApiServer.Admission;
using Slipway.ApiServer.Authorization;
using Slipway.ApiServer.Reads;
using Slipway.ApiServer.Wire;
using Slipway.ApiServer.Writes;

namespace Slipway.ApiServer.Subresources.Connections;

/// <summary>
/// <c>exec</c>, <c>attach</c> and <c>portforward</c> of pods: the request to switch protocols is passed on to the agent of the
/// pod's node, and then the connection.
/// </summary>
internal sealed class PodStreams(ObjectReader reader, AdmissionChain admission, Authorizer authorizer, INodeTransport? nodes)
{
    public async ValueTask<Reply> ConnectAsync(WriteContext context, CancellationToken cancellation)
    {
        var (path, request) = (context.Path, context.Request);
        // Browsers and WebSocket clients come by GET; that alone must not let those in who may only read.
        if (request.Method == "GET") authorizer.Require(AccessRequest.ForResource(context.User, "create", path, context.Query), context.Audit);

        var pod = Committer.Parse(context.Resource, await reader.FindAsync(context.Resource, path.Namespace, path.Name, null, cancellation));
        var options = StreamOptions.Read(path.Subresource, context.Query);
        options = await admission.AdmitAsync(context, Operation.Connect, options, null, cancellation) ?? options;
        var target = StreamOptions.Target(path.Subresource, pod, options);
        var node = pod.Object("spec")?.Text("nodeName") is { Length: > 0 } bound ? bound : throw ApiException.BadRequest($"pod {pod.Name} does not have a host assigned");
        if (request.Upgrade.Length == 0) throw ApiException.BadRequest("Upgrade request required");
        if (nodes is null) throw ApiException.Internal($"the agent of node {node} cannot be reached: this server knows no way to nodes");

        try
        {
            var answer = await nodes.SendAsync(node, new ApiRequest(request.Method, target) { Headers = request.Headers, Upgrade = request.Upgrade }, cancellation);
            return answer.Connection is not null ? new Reply { Forwarded = answer } : throw await NodeRefusal.OfAsync(answer);
        }
        catch (IOException e)
        {
            throw ApiException.Internal($"error dialing backend: {e.Message}");
        }
    }
}
