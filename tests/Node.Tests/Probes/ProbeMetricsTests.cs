using System.Text;
using k8s.Models;
using Slipway.Node.Probes;

namespace Slipway.Node.Tests.Probes;

public sealed class ProbeMetricsTests
{
    private readonly ProbeMetrics _metrics = new();

    [Fact]
    public async Task Probes_are_told_as_the_kubelet_does()
    {
        _metrics.Count(Pod("p"), "main", ProbeKind.Readiness, ProbeResult.Success, TimeSpan.FromSeconds(0.02));
        _metrics.Count(Pod("p"), "main", ProbeKind.Readiness, ProbeResult.Warning, TimeSpan.FromSeconds(2));
        _metrics.Count(Pod("p"), "main", ProbeKind.Readiness, ProbeResult.Failure, TimeSpan.FromSeconds(9));
        _metrics.Count(Pod("p"), "side", ProbeKind.Startup, ProbeResult.Unknown, TimeSpan.FromSeconds(9));
        Assert.Equal("""
            prober_probe_duration_seconds_count{probe_type="Readiness",container="main",pod="p",namespace="ns"} 2
            prober_probe_duration_seconds_sum{probe_type="Readiness",container="main",pod="p",namespace="ns"} 2.02
            prober_probe_total{probe_type="Readiness",result="failed",container="main",pod="p",namespace="ns",pod_uid="u-p"} 1
            prober_probe_total{probe_type="Readiness",result="successful",container="main",pod="p",namespace="ns",pod_uid="u-p"} 2
            prober_probe_total{probe_type="Startup",result="unknown",container="side",pod="p",namespace="ns",pod_uid="u-p"} 1
            """, string.Join('\n', (await SamplesAsync()).Where(line => !line.Contains("_bucket", StringComparison.Ordinal))));
        Assert.Contains("prober_probe_duration_seconds_bucket{probe_type=\"Readiness\",container=\"main\",pod=\"p\",namespace=\"ns\",le=\"0.025\"} 1", await SamplesAsync());
    }

    [Fact]
    public async Task What_is_told_of_a_container_goes_with_it()
    {
        foreach (var name in (string[])["p", "q"])
            foreach (var kind in Enum.GetValues<ProbeKind>())
                foreach (var result in Enum.GetValues<ProbeResult>())
                    _metrics.Count(Pod(name), "main", kind, result, TimeSpan.FromSeconds(1));
        _metrics.Forget(Pod("p"), "main");
        var left = await SamplesAsync();
        Assert.NotEmpty(left);
        Assert.All(left, line => Assert.Contains("pod=\"q\"", line, StringComparison.Ordinal));
        _metrics.Forget(Pod("q"), "main");
        Assert.Empty(await SamplesAsync());
    }

    private static V1Pod Pod(string name) => new() { Metadata = new() { Name = name, NamespaceProperty = "ns", Uid = $"u-{name}" } };

    private async Task<string[]> SamplesAsync() =>
        [.. Encoding.UTF8.GetString(await _metrics.WriteAsync(default)).Split('\n').Where(line => line.Length > 0 && line[0] != '#').Order(StringComparer.Ordinal)];
}
