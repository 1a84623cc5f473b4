using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Admission;

/// <summary>MutatingWebhookConfiguration and ValidatingWebhookConfiguration (admissionregistration.k8s.io/v1).</summary>
/// <param name="mutating">Whether its webhooks may change objects.</param>
internal sealed class WebhookConfigurationRules(bool mutating) : KindRules
{
    private const int MaxTimeoutSeconds = 30;
    private static readonly string[] ReviewVersions = ["v1", "v1beta1"];

    public override bool IsNamespaced => false;

    protected override bool HasOpenFinalizers => true;

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

    protected override void ValidateSpec(JsonObject document, List<StatusCause> causes)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        var i = 0;
        foreach (var webhook in document.Objects("webhooks"))
        {
            var at = $"webhooks[{i++}]";
            Webhook(webhook, at, causes);
            if (webhook.Text("name") is { Length: > 0 } name && !names.Add(name)) causes.Add(StatusCause.Duplicate($"{at}.name", Quote(name)));
        }
    }

    private void Webhook(JsonObject webhook, string path, List<StatusCause> causes)
    {
        var name = webhook.Text("name") ?? "";
        if (name.Length == 0) causes.Add(StatusCause.Required($"{path}.name"));
        else if (Names.SubdomainError(name) is { } error) causes.Add(StatusCause.Invalid($"{path}.name", Quote(name), error));
        else if (name.Split('.').Length < 3) causes.Add(StatusCause.Invalid($"{path}.name", Quote(name), "should be a domain with at least three segments separated by dots"));
        Reviews(webhook.Array("admissionReviewVersions"), $"{path}.admissionReviewVersions", causes);
        var i = 0;
        foreach (var rule in webhook.Objects("rules")) MatchRules.Rule(rule, allowSubresourceMix: true, $"{path}.rules[{i++}]", causes);
        Supported(webhook, "failurePolicy", ["Fail", "Ignore"], path, causes);
        Supported(webhook, "matchPolicy", ["Equivalent", "Exact"], path, causes);
        if (webhook.Text("sideEffects") is not { } effects) causes.Add(StatusCause.Required($"{path}.sideEffects", "must specify one of None, NoneOnDryRun"));
        else if (effects is not ("None" or "NoneOnDryRun")) causes.Add(StatusCause.NotSupported($"{path}.sideEffects", Quote(effects), ["None", "NoneOnDryRun"]));
        if (webhook.Integer("timeoutSeconds") is { } seconds && seconds is < 1 or > MaxTimeoutSeconds)
            causes.Add(StatusCause.Invalid($"{path}.timeoutSeconds", webhook["timeoutSeconds"].Shown(), "the timeout value must be between 1 and 30 seconds"));
        SelectorRules.Validate(webhook.Object("namespaceSelector"), $"{path}.namespaceSelector", causes);
        SelectorRules.Validate(webhook.Object("objectSelector"), $"{path}.objectSelector", causes);
        WebhookClientRules.Validate(webhook.Object("clientConfig"), $"{path}.clientConfig", causes);
        if (mutating) Supported(webhook, "reinvocationPolicy", ["IfNeeded", "Never"], path, causes);
        MatchRules.Conditions(webhook.Array("matchConditions"), $"{path}.matchConditions", causes);
    }

    private static void Reviews(JsonArray? versions, string path, List<StatusCause> causes)
    {
        if (versions is not { Count: > 0 })
        {
            causes.Add(StatusCause.Required(path, $"must specify one of {string.Join(", ", ReviewVersions)}"));
            return;
        }
        var known = false;
        for (var i = 0; i < versions.Count; i++)
        {
            var version = versions[i].AsText() ?? "";
            known |= ReviewVersions.Contains(version);
            if (versions.Take(i).Any(v => v.AsText() == version)) causes.Add(StatusCause.Invalid($"{path}[{i}]", Quote(version), "duplicate version"));
            else if (Names.Dns1035Error(version) is { } error) causes.Add(StatusCause.Invalid($"{path}[{i}]", Quote(version), error));
        }
        if (!known) causes.Add(StatusCause.Invalid(path, versions.Shown(), $"must include at least one of {string.Join(", ", ReviewVersions)}"));
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
