using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.Api.Patches;

namespace Slipway.ApiServer.Admission.Webhooks;

/// <summary>
/// Calls the webhooks of <c>MutatingWebhookConfiguration</c>s one after the other. When one has changed the object, those before
/// it that ask for it are called once more
/// (<see href="https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#reinvocation-policy"/>).
/// </summary>
internal sealed class MutatingWebhooks(WebhookRoutes routes, WebhookCaller caller, TimeProvider clock) : AdmissionPlugin
{
    public override string Name => "MutatingAdmissionWebhook";

    public override bool Mutates => true;

    public override bool Concerns(ResourceType type, string subresource, Operation operation) => !WebhookExemptions.Covers(type);

    public override ValueTask MutateAsync(AdmissionRequest request, CancellationToken cancellation)
    {
        var calls = routes.For(request);
        return calls.Count == 0 ? ValueTask.CompletedTask : CallAsync(calls, request, cancellation);
    }

    private async ValueTask CallAsync(IReadOnlyList<WebhookCall> calls, AdmissionRequest request, CancellationToken cancellation)
    {
        var rounds = request.WebhookRounds ??= new();
        // What other plugins did after the first round concerns every webhook that asks for it.
        if (request.IsReinvocation && !JsonNode.DeepEquals(rounds.Output, request.Object)) rounds.CallAgain();
        for (var i = 0; i < calls.Count; i++)
        {
            var webhook = calls[i].Webhook;
            if (request.IsReinvocation && !rounds.IsToBeCalledAgain(webhook.Id)) continue;
            if (await ChangesAsync(calls[i], request, (request.IsReinvocation ? 1 : 0, i), cancellation))
            {
                rounds.CallAgain();
                request.NeedsReinvocation = true;
            }
            if (webhook.IsReinvoked) rounds.Called(webhook.Id);
        }
        if (request.NeedsReinvocation && !request.IsReinvocation) rounds.Output = request.Object?.DeepClone();
    }

    private async ValueTask<bool> ChangesAsync(WebhookCall call, AdmissionRequest request, (int Round, int Index) place, CancellationToken cancellation)
    {
        var shown = await request.ViewsAsync(call.As, cancellation);
        var answer = await AskAsync(call, request, shown, place, cancellation);
        if (answer is null) return false;
        var changed = answer.Patch.Count > 0 && await ChangeAsync(call, request, shown.Document, answer.Patch, cancellation);
        request.Annotate($"mutation.webhook.admission.k8s.io/round_{place.Round}_index_{place.Index}",
            new JsonObject { ["configuration"] = call.Webhook.Configuration, ["webhook"] = call.Webhook.Name, ["mutated"] = changed }.Shown());
        return changed;
    }

    private async ValueTask<WebhookAnswer?> AskAsync(
        WebhookCall call, AdmissionRequest request, (JsonObject? Document, JsonObject? Old) shown, (int Round, int Index) place, CancellationToken cancellation)
    {
        var began = clock.GetTimestamp();
        try
        {
            return await caller.AskAsync(call, request, mutating: true, shown, place, cancellation);
        }
        finally
        {
            request.NoteWait(clock.GetElapsedTime(began));
        }
    }

    private static async ValueTask<bool> ChangeAsync(WebhookCall call, AdmissionRequest request, JsonObject? document, JsonArray patch, CancellationToken cancellation)
    {
        if (document is null)
            throw Failed($"admission webhook \"{call.Webhook.Name}\" attempted to modify the object, which is not supported for this operation");
        JsonObject patched;
        try
        {
            patched = JsonPatch.Apply(document, patch) as JsonObject ?? throw Failed("the patch leaves no object");
        }
        catch (ApiException e) when (e.Code < 500)
        {
            throw Failed(e.Message);
        }
        if (patched.Kind != document.Kind || patched.ApiVersion != document.ApiVersion)
            throw Failed($"admission webhook \"{call.Webhook.Name}\" changed {document.ApiVersion}, Kind={document.Kind} into {patched.ApiVersion}, Kind={patched.Kind}");
        return await request.AcceptAsync(patched, call.As, cancellation);

        static ApiException Failed(string why) => ApiException.Internal($"Internal error occurred: {why}");
    }
}
