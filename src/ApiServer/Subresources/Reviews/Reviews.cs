using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.ApiServer.Admission;
using Slipway.ApiServer.Authentication;
using Slipway.ApiServer.Authorization;
using Slipway.ApiServer.Wire;
using Slipway.ApiServer.Writes;

namespace Slipway.ApiServer.Subresources;

/// <summary>
/// Questions about users and their rights: who am I, whose token is this, may somebody do this? Each is admitted like a
/// creation and answered with its own document and a status; nothing is stored.
/// </summary>
internal sealed class Reviews(AdmissionChain admission, Authorizer authorizer, ServiceAccountTokens tokens)
{
    private const string Authentication = "authentication.k8s.io";
    private const string Authorization = "authorization.k8s.io";

    /// <summary>Whether a resource is one of the reviews.</summary>
    public static bool Serves(ResourceType type) => type is { Group: Authentication or Authorization, Version: "v1" };

    /// <summary>Answers a review.</summary>
    /// <exception cref="ApiException">The question cannot be answered as it is asked.</exception>
    public async ValueTask<Reply> AnswerAsync(WriteContext context, CancellationToken cancellation)
    {
        var (type, user) = (context.Type, context.User);
        var review = RequestDocument.Read(context.Request);
        if (review["kind"] is null) review.Kind = type.Kind;
        if (review["apiVersion"] is null) review.ApiVersion = type.ApiVersion;
        if (review.Kind != type.Kind || review.ApiVersion != type.ApiVersion)
            throw ApiException.BadRequest($"the object provided is {review.ApiVersion}, Kind={review.Kind}, but {type.ApiVersion}, Kind={type.Kind} is expected");
        if (review["metadata"] is not JsonObject) review["metadata"] = new JsonObject { ["creationTimestamp"] = null };
        review.Remove("status");
        review = await admission.AdmitAsync(context, Operation.Create, review, null, cancellation) ?? throw new InvalidOperationException("admission took the review away");
        var spec = review.Object("spec") ?? [];
        review["status"] = type.Kind switch
        {
            "SelfSubjectReview" => new JsonObject { ["userInfo"] = UserDocument.Of(user) },
            "TokenReview" => await TokenAsync(spec, cancellation),
            "SelfSubjectAccessReview" => Decide(AccessQuestions.Self(type, spec, user)),
            "SubjectAccessReview" => Decide(AccessQuestions.Other(type, spec)),
            "LocalSubjectAccessReview" => Decide(AccessQuestions.Local(type, spec, context.Path.Namespace)),
            "SelfSubjectRulesReview" => RulesDocument.For(authorizer, user, spec.Text("namespace") is { Length: > 0 } ns ? ns : throw ApiException.BadRequest("no namespace on request")),
            _ => throw new InvalidOperationException($"{type.Kind} is no review"),
        };
        return Reply.Json(JsonBytes.Of(review), 201) with { Headers = context.WarningHeaders() };
    }

    private JsonObject Decide(AccessRequest access)
    {
        var decision = authorizer.Decide(access);
        var status = new JsonObject { ["allowed"] = decision.IsAllowed };
        if (decision.Reason.Length > 0) status["reason"] = decision.Reason;
        return status;
    }

    private async ValueTask<JsonObject> TokenAsync(JsonObject spec, CancellationToken cancellation)
    {
        var token = spec.Text("token") is { Length: > 0 } shown ? shown : throw ApiException.BadRequest("token is required for TokenReview in authentication");
        string[] audiences = [.. spec.Array("audiences")?.Select(a => a.AsText() ?? "") ?? []];
        var verdict = await tokens.VerifyAsync(token, audiences, cancellation);
        if (verdict.User is not { } user) return new JsonObject { ["user"] = new JsonObject(), ["error"] = verdict.Error };
        return new JsonObject
        {
            ["authenticated"] = true,
            ["user"] = UserDocument.Of(user),
            ["audiences"] = new JsonArray([.. verdict.Audiences.Select(a => (JsonNode)a)]),
        };
    }
}
