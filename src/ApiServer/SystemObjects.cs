using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.ApiServer.Caching;
using Slipway.ApiServer.Catalog;
using Slipway.ApiServer.FlowControl;
using Slipway.ApiServer.Routing;
using Slipway.ApiServer.Services;
using Slipway.ApiServer.Wire;

namespace Slipway.ApiServer;

/// <summary>
/// What a cluster cannot do without, made at the start and again when somebody has deleted it: the namespaces of the system, the service
/// <c>kubernetes</c>, by which pods find the API, and the objects of flow control.
/// </summary>
internal sealed class SystemObjects(IApi api, CacheFeed feed, ServiceOptions services, TimeProvider clock, ILogger log)
{
    // Kubernetes looks after the service as often.
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private static readonly string[] Namespaces = ["default", "kube-system", "kube-public", "kube-node-lease"];

    /// <summary>Creates those of the system's namespaces that are missing.</summary>
    public Task CreateNamespacesAsync(CancellationToken cancellation) => Task.WhenAll(Namespaces.Select(name => CreateAsync("/api/v1/namespaces", new JsonObject
    {
        ["apiVersion"] = "v1",
        ["kind"] = "Namespace",
        ["metadata"] = new JsonObject { ["name"] = name },
    }, cancellation)));

    /// <summary>Creates what is missing of the service <c>kubernetes</c> and its range of addresses.</summary>
    public async Task CreateServiceAsync(CancellationToken cancellation)
    {
        foreach (var (collection, document) in KubernetesService.Documents(services)) await CreateAsync(collection, document, cancellation);
    }

    /// <summary>Creates what is missing of flow control, and waits until it is known; what is there stays as it is.</summary>
    public async Task CreateFlowControlAsync(CancellationToken cancellation)
    {
        const string group = $"/apis/{PriorityAndFairness.Group}/v1";
        var levels = await Task.WhenAll(FlowControlObjects.PriorityLevels.Select(level => CreateAsync($"{group}/prioritylevelconfigurations", level, cancellation)));
        var schemas = await Task.WhenAll(FlowControlObjects.Schemas.Select(schema => CreateAsync($"{group}/flowschemas", schema, cancellation)));
        if (levels.Contains(true) || schemas.Contains(true)) await feed.WaitUntilFreshAsync(cancellation);
    }

    /// <summary>Creates an object unless it is there; returns whether it was missing.</summary>
    /// <exception cref="InvalidOperationException">It was refused.</exception>
    public async Task<bool> CreateAsync(string collection, JsonObject document, CancellationToken cancellation)
    {
        var path = RequestPath.Parse(collection);
        var prefix = ServedResource.PrefixOf(path.Group, path.Plural);
        if (feed.For(prefix).Find(path.Namespace.Length == 0 ? $"{prefix}{document.Name}" : $"{prefix}{path.Namespace}/{document.Name}") is not null) return false;
        await using var response = await api.SendAsync(new ApiRequest("POST", collection) { Body = JsonBytes.Of(document) }, cancellation);
        // Another server may have been first.
        if (!response.IsSuccess && response.StatusCode != 409) throw Failed(document.Name, response);
        return true;
    }

    /// <summary>Says why something that the cluster needs is not there.</summary>
    public static InvalidOperationException Failed(string name, ApiResponse response) => new($"{name} could not be installed: {Encoding.UTF8.GetString(response.Body.Span)}");

    /// <summary>Looks again and again whether all is there, until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(Interval, clock);
        while (await timer.WaitForNextTickAsync(cancellation))
        {
            try
            {
                await CreateNamespacesAsync(cancellation);
                await CreateServiceAsync(cancellation);
                await CreateFlowControlAsync(cancellation);
            }
            catch (Exception e) when (e is InvalidOperationException or IOException)
            {
                log.LogWarning("what the cluster needs is missing, and is made again in {Interval}: {Cause}", Interval, e.Message);
            }
        }
    }
}
