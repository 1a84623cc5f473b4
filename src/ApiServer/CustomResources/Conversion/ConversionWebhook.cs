using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.ApiServer.Webhooks;
using Slipway.ApiServer.Writes;

namespace Slipway.ApiServer.CustomResources.Conversion;

/// <summary>Asks the webhook of one definition to convert objects.</summary>
/// <param name="address">Where it is.</param>
/// <param name="reviewVersions">Versions of <c>ConversionReview</c> that it takes, the preferred first.</param>
/// <param name="client">Calls it.</param>
/// <param name="identities">Makes the uids of questions.</param>
internal sealed class ConversionWebhook(WebhookAddress address, IReadOnlyList<string> reviewVersions, WebhookClient client, Identities identities)
{
    private const int MaxAnswerBytes = 64 << 20;   // many objects come back at once
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    /// <summary>The webhook of a definition; null when its objects are converted without one.</summary>
    public static ConversionWebhook? Of(JsonObject definition, WebhookClient client, Identities identities)
    {
        var conversion = definition.Object("spec")?.Object("conversion");
        if (conversion?.Text("strategy") != "Webhook" || conversion.Object("webhook") is not { } webhook) return null;
        return new(
            WebhookAddress.Read(webhook.Object("clientConfig") ?? []),
            [.. webhook.Array("conversionReviewVersions")?.Select(v => v.AsText() ?? "") ?? []],
            client, identities);
    }

    /// <summary>The objects in another version, in the same order. The arguments stay as they are.</summary>
    /// <param name="documents">Objects of the definition, at least one, none of which has that version.</param>
    /// <param name="apiVersion">The version.</param>
    /// <param name="cancellation">Ends the call.</param>
    /// <exception cref="ApiException">500: the webhook did not answer, or not what it was asked.</exception>
    public async ValueTask<IReadOnlyList<JsonObject>> ConvertAsync(IReadOnlyList<JsonObject> documents, string apiVersion, CancellationToken cancellation)
    {
        var converts = $"conversion webhook for {documents[0].ApiVersion}, Kind={documents[0].Kind}";
        var version = reviewVersions.FirstOrDefault(v => v is "v1" or "v1beta1") ?? throw Failed("no supported conversion review versions");
        var uid = identities.NewUid();
        JsonArray answer;
        try
        {
            answer = ConversionReview.Read(await client.PostAsync(address, Timeout, ConversionReview.Write(version, uid, apiVersion, documents), MaxAnswerBytes, cancellation), version, uid);
        }
        catch (WebhookFailure failure)
        {
            throw Failed($"{converts} failed: {failure.Message}");
        }
        if (answer.Count != documents.Count) throw Failed($"{converts} returned {answer.Count} objects, expected {documents.Count}");
        var converted = new JsonObject[documents.Count];
        for (var i = 0; i < converted.Length; i++)
        {
            var (document, error) = ConvertedObject.Check(documents[i], answer[i], apiVersion, i, documents.Count == 1);
            converted[i] = document ?? throw Failed($"{converts} {error}");
        }
        // Each leaves the answer, so that it can be put into another document.
        answer.Clear();
        return converted;

        // Kubernetes gives these failures no reason.
        static ApiException Failed(string message) => new(500, "", message);
    }
}
