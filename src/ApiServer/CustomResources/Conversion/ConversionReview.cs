using System.Buffers;
using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using Slipway.ApiServer.Webhooks;
using Slipway.ApiServer.Wire;

namespace Slipway.ApiServer.CustomResources.Conversion;

/// <summary>The question to a conversion webhook and its answer (<see href="https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definition-versioning/#webhook-request-and-response"/>).</summary>
internal static class ConversionReview
{
    private const string Group = "apiextensions.k8s.io";

    /// <summary>The review as bytes.</summary>
    /// <param name="version">Version of the review.</param>
    /// <param name="uid">Tells questions apart.</param>
    /// <param name="apiVersion">The version that is wanted.</param>
    /// <param name="documents">The objects.</param>
    public static byte[] Write(string version, string uid, string apiVersion, IReadOnlyList<JsonObject> documents)
    {
        var output = new ArrayBufferWriter<byte>(4096);
        using (var json = JsonBytes.Writer(output))
        {
            json.WriteStartObject();
            json.WriteString("kind"u8, "ConversionReview"u8);
            json.WriteString("apiVersion"u8, $"{Group}/{version}");
            json.WriteStartObject("request"u8);
            json.WriteString("uid"u8, uid);
            json.WriteString("desiredAPIVersion"u8, apiVersion);
            json.WriteStartArray("objects"u8);
            foreach (var document in documents) document.WriteTo(json);
            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteEndObject();
        }
        return output.WrittenSpan.ToArray();
    }

    /// <summary>The objects of a webhook's answer, as it sent them.</summary>
    /// <param name="review">The review that it sent.</param>
    /// <param name="version">Version of the review that was asked in.</param>
    /// <param name="uid">Uid of the question.</param>
    /// <exception cref="WebhookFailure">It is no answer to the question, or says that the objects could not be converted.</exception>
    public static JsonArray Read(JsonObject review, string version, string uid)
    {
        // Version v1beta1 never looked at type and uid, and old webhooks rely on it.
        if (version == "v1" && (review.ApiVersion != $"{Group}/v1" || review.Kind != "ConversionReview"))
            throw new WebhookFailure($"expected webhook response of {Group}/v1, Kind=ConversionReview, got {review.ApiVersion}, Kind={review.Kind}");
        var response = review.Object("response") ?? throw new WebhookFailure("no response provided");
        if (version == "v1" && response.Text("uid") != uid) throw new WebhookFailure($"expected response.uid=\"{uid}\", got \"{response.Text("uid")}\"");
        var result = response.Object("result") ?? [];
        if (result.Text("status") != "Success")
            throw new WebhookFailure(result.Text("message") is { Length: > 0 } message ? message : $"response.result.status was '{result.Text("status")}', not 'Success'");
        return response.Array("convertedObjects") ?? [];
    }
}
