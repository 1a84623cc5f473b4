using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Admission;

/// <summary>MutatingWebhookConfiguration and ValidatingWebhookConfiguration (admissionregistration.k8s.io/v1).</summary>
/// <param name="mutating">Whether its webhooks may change objects.</param>
internal sealed class WebhookConfigurationRules(bool mutating) : KindRules
{
    public override bool IsNamespaced => false;

    public override bool HasGeneration => true;

    public override void Default(JsonObject document)
    {
        foreach (var webhook in document.Objects("webhooks"))
        {
            SetDefault(webhook, "failurePolicy", "Fail");
            MatchDefaults.Apply(webhook);
            SetDefault(webhook, "timeoutSeconds", 10);
            if (mutating) SetDefault(webhook, "reinvocationPolicy", "Never");
            if (webhook.Object("clientConfig")?.Object("service") is { } service) SetDefault(service, "port", 443);
            foreach (var rule in webhook.Objects("rules")) SetDefault(rule, "scope", "*");
        }
    }
}

/// <summary>Defaults of what admission is asked about.</summary>
internal static class MatchDefaults
{
    public static void Apply(JsonObject holder)
    {
        SetDefault(holder, "matchPolicy", "Equivalent");
        if (holder["namespaceSelector"] is null) holder["namespaceSelector"] = new JsonObject();
        if (holder["objectSelector"] is null) holder["objectSelector"] = new JsonObject();
        foreach (var list in new[] { "resourceRules", "excludeResourceRules" })
            foreach (var rule in holder.Objects(list)) SetDefault(rule, "scope", "*");
    }
}
