using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.Api.Selectors;
using Slipway.ApiServer.Caching;
using Slipway.ApiServer.Catalog;
using Slipway.ApiServer.Wire;

namespace Slipway.ApiServer.Admission.Policies;

/// <summary>Writes into the status of each validating policy what checking its types has found, once for each generation.</summary>
internal sealed class PolicyStatusLoop(CacheFeed feed, Func<ResourceCatalog> catalog, TimeProvider clock, ILogger log)
{
    private const string Group = "admissionregistration.k8s.io";
    private const string Plural = "validatingadmissionpolicies";
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    private readonly ResourceCache _policies = feed.For(ServedResource.PrefixOf(Group, Plural));

    /// <summary>Checks what there is and what comes until cancelled.</summary>
    /// <param name="api">The API, as the server itself.</param>
    /// <param name="cancellation">Ends the work.</param>
    public async Task RunAsync(IApi api, CancellationToken cancellation)
    {
        while (true)
        {
            var watcher = new Watcher(new Selection(_policies.Prefix, LabelSelector.Everything, FieldSelector.Everything, static (item, path) => item.Field(path)), bookmarks: false);
            var (existing, _) = _policies.Subscribe(watcher, () => feed.Revision);
            try
            {
                foreach (var item in existing.Range(_policies.Prefix)) await SettleAsync(item, api, cancellation);
                await foreach (var change in watcher.Items.ReadAllAsync(cancellation))
                    if (change is { Type: WatchType.Added or WatchType.Modified, Object: { } item }) await SettleAsync(item, api, cancellation);
            }
            finally
            {
                _policies.Unsubscribe(watcher);
            }
        }
    }

    private async ValueTask SettleAsync(CachedObject item, IApi api, CancellationToken cancellation)
    {
        var policy = DocumentReader.ParseJson(item.Bytes.Json.Span);
        if (policy.Object("status")?.Integer("observedGeneration") >= policy.Generation) return;
        var status = new JsonObject
        {
            ["apiVersion"] = $"{Group}/v1",
            ["kind"] = "ValidatingAdmissionPolicy",
            ["metadata"] = new JsonObject { ["name"] = policy.Name, ["uid"] = policy.Uid },
            ["status"] = new JsonObject { ["observedGeneration"] = policy.Generation, ["typeChecking"] = PolicyTypeCheck.Of(policy, catalog()) },
        };
        var request = new ApiRequest("PATCH", $"/apis/{Group}/v1/{Plural}/{Uri.EscapeDataString(policy.Name)}/status?fieldManager=validating-admission-policy-status&force=true")
        {
            Body = JsonBytes.Of(status),
            ContentType = MediaTypes.ApplyPatch,
        };
        while (true)
        {
            await using var response = await api.SendAsync(request, cancellation);
            // One that is gone, or is another by now, is told of in its place.
            if (response.IsSuccess || response.StatusCode is 404 or 409) return;
            log.LogWarning("what was found in the policy {Policy} could not be written (status {Code}) and is tried again in {Delay}", policy.Name, response.StatusCode, RetryDelay);
            await Task.Delay(RetryDelay, clock, cancellation);
        }
    }
}
