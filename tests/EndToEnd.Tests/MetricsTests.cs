using System.Globalization;
using System.Text.RegularExpressions;
using Slipway.Testing;

namespace EndToEnd.Tests;

/// <summary>What is used, as kubectl shows it.</summary>
public sealed class MetricsTests(ClusterFixture cluster)
{
    private readonly SlipwayCli slipway = cluster.Slipway;

    [Fact]
    public async Task A_busy_container_shows_in_kubectl_top()
    {
        await ApplyAsync($$"""
            apiVersion: v1
            kind: Pod
            metadata: { name: burner }
            spec:
              terminationGracePeriodSeconds: 0
              containers: [ { name: main, image: {{BusyboxImage.Name}}, command: [sh, -c, "while :; do :; done"], resources: { requests: { cpu: 500m } } } ]
            """);
        (await slipway.KubectlAsync("wait", "pod", "burner", "--for=condition=Ready", "--timeout=60s")).Expect();

        // What has only just begun has no rate yet.
        string top = "";
        await Waiting.UntilAsync("the pod's use is known", TimeSpan.FromSeconds(30), async () => (top = (await slipway.KubectlAsync("top", "pod", "burner", "--containers", "--no-headers")).Out) != "");
        var used = Regex.Match(top, @"^burner\s+main\s+(\d+)m\s+\d+Mi\s*$");
        Assert.True(used.Success && int.Parse(used.Groups[1].Value, CultureInfo.InvariantCulture) >= 50, top);
        Assert.Matches(@"^\S+\s+\d+m\s+\d+%\s+\d+Mi\s+\d+%\s*$", (await slipway.KubectlAsync("top", "node", "--no-headers")).Expect().Out);
        var byUse = (await slipway.KubectlAsync("top", "pod", "--no-headers", "--sort-by=cpu")).Expect().Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains(byUse, line => line.StartsWith("burner ", StringComparison.Ordinal));
        var uses = byUse.Select(line => int.Parse(Regex.Match(line, @"\s(\d+)m\s").Groups[1].Value, CultureInfo.InvariantCulture)).ToList();
        Assert.Equal(uses.OrderDescending(), uses);
        (await slipway.KubectlAsync("delete", "pod", "burner")).Expect();
    }

    private async Task ApplyAsync(params string[] manifests) => (await slipway.RunWithInputAsync(string.Join("\n---\n", manifests), "apply", "-f", "-")).Expect();
}
