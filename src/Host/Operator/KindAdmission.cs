using System.Text;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.Api.Kinds;

namespace Slipway.Host.Operator;

/// <summary>
/// The admission webhooks of an operator (<see href="https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/"/>,
/// <c>admission.k8s.io/v1</c>): what the rules of Slipway's kinds refuse beyond their schemas is refused when it is written, and who has started a run and decided
/// on it is written into it, as on a cluster of Slipway. Pure.
/// </summary>
internal static class KindAdmission
{
    /// <summary>Where API servers ask whether something is to be refused.</summary>
    public const string Path = "/admission";

    /// <summary>Where they ask who has started a run and decided on it.</summary>
    public const string AuthorsPath = "/admission/authors";

    /// <summary>Name of the webhook that refuses.</summary>
    public const string Webhook = "admission.slipway.dev";

    /// <summary>Name of the webhook that writes authors.</summary>
    public const string AuthorsWebhook = "authors.slipway.dev";

    /// <summary>The most bytes of a question, which holds an object twice when it is changed: an API server takes 3 MiB of one.</summary>
    public const int BodyLimit = 8 << 20;

    private const string ReviewVersion = "admission.k8s.io/v1", ReviewKind = "AdmissionReview";

    /// <summary>The AdmissionReview that answers one: whether the object is refused.</summary>
    /// <exception cref="ApiException">400: it is none.</exception>
    public static JsonObject Answer(ReadOnlySpan<byte> body)
    {
        var (request, uid) = Read(body);
        if (Refusal(request) is not { } refusal) return Review(new() { ["uid"] = uid, ["allowed"] = true });
        return Review(new() { ["uid"] = uid, ["allowed"] = false, ["status"] = StatusOf(refusal) });
    }

    /// <summary>The AdmissionReview that answers one: the authors of a run, as a JSON Patch.</summary>
    /// <param name="body">The question.</param>
    /// <param name="controllers">The user as whom the controllers of flows write, who name what has started a run; null where that is not known.</param>
    /// <param name="now">The time of what is decided.</param>
    /// <exception cref="ApiException">400: it is none.</exception>
    public static JsonObject AnswerAuthors(ReadOnlySpan<byte> body, string? controllers, DateTimeOffset now)
    {
        var (request, uid) = Read(body);
        var response = new JsonObject { ["uid"] = uid, ["allowed"] = true };
        if (request.Object("object") is { Kind: nameof(FlowRun) } run && request.Object("userInfo")?.Text("username") is { Length: > 0 } user && user != controllers)
        {
            var signed = (JsonObject)run.DeepClone();
            RunAuthorship.Sign(request.Object("oldObject"), signed, user, now);
            if (!JsonNode.DeepEquals(run, signed))
            {
                var patch = new JsonArray(new JsonObject { ["op"] = "replace", ["path"] = "/spec", ["value"] = signed["spec"]!.DeepClone() });
                response["patchType"] = "JSONPatch";
                response["patch"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(patch.ToJsonString()));
            }
        }
        return Review(response);
    }

    private static (JsonObject Request, string Uid) Read(ReadOnlySpan<byte> body)
    {
        var review = DocumentReader.ParseJson(body);
        return review.ApiVersion == ReviewVersion && review.Kind == ReviewKind && review.Object("request") is { } request && request.Text("uid") is { Length: > 0 } uid
            ? (request, uid)
            : throw ApiException.BadRequest($"the body is no {ReviewKind} of {ReviewVersion} with a request");
    }

    private static JsonObject Review(JsonObject response) => new() { ["apiVersion"] = ReviewVersion, ["kind"] = ReviewKind, ["response"] = response };

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
