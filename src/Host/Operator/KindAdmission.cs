using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.Api.Kinds;

namespace Slipway.Host.Operator;

/// <summary>
/// The validating admission webhook of an operator (<see href="https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/"/>,
/// <c>admission.k8s.io/v1</c>): what the rules of Slipway's kinds refuse beyond their schemas is refused when it is written, as on a cluster of Slipway.
/// Pure: it knows nothing but the question.
/// </summary>
internal static class KindAdmission
{
    /// <summary>Where API servers ask.</summary>
    public const string Path = "/admission";

    /// <summary>Name of the webhook.</summary>
    public const string Webhook = "admission.slipway.dev";

    /// <summary>The most bytes of a question, which holds an object twice when it is changed: an API server takes 3 MiB of one.</summary>
    public const int BodyLimit = 8 << 20;

    /// <summary>The AdmissionReview that answers one.</summary>
    /// <exception cref="ApiException">400: it is none.</exception>
    public static JsonObject Answer(ReadOnlySpan<byte> body)
    {
        var review = DocumentReader.ParseJson(body);
        if (review.ApiVersion != "admission.k8s.io/v1" || review.Kind != "AdmissionReview" || review.Object("request") is not { } request || request.Text("uid") is not { Length: > 0 } uid)
            throw ApiException.BadRequest("the body is no AdmissionReview of admission.k8s.io/v1 with a request");
        var response = new JsonObject { ["uid"] = uid, ["allowed"] = true };
        if (Refusal(request) is { } refusal)
        {
            response["allowed"] = false;
            response["status"] = StatusOf(refusal);
        }
        return new() { ["apiVersion"] = review.ApiVersion, ["kind"] = review.Kind, ["response"] = response };
    }

    // What goes away may go, whatever rules have come since it was made: its last change takes its finalizers.
    private static ApiException? Refusal(JsonObject request) =>
        request.Object("object") is { } document && document.Metadata["deletionTimestamp"] is null && OwnKindRules.Check(request.Object("oldObject"), document) is { Count: > 0 } causes
            ? ApiException.Invalid(CustomKindAttribute.Group, document.Kind, document.Name, causes)
            : null;

    private static JsonObject StatusOf(ApiException refusal) => new()
    {
        ["code"] = refusal.Code,
        ["reason"] = refusal.Reason,
        ["message"] = refusal.Message,
        ["details"] = new JsonObject
        {
            ["group"] = refusal.Group,
            ["kind"] = refusal.Kind,
            ["name"] = refusal.Name,
            ["causes"] = new JsonArray([.. refusal.Causes.Select(cause => (JsonNode)new JsonObject { ["reason"] = cause.Reason, ["field"] = cause.Field, ["message"] = cause.Message })]),
        },
    };
}
