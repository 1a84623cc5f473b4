using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.ApiServer.Caching;
using Slipway.ApiServer.Catalog;
using Slipway.ApiServer.Wire;

namespace Slipway.ApiServer.Admission.Policies;

/// <summary>Writes into the status of each validating policy what checking its types has found, once for each generation.</summary>
internal sealed class PolicyStatusLoop(CacheFeed feed, Func<ResourceCatalog> catalog, TimeProvider clock, ILogger log)
{
    private const string Group = "admissionregistration.k8s.io";
    private const string Plural = "validatingadmissionpolicies";

    private readonly ResourceCache _policies = feed.For(ServedResource.PrefixOf(Group, Plural));

    /// <summary>Checks what there is and what comes until cancelled.</summary>
    /// <param name="api">The API, as the server itself.</param>
    /// <param name="cancellation">Ends the work.</param>
    public async Task RunAsync(IApi api, CancellationToken cancellation)
    {
        var statuses = new StatusApply(api, clock, log);
        while (true)
        {
            var watcher = ChangeLoop.Subscribe(_policies, feed, out var existing);
            try
            {
                foreach (var item in existing.Range(_policies.Prefix)) await SettleAsync(item, statuses, cancellation);
                await foreach (var change in watcher.Items.ReadAllAsync(cancellation))
                    if (change is { Type: WatchType.Added or WatchType.Modified, Object: { } item }) await SettleAsync(item, statuses, cancellation);
            }
            finally
            {
                _policies.Unsubscribe(watcher);
            }
        }
    }

    private async ValueTask SettleAsync(CachedObject item, StatusApply statuses, CancellationToken cancellation)
    {
        var policy = DocumentReader.ParseJson(item.Bytes.Json.Span);
        if (policy.Object("status")?.Integer("observedGeneration") >= policy.Generation) return;
        var status = new JsonObject { ["observedGeneration"] = policy.Generation, ["typeChecking"] = PolicyTypeCheck.Of(policy, catalog()) };
        await statuses.WriteAsync(Plural, policy, "validating-admission-policy-status", status, cancellation);
    }
}
