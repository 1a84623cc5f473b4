using System.Collections.Concurrent;
using Slipway.Api.Documents;
using Slipway.Api.Selectors;
using Slipway.ApiServer.Caching;
using Slipway.ApiServer.Catalog;

namespace Slipway.ApiServer.Admission.Webhooks;

/// <summary>
/// Which webhooks a request may meet: by rules, decided once for each kind of request until configurations or the catalog
/// change; then by the labels of namespace and object.
/// </summary>
internal sealed class WebhookRoutes(CacheFeed feed, string plural, Func<ResourceCatalog> catalog)
{
    private static readonly string NamespacePrefix = ServedResource.PrefixOf("", "namespaces");
    private readonly PolicyObjects<IReadOnlyList<Webhook>> _configurations = new(feed, "admissionregistration.k8s.io", plural, Webhook.Read);
    private readonly ResourceCache _namespaces = feed.For(NamespacePrefix);
    private Table _table = new([], new ResourceCatalog([]));

    /// <summary>The webhooks to call, in the order of configurations' names. Their conditions are not looked at yet.</summary>
    public IReadOnlyList<WebhookCall> For(AdmissionRequest request)
    {
        if (_configurations.IsEmpty) return [];
        var configurations = _configurations.All;
        var resources = catalog();
        var table = _table;
        if (table.Configurations != configurations || table.Catalog != resources) _table = table = new(configurations, resources);
        var candidates = table.For(request);
        return candidates.Count == 0 ? [] : [.. candidates.Where(c => SelectsNamespace(c.Webhook.Namespaces, request) && SelectsObject(c.Webhook.Objects, request))];
    }

    private bool SelectsNamespace(LabelSelector selector, AdmissionRequest request)
    {
        if (selector.SelectsEverything || (!request.Type.Namespaced && !request.IsNamespace)) return true;
        if (request is { IsNamespace: true, Object: { } document, Subresource: "" }) return selector.Matches(document.Labels);
        return _namespaces.Find(NamespacePrefix + request.Namespace) is { } ns && selector.Matches(ns.Labels);
    }

    private static bool SelectsObject(LabelSelector selector, AdmissionRequest request) =>
        selector.SelectsEverything
        || (request.Object is { } now && selector.Matches(now.Labels))
        || (request.OldObject is { } old && selector.Matches(old.Labels));

    private sealed class Table(IReadOnlyList<IReadOnlyList<Webhook>> configurations, ResourceCatalog catalog)
    {
        private readonly ConcurrentDictionary<(ServedResource Resource, string Subresource, Operation Operation), IReadOnlyList<WebhookCall>> _calls = new();

        public IReadOnlyList<IReadOnlyList<Webhook>> Configurations => configurations;

        public ResourceCatalog Catalog => catalog;

        public IReadOnlyList<WebhookCall> For(AdmissionRequest request)
        {
            var key = (request.Resource, request.Subresource, request.Operation);
            if (_calls.TryGetValue(key, out var known)) return known;
            // The same objects in other versions, or in another group.
            var equivalents = catalog.Resources.Where(r => r.Cache == request.Resource.Cache && r != request.Resource).ToArray();
            var calls = new List<WebhookCall>();
            foreach (var webhook in configurations.SelectMany(c => c))
                if (WebhookMatch.Find(webhook, request.Resource, equivalents, request.Subresource, request.Operation) is { } seenAs) calls.Add(new(webhook, seenAs));
            return _calls[key] = calls;
        }
    }
}
