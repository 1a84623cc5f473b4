using System.Text.Json.Nodes;
using Slipway.Api;

namespace Slipway.ApiServer.Admission.Webhooks;

/// <summary>Calls the webhooks of <c>ValidatingWebhookConfiguration</c>s, all at once; the first in order that refuses is told.</summary>
internal sealed class ValidatingWebhooks(WebhookRoutes routes, WebhookCaller caller, TimeProvider clock) : AdmissionPlugin
{
    public override string Name => "ValidatingAdmissionWebhook";

    public override bool Validates => true;

    public override bool Concerns(ResourceType type, string subresource, Operation operation) => !WebhookExemptions.Covers(type);

    public override ValueTask ValidateAsync(AdmissionRequest request, CancellationToken cancellation)
    {
        var calls = routes.For(request);
        return calls.Count == 0 ? ValueTask.CompletedTask : CallAsync(calls, request, cancellation);
    }

    private async ValueTask CallAsync(IReadOnlyList<WebhookCall> calls, AdmissionRequest request, CancellationToken cancellation)
    {
        var shown = new (JsonObject? Document, JsonObject? Old)[calls.Count];
        for (var i = 0; i < shown.Length; i++) shown[i] = await request.ViewsAsync(calls[i].As, cancellation);
        // The bodies are written before anything is awaited, so that the calls do not share the document.
        var began = clock.GetTimestamp();
        var answers = calls.Select((call, i) => AskAsync(call, i)).ToArray();
        await Task.WhenAll(answers).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        request.NoteWait(clock.GetElapsedTime(began));
        foreach (var answer in answers) await answer;

        async Task AskAsync(WebhookCall call, int index)
        {
            await caller.AskAsync(call, request, mutating: false, shown[index], (0, index), cancellation);
        }
    }
}
