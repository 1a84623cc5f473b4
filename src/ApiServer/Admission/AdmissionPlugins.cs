using Slipway.ApiServer.Admission.Accounts;
using Slipway.ApiServer.Admission.Certificates;
using Slipway.ApiServer.Admission.Defaults;
using Slipway.ApiServer.Admission.Flows;
using Slipway.ApiServer.Admission.Lifecycle;
using Slipway.ApiServer.Admission.Limits;
using Slipway.ApiServer.Admission.Nodes;
using Slipway.ApiServer.Admission.PodSecurity;
using Slipway.ApiServer.Admission.Policies;
using Slipway.ApiServer.Admission.Quotas;
using Slipway.ApiServer.Admission.Scheduling;
using Slipway.ApiServer.Admission.Webhooks;
using Slipway.ApiServer.Authentication;
using Slipway.ApiServer.Authorization;
using Slipway.ApiServer.Authorization.Rbac;
using Slipway.ApiServer.Caching;
using Slipway.ApiServer.Catalog;
using Slipway.ApiServer.Writes;

namespace Slipway.ApiServer.Admission;

/// <summary>The plugins of the server, in the order in which Kubernetes calls them.</summary>
internal static class AdmissionPlugins
{
    public static IReadOnlyList<AdmissionPlugin> InOrder(
        CacheFeed feed, Authorizer authorizer, TokenSecrets tokenSecrets, Committer committer, Func<ResourceCatalog> catalog,
        WebhookCaller webhooks, Identities identities, ApiServerOptions options, TimeProvider clock) =>
        [
            new NamespaceLifecycle(feed),
            new LimitRanger(feed),
            .. options.ServiceAccounts ? [new ServiceAccounts(feed, identities, options.MountServiceAccountTokens, clock)] : Array.Empty<AdmissionPlugin>(),
            new NodeRestriction(feed),
            .. options.TaintNewNodes ? [new TaintNodesByCondition()] : Array.Empty<AdmissionPlugin>(),
            new PodSecurityAdmission(feed),
            new Priority(feed),
            new DefaultTolerationSeconds(),
            new DeviceTaintTimes(clock),
            new DefaultStorageClass(feed),
            new StorageObjectInUseProtection(),
            new ClaimResize(feed),
            new RuntimeClass(feed),
            new CertificateRequests(authorizer),
            new DefaultIngressClass(feed),
            .. options.Flows ? [new RunAuthors(authorizer, clock)] : Array.Empty<AdmissionPlugin>(),
            tokenSecrets,
            new EscalationCheck(authorizer),
            new MutatingPolicies(feed, catalog, authorizer),
            new MutatingWebhooks(new WebhookRoutes(feed, "mutatingwebhookconfigurations", catalog), webhooks, clock),
            new ValidatingPolicies(feed, catalog, authorizer),
            new ValidatingWebhooks(new WebhookRoutes(feed, "validatingwebhookconfigurations", catalog), webhooks, clock),
            new ResourceQuota(feed, committer, clock),
        ];
}
