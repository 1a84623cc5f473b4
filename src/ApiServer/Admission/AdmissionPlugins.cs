using Slipway.ApiServer.Admission.Lifecycle;
using Slipway.ApiServer.Caching;

namespace Slipway.ApiServer.Admission;

/// <summary>The plugins of the server, in the order in which Kubernetes calls them.</summary>
internal static class AdmissionPlugins
{
    public static IReadOnlyList<AdmissionPlugin> InOrder(CacheFeed feed) =>
    [
        new NamespaceLifecycle(feed),
    ];
}
