using Slipway.Api;

namespace Slipway.ApiServer.Admission.Webhooks;

/// <summary>What webhooks never see, so that none can lock the cluster's owner out: their own configuration, and questions about access.</summary>
internal static class WebhookExemptions
{
    public static bool Covers(ResourceType type) => type.Group is "admissionregistration.k8s.io" or "authentication.k8s.io" or "authorization.k8s.io";
}
