using System.Text;
using Slipway.Client;
using Slipway.Testing;

namespace Slipway.Node.Tests.Real;

[Trait("Level", "Node")]
[Collection(NodeFixture.OneAtATime)]
public sealed class PodProbeTests(NodeFixture fixture)
{
    [Fact]
    public async Task Readiness_follows_the_probe_and_liveness_restarts()
    {
        await using var node = await RunningNode.StartAsync(fixture);
        var go = Directory.CreateDirectory(Path.Combine(node.Home, "go")).FullName;
        await node.CreateAsync("probed", """
            , "command": ["sh", "-c", "trap 'exit 0' TERM; while :; do sleep 0.05; done"], "volumeMounts": [ { "name": "go", "mountPath": "/go" } ],
            "startupProbe": { "exec": { "command": ["stat", "/go/started"] }, "periodSeconds": 1, "failureThreshold": 100 },
            "readinessProbe": { "exec": { "command": ["stat", "/go/ready"] }, "periodSeconds": 1, "failureThreshold": 1 },
            "livenessProbe": { "exec": { "command": ["sh", "-c", "[ ! -e /go/sick ] || { echo unwell; exit 1; }"] }, "periodSeconds": 1, "failureThreshold": 1 }
            """, $$""", "restartPolicy": "OnFailure", "volumes": [ { "name": "go", "hostPath": { "path": "{{go}}" } } ] """);
        var pod = await node.WaitForPhaseAsync("probed", "Running");
        Assert.Equal((false, false), (pod.Status.ContainerStatuses[0].Started, pod.Status.ContainerStatuses[0].Ready));
        await node.WaitForEventAsync("probed", "Unhealthy: Startup probe failed: ");
        await File.WriteAllTextAsync(Path.Combine(go, "started"), "");
        pod = await node.WaitAsync("probed", p => p.Status.ContainerStatuses[0].Started == true);
        Assert.False(pod.Status.ContainerStatuses[0].Ready);
        Assert.Contains(pod.Status.Conditions, c => c is { Type: "Ready", Status: "False", Reason: "ContainersNotReady" });
        await File.WriteAllTextAsync(Path.Combine(go, "ready"), "");
        await node.WaitAsync("probed", p => p.Status.Conditions.Any(c => c is { Type: "Ready", Status: "True" }));
        File.Delete(Path.Combine(go, "ready"));
        await node.WaitAsync("probed", p => p.Status.Conditions.Any(c => c is { Type: "ContainersReady", Status: "False" }));
        await File.WriteAllTextAsync(Path.Combine(go, "sick"), "");
        await node.WaitAsync("probed", p => p.Status.ContainerStatuses[0].RestartCount == 1);
        foreach (var told in new[] { "Unhealthy: Liveness probe failed: unwell\n", "Killing: Container main failed liveness probe, will be restarted" })
            await node.WaitForEventAsync("probed", told);

        var metrics = await MetricsAsync(node);
        foreach (var (type, result) in new[] { ("Startup", "failed"), ("Startup", "successful"), ("Readiness", "failed"), ("Readiness", "successful"), ("Liveness", "successful"), ("Liveness", "failed") })
            Assert.Matches($"prober_probe_total{{probe_type=\"{type}\",result=\"{result}\",container=\"main\",pod=\"probed\",namespace=\"default\",pod_uid=\"{pod.Metadata.Uid}\"}} [1-9]", metrics);
        Assert.Matches("prober_probe_duration_seconds_count{probe_type=\"Liveness\",container=\"main\",pod=\"probed\",namespace=\"default\"} [1-9]", metrics);
        await node.Cluster.Admin.DeleteAsync(NodeKinds.Pods, "default", "probed", new() { GracePeriodSeconds = 1 });
        await node.Cluster.WaitAsync(NodeKinds.Pods, "default", "probed", p => p is null);
        using var patience = new CancellationTokenSource(TestCluster.Patience);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while ((await MetricsAsync(node)).Contains("probed", StringComparison.Ordinal))
            await timer.WaitForNextTickAsync(patience.Token);
    }

    private static async Task<string> MetricsAsync(RunningNode node)
    {
        await using var answer = await node.Agent.HandleAsync(new("GET", "/metrics/probes"), default);
        Assert.Equal(200, answer.StatusCode);
        return Encoding.UTF8.GetString(answer.Body.Span);
    }

    [Fact]
    public async Task Probes_ask_by_HTTP_with_and_without_TLS_TCP_and_gRPC()
    {
        await using var node = await RunningNode.StartAsync(fixture);
        await using var server = await ProbedServer.StartAsync();
        foreach (var (name, probe) in new[]
        {
            ("http", $$"""{ "httpGet": { "host": "127.0.0.1", "port": {{server.Http}}, "path": "/hop", "httpHeaders": [ { "name": "Host", "value": "shop" }, { "name": "X-Who", "value": "probe" } ] } """),
            ("https", $$"""{ "httpGet": { "host": "127.0.0.1", "port": {{server.Https}}, "path": "/ok", "scheme": "HTTPS" } """),
            ("tcp", $$"""{ "tcpSocket": { "host": "127.0.0.1", "port": {{server.Http}} } """),
            ("bad", $$"""{ "httpGet": { "host": "127.0.0.1", "port": {{server.Http}}, "path": "/bad" } """),
            ("away", $$"""{ "httpGet": { "host": "127.0.0.1", "port": {{server.Http}}, "path": "/away" } """),
            ("closed", """{ "tcpSocket": { "port": 9 } """),
            ("slow", $$"""{ "httpGet": { "host": "127.0.0.1", "port": {{server.Http}}, "path": "/slow" } """),
        })
            await node.CreateAsync(name, $$""", "command": ["sleep", "1000"], "readinessProbe": {{probe}}, "periodSeconds": 1 }""", """, "terminationGracePeriodSeconds": 1 """);
        foreach (var (name, service) in new[] { ("grpc", ""), ("sick", "sick") })
            await node.CreateAsync(name, $$""", "command": ["sleep", "1000"], "readinessProbe": { "grpc": { "port": {{server.Grpc}}, "service": "{{service}}" }, "periodSeconds": 1 }""", """, "hostNetwork": true, "terminationGracePeriodSeconds": 1 """);
        foreach (var name in new[] { "http", "https", "tcp", "away" })
            await node.WaitAsync(name, p => p.Status?.Conditions?.Any(c => c is { Type: "Ready", Status: "True" }) == true);
        Assert.Contains("/hop shop probe kube-probe/1.37 */*", server.Seen);
        foreach (var (name, text) in new[]
        {
            ("bad", "Unhealthy: Readiness probe failed: HTTP probe failed with statuscode: 503"),
            ("away", "ProbeWarning: Readiness probe warning: Probe terminated redirects, Response body: elsewhere"),
            ("closed", "Unhealthy: Readiness probe failed: dial tcp 10."),
            ("slow", $"Unhealthy: Readiness probe failed: Get \"http://127.0.0.1:{server.Http}/slow\": no answer within 1s (timeoutSeconds)"),
        })
            await node.WaitForEventAsync(name, text);
        // The node's address is one of a documentation range that nothing answers at.
        await node.WaitForEventAsync("grpc", "Unhealthy: Readiness probe failed: timeout: ");
        Assert.Equal(Slipway.Node.Probes.ProbeResult.Success, (await Slipway.Node.Probes.GrpcProbe.RunAsync("127.0.0.1", server.Grpc, "", TimeSpan.FromSeconds(5), default)).Result);
        Assert.Equal("service unhealthy (responded with \"NOT_SERVING\")", (await Slipway.Node.Probes.GrpcProbe.RunAsync("127.0.0.1", server.Grpc, "sick", TimeSpan.FromSeconds(5), default)).Message);
    }

    [Fact]
    public async Task Hooks_run_after_the_start_and_before_the_end()
    {
        await using var node = await RunningNode.StartAsync(fixture);
        var go = Directory.CreateDirectory(Path.Combine(node.Home, "go")).FullName;
        var spec = $$""", "terminationGracePeriodSeconds": 8, "volumes": [ { "name": "go", "hostPath": { "path": "{{go}}" } } ] """;
        await node.CreateAsync("hooked", """
            , "command": ["sh", "-c", "trap 'echo end >> /go/log; exit 0' TERM; while :; do sleep 0.05; done"], "volumeMounts": [ { "name": "go", "mountPath": "/go" } ],
            "lifecycle": { "postStart": { "exec": { "command": ["sh", "-c", "while [ ! -e /go/go ]; do sleep 0.05; done; echo start >> /go/log"] } },
              "preStop": { "exec": { "command": ["sh", "-c", "echo stop >> /go/log; exit 3"] } } }
            """, spec);
        await node.WaitForEventAsync("hooked", "Started: ");
        Assert.Equal("Pending", (await node.WaitAsync("hooked", p => p.Status?.Phase is not null)).Status.Phase);
        await File.WriteAllTextAsync(Path.Combine(go, "go"), "");
        await node.WaitForPhaseAsync("hooked", "Running");
        await node.CreateAsync("broken", """, "command": ["sleep", "1000"], "lifecycle": { "postStart": { "exec": { "command": ["sh", "-c", "echo no; exit 4"] } } } """, """, "terminationGracePeriodSeconds": 1 """);
        await node.WaitForPhaseAsync("broken", "Failed");
        await node.WaitForEventAsync("broken", "FailedPostStartHook: PostStartHook failed: command 'sh -c echo no; exit 4' exited with 4: no\n");

        await node.Api.DeleteAsync(NodeKinds.Pods, "default", "hooked");
        await node.WaitUntilGoneAsync("hooked");
        Assert.Equal("start\nstop\nend\n", await File.ReadAllTextAsync(Path.Combine(go, "log")));
        await node.WaitForEventAsync("hooked", "FailedPreStopHook: PreStopHook failed: command 'sh -c echo stop >> /go/log; exit 3' exited with 3: ");
    }

    [Fact]
    public async Task Sidecars_come_up_first_and_end_last()
    {
        await using var node = await RunningNode.StartAsync(fixture);
        var go = Directory.CreateDirectory(Path.Combine(node.Home, "go")).FullName;
        string Container(string name, string more, string work = "while :; do sleep 0.05; done") => $$"""
            { "name": "{{name}}", "image": "{{NodeFixture.Busybox}}", "command": ["sh", "-c", "echo +{{name}} >> /go/log; trap 'echo -{{name}} >> /go/log; exit 0' TERM; {{work}}"], "volumeMounts": [ { "name": "go", "mountPath": "/go" } ] {{more}} }
            """;
        await node.CreateAsync(System.Text.Json.Nodes.JsonNode.Parse($$"""
            { "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "aided" }, "spec": { "nodeName": "{{node.Name}}", "restartPolicy": "Never", "terminationGracePeriodSeconds": 10,
              "volumes": [ { "name": "go", "hostPath": { "path": "{{go}}" } } ],
              "initContainers": [
                {{Container("one", """, "restartPolicy": "Always", "startupProbe": { "exec": { "command": ["stat", "/go/up"] }, "periodSeconds": 1, "failureThreshold": 100 } """)}},
                {{Container("two", """, "restartPolicy": "Always" """)}} ],
              "containers": [ {{Container("main", "", "while [ ! -e /go/done ]; do sleep 0.05; done; echo -main >> /go/log")}} ] } }
            """)!);
        await node.WaitForEventAsync("aided", "Unhealthy: Startup probe failed: ");
        Assert.Equal("+one\n", await File.ReadAllTextAsync(Path.Combine(go, "log")));
        await File.WriteAllTextAsync(Path.Combine(go, "up"), "");
        await node.WaitForPhaseAsync("aided", "Running");
        await File.WriteAllTextAsync(Path.Combine(go, "done"), "");
        await node.WaitForPhaseAsync("aided", "Succeeded");
        Assert.Equal("+one\n+two\n+main\n-main\n-two\n-one\n", await File.ReadAllTextAsync(Path.Combine(go, "log")));
    }
}
