using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.ApiServer.Authorization;
using Slipway.ApiServer.Routing;
using Slipway.ApiServer.Wire;

namespace Slipway.ApiServer.Subresources;

/// <summary>Questions of users about themselves: who am I, and may I do this? Nothing is stored.</summary>
internal static class Reviews
{
    /// <summary>Whether a path is one of the reviews.</summary>
    public static bool Serves(RequestPath path) => (path.Group, path.Version, path.Plural) is
        ("authentication.k8s.io", "v1", "selfsubjectreviews") or ("authorization.k8s.io", "v1", "selfsubjectaccessreviews");

    public static Reply Answer(RequestPath path, ApiRequest request, UserInfo user)
    {
        if (request.Method != "POST") throw new ApiException(405, "MethodNotAllowed", "the server does not allow this method on the requested resource");
        var review = RequestDocument.Read(request);
        review["status"] = path.Plural == "selfsubjectreviews"
            ? new JsonObject { ["userInfo"] = new JsonObject { ["username"] = user.Name, ["groups"] = new JsonArray([.. user.Groups.Select(g => (JsonNode)g)]) } }
            : Access(review.Object("spec") ?? [], user);
        return Reply.Json(JsonBytes.Of(review), 201);
    }

    private static JsonObject Access(JsonObject spec, UserInfo user)
    {
        AccessRequest access;
        if (spec.Object("resourceAttributes") is { } resource)
        {
            access = new AccessRequest(user, resource.Text("verb") ?? "")
            {
                Group = resource.Text("group") ?? "",
                Resource = resource.Text("resource") ?? "",
                Subresource = resource.Text("subresource") ?? "",
                Namespace = resource.Text("namespace") ?? "",
                Name = resource.Text("name") ?? "",
            };
        }
        else if (spec.Object("nonResourceAttributes") is { } path)
        {
            access = new AccessRequest(user, path.Text("verb") ?? "") { NonResourcePath = path.Text("path") ?? "" };
        }
        else
        {
            throw ApiException.Invalid("authorization.k8s.io", "SelfSubjectAccessReview", "",
                [StatusCause.Invalid("spec.resourceAttributes", "null", "exactly one of nonResourceAttributes or resourceAttributes must be specified")]);
        }
        var allowed = StaticPolicy.Allows(access);
        return new JsonObject { ["allowed"] = allowed, ["reason"] = allowed ? "" : access.Refusal() };
    }
}
