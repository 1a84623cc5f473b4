using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Slipway.Testing;

namespace EndToEnd.Tests;

/// <summary>What operators do to workloads with kubectl: roll out, go back, drain.</summary>
[Collection(AloneTestGroup.Name)]
public sealed class RolloutTests(ClusterFixture cluster)
{
    private readonly SlipwayCli slipway = cluster.Slipway;

    [Theory]
    [InlineData("deployment", "Deployment", "replicas: 2")]
    [InlineData("statefulset", "StatefulSet", "replicas: 2")]
    [InlineData("daemonset", "DaemonSet", "minReadySeconds: 0")]
    public async Task A_workload_rolls_out_goes_back_and_starts_anew(string resource, string kind, string spec)
    {
        var name = $"rolls-{resource}";
        var target = $"{resource}/{name}";
        await ApplyAsync(name, kind, spec);
        await Kubectl("rollout", "status", target, "--timeout=60s");
        var first = await PodsAsync(name);

        await Kubectl("set", "env", target, "WORD=second");
        await Kubectl("annotate", target, "kubernetes.io/change-cause=another word");
        await Kubectl("rollout", "status", target, "--timeout=60s");
        Assert.All(await PodsAsync(name), pod => Assert.Equal("second", WordOf(pod)));
        Assert.Empty((await PodsAsync(name)).Select(UidOf).Intersect(first.Select(UidOf)));

        Assert.Matches(@"(?m)^1 .*\n2 ", await Kubectl("rollout", "history", target));
        Assert.Contains("WORD:\tsecond", await Kubectl("rollout", "history", target, "--revision=2"));
        Assert.Contains("rolled back", await Kubectl("rollout", "undo", target));
        await Kubectl("rollout", "status", target, "--timeout=60s");
        Assert.All(await PodsAsync(name), pod => Assert.Equal("first", WordOf(pod)));
        Assert.Contains("rolled back", await Kubectl("rollout", "undo", target, "--to-revision=2"));
        await Kubectl("rollout", "status", target, "--timeout=60s");
        var second = await PodsAsync(name);
        Assert.All(second, pod => Assert.Equal("second", WordOf(pod)));

        await Kubectl("rollout", "restart", target);
        await Kubectl("rollout", "status", target, "--timeout=60s");
        Assert.Empty((await PodsAsync(name)).Select(UidOf).Intersect(second.Select(UidOf)));
        await Kubectl("delete", target, "--timeout=60s");
    }

    [Fact]
    public async Task A_paused_deployment_rolls_out_when_it_is_resumed()
    {
        await ApplyAsync("pauses", "Deployment", "replicas: 1");
        await Kubectl("rollout", "status", "deployment/pauses", "--timeout=60s");
        await Kubectl("rollout", "pause", "deployment/pauses");
        await Kubectl("set", "env", "deployment/pauses", "WORD=second");
        await Kubectl("wait", "deployment/pauses", "--for=condition=Progressing=Unknown", "--timeout=30s");
        Assert.All(await PodsAsync("pauses"), pod => Assert.Equal("first", WordOf(pod)));
        await Kubectl("rollout", "resume", "deployment/pauses");
        await Kubectl("rollout", "status", "deployment/pauses", "--timeout=60s");
        Assert.All(await PodsAsync("pauses"), pod => Assert.Equal("second", WordOf(pod)));
        await Kubectl("delete", "deployment/pauses", "--timeout=60s");
    }

    [Fact]
    public async Task A_drain_keeps_to_budgets_and_ends_what_they_allow()
    {
        const string Budget = """
            apiVersion: policy/v1
            kind: PodDisruptionBudget
            metadata: { name: drains }
            spec: { minAvailable: MIN, selector: { matchLabels: { app: drains } } }
            """;
        await ApplyAsync("drains", "Deployment", "replicas: 2");
        await ApplyAsync("stays", "DaemonSet", "minReadySeconds: 0");
        (await slipway.RunWithInputAsync(Budget.Replace("MIN", "1", StringComparison.Ordinal), "apply", "-f", "-")).Expect();
        await Kubectl("rollout", "status", "deployment/drains", "--timeout=60s");
        await Kubectl("rollout", "status", "daemonset/stays", "--timeout=60s");
        await Kubectl("wait", "pdb/drains", "--for=jsonpath={.status.disruptionsAllowed}=1", "--timeout=20s");
        var node = (await Kubectl("get", "nodes", "-o", "name")).Trim();
        string[] drain = ["drain", node, "--pod-selector=app in (drains, stays)", "--ignore-daemonsets"];
        try
        {
            // One goes; the other may not before there is one more, for which there is no place.
            var refused = await slipway.KubectlAsync([.. drain, "--timeout=8s"]);
            Assert.NotEqual(0, refused.ExitCode);
            Assert.Contains("Cannot evict pod as it would violate the pod's disruption budget.", refused.Error);
            Assert.Contains("ignoring DaemonSet-managed Pods", refused.Error);
            var left = await PodsAsync("drains");
            Assert.Equal(["Pending", "Running"], left.Select(pod => (string)pod["status"]!["phase"]!).Order(StringComparer.Ordinal));
            Assert.Contains("SchedulingDisabled", await Kubectl("get", node));

            (await slipway.RunWithInputAsync(Budget.Replace("MIN", "0", StringComparison.Ordinal), "apply", "-f", "-")).Expect();
            Assert.Contains("drained", await Kubectl([.. drain, "--timeout=60s"]));
            Assert.All(await PodsAsync("drains"), pod => Assert.Equal("Pending", (string?)pod["status"]!["phase"]));
            Assert.Equal("Running", (string?)Assert.Single(await PodsAsync("stays"))["status"]!["phase"]);
        }
        finally
        {
            await Kubectl("uncordon", node);
        }
        await Kubectl("rollout", "status", "deployment/drains", "--timeout=60s");
        await Kubectl("delete", "deployment/drains", "daemonset/stays", "pdb/drains", "--timeout=60s");
    }

    private async Task ApplyAsync(string name, string kind, string spec) => (await slipway.RunWithInputAsync($$"""
        apiVersion: apps/v1
        kind: {{kind}}
        metadata: { name: {{name}} }
        spec:
          {{spec}}
          selector: { matchLabels: { app: {{name}} } }
          template:
            metadata: { labels: { app: {{name}} } }
            spec:
              terminationGracePeriodSeconds: 0
              containers: [{ name: main, image: "{{BusyboxImage.Name}}", command: [sleep, "100000"], env: [{ name: WORD, value: first }] }]
        """, "apply", "-f", "-")).Expect();

    private async Task<string> Kubectl(params string[] arguments) => Regex.Replace((await slipway.KubectlAsync(arguments)).Expect().Out, " {2,}", " ");

    private async Task<List<JsonNode>> PodsAsync(string app) =>
        [.. (await slipway.JsonAsync("get", "pods", "-l", $"app={app}"))["items"]!.AsArray().Select(pod => pod!).Where(pod => pod["metadata"]!["deletionTimestamp"] is null)];

    private static string UidOf(JsonNode pod) => (string)pod["metadata"]!["uid"]!;

    private static string? WordOf(JsonNode pod) => (string?)pod["spec"]!["containers"]![0]!["env"]!.AsArray().Single(variable => (string?)variable!["name"] == "WORD")!["value"];
}
