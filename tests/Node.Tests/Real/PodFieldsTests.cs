using System.Text.Json.Nodes;
using Slipway.Node.Volumes;

namespace Slipway.Node.Tests.Real;

[Trait("Level", "Node")]
[Collection(NodeFixture.OneAtATime)]
public sealed class PodFieldsTests(NodeFixture fixture)
{
    [Fact]
    public async Task Init_containers_run_in_order_before_the_others_and_share_volumes()
    {
        await using var node = await RunningNode.StartAsync(fixture);
        await node.CreateAsync(JsonNode.Parse($$"""
            { "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "several" }, "spec": { "nodeName": "{{node.Name}}", "restartPolicy": "Never",
              "volumes": [ { "name": "shared", "emptyDir": {} } ],
              "initContainers": [
                { "name": "one", "image": "{{NodeFixture.Busybox}}", "command": ["sh", "-c", "echo one >> /shared/log"], "volumeMounts": [ { "name": "shared", "mountPath": "/shared" } ] },
                { "name": "two", "image": "{{NodeFixture.Busybox}}", "command": ["sh", "-c", "echo two >> /shared/log"], "volumeMounts": [ { "name": "shared", "mountPath": "/shared" } ] } ],
              "containers": [
                { "name": "main", "image": "{{NodeFixture.Busybox}}", "command": ["sh", "-c", "cat /shared/log; exit 4"], "volumeMounts": [ { "name": "shared", "mountPath": "/shared", "readOnly": true } ] },
                { "name": "side", "image": "{{NodeFixture.Busybox}}", "command": ["sh", "-c", "touch /shared/x && exit 0; exit 5"], "volumeMounts": [ { "name": "shared", "mountPath": "/shared", "readOnly": true } ] } ] } }
            """)!);
        var pod = await node.WaitForPhaseAsync("several", "Failed");
        Assert.Equal("one\ntwo\n", await node.LogAsync("several"));
        Assert.All(pod.Status.InitContainerStatuses, s => Assert.Equal(("Completed", true), (s.State.Terminated.Reason, s.Ready)));
        Assert.Equal([4, 5], pod.Status.ContainerStatuses.Select(s => s.State.Terminated.ExitCode));
        Assert.All(pod.Status.ContainerStatuses, s => Assert.Equal("Error", s.State.Terminated.Reason));
        Assert.Equal("True", pod.Status.Conditions.Single(c => c.Type == "Initialized").Status);
    }

    [Fact]
    public async Task An_init_container_that_fails_ends_a_pod_that_is_not_restarted()
    {
        await using var node = await RunningNode.StartAsync(fixture);
        await node.CreateAsync("init-fails", """, "command": ["echo", "never"] """,
            $$""", "initContainers": [ { "name": "first", "image": "{{NodeFixture.Busybox}}", "command": ["sh", "-c", "exit 9"] } ] """);
        var pod = await node.WaitForPhaseAsync("init-fails", "Failed");
        Assert.Equal(9, pod.Status.InitContainerStatuses[0].State.Terminated.ExitCode);
        Assert.Equal("PodInitializing", pod.Status.ContainerStatuses[0].State.Waiting.Reason);
    }

    [Fact]
    public async Task The_environment_comes_from_values_fields_maps_and_secrets()
    {
        await using var node = await RunningNode.StartAsync(fixture);
        await node.Cluster.CreateAsync("/api/v1/namespaces/default/configmaps", """{ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "colours" }, "data": { "sky": "blue", "SUN": "yellow" } }""");
        await node.Cluster.CreateAsync("/api/v1/namespaces/default/secrets", """{ "apiVersion": "v1", "kind": "Secret", "metadata": { "name": "keys" }, "data": { "door": "c2VzYW1l" } }""");
        await node.CreateAsync("environment", """
            , "command": ["sh", "-c", "echo \"$A|$B|$NAME|$LABEL|$IP|$HOST|$SKY|$DOOR|$P_SUN|$CPU|$MEMORY|[$NONE]\"; echo \"$0 $1 $2\"", "$(B)", "$$(B)", "$(nobody)"],
            "resources": { "limits": { "cpu": "500m", "memory": "64Mi" } },
            "envFrom": [ { "prefix": "P_", "configMapRef": { "name": "colours" } }, { "secretRef": { "name": "none", "optional": true } } ],
            "env": [ { "name": "A", "value": "a" }, { "name": "B", "value": "$(A)b" },
              { "name": "NAME", "valueFrom": { "fieldRef": { "fieldPath": "metadata.name" } } },
              { "name": "LABEL", "valueFrom": { "fieldRef": { "fieldPath": "metadata.labels['shade']" } } },
              { "name": "IP", "valueFrom": { "fieldRef": { "fieldPath": "status.podIP" } } },
              { "name": "HOST", "valueFrom": { "fieldRef": { "fieldPath": "status.hostIP" } } },
              { "name": "SKY", "valueFrom": { "configMapKeyRef": { "name": "colours", "key": "sky" } } },
              { "name": "DOOR", "valueFrom": { "secretKeyRef": { "name": "keys", "key": "door" } } },
              { "name": "NONE", "valueFrom": { "secretKeyRef": { "name": "keys", "key": "window", "optional": true } } },
              { "name": "CPU", "valueFrom": { "resourceFieldRef": { "resource": "limits.cpu", "divisor": "1m" } } },
              { "name": "MEMORY", "valueFrom": { "resourceFieldRef": { "resource": "limits.memory" } } } ]
            """, metadata: """, "labels": { "shade": "dark" } """);
        var pod = await node.WaitForPhaseAsync("environment", "Succeeded");
        Assert.Equal($"a|ab|environment|dark|{pod.Status.PodIP}|192.0.2.1|blue|sesame|yellow|500|67108864|[]\nab $(B) $(nobody)\n", await node.LogAsync("environment"));
    }

    [Fact]
    public async Task A_secret_that_is_missing_holds_the_container_up_until_it_comes()
    {
        await using var node = await RunningNode.StartAsync(fixture);
        await node.CreateAsync("waits", """, "command": ["sh", "-c", "echo $K"], "env": [ { "name": "K", "valueFrom": { "secretKeyRef": { "name": "late", "key": "k" } } } ] """);
        var pod = await node.WaitAsync("waits", p => p.Status?.ContainerStatuses?[0].State.Waiting?.Reason == "CreateContainerConfigError");
        Assert.Equal("secret \"late\" not found", pod.Status.ContainerStatuses[0].State.Waiting.Message);
        await node.Cluster.CreateAsync("/api/v1/namespaces/default/secrets", """{ "apiVersion": "v1", "kind": "Secret", "metadata": { "name": "late" }, "data": { "k": "dg==" } }""");
        await node.WaitForPhaseAsync("waits", "Succeeded");
        Assert.Equal("v\n", await node.LogAsync("waits"));
    }

    [Fact]
    public async Task Volumes_are_files_with_the_modes_and_places_asked_for()
    {
        await using var node = await RunningNode.StartAsync(fixture);
        var host = Directory.CreateDirectory(Path.Combine(node.Home, "host")).FullName;
        await File.WriteAllTextAsync(Path.Combine(host, "there"), "from the host");
        await node.Cluster.CreateAsync("/api/v1/namespaces/default/configmaps", """{ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "files" }, "data": { "a": "A", "b": "B" } }""");
        await node.Cluster.CreateAsync("/api/v1/namespaces/default/secrets", """{ "apiVersion": "v1", "kind": "Secret", "metadata": { "name": "keys" }, "data": { "door": "c2VzYW1l" } }""");
        await node.CreateAsync("volumes", """
            , "command": ["sh", "-c", "cat /map/sub/a /key/door /host/there /only/b; echo; stat -L -c %a /map/sub/a /key/door; stat -f -c %T /memory /key; ls /map; cat /about/labels; echo w > /host/new; cat /etc/hosts | head -1; hostname"],
            "volumeMounts": [ { "name": "map", "mountPath": "/map" }, { "name": "key", "mountPath": "/key" }, { "name": "host", "mountPath": "/host" },
              { "name": "all", "mountPath": "/only/b", "subPath": "b" }, { "name": "memory", "mountPath": "/memory" }, { "name": "about", "mountPath": "/about" } ]
            """, $$"""
            , "volumes": [ { "name": "map", "configMap": { "name": "files", "items": [ { "key": "a", "path": "sub/a", "mode": 256 } ] } },
              { "name": "all", "configMap": { "name": "files" } },
              { "name": "key", "secret": { "secretName": "keys", "defaultMode": 384 } },
              { "name": "host", "hostPath": { "path": "{{host}}", "type": "Directory" } },
              { "name": "memory", "emptyDir": { "medium": "Memory", "sizeLimit": "1Mi" } },
              { "name": "about", "downwardAPI": { "items": [ { "path": "labels", "fieldRef": { "fieldPath": "metadata.labels" } } ] } } ]
            """, """, "labels": { "x": "y" } """);
        await node.WaitForPhaseAsync("volumes", "Succeeded");
        Assert.Equal("Asesamefrom the hostB\n400\n600\ntmpfs\ntmpfs\nsub\nx=\"y\"# Kubernetes-managed hosts file.\nvolumes\n", await node.LogAsync("volumes"));
        Assert.Equal("w\n", await File.ReadAllTextAsync(Path.Combine(host, "new")));
    }

    [Fact]
    public async Task A_subpath_does_not_follow_a_link_out_of_its_volume()
    {
        await using var node = await RunningNode.StartAsync(fixture);
        var host = Directory.CreateDirectory(Path.Combine(node.Home, "links")).FullName;
        File.CreateSymbolicLink(Path.Combine(host, "out"), "/etc");
        await node.CreateAsync("escape", """, "command": ["ls", "/out"], "volumeMounts": [ { "name": "v", "mountPath": "/out", "subPath": "out" } ] """,
            $$""", "volumes": [ { "name": "v", "hostPath": { "path": "{{host}}" } } ] """);
        var pod = await node.WaitAsync("escape", p => p.Status?.ContainerStatuses?[0].State.Waiting?.Reason == "CreateContainerConfigError");
        Assert.Equal("subPath \"out\" leaves its volume through a symbolic link", pod.Status.ContainerStatuses[0].State.Waiting.Message);
    }

    [Fact]
    public async Task An_inline_volume_is_published_before_and_unpublished_after_the_containers()
    {
        var driver = new RecordingDriver();
        await using var node = await RunningNode.StartAsync(fixture, driver);
        await node.CreateAsync("inline", """, "command": ["cat", "/task/word"], "volumeMounts": [ { "name": "task", "mountPath": "/task", "readOnly": true } ] """,
            """, "volumes": [ { "name": "task", "csi": { "driver": "test.slipway.dev", "readOnly": true, "volumeAttributes": { "word": "open" } } } ] """);
        await node.WaitForPhaseAsync("inline", "Succeeded");
        Assert.Equal("open", await node.LogAsync("inline"));
        await driver.Unpublished.Task.WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Rights_are_those_that_the_pod_asks_for()
    {
        await using var node = await RunningNode.StartAsync(fixture);
        await node.CreateAsync("rights", """
            , "command": ["sh", "-c", "id -u; id -g; touch /x 2>/dev/null || echo read-only; grep -E 'CapEff|NoNewPrivs' /proc/self/status | tr -d '\\t'"],
            "securityContext": { "runAsUser": 1000, "runAsGroup": 1001, "runAsNonRoot": true, "readOnlyRootFilesystem": true, "allowPrivilegeEscalation": false, "capabilities": { "drop": ["ALL"] } }
            """);
        await node.CreateAsync("root", """, "securityContext": { "runAsNonRoot": true } """);
        await node.CreateAsync("privileged", """, "command": ["sh", "-c", "ls /dev/null; grep CapEff /proc/self/status | cut -c9-"], "securityContext": { "privileged": true } """);
        await node.WaitForPhaseAsync("rights", "Succeeded");
        Assert.Equal("1000\n1001\nread-only\nCapEff:0000000000000000\nNoNewPrivs:1\n", (await node.LogAsync("rights")).Replace("\t", "", StringComparison.Ordinal));
        var root = await node.WaitAsync("root", p => p.Status?.ContainerStatuses?[0].State.Waiting?.Reason == "CreateContainerConfigError");
        Assert.StartsWith("container has runAsNonRoot and image will run as root", root.Status.ContainerStatuses[0].State.Waiting.Message, StringComparison.Ordinal);
        await node.WaitForPhaseAsync("privileged", "Succeeded");
        Assert.DoesNotContain("00000000a80425fb", await node.LogAsync("privileged"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pod_on_the_host_network_has_the_nodes_address_and_namespace()
    {
        await using var node = await RunningNode.StartAsync(fixture);
        await node.CreateAsync("host", """, "command": ["ls", "-l", "/proc/self/ns/net"] """, """, "hostNetwork": true """);
        var pod = await node.WaitForPhaseAsync("host", "Succeeded");
        Assert.Equal("192.0.2.1", pod.Status.PodIP);
        Assert.Contains($"-> {new FileInfo("/proc/self/ns/net").LinkTarget}", await node.LogAsync("host"), StringComparison.Ordinal);
    }

    private sealed class RecordingDriver : IInlineVolumeDriver
    {
        public TaskCompletionSource Unpublished { get; } = new();

        public string Name => "test.slipway.dev";

        public async ValueTask PublishAsync(InlineVolume volume, CancellationToken cancellation) =>
            await File.WriteAllTextAsync(Path.Combine(volume.Target, "word"), volume.Attributes["word"], cancellation);

        public ValueTask UnpublishAsync(string podUid, string target, CancellationToken cancellation)
        {
            Unpublished.TrySetResult();
            return ValueTask.CompletedTask;
        }
    }
}
