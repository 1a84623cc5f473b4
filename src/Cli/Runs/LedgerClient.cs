using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Kinds;
using Slipway.Client;
using Slipway.Flows;

namespace Slipway.Cli.Runs;

/// <summary>Reads the ledger of runs through the API server.</summary>
/// <param name="connection">The API, and the namespace.</param>
/// <param name="everywhere">Whether runs and artifacts of all namespaces are listed and exported.</param>
internal sealed class LedgerClient(ApiConnection connection, bool everywhere = false)
{
    private const string Root = "/apis/ledger.slipway.dev/v1alpha1";

    /// <summary>Runs, newest first.</summary>
    public async Task<JsonObject> ListAsync(RunFilter filter, CancellationToken cancellation) =>
        await GetAsync($"runs?limit={filter.Limit.ToString(CultureInfo.InvariantCulture)}{Query(filter)}", cancellation);

    /// <summary>The records of runs and attempts as lines of JSON. The caller disposes the response.</summary>
    public Task<ApiResponse> ExportAsync(RunFilter filter, CancellationToken cancellation) => OpenAsync($"{Path}/export?{Query(filter)}", cancellation);

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

    /// <summary>Which attempts made an artifact and which read it; null if none did.</summary>
    public async Task<JsonObject?> LineageAsync(string sha256, CancellationToken cancellation)
    {
        try
        {
            return await GetAsync($"artifacts/{Uri.EscapeDataString(sha256)}/lineage", cancellation);
        }
        catch (ApiException e) when (e.Code == 404)
        {
            return null;
        }
    }

    /// <summary>Forgets results of a flow, or of one of its tasks; how many.</summary>
    public async Task<int> InvalidateAsync(string flow, string? task, CancellationToken cancellation)
    {
        var request = new ApiRequest("DELETE", $"{Path}/results/{Uri.EscapeDataString(flow)}{(task is null ? "" : $"/{Uri.EscapeDataString(task)}")}");
        return (int)JsonNode.Parse((await connection.Api.SendForBodyAsync(request, cancellation)).Span)!["results"]!;
    }

    /// <summary>What an attempt wrote, as far as it is kept; null if it is not. The caller disposes the response.</summary>
    public async Task<ApiResponse?> OpenLogAsync(string run, string path, int attempt, CancellationToken cancellation)
    {
        try
        {
            return await OpenAsync($"{Path}/runs/{Uri.EscapeDataString(run)}/logs/{Uri.EscapeDataString(path)}?attempt={attempt.ToString(CultureInfo.InvariantCulture)}", cancellation);
        }
        catch (ApiException e) when (e.Code == 404)
        {
            return null;
        }
    }

    /// <summary>The content of a file or value that a task or call left, or the run if no task is named. The caller disposes the response.</summary>
    public async Task<ApiResponse> OpenOutputAsync(string run, TaskPath? task, string output, CancellationToken cancellation)
    {
        var path = $"{Path}/runs/{Uri.EscapeDataString(run)}/artifacts/{(task is null ? "" : $"{Uri.EscapeDataString(task.Text)}/")}{Uri.EscapeDataString(output)}";
        return await OpenAsync(path, cancellation);
    }

    /// <summary>What tasks have left, newest runs first.</summary>
    /// <param name="filter">Which runs; its limit counts artifacts.</param>
    /// <param name="run">Only those of this run; of all when null.</param>
    /// <param name="task">Only those of this task; of all when null.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<JsonObject> ArtifactsAsync(RunFilter filter, string? run, string? task, CancellationToken cancellation) =>
        GetAsync($"artifacts?limit={filter.Limit.ToString(CultureInfo.InvariantCulture)}{Query(filter)}{Part("run", run)}{Part("task", task)}", cancellation);

    /// <summary>An artifact by its hash; of a directory, its list. The caller disposes the response.</summary>
    public Task<ApiResponse> OpenArtifactAsync(string sha256, CancellationToken cancellation) => OpenAsync($"{Path}/artifacts/{sha256}", cancellation);

    private async Task<ApiResponse> OpenAsync(string path, CancellationToken cancellation)
    {
        var response = await connection.Api.SendAsync(new ApiRequest("GET", path), cancellation);
        if (response.IsSuccess) return response;
        await using (response) throw await StatusReader.ReadAsync(response, cancellation);
    }

    private static string Query(RunFilter filter) =>
        Part("flow", filter.Flow) + Part("phase", filter.Phase) + Part("since", filter.Since?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));

    private static string Part(string name, string? value) => value is null ? "" : $"&{name}={Uri.EscapeDataString(value)}";

    private string Path => everywhere ? Root : $"{Root}/namespaces/{Uri.EscapeDataString(connection.Namespace)}";

    private async Task<JsonObject> GetAsync(string rest, CancellationToken cancellation) =>
        JsonNode.Parse((await connection.Api.SendForBodyAsync(new ApiRequest("GET", $"{Path}/{rest}"), cancellation)).Span)!.AsObject();
}
