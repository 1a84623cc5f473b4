using System.Text.Json.Nodes;
using Slipway.Api.Cel;
using Slipway.ApiServer.Authorization;

namespace Slipway.ApiServer.Admission.Expressions;

/// <summary>What expressions read of a request.</summary>
internal static class RequestVariables
{
    /// <param name="request">The request.</param>
    /// <param name="head">The <c>request</c> of its review, without objects.</param>
    /// <param name="document">The object, in the version that the expressions are written for.</param>
    /// <param name="old">The object as it is stored, in the same version.</param>
    /// <param name="authorizer">Answers whether a user may do something.</param>
    public static Dictionary<string, CelValue> Of(AdmissionRequest request, JsonObject head, JsonObject? document, JsonObject? old, Authorizer authorizer)
    {
        var asker = new Asker(request.User, authorizer);
        return new Dictionary<string, CelValue>
        {
            ["object"] = CelJson.UnstructuredToCel(document),
            ["oldObject"] = CelJson.UnstructuredToCel(old),
            ["request"] = CelJson.UnstructuredToCel(head),
            ["namespaceObject"] = CelNull.Instance,
            ["authorizer"] = CelAuthorizer.Of(asker),
            ["authorizer.requestResource"] = CelAuthorizer.ResourceOf(asker, new CelAuthorizationQuery
            {
                Group = request.Type.Group,
                Resource = request.Type.Plural,
                Subresource = request.Subresource,
                Namespace = request.Namespace,
                Name = request.Name,
            }),
        };
    }

    private sealed class Asker(UserInfo user, Authorizer authorizer) : ICelAuthorizer
    {
        public CelAuthorizationDecision Decide(CelAuthorizationQuery query)
        {
            var subject = query.ServiceAccount is { } account ? UserInfo.ServiceAccount(account.Namespace, account.Name) : user;
            var decision = authorizer.Decide(new AccessRequest(subject, query.Verb)
            {
                NonResourcePath = query.Path,
                Group = query.Group,
                Resource = query.Resource,
                Subresource = query.Subresource,
                Namespace = query.Namespace,
                Name = query.Name,
            });
            return new(decision.IsAllowed, decision.Reason);
        }
    }
}
