using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.Api.Selectors;
using Slipway.ApiServer.Admission.Expressions;
using Slipway.ApiServer.Webhooks;

namespace Slipway.ApiServer.Admission.Webhooks;

/// <summary>One webhook of a configuration (<see href="https://kubernetes.io/docs/reference/kubernetes-api/extend-resources/mutating-webhook-configuration-v1/"/>).</summary>
internal sealed record Webhook
{
    /// <summary>Name, such as <c>check.example.com</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Configuration and place in it, which tell apart webhooks of one name.</summary>
    public required string Id { get; init; }

    public required string Configuration { get; init; }

    public required IReadOnlyList<WebhookRule> Rules { get; init; }

    /// <summary>Whether failures to reach the webhook are passed over.</summary>
    public required bool IgnoresFailures { get; init; }

    /// <summary>Whether requests in another version of a resource that a rule names are meant too.</summary>
    public required bool MatchesEquivalents { get; init; }

    public required LabelSelector Namespaces { get; init; }

    public required LabelSelector Objects { get; init; }

    public required MatchConditions Conditions { get; init; }

    /// <summary>Whether calls for requests that change nothing are allowed.</summary>
    public required bool AllowsDryRun { get; init; }

    public required TimeSpan Timeout { get; init; }

    /// <summary>Versions of <c>AdmissionReview</c>, the preferred first.</summary>
    public required IReadOnlyList<string> ReviewVersions { get; init; }

    /// <summary>Whether it is called again when a later one has changed the object.</summary>
    public required bool IsReinvoked { get; init; }

    public required WebhookAddress Address { get; init; }

    /// <summary>The webhooks of a configuration, in order.</summary>
    public static IReadOnlyList<Webhook> Read(JsonObject configuration)
    {
        var name = configuration.Name;
        return [.. configuration.Objects("webhooks").Select((w, i) => Read(w, name, i))];
    }

    private static Webhook Read(JsonObject webhook, string configuration, int index) => new()
    {
        Name = webhook.Text("name") ?? "",
        Id = $"{configuration}/{index}",
        Configuration = configuration,
        Rules = [.. webhook.Objects("rules").Select(WebhookRule.Read)],
        IgnoresFailures = webhook.Text("failurePolicy") == "Ignore",
        MatchesEquivalents = webhook.Text("matchPolicy") != "Exact",
        Namespaces = Selector(webhook.Object("namespaceSelector")),
        Objects = Selector(webhook.Object("objectSelector")),
        Conditions = MatchConditions.Read(webhook.Objects("matchConditions"), AdmissionExpression.ForWebhooks),
        AllowsDryRun = webhook.Text("sideEffects") is "None" or "NoneOnDryRun",
        Timeout = TimeSpan.FromSeconds(Math.Clamp(webhook.Integer("timeoutSeconds") ?? 10, 1, 30)),
        ReviewVersions = [.. webhook.Array("admissionReviewVersions")?.Select(v => v.AsText() ?? "") ?? []],
        IsReinvoked = webhook.Text("reinvocationPolicy") == "IfNeeded",
        Address = WebhookAddress.Read(webhook.Object("clientConfig") ?? []),
    };

    // A selector that cannot be read was refused when the configuration was written.
    private static LabelSelector Selector(JsonObject? selector)
    {
        try
        {
            return selector is null ? LabelSelector.Everything : LabelSelector.FromJson(selector);
        }
        catch (ApiException)
        {
            return LabelSelector.Everything;
        }
    }
}
