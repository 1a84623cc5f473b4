using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Kinds;
using Slipway.Client;

namespace Slipway.Cli.Runs;

/// <summary>Reads the ledger of runs through the API server.</summary>
internal sealed class LedgerClient(ApiConnection connection)
{
    private const string Root = "/apis/ledger.slipway.dev/v1alpha1";

    /// <summary>Runs of the namespace, newest first.</summary>
    public async Task<JsonObject> ListAsync(string? flow, int limit, CancellationToken cancellation) =>
        await GetAsync($"runs?limit={limit.ToString(CultureInfo.InvariantCulture)}{(flow is null ? "" : $"&flow={Uri.EscapeDataString(flow)}")}", cancellation);

    /// <summary>A run with all its attempts that have ended; null if the ledger has none of that name.</summary>
    public async Task<JsonObject?> FindAsync(string run, CancellationToken cancellation)
    {
        try
        {
            return await GetAsync($"runs/{Uri.EscapeDataString(run)}", cancellation);
        }
        catch (ApiException e) when (e.Code == 404)
        {
            return null;
        }
    }

    /// <summary>The content of a file or value that a task left. The caller disposes the response.</summary>
    public async Task<ApiResponse> OpenOutputAsync(string run, TaskPath task, string output, CancellationToken cancellation)
    {
        var path = $"{Path}/runs/{Uri.EscapeDataString(run)}/artifacts/{Uri.EscapeDataString(task.Text)}/{Uri.EscapeDataString(output)}";
        var response = await connection.Api.SendAsync(new ApiRequest("GET", path), cancellation);
        if (response.IsSuccess) return response;
        await using (response) throw await StatusReader.ReadAsync(response, cancellation);
    }

    private string Path => $"{Root}/namespaces/{Uri.EscapeDataString(connection.Namespace)}";

    private async Task<JsonObject> GetAsync(string rest, CancellationToken cancellation) =>
        JsonNode.Parse((await connection.Api.SendForBodyAsync(new ApiRequest("GET", $"{Path}/{rest}"), cancellation)).Span)!.AsObject();
}
