using System.Text.Json.Nodes;
using Slipway.Testing;

namespace EndToEnd.Tests;

/// <summary>What <c>slipway why</c> says of real containers that do not do as declared.</summary>
public sealed class WhyTests(ClusterFixture cluster)
{
    private readonly SlipwayCli slipway = cluster.Slipway;

    public static TheoryData<string, string, string[]> Broken => new()
    {
        { "absent", "image: slipway.local/absent:1", ["Image \"slipway.local/absent:1\" has not been built on this cluster", "slipway image build -t slipway.local/absent:1"] },
        { "mistyped", Runs("[serve]"), ["Container main cannot be started", "The image has no program \"serve\"", "in deployment/mistyped, spec.template.spec.containers[0].command[0]"] },
        { "failing", Runs("[sh, -c, 'echo no table called sales; exit 3']"), ["it ended with exit code 3", "log: no table called sales"] },
        { "greedy", $"{Runs("[tail, /dev/zero]")}, resources: {{ limits: {{ memory: 16Mi }} }}", ["was killed at its memory limit of 16Mi", "containers[0].resources.limits.memory: 32Mi"] },
        { "unready", $"{Runs("[sleep, '600']")}, readinessProbe: {{ periodSeconds: 1, tcpSocket: {{ port: 9 }} }}", ["its readiness probe fails", "Nothing listens on port 9"] },
        { "unmade", $"{Runs("[sleep, '600']")}, securityContext: {{ runAsNonRoot: true }}", ["runAsNonRoot is asked for, but the image's user is root", "containers[0].securityContext.runAsUser: 1000"] },
    };

    [Theory]
    [MemberData(nameof(Broken))]
    public async Task A_deployment_that_is_not_as_declared_is_explained(string name, string container, string[] said)
    {
        await ApplyAsync(name, container);
        // Between two ends of its container a pod may be available for a moment.
        var begin = $"Deployment {name} is not as declared: 0 of 1 pods are available.\n";
        await WaitForAsync($"deployment/{name}", 1, answer => answer.StartsWith(begin, StringComparison.Ordinal) && said.All(phrase => answer.Contains(phrase, StringComparison.Ordinal)));
        (await slipway.RunAsync("delete", "deployment", name)).Expect();
    }

    [Fact]
    public async Task What_is_mended_as_it_says_is_as_declared()
    {
        await ApplyAsync("waiting", $"{Runs("[sleep, '600']")}, envFrom: [{{ configMapRef: {{ name: waiting-settings }} }}]");
        const string Mend = "kubectl create configmap waiting-settings --from-literal=KEY=VALUE -n default";
        await WaitForAsync("deployment/waiting", 1, answer => answer.Contains("There is no ConfigMap \"waiting-settings\"", StringComparison.Ordinal) && answer.Contains(Mend, StringComparison.Ordinal));
        Assert.Contains((await slipway.RunAsync("why", "-o", "json")).Expect(1).Out is var all ? JsonNode.Parse(all)!["items"]!.AsArray() : [],
            item => (string?)item!["object"]!["name"] == "waiting" && (bool)item["asDeclared"]! == false);

        (await slipway.KubectlAsync(Mend.Split(' ')[1..])).Expect();
        await WaitForAsync("deployment/waiting", 0, answer => answer == "Deployment waiting is as declared: 1 of 1 pods is available.\n");
        (await slipway.RunAsync("delete", "deployment", "waiting")).Expect();
        (await slipway.KubectlAsync("delete", "configmap", "waiting-settings", "-n", "default")).Expect();
    }

    private static string Runs(string command) => $"image: {BusyboxImage.Name}, command: {command}";

    private async Task ApplyAsync(string name, string container) => (await slipway.RunWithInputAsync($$"""
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: {{name}} }
        spec:
          selector: { matchLabels: { app: {{name}} } }
          template:
            metadata: { labels: { app: {{name}} } }
            spec: { terminationGracePeriodSeconds: 0, containers: [{ name: main, {{container}} }] }
        """, "apply", "-f", "-")).Expect();

    private async Task<string> WaitForAsync(string target, int exitCode, Func<string, bool> condition)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(250));
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        var last = await slipway.RunAsync("why", target);
        while (last.ExitCode != exitCode || !condition(last.Out))
        {
            if (patience.IsCancellationRequested) Assert.Fail($"\"slipway why {target}\" ends with {last.ExitCode} and says:\n{last.Out}{last.Error}");
            await timer.WaitForNextTickAsync(CancellationToken.None);
            last = await slipway.RunAsync("why", target);
        }
        return last.Out;
    }
}
