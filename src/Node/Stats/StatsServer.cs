using System.Web;
using Slipway.Api;
using Slipway.Node.Logs;
using Slipway.Node.Probes;

namespace Slipway.Node.Stats;

/// <summary>Answers the kubelet's <c>/stats/summary</c>, <c>/metrics</c>, <c>/metrics/resource</c>, <c>/metrics/cadvisor</c> and <c>/metrics/probes</c>.</summary>
internal sealed class StatsServer(string nodeName, string version, NodeStats stats, DiskReader disk, CgroupReader cgroups, ProbeMetrics probes)
{
    public async ValueTask<ApiResponse> AnswerAsync(string path, string query, CancellationToken cancellation) => path.TrimEnd('/') switch
    {
        "/stats/summary" => await SummaryAsync(query, cancellation),
        "/metrics/resource" => await TextAsync(ResourceMetrics.Of(await stats.ReadAsync(cancellation)), cancellation),
        "/metrics/cadvisor" => await WithDiskAsync((reading, room) => new CadvisorMetrics(reading, room, cgroups.ReadShare).Compose(), cancellation),
        "/metrics/probes" => Text(await probes.WriteAsync(cancellation)),
        "/metrics" => await WithDiskAsync((reading, room) => KubeletMetrics.Of(reading, room, nodeName, version), cancellation),
        _ => PlainText.Response(404, $"{path} is not served by the node"),
    };

    private async Task<ApiResponse> SummaryAsync(string query, CancellationToken cancellation)
    {
        var brief = HttpUtility.ParseQueryString(query)["only_cpu_and_memory"] == "true";
        var (reading, windows) = await stats.ReadWithRatesAsync(cancellation);
        return new() { StatusCode = 200, Body = new SummaryDocument(nodeName, reading, windows, brief ? null : await disk.ReadAsync(reading, cancellation)).Write() };
    }

    private async Task<ApiResponse> WithDiskAsync(Func<NodeReading, DiskReading, Exposition> compose, CancellationToken cancellation)
    {
        var reading = await stats.ReadAsync(cancellation);
        return await TextAsync(compose(reading, await disk.ReadAsync(reading, cancellation)), cancellation);
    }

    private static async Task<ApiResponse> TextAsync(Exposition text, CancellationToken cancellation) => Text(await text.WriteAsync(cancellation));

    private static ApiResponse Text(byte[] text) => new() { StatusCode = 200, ContentType = Exposition.ContentType, Body = text };
}
