using Slipway.ApiServer.Catalog;

namespace Slipway.ApiServer.Admission.Webhooks;

/// <summary>Whether a webhook's rules name a request.</summary>
internal static class WebhookMatch
{
    /// <summary>The version of the resource in which the webhook sees its objects; null when no rule names it.</summary>
    /// <param name="webhook">The webhook.</param>
    /// <param name="resource">The resource as the client wrote it.</param>
    /// <param name="equivalents">Other forms of the same objects.</param>
    /// <param name="subresource">Name of the subresource, or empty.</param>
    /// <param name="operation">The operation.</param>
    public static ServedResource? Find(Webhook webhook, ServedResource resource, IReadOnlyList<ServedResource> equivalents, string subresource, Operation operation)
    {
        foreach (var rule in webhook.Rules)
            if (rule.Matches(resource.Type, subresource, operation)) return resource;
        if (!webhook.MatchesEquivalents) return null;
        foreach (var rule in webhook.Rules)
            foreach (var equivalent in equivalents)
                if (rule.Matches(equivalent.Type, subresource, operation)) return equivalent;
        return null;
    }
}
