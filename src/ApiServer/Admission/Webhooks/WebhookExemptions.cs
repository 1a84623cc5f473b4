using Slipway.Api;

namespace Slipway.ApiServer.Admission.Webhooks;

/// <summary>What webhooks and policies never see, so that none can lock the cluster's owner out.</summary>
internal static class WebhookExemptions
{
    /// <summary>Webhooks do not see their own configuration.</summary>
    public static bool Covers(ResourceType type) => type.Group == "admissionregistration.k8s.io";

    /// <summary>Nor do policies, and no questions about users and their rights either, as in Kubernetes.</summary>
    public static bool CoversForPolicies(ResourceType type) => Covers(type) || type.Group is "authentication.k8s.io" or "authorization.k8s.io";
}
