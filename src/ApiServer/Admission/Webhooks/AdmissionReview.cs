using System.Buffers;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.ApiServer.Catalog;
using Slipway.ApiServer.Subresources;
using Slipway.ApiServer.Webhooks;
using Slipway.ApiServer.Wire;

namespace Slipway.ApiServer.Admission.Webhooks;

/// <summary>The question to a webhook and its answer (<see href="https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#webhook-request-and-response"/>).</summary>
internal static class AdmissionReview
{
    private const string Group = "admission.k8s.io";

    /// <summary>The <c>request</c> without <c>object</c> and <c>oldObject</c>.</summary>
    /// <param name="request">The request.</param>
    /// <param name="resource">The version of the resource in which the objects are shown.</param>
    /// <param name="uid">Tells questions apart.</param>
    public static JsonObject Head(AdmissionRequest request, ServedResource resource, string uid)
    {
        var (type, seenAs) = (request.Type, resource.Type);
        var asked = request.Kind;
        // Objects of subresources with a kind of their own are not converted.
        var isOwnKind = asked.Kind == type.Kind;
        var head = new JsonObject
        {
            ["uid"] = uid,
            ["kind"] = isOwnKind ? KindOf(seenAs.Group, seenAs.Version, seenAs.Kind) : KindOf(asked.Group, asked.Version, asked.Kind),
            ["resource"] = ResourceOf(seenAs),
        };
        if (request.Subresource.Length > 0) head["subResource"] = request.Subresource;
        head["requestKind"] = KindOf(asked.Group, asked.Version, asked.Kind);
        head["requestResource"] = ResourceOf(type);
        if (request.Subresource.Length > 0) head["requestSubResource"] = request.Subresource;
        if (request.Name.Length > 0) head["name"] = request.Name;
        if (request.Namespace.Length > 0) head["namespace"] = request.Namespace;
        head["operation"] = WebhookRule.OperationName(request.Operation);
        head["userInfo"] = UserDocument.Of(request.User);
        head["dryRun"] = request.DryRun;
        head["options"] = request.Options();
        return head;
    }

    /// <summary>The review as bytes.</summary>
    public static byte[] Write(string version, JsonObject head, JsonObject? document, JsonObject? old)
    {
        var output = new ArrayBufferWriter<byte>(4096);
        using (var json = JsonBytes.Writer(output))
        {
            json.WriteStartObject();
            json.WriteString("kind"u8, "AdmissionReview"u8);
            json.WriteString("apiVersion"u8, $"{Group}/{version}");
            json.WriteStartObject("request"u8);
            foreach (var (name, value) in head)
            {
                json.WritePropertyName(name);
                value!.WriteTo(json);
            }
            json.WritePropertyName("object"u8);
            WriteOrNull(document);
            json.WritePropertyName("oldObject"u8);
            WriteOrNull(old);
            json.WriteEndObject();
            json.WriteEndObject();

            void WriteOrNull(JsonObject? node)
            {
                if (node is null) json.WriteNullValue();
                else node.WriteTo(json);
            }
        }
        return output.WrittenSpan.ToArray();
    }

    /// <summary>Reads a webhook's answer.</summary>
    /// <param name="review">The review that it sent.</param>
    /// <param name="version">Version of the review that was asked in.</param>
    /// <param name="uid">Uid of the question.</param>
    /// <param name="mutating">Whether patches are allowed.</param>
    /// <exception cref="WebhookFailure">It is no answer to the question.</exception>
    public static WebhookAnswer Read(JsonObject review, string version, string uid, bool mutating)
    {
        var response = review.Object("response") ?? throw Wrong("webhook response was absent");
        var patch = response.Text("patch") ?? "";
        var patchType = response.Text("patchType");
        if (version == "v1")
        {
            if (response.Text("uid") != uid) throw Wrong($"expected response.uid=\"{uid}\", got \"{response.Text("uid")}\"");
            if (review.ApiVersion != $"{Group}/v1" || review.Kind != "AdmissionReview")
                throw Wrong($"expected webhook response of {Group}/v1, Kind=AdmissionReview, got {review.ApiVersion}, Kind={review.Kind}");
            if (!mutating && patch.Length > 0) throw Wrong("validating webhook may not return response.patch");
            if (!mutating && patchType is not null) throw Wrong("validating webhook may not return response.patchType");
            if (patch.Length > 0 && patchType is null) throw Wrong("webhook returned response.patch but not response.patchType");
            if (patch.Length == 0 && patchType is not null) throw Wrong("webhook returned response.patchType but not response.patch");
            if (patchType is not (null or "JSONPatch")) throw new WebhookFailure($"unsupported patch type \"{patchType}\"");
        }
        return new WebhookAnswer
        {
            Allowed = response.Boolean("allowed") == true,
            Status = response.Object("status"),
            Patch = mutating ? ReadPatch(patch) : [],
            Warnings = [.. response.Array("warnings")?.Select(w => w.AsText() ?? "") ?? []],
            Annotations = [.. (response.Object("auditAnnotations") ?? []).Select(a => KeyValuePair.Create(a.Key, a.Value.AsText() ?? ""))],
        };
    }

    /// <summary>The refusal of a webhook as the client gets it.</summary>
    public static ApiException Refusal(string webhook, JsonObject? status)
    {
        var code = (int)(status?.Integer("code") ?? 0);
        var reason = status?.Text("reason") ?? "";
        var message = status?.Text("message") is { Length: > 0 } said ? said : reason;
        var denied = $"admission webhook \"{webhook}\" denied the request";
        var details = status?.Object("details");
        return new ApiException(code is < 400 or > 599 ? 400 : code, reason, message.Length > 0 ? $"{denied}: {message}" : $"{denied} without explanation")
        {
            Group = details?.Text("group"),
            Kind = details?.Text("kind"),
            Name = details?.Text("name"),
            Causes = [.. (details?.Objects("causes") ?? []).Select(c => new StatusCause(c.Text("reason") ?? "", c.Text("field") ?? "", c.Text("message") ?? ""))],
            RetryAfterSeconds = (int?)details?.Integer("retryAfterSeconds"),
        };
    }

    private static JsonArray ReadPatch(string base64)
    {
        if (base64.Length == 0) return [];
        try
        {
            return DocumentReader.ParseJsonNode(Convert.FromBase64String(base64)) as JsonArray
                ?? throw new WebhookFailure("received undecodable patch in webhook response: it must be a list of operations");
        }
        catch (Exception e) when (e is FormatException or ApiException)
        {
            throw new WebhookFailure($"received undecodable patch in webhook response: {e.Message}");
        }
    }

    private static JsonObject KindOf(string group, string version, string kind) => new() { ["group"] = group, ["version"] = version, ["kind"] = kind };

    private static JsonObject ResourceOf(ResourceType type) => new() { ["group"] = type.Group, ["version"] = type.Version, ["resource"] = type.Plural };

    private static WebhookFailure Wrong(string what) => new($"received invalid webhook response: {what}");
}

/// <summary>What a webhook answered.</summary>
internal sealed record WebhookAnswer
{
    public required bool Allowed { get; init; }

    /// <summary>Why not, as a <c>Status</c>; null when nothing was said.</summary>
    public required JsonObject? Status { get; init; }

    /// <summary>Operations of a JSON patch; empty when nothing is to be changed.</summary>
    public required JsonArray Patch { get; init; }

    public required IReadOnlyList<string> Warnings { get; init; }

    public required IReadOnlyList<KeyValuePair<string, string>> Annotations { get; init; }
}
