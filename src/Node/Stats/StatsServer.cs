using System.Web;
using Slipway.Api;
using Slipway.Node.Logs;

namespace Slipway.Node.Stats;

/// <summary>Answers the kubelet's <c>/stats/summary</c> and <c>/metrics/…</c>.</summary>
internal sealed class StatsServer(string nodeName, NodeStats stats, DiskReader disk)
{
    public async ValueTask<ApiResponse> AnswerAsync(string path, string query, CancellationToken cancellation) => path.TrimEnd('/') switch
    {
        "/stats/summary" => await SummaryAsync(query, cancellation),
        _ => PlainText.Response(404, $"{path} is not served by the node"),
    };

    private async Task<ApiResponse> SummaryAsync(string query, CancellationToken cancellation)
    {
        var brief = HttpUtility.ParseQueryString(query)["only_cpu_and_memory"] == "true";
        var (reading, windows) = await stats.ReadWithRatesAsync(cancellation);
        return new() { StatusCode = 200, Body = new SummaryDocument(nodeName, reading, windows, brief ? null : await disk.ReadAsync(reading, cancellation)).Write() };
    }
}
