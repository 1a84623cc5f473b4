using System.Text.Json;
using System.Threading.Channels;
using k8s;
using k8s.Autorest;
using k8s.Models;

namespace Slipway.Conformance.Operator;

/// <summary>
/// Makes each site's ConfigMap, Service and Deployment what the site says, tells in its status how far that is, and archives the
/// pages of a site that is deleted before it lets it go.
/// </summary>
internal sealed class SiteController(IKubernetes client, TimeProvider clock)
{
    /// <summary>Owner of the fields that are applied.</summary>
    public const string Manager = "site-operator";

    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(200);

    private readonly Channel<(string Namespace, string Name)> _queue = Channel.CreateUnbounded<(string, string)>();

    /// <summary>Works until cancelled.</summary>
    public async Task WorkAsync(CancellationToken cancellation)
    {
        var sites = new Informer<Site>(ListSitesAsync, WatchSites, (_, site) => Queue(site.Namespace(), site.Name()), clock);
        var deployments = new Informer<V1Deployment>(
            async c => await client.AppsV1.ListDeploymentForAllNamespacesAsync(labelSelector: Site.Label, cancellationToken: c) is var l ? new(l.ResourceVersion(), [.. l.Items]) : null!,
            (version, error, c) => client.AppsV1.WatchListDeploymentForAllNamespacesAsync(labelSelector: Site.Label, resourceVersion: version, onError: error, cancellationToken: c),
            (_, deployment) => QueueOwner(deployment), clock);
        var maps = new Informer<V1ConfigMap>(
            async c => await client.CoreV1.ListConfigMapForAllNamespacesAsync(labelSelector: Site.Label, cancellationToken: c) is var l ? new(l.ResourceVersion(), [.. l.Items]) : null!,
            (version, error, c) => client.CoreV1.WatchListConfigMapForAllNamespacesAsync(labelSelector: Site.Label, resourceVersion: version, onError: error, cancellationToken: c),
            (_, map) => QueueOwner(map), clock);
        await Task.WhenAll(
            sites.FollowAsync(cancellation), deployments.FollowAsync(cancellation), maps.FollowAsync(cancellation), ReconcileAllAsync(sites, deployments, maps, cancellation));
    }

    private async Task ReconcileAllAsync(Informer<Site> sites, Informer<V1Deployment> deployments, Informer<V1ConfigMap> maps, CancellationToken cancellation)
    {
        // What is not in a copy yet would look as if it did not exist.
        await Task.WhenAll(sites.Synced, deployments.Synced, maps.Synced).WaitAsync(cancellation);
        await foreach (var (ns, name) in _queue.Reader.ReadAllAsync(cancellation))
        {
            try
            {
                if (!sites.Objects.TryGetValue($"{ns}/{name}", out var site)) continue;
                if (site.Metadata.DeletionTimestamp is not null) await FinalizeAsync(site, maps.Objects.ContainsKey($"{ns}/{name}-hold"), cancellation);
                else await ReconcileAsync(site, deployments.Objects.GetValueOrDefault($"{ns}/{name}"), cancellation);
            }
            catch (Exception e) when (e is HttpOperationException or HttpRequestException or IOException)
            {
                Console.WriteLine($"{ns}/{name} is tried again: {(e as HttpOperationException)?.Response.Content ?? e.Message}");
                _ = RetryAsync(ns, name, cancellation);
            }
        }
    }

    private async Task ReconcileAsync(Site site, V1Deployment? deployment, CancellationToken cancellation)
    {
        if (!(site.Metadata.Finalizers ?? []).Contains(Site.Finalizer))
        {
            // The change of the site brings it here again.
            await PatchAsync(site, new { metadata = new { resourceVersion = site.ResourceVersion(), finalizers = (string[])[.. site.Metadata.Finalizers ?? [], Site.Finalizer] } }, cancellation);
            return;
        }
        var owned = SiteObjects.Of(site);
        await client.CoreV1.PatchNamespacedConfigMapAsync(Apply(owned.Pages), owned.Pages.Name(), site.Namespace(), fieldManager: Manager, force: true, cancellationToken: cancellation);
        await client.CoreV1.PatchNamespacedServiceAsync(Apply(owned.Service), owned.Service.Name(), site.Namespace(), fieldManager: Manager, force: true, cancellationToken: cancellation);
        await client.AppsV1.PatchNamespacedDeploymentAsync(Apply(owned.Deployment), owned.Deployment.Name(), site.Namespace(), fieldManager: Manager, force: true, cancellationToken: cancellation);

        var (available, wanted) = (deployment?.Status?.AvailableReplicas ?? 0, site.Spec.Replicas ?? 0);
        await TellAsync(site, available >= wanted, available >= wanted ? "Available" : "Starting", $"{available} of {wanted} replicas are available", cancellation);
    }

    private async Task FinalizeAsync(Site site, bool held, CancellationToken cancellation)
    {
        if (site.Metadata.Finalizers is not { } finalizers || !finalizers.Contains(Site.Finalizer)) return;
        if (held)
        {
            await TellAsync(site, false, "HeldBack", $"{site.Name()}-hold keeps the pages from being archived", cancellation);
            return;
        }
        var archive = new V1ConfigMap { ApiVersion = "v1", Kind = "ConfigMap", Metadata = new() { Name = $"{site.Name()}-archive" }, Data = site.Spec.Pages };
        await client.CoreV1.PatchNamespacedConfigMapAsync(Apply(archive), archive.Name(), site.Namespace(), fieldManager: Manager, force: true, cancellationToken: cancellation);
        await PatchAsync(site, new { metadata = new { resourceVersion = site.ResourceVersion(), finalizers = finalizers.Where(f => f != Site.Finalizer).ToArray() } }, cancellation);
    }

    // Writes only what has changed, so that its own writes do not keep it busy.
    private async Task TellAsync(Site site, bool ready, string reason, string message, CancellationToken cancellation)
    {
        var before = site.Status?.Conditions.FirstOrDefault(c => c.Type == "Ready");
        var status = ready ? "True" : "False";
        if (before is not null && (before.Status, before.Reason, before.Message) == (status, reason, message) && site.Status?.ObservedGeneration == site.Metadata.Generation) return;
        var condition = new V1Condition
        {
            Type = "Ready", Status = status, Reason = reason, Message = message, ObservedGeneration = site.Metadata.Generation,
            LastTransitionTime = before?.Status == status ? before.LastTransitionTime : clock.GetUtcNow().UtcDateTime,
        };
        await client.CustomObjects.PatchNamespacedCustomObjectStatusAsync(
            new V1Patch(new { status = new SiteStatus { ObservedGeneration = site.Metadata.Generation, Url = $"https://{site.Spec.Host}/", Conditions = [condition] } }, V1Patch.PatchType.MergePatch),
            Site.Group, Site.Version, site.Namespace(), Site.Plural, site.Name(), cancellationToken: cancellation);
    }

    private Task PatchAsync(Site site, object patch, CancellationToken cancellation) => client.CustomObjects.PatchNamespacedCustomObjectAsync(
        new V1Patch(patch, V1Patch.PatchType.MergePatch), Site.Group, Site.Version, site.Namespace(), Site.Plural, site.Name(), cancellationToken: cancellation);

    private static V1Patch Apply(object configuration) => new(configuration, V1Patch.PatchType.ApplyPatch);

    private async Task<Listed<Site>> ListSitesAsync(CancellationToken cancellation)
    {
        var list = await client.CustomObjects.ListClusterCustomObjectAsync<SiteList>(Site.Group, Site.Version, Site.Plural, cancellationToken: cancellation);
        return new(list.Metadata.ResourceVersion, [.. list.Items]);
    }

    // The client gives custom objects as they came.
    private IAsyncEnumerable<(WatchEventType, Site)> WatchSites(string version, Action<Exception> error, CancellationToken cancellation) =>
        client.CustomObjects.WatchListClusterCustomObjectAsync(Site.Group, Site.Version, Site.Plural, resourceVersion: version, onError: error, cancellationToken: cancellation)
            .Select(e => (e.Item1, KubernetesJson.Deserialize<Site>((JsonElement)e.Item2)));

    private void Queue(string ns, string name) => _queue.Writer.TryWrite((ns, name));

    private void QueueOwner(IKubernetesObject<V1ObjectMeta> item) => Queue(item.Namespace(), item.GetLabel(Site.Label));

    private async Task RetryAsync(string ns, string name, CancellationToken cancellation)
    {
        await Task.Delay(RetryDelay, clock, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Queue(ns, name);
    }
}
