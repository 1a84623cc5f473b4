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
internal sealed class SystemObjects(IApi api, CacheFeed feed, FlowControlInstaller flows, ServiceOptions services, TimeProvider clock, ILogger log)
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

    /// <summary>Creates an object unless it is there.</summary>
    /// <exception cref="InvalidOperationException">It was refused.</exception>
    public async Task CreateAsync(string collection, JsonObject document, CancellationToken cancellation)
    {
        var path = RequestPath.Parse(collection);
        var prefix = ServedResource.PrefixOf(path.Group, path.Plural);
        if (feed.For(prefix).Find(path.Namespace.Length == 0 ? $"{prefix}{document.Name}" : $"{prefix}{path.Namespace}/{document.Name}") is not null) return;
        await using var response = await api.SendAsync(new ApiRequest("POST", collection) { Body = JsonBytes.Of(document) }, cancellation);
        if (!response.IsSuccess && response.StatusCode != 409)
            throw new InvalidOperationException($"{document.Name} could not be installed: {System.Text.Encoding.UTF8.GetString(response.Body.Span)}");
    }

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
                await flows.InstallAsync(cancellation);
            }
            catch (Exception e) when (e is InvalidOperationException or IOException)
            {
                log.LogWarning("what the cluster needs is missing, and is made again in {Interval}: {Cause}", Interval, e.Message);
            }
        }
    }
}
