using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Slipway.Api;
using Slipway.ApiServer.Caching;
using Slipway.ApiServer.Catalog;
using Slipway.ApiServer.CustomResources;
using Slipway.ApiServer.Wire;

namespace Slipway.ApiServer.Aggregation;

/// <summary>
/// Keeps an APIService for each group and version that this server serves itself
/// (<see href="https://kubernetes.io/docs/concepts/extend-kubernetes/api-extension/apiserver-aggregation/"/>). It sleeps until
/// definitions or APIServices change.
/// </summary>
internal sealed class LocalApiLoop(CacheFeed feed, Func<ResourceCatalog> catalog, Aggregator aggregator, ApiServerOptions options, TimeProvider clock, ILogger log)
{
    private const string Path = "/apis/apiregistration.k8s.io/v1/apiservices";
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    private readonly ResourceCache _definitions = feed.For(ServedResource.PrefixOf(CustomResourceService.Group, CustomResourceService.Plural));
    private bool _isStart = true;

    /// <summary>Keeps them until cancelled.</summary>
    /// <param name="api">The API, as the server itself.</param>
    /// <param name="cancellation">Ends the work.</param>
    public Task RunAsync(IApi api, CancellationToken cancellation) => ChangeLoop.RunAsync(
        [_definitions, aggregator.Apis.Cache], feed,
        async () =>
        {
            while (!await SettleAsync(api, cancellation)) await Task.Delay(RetryDelay, clock, cancellation);
            return null;
        },
        clock, cancellation);

    // Whether all is as it should be, but for what others have done meanwhile, which is looked at for that.
    private async Task<bool> SettleAsync(IApi api, CancellationToken cancellation)
    {
        var plan = LocalApiPlan.For(LocalApi.Of(catalog(), options.Extensions.Select(extension => extension.PathPrefix)), aggregator.Apis.All, _isStart);
        var isSettled = true;
        foreach (var missing in plan.Create) await SendAsync(new ApiRequest("POST", Path) { Body = JsonBytes.Of(missing.ToDocument()) });
        foreach (var other in plan.Change)
            await SendAsync(new ApiRequest("PATCH", $"{Path}/{other.Name}") { Body = JsonBytes.Of(new JsonObject { ["spec"] = other.ToSpec() }), ContentType = MediaTypes.MergePatch });
        foreach (var name in plan.Delete) await SendAsync(new ApiRequest("DELETE", $"{Path}/{name}"));
        _isStart &= !isSettled;
        return isSettled;

        async Task SendAsync(ApiRequest request)
        {
            await using var response = await api.SendAsync(request, cancellation);
            if (response.IsSuccess || response.StatusCode is 404 or 409) return;
            log.LogWarning("{Method} {Path} was refused (status {Code}) and is tried again in {Delay}", request.Method, request.PathAndQuery, response.StatusCode, RetryDelay);
            isSettled = false;
        }
    }
}
