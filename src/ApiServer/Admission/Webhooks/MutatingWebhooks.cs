using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Conversions;
using Slipway.Api.Documents;
using Slipway.Api.Patches;

namespace Slipway.ApiServer.Admission.Webhooks;

/// <summary>
/// Calls the webhooks of <c>MutatingWebhookConfiguration</c>s one after the other. When one has changed the object, those before
/// it that ask for it are called once more
/// (<see href="https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#reinvocation-policy"/>).
/// </summary>
internal sealed class MutatingWebhooks(WebhookRoutes routes, WebhookCaller caller) : AdmissionPlugin
{
    public override bool Mutates => true;

    public override bool Concerns(ResourceType type, string subresource, Operation operation) => !WebhookExemptions.Covers(type);

    public override ValueTask MutateAsync(AdmissionRequest request, CancellationToken cancellation)
    {
        var calls = routes.For(request);
        return calls.Count == 0 ? ValueTask.CompletedTask : CallAsync(calls, request, cancellation);
    }

    private async ValueTask CallAsync(IReadOnlyList<WebhookCall> calls, AdmissionRequest request, CancellationToken cancellation)
    {
        var rounds = (Rounds)(request.WebhookState ??= new Rounds());
        // What other plugins did after the first round concerns every webhook that asks for it.
        if (request.IsReinvocation && !JsonNode.DeepEquals(rounds.Output, request.Object)) rounds.CallAgain();
        for (var i = 0; i < calls.Count; i++)
        {
            var webhook = calls[i].Webhook;
            if (request.IsReinvocation && !rounds.IsToBeCalledAgain(webhook)) continue;
            if (await ChangesAsync(calls[i], request, (request.IsReinvocation ? 1 : 0, i), cancellation))
            {
                rounds.CallAgain();
                request.NeedsReinvocation = true;
            }
            if (webhook.IsReinvoked) rounds.Called(webhook);
        }
        if (request.NeedsReinvocation && !request.IsReinvocation) rounds.Output = request.Object?.DeepClone();
    }

    private async ValueTask<bool> ChangesAsync(WebhookCall call, AdmissionRequest request, (int Round, int Index) place, CancellationToken cancellation)
    {
        var shown = await request.ViewsAsync(call.As, cancellation);
        var answer = await caller.AskAsync(call, request, mutating: true, shown, place, cancellation);
        if (answer is null) return false;
        var changed = answer.Patch.Count > 0 && await ChangeAsync(call, request, shown.Document, answer.Patch, cancellation);
        request.Annotate($"mutation.webhook.admission.k8s.io/round_{place.Round}_index_{place.Index}",
            new JsonObject { ["configuration"] = call.Webhook.Configuration, ["webhook"] = call.Webhook.Name, ["mutated"] = changed }.Shown());
        return changed;
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
        if (request is { Subresource: "scale", Type.Scale: { } paths })
        {
            patched = ScaleDocument.Apply((JsonObject)request.Object!.DeepClone(), patched, paths);
        }
        else if (document.Kind == request.Type.Kind)
        {
            patched = await VersionConversion.ConvertAsync(patched, call.As, request.Resource, cancellation);
            request.Complete(patched);
        }
        if (JsonNode.DeepEquals(request.Object, patched)) return false;
        request.Object = patched;
        return true;

        static ApiException Failed(string why) => ApiException.Internal($"Internal error occurred: {why}");
    }

    /// <summary>Which webhooks have been called and are to be called again.</summary>
    private sealed class Rounds
    {
        private readonly HashSet<string> _again = new(StringComparer.Ordinal);
        private readonly List<string> _called = [];

        /// <summary>The object after the first round.</summary>
        public JsonNode? Output { get; set; }

        public void Called(Webhook webhook) => _called.Add(webhook.Id);

        /// <summary>Marks what has been called so far.</summary>
        public void CallAgain()
        {
            _again.UnionWith(_called);
            _called.Clear();
        }

        public bool IsToBeCalledAgain(Webhook webhook) => _again.Contains(webhook.Id);
    }
}
