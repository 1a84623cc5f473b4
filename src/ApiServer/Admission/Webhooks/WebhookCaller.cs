using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Slipway.Api;
using Slipway.ApiServer.Admission.Expressions;
using Slipway.ApiServer.Authorization;
using Slipway.ApiServer.Metrics;
using Slipway.ApiServer.Webhooks;
using Slipway.ApiServer.Writes;

namespace Slipway.ApiServer.Admission.Webhooks;

/// <summary>Asks one webhook about one request.</summary>
internal sealed class WebhookCaller(WebhookClient client, Authorizer authorizer, Identities identities, AdmissionWebhookMetrics metrics, TimeProvider clock, ILogger log)
{
    private const int MaxAnswerBytes = 3 << 20;

    /// <summary>The answer of a webhook that allows the request; null when it is not asked, or could not be and that does not matter.</summary>
    /// <param name="call">The webhook.</param>
    /// <param name="request">The request.</param>
    /// <param name="mutating">Whether it may change the object.</param>
    /// <param name="shown">The object, and the one before, in the version that it wants.</param>
    /// <param name="place">Number of the round and of the webhook, for the audit log.</param>
    /// <param name="cancellation">Ends the request.</param>
    /// <exception cref="ApiException">It refuses, or it could not be asked and that matters.</exception>
    public async ValueTask<WebhookAnswer?> AskAsync(
        WebhookCall call, AdmissionRequest request, bool mutating, (JsonObject? Document, JsonObject? Old) shown, (int Round, int Index) place, CancellationToken cancellation)
    {
        var webhook = call.Webhook;
        var (document, old) = shown;
        var uid = identities.NewUid();
        var head = AdmissionReview.Head(request, call.As, uid);
        if (!webhook.Conditions.IsEmpty && !webhook.Conditions.Match(RequestVariables.Of(request, head, document, old, authorizer), out var problem, cancellation))
        {
            return problem is null || webhook.IgnoresFailures ? null : throw request.Forbidden(problem);
        }
        if (request.DryRun && !webhook.AllowsDryRun)
            throw ApiException.BadRequest($"admission webhook \"{webhook.Name}\" does not support dry run");

        WebhookAnswer answer;
        var began = clock.GetTimestamp();
        try
        {
            var version = webhook.ReviewVersions.FirstOrDefault(v => v is "v1" or "v1beta1")
                ?? throw new WebhookFailure("could not create admission objects: webhook does not accept known AdmissionReview versions (v1, v1beta1)");
            var review = await client.PostAsync(webhook.Address, webhook.Timeout, AdmissionReview.Write(version, head, document, old), MaxAnswerBytes, cancellation);
            answer = AdmissionReview.Read(review, version, uid, mutating);
        }
        catch (WebhookFailure failure)
        {
            Observe(webhook.IgnoresFailures ? WebhookOutcome.FailedOpen : WebhookOutcome.Failed, 0);
            var told = $"failed calling webhook \"{webhook.Name}\": {(failure.DuringCall ? "failed to call webhook: " : "")}{failure.Message}";
            if (!webhook.IgnoresFailures) throw ApiException.Internal($"Internal error occurred: {told}");
            log.LogWarning("the request goes on although it {Failure}", told);
            request.Annotate($"failed-open.{(mutating ? "mutation" : "validating")}.webhook.admission.k8s.io/round_{place.Round}_index_{place.Index}", webhook.Name);
            return null;
        }

        foreach (var (key, value) in answer.Annotations) request.Annotate($"{webhook.Name}/{key}", value);
        foreach (var warning in answer.Warnings) request.Warn(warning);
        var refusal = answer.Allowed ? null : AdmissionReview.Refusal(webhook.Name, answer.Status);
        Observe(refusal is null ? WebhookOutcome.Allowed : WebhookOutcome.Refused, refusal?.Code ?? 200);
        return refusal is null ? answer : throw refusal;

        void Observe(WebhookOutcome outcome, int code) =>
            metrics.Observe((webhook.Name, mutating, WebhookRule.OperationName(request.Operation)), outcome, code, clock.GetElapsedTime(began));
    }
}
