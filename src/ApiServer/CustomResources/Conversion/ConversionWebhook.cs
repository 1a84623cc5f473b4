using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.ApiServer.Metrics;
using Slipway.ApiServer.Webhooks;
using Slipway.ApiServer.Writes;

namespace Slipway.ApiServer.CustomResources.Conversion;

/// <summary>Asks the webhook of one definition to convert objects.</summary>
/// <param name="definition">Name of the definition.</param>
/// <param name="address">Where it is.</param>
/// <param name="reviewVersions">Versions of <c>ConversionReview</c> that it takes, the preferred first.</param>
/// <param name="services">What calling it needs.</param>
internal sealed class ConversionWebhook(string definition, WebhookAddress address, IReadOnlyList<string> reviewVersions, ConversionServices services)
{
    private const int MaxAnswerBytes = 64 << 20;   // many objects come back at once
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    /// <summary>The webhook of a definition; null when its objects are converted without one.</summary>
    public static ConversionWebhook? Of(JsonObject definition, ConversionServices services)
    {
        var conversion = definition.Object("spec")?.Object("conversion");
        if (conversion?.Text("strategy") != "Webhook" || conversion.Object("webhook") is not { } webhook) return null;
        return new(
            definition.Name,
            WebhookAddress.Read(webhook.Object("clientConfig") ?? []),
            [.. webhook.Array("conversionReviewVersions")?.Select(v => v.AsText() ?? "") ?? []],
            services);
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
        var started = services.Clock.GetTimestamp();
        var failure = ConversionMetrics.CallFailure;
        try
        {
            var uid = services.Identities.NewUid();
            var review = await services.Client.PostAsync(address, Timeout, ConversionReview.Write(version, uid, apiVersion, documents), MaxAnswerBytes, cancellation);
            failure = ConversionMetrics.MalformedResponse;
            var answer = ConversionReview.Read(review, version, uid);
            failure = ConversionMetrics.PartialResponse;
            if (answer.Count != documents.Count) throw Failed($"{converts} returned {answer.Count} objects, expected {documents.Count}");
            failure = ConversionMetrics.InvalidObject;
            var converted = Checked(answer);
            failure = "";
            return converted;
        }
        catch (WebhookFailure e)
        {
            throw Failed($"{converts} failed: {e.Message}");
        }
        finally
        {
            services.Metrics.Observe(definition, VersionOf(documents[0].ApiVersion), VersionOf(apiVersion), failure, services.Clock.GetElapsedTime(started));
        }

        JsonObject[] Checked(JsonArray answer)
        {
            var converted = new JsonObject[documents.Count];
            for (var i = 0; i < converted.Length; i++)
            {
                var (document, error) = ConvertedObject.Check(documents[i], answer[i], apiVersion, i, documents.Count == 1);
                converted[i] = document ?? throw Failed($"{converts} {error}");
            }
            // Each leaves the answer, so that it can be put into another document.
            answer.Clear();
            return converted;
        }

        static string VersionOf(string apiVersion) => apiVersion[(apiVersion.IndexOf('/') + 1)..];

        // Kubernetes gives these failures no reason.
        static ApiException Failed(string message) => new(500, "", message);
    }
}

/// <summary>What calling conversion webhooks needs.</summary>
/// <param name="Client">Calls them.</param>
/// <param name="Identities">Makes the uids of questions.</param>
/// <param name="Metrics">Counts and times the calls.</param>
/// <param name="Clock">Time of the calls.</param>
internal sealed record ConversionServices(WebhookClient Client, Identities Identities, ConversionMetrics Metrics, TimeProvider Clock);
