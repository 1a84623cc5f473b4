using System.Text;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.ApiServer.Caching;
using Slipway.ApiServer.Wire;

namespace Slipway.ApiServer.FlowControl;

/// <summary>Makes the objects of flow control that a cluster lacks.</summary>
/// <param name="flows">Knows what there is.</param>
/// <param name="feed">Feeds what it knows by.</param>
/// <param name="api">The API, as the server itself.</param>
internal sealed class FlowControlInstaller(PriorityAndFairness flows, CacheFeed feed, IApi api)
{
    /// <summary>Installs what is missing, and waits until it is known; what is there stays as it is.</summary>
    public async Task InstallAsync(CancellationToken cancellation)
    {
        var levels = FlowControlObjects.PriorityLevels.Where(level => flows.Levels.FindItem("", level.Name) is null).ToList();
        var schemas = FlowControlObjects.Schemas.Where(schema => flows.Schemas.FindItem("", schema.Name) is null).ToList();
        if (levels.Count + schemas.Count == 0) return;
        await Task.WhenAll(levels.Select(level => CreateAsync("prioritylevelconfigurations", level, cancellation)));
        await Task.WhenAll(schemas.Select(schema => CreateAsync("flowschemas", schema, cancellation)));
        await feed.WaitUntilFreshAsync(cancellation);
    }

    private async Task CreateAsync(string plural, JsonObject document, CancellationToken cancellation)
    {
        var request = new ApiRequest("POST", $"/apis/{PriorityAndFairness.Group}/v1/{plural}") { Body = JsonBytes.Of(document) };
        await using var response = await api.SendAsync(request, cancellation);
        // Another server may have been first.
        if (!response.IsSuccess && response.StatusCode != 409)
            throw new InvalidOperationException($"the {plural} {document.Name} could not be made: {Encoding.UTF8.GetString(response.Body.Span)}");
    }
}
