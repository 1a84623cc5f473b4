using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using k8s.Models;
using Slipway.Api;
using Slipway.Api.Cel;
using Slipway.Api.Documents;
using Slipway.Api.Kinds;
using Slipway.Client;

namespace Slipway.Flows;

/// <summary>Takes what is posted to the webhooks of flows' triggers, at <c>/hooks/NAMESPACE/FLOW/TRIGGER</c>.</summary>
/// <remarks>
/// Whoever posts is a stranger to the API server, and is known by the trigger's secret alone. A run is stored before the answer; its name derives from the id that the
/// post carries, so that one which is sent again, because its answer was lost or the server was killed, finds the run that is there.
/// </remarks>
/// <param name="api">The API, as the controllers of flows.</param>
/// <param name="ledger">Knows runs that are gone.</param>
/// <param name="clock">The clock of the time to read a body.</param>
public sealed class TriggerHooks(Func<IApi> api, Ledger ledger, TimeProvider clock)
{
    /// <summary>Where the hooks lie.</summary>
    public const string PathPrefix = "/hooks";

    /// <summary>Where a trigger is posted to.</summary>
    public static string PathOf(Flow flow, FlowTrigger trigger) => $"{PathPrefix}/{flow.Metadata.NamespaceProperty}/{flow.Metadata.Name}/{trigger.Name}";

    /// <summary>The most bytes of a body.</summary>
    public const int BodyLimit = 1 << 20;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    // What senders number their posts with: our own, GitHub, GitLab, Gitea, the Standard Webhooks, and what is left.
    private static readonly string[] IdHeaders = ["X-Slipway-Delivery", "X-GitHub-Delivery", "X-Gitlab-Event-UUID", "X-Gitea-Delivery", "Webhook-Id", "Idempotency-Key"];

    /// <summary>Answers a request: 202 with the run that was started, 200 if there is none to start or it was started before.</summary>
    public async ValueTask<ApiResponse> SendAsync(ApiRequest request, CancellationToken cancellation)
    {
        try
        {
            return await AnswerAsync(request, cancellation);
        }
        catch (ApiException e)
        {
            return Answer(e.Code, new JsonObject { ["message"] = e.Message });
        }
        catch (Exception e) when (e is LedgerUnavailableException or IOException)
        {
            return Answer(503, new JsonObject { ["message"] = e.Message });
        }
    }

    private async ValueTask<ApiResponse> AnswerAsync(ApiRequest request, CancellationToken cancellation)
    {
        var question = request.PathAndQuery.IndexOf('?', StringComparison.Ordinal);
        var path = question < 0 ? request.PathAndQuery : request.PathAndQuery[..question];
        if (path.Split('/') is not ["", "hooks", var ns, var name, var hook] || !IsName(ns) || !IsName(name))
            throw new ApiException(404, "NotFound", "webhooks are at /hooks/NAMESPACE/FLOW/TRIGGER");
        if (request.Method != "POST")
            throw new ApiException(405, "MethodNotAllowed", "a webhook takes POST");
        var body = await BodyAsync(request, cancellation);

        // Of what there is, strangers learn nothing: an unknown trigger answers like a wrong secret.
        var flow = await api().GetAsync(FlowKinds.Flows, ns, name, cancellation);
        var trigger = flow?.Spec.Triggers?.Find(t => t.Name == hook && t.Webhook is not null);
        var secret = trigger is null ? null : await SecretAsync(ns, trigger.Webhook!.Secret, cancellation);
        if (flow is null || trigger is null || secret is null || !WebhookSecret.IsShown(secret, request.Headers, body.Span))
            throw new ApiException(401, "Unauthorized", "there is no such webhook, or the secret is not that of its trigger");
        if (trigger.Suspend == true)
            throw new ApiException(409, "Conflict", $"trigger {hook} is suspended");
        return await StartAsync(flow, trigger, Happened(trigger, request, body.Span), cancellation);
    }

    private async ValueTask<ApiResponse> StartAsync(Flow flow, FlowTrigger trigger, TriggerEvent happened, CancellationToken cancellation)
    {
        var outcome = await new TriggerStarter(api(), ledger).StartAsync(flow, trigger, happened, cancellation);
        return outcome.Result switch
        {
            TriggerResult.Started => Answer(202, new JsonObject { ["run"] = outcome.Run.Metadata.Name }),
            TriggerResult.StartedBefore => Answer(200, new JsonObject { ["run"] = outcome.Run.Metadata.Name, ["message"] = "it was started before" }),
            TriggerResult.NotDue => Answer(200, new JsonObject { ["message"] = "the trigger's condition is not fulfilled" }),
            _ => throw new ApiException(422, "Invalid", outcome.Problem!),
        };
    }

    private static TriggerEvent Happened(FlowTrigger trigger, ApiRequest request, ReadOnlySpan<byte> body)
    {
        JsonNode? document;
        try
        {
            document = body.IsEmpty ? null : JsonNode.Parse(body, documentOptions: Nesting.Document);
        }
        catch (JsonException e)
        {
            throw ApiException.BadRequest($"the body is no JSON: {e.Message}");
        }

        // The first of each name: names of headers are the same in capitals and small letters.
        var headers = new Dictionary<string, string>();
        foreach (var (header, value) in request.Headers.Where(h => !WebhookSecret.IsSecret(h.Key)))
            headers.TryAdd(header.ToLowerInvariant(), value);
        var id = IdHeaders.Select(h => headers.GetValueOrDefault(h.ToLowerInvariant())).FirstOrDefault(v => !string.IsNullOrEmpty(v));
        return new TriggerEvent(id ?? Guid.NewGuid().ToString(), id is null ? $"webhook {trigger.Name} was called" : $"webhook {trigger.Name} was called with {Shown(id)}", new CelMap(
        [
            KeyValuePair.Create<string, CelValue>("id", new CelString(id ?? "")),
            KeyValuePair.Create("body", CelJson.ToCel(document)),
            KeyValuePair.Create<string, CelValue>("headers", new CelMap(headers.Select(h => KeyValuePair.Create(h.Key, (CelValue)new CelString(h.Value))))),
        ]));
    }

    private static string Shown(string id) => PodTrouble.OneLine(id.Length <= 100 ? id : $"{id[..100]}…");

    private async ValueTask<string?> SecretAsync(string ns, TaskKeyReference from, CancellationToken cancellation)
    {
        V1Secret? secret;
        try
        {
            secret = await api().GetAsync(FlowKinds.Secrets, ns, from.Name, cancellation);
        }
        catch (ApiException e) when (e.Code == 403)
        {
            throw new ApiException(503, "ServiceUnavailable", "the secrets of triggers cannot be read here; whoever runs the operator must allow it");
        }

        return secret?.Data?.TryGetValue(from.Key, out var value) == true && Encoding.UTF8.GetString(value).Trim() is { Length: > 0 } text ? text : null;
    }

    private async ValueTask<ReadOnlyMemory<byte>> BodyAsync(ApiRequest request, CancellationToken cancellation)
    {
        if (request.Stream is not { } stream)
            return request.Body.Length <= BodyLimit ? request.Body : throw TooLarge();
        if (long.TryParse(request.Header("Content-Length"), NumberStyles.None, CultureInfo.InvariantCulture, out var length) && length > BodyLimit)
            throw TooLarge();
        using var limit = new CancellationTokenSource(Patience, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        using var body = new MemoryStream();
        var buffer = new byte[16 << 10];
        try
        {
            while (await stream.ReadAsync(buffer, either.Token) is var read and > 0)
            {
                body.Write(buffer, 0, read);
                if (body.Length > BodyLimit)
                    throw TooLarge();
            }
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new ApiException(408, "Timeout", $"the body did not arrive within {Patience.TotalSeconds:0} seconds");
        }

        return body.ToArray();
    }

    private static bool IsName(string text) => text.Length is > 0 and <= 253 && text.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '.');

    private static ApiException TooLarge() => new(413, "RequestEntityTooLarge", $"a webhook takes {BodyLimit} bytes");

    private static ApiResponse Answer(int code, JsonObject document) => new() { StatusCode = code, Body = Encoding.UTF8.GetBytes(document.ToJsonString()) };
}
