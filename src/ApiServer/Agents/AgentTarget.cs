using Microsoft.Extensions.Logging;
using Slipway.Api;
using Slipway.ApiServer.Authorization;
using Slipway.ApiServer.Serving;
using Slipway.ApiServer.Wire;

namespace Slipway.ApiServer.Agents;

/// <summary>The kubelet's API of one node, for those who come to the node itself: what they may ask is passed on to its agent. Refusals are plain text.</summary>
internal sealed class AgentTarget(string node, INodeTransport nodes, Authorizer authorizer, ILogger log) : IRequestTarget
{
    public bool PassesOn(string pathAndQuery) => AgentAccess.IsStream(pathAndQuery);

    public async ValueTask<Reply> DispatchAsync(UserInfo user, ApiRequest request, CancellationToken cancellation)
    {
        // Nothing here is for strangers.
        if (user.IsIn(UserInfo.Unauthenticated)) return Reply.Text("Unauthorized", 401);
        if (!AgentAccess.Questions(user, node, request.Method, request.PathAndQuery).Any(question => authorizer.Decide(question).IsAllowed)) return Forbidden(user, request);
        try
        {
            return new Reply { Forwarded = await nodes.SendAsync(node, request, cancellation) };
        }
        catch (ApiException refusal)
        {
            return Reply.Text(refusal.Message, refusal.Code);
        }
        catch (IOException e)
        {
            return Reply.Text(e.Message, 503);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // The boundary of all requests to the agent: one that fails unexpectedly must not take the server down.
            log.LogError(e, "{Method} {Path} of node {Node} failed", request.Method, request.PathAndQuery, node);
            return Reply.Text($"Internal error occurred: {e.Message}", 500);
        }
    }

    public ValueTask<Reply> RefuseAsync(UserInfo user, ApiRequest request, ApiException refusal, string? recorded, CancellationToken cancellation) =>
        ValueTask.FromResult(Reply.Text(refusal.Message, refusal.Code));

    // Kubelets count no such thing.
    public void GiveUp(ApiRequest request, bool hasBegun)
    {
    }

    private static Reply Forbidden(UserInfo user, ApiRequest request) => Reply.Text(
        $"Forbidden (user={user.Name}, verb={AgentAccess.Verb(request.Method, request.PathAndQuery)}, resource=nodes, subresource(s)=[{string.Join(' ', AgentAccess.Subresources(request.PathAndQuery))}])", 403);
}
