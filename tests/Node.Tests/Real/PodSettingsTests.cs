using Slipway.Client;

namespace Slipway.Node.Tests.Real;

[Trait("Level", "Node")]
[Collection(NodeFixture.OneAtATime)]
public sealed class PodSettingsTests(NodeFixture fixture)
{
    [Fact]
    public async Task A_log_that_grows_too_large_is_rotated_and_followed_on()
    {
        await using var node = await RunningNode.StartAsync(fixture, o => o with { LogMaxBytes = 20_000, LogMaxFiles = 3, HousekeepingPeriod = TimeSpan.FromMilliseconds(300) });
        await node.CreateAsync("talks", """
            , "command": ["sh", "-c", "i=0; while [ $i -lt 3000 ]; do echo line $i; i=$((i+1)); [ $((i % 10)) != 0 ] || sleep 0.02; done"]
            """);
        var pod = await node.WaitForPhaseAsync("talks", "Running");
        var lines = (await node.LogAsync("talks", "follow=true")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(Enumerable.Range(0, 3000).Select(i => $"line {i}"), lines);
        // Whatever is under way as the container ends, comes to an end; what its runtime no longer opened anew is not put aside.
        var directory = Path.Combine(node.Options.LogsRoot, $"default_talks_{pod.Metadata.Uid}", "main");
        using var patience = new CancellationTokenSource(Slipway.Testing.TestCluster.Patience);
        List<string> logs;
        do
        {
            logs = [.. Directory.EnumerateFiles(directory).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal)];
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, patience.Token);
        }
        while (!(logs is ["0.log", var compressed, ..] and { Count: <= 3 } && compressed.EndsWith(".gz", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Resources_change_while_the_container_runs()
    {
        await using var node = await RunningNode.StartAsync(fixture);
        await node.CreateAsync("resized", """
            , "command": ["sleep", "1000"], "resources": { "requests": { "cpu": "100m", "memory": "32Mi" }, "limits": { "cpu": "200m", "memory": "64Mi" } },
              "resizePolicy": [ { "resourceName": "cpu", "restartPolicy": "NotRequired" }, { "resourceName": "memory", "restartPolicy": "RestartContainer" } ]
            """, """, "restartPolicy": "Always", "terminationGracePeriodSeconds": 1 """);
        var before = await node.WaitForPhaseAsync("resized", "Running");
        Assert.Equal("200m", before.Status.ContainerStatuses[0].Resources.Limits["cpu"].ToString());
        Assert.Equal("20000", Quota($"pod{before.Metadata.Uid}"));
        await node.Cluster.PatchAsync("/api/v1/namespaces/default/pods/resized/resize", """{ "spec": { "containers": [ { "name": "main", "resources": { "requests": { "cpu": "150m", "memory": "32Mi" }, "limits": { "cpu": "300m", "memory": "64Mi" } } } ] } }""".Replace("\"name\": \"main\",", $"\"name\": \"main\", \"image\": \"{NodeFixture.Busybox}\",", StringComparison.Ordinal));
        var after = await node.WaitAsync("resized", p => p.Status.ContainerStatuses[0].Resources?.Limits["cpu"].ToString() == "300m");
        Assert.Equal((0, before.Status.ContainerStatuses[0].ContainerID), (after.Status.ContainerStatuses[0].RestartCount, after.Status.ContainerStatuses[0].ContainerID));
        var id = after.Status.ContainerStatuses[0].ContainerID["containerd://".Length..];
        Assert.Equal("30000", Quota(id));
        await node.WaitForEventAsync("resized", "ResizeCompleted: ");
        Assert.Equal("30000", Quota($"pod{after.Metadata.Uid}"));
        await node.WaitAsync("resized", p => p.Status.Conditions.All(c => !c.Type.StartsWith("PodResize", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task What_a_pod_may_use_as_a_whole_holds_for_a_container_without_limits()
    {
        await using var node = await RunningNode.StartAsync(fixture);
        await node.CreateAsync("whole", """, "command": ["sh", "-c", "exec tail /dev/zero"] """, """, "resources": { "limits": { "cpu": "500m", "memory": "24Mi" } } """);
        var pod = await node.WaitForPhaseAsync("whole", "Failed");
        Assert.Equal("OOMKilled", pod.Status.ContainerStatuses[0].State.Terminated.Reason);
        Assert.Equal("50000", Quota($"pod{pod.Metadata.Uid}"));
    }

    [Fact]
    public async Task A_sandbox_that_the_runtime_has_not_is_waited_for()
    {
        await using var node = await RunningNode.StartAsync(fixture);
        foreach (var (name, handler) in new[] { ("usual", "runc"), ("kata", "kata") })
        {
            await node.Api.CreateIfAbsentAsync(NodeKinds.RuntimeClasses, new() { Metadata = new() { Name = name }, Handler = handler }, default);
            await node.CreateAsync(name, """, "command": ["true"] """, $", \"runtimeClassName\": \"{name}\" ");
        }
        await node.WaitForPhaseAsync("usual", "Succeeded");
        await node.WaitForEventAsync("kata", "FailedCreatePodSandBox: Failed to create pod sandbox: failed to get sandbox runtime: no runtime for \"kata\" is configured");
        Assert.Equal("Pending", (await node.WaitAsync("kata", p => p.Status?.ContainerStatuses is [{ State.Waiting.Reason: "ContainerCreating" }])).Status.Phase);
    }

    private static string Quota(string id) => Directory.EnumerateDirectories("/sys/fs/cgroup", id, SearchOption.AllDirectories)
        .SelectMany(d => new[] { Path.Combine(d, "cpu.cfs_quota_us"), Path.Combine(d, "cpu.max") }).Where(File.Exists)
        .Select(f => File.ReadAllText(f).Split(' ')[0].Trim()).First();

    [Fact]
    public async Task A_node_short_of_memory_says_so_and_evicts_who_takes_the_most_over_its_request()
    {
        await using var node = await RunningNode.StartAsync(fixture, o => o with { HousekeepingPeriod = TimeSpan.FromSeconds(2), Pressure = new() { Memory = long.MaxValue } });
        await node.CreateAsync("modest", """, "command": ["sleep", "1000"], "resources": { "requests": { "memory": "64Mi" } } """, """, "terminationGracePeriodSeconds": 1 """);
        await node.CreateAsync("greedy", """, "command": ["sleep", "1000"] """, """, "terminationGracePeriodSeconds": 1 """);
        var pod = await node.WaitForPhaseAsync("greedy", "Failed");
        Assert.Equal("Evicted", pod.Status.Reason);
        Assert.StartsWith("The node was low on resource: memory. Threshold quantity: ", pod.Status.Message, StringComparison.Ordinal);
        Assert.Contains("Container main was using ", pod.Status.Message, StringComparison.Ordinal);
        await node.WaitForEventAsync(node.Name, "EvictionThresholdMet: Attempting to reclaim memory");
    }

    [Fact]
    public async Task A_pod_that_fills_a_volume_over_its_limit_is_evicted()
    {
        await using var node = await RunningNode.StartAsync(fixture, o => o with { HousekeepingPeriod = TimeSpan.FromMilliseconds(200) });
        await node.CreateAsync("greedy", """, "command": ["sh", "-c", "head -c 3000000 /dev/zero > /data/file; sleep 1000"], "volumeMounts": [ { "name": "data", "mountPath": "/data" } ] """,
            """, "restartPolicy": "Always", "volumes": [ { "name": "data", "emptyDir": { "sizeLimit": "2Mi" } } ] """);
        var pod = await node.WaitForPhaseAsync("greedy", "Failed");
        Assert.Equal(("Evicted", "Usage of EmptyDir volume \"data\" exceeds the limit \"2Mi\". "), (pod.Status.Reason, pod.Status.Message));
        Assert.Contains(pod.Status.Conditions, c => c is { Type: "DisruptionTarget", Status: "True", Reason: "TerminationByKubelet" });
        await node.WaitForEventAsync("greedy", "Evicted: Usage of EmptyDir volume");
        await node.WaitAsync("greedy", p => p.Status.ContainerStatuses[0].State.Terminated is not null);
    }

    [Fact]
    public async Task A_pod_knows_itself_and_others_by_name()
    {
        await using var node = await RunningNode.StartAsync(fixture);
        await node.CreateAsync("named", """, "command": ["sh", "-c", "hostname; tail -n 4 /etc/hosts"] """,
            """, "hostname": "db", "subdomain": "peers", "setHostnameAsFQDN": true, "hostAliases": [ { "ip": "192.0.2.7", "hostnames": ["a.example.org"] } ] """);
        var pod = await node.WaitForPhaseAsync("named", "Succeeded");
        Assert.Equal($"db.peers.default.svc.cluster.local\n{pod.Status.PodIP}\tdb.peers.default.svc.cluster.local\tdb\n\n# Entries added by HostAliases.\n192.0.2.7\ta.example.org\n", await node.LogAsync("named"));
        await node.CreateAsync("long", """, "command": ["true"] """, $$""", "subdomain": "{{new string('s', 40)}}", "setHostnameAsFQDN": true """);
        await node.WaitForEventAsync("long", "FailedCreatePodSandBox: Failed to create pod sandbox: Failed to construct FQDN");
    }

    [Fact]
    public async Task Namespaces_are_shared_with_the_host_or_among_containers_as_asked()
    {
        await using var node = await RunningNode.StartAsync(fixture);
        await node.CreateAsync("host", """, "command": ["sh", "-c", "readlink /proc/self/ns/pid; readlink /proc/self/ns/ipc"] """, """, "hostPID": true, "hostIPC": true """);
        await node.CreateAsync("shared", """, "command": ["sh", "-c", "cat /proc/1/cmdline | tr '\\0' ' '"] """, """, "shareProcessNamespace": true """);
        await node.CreateAsync("alone", """, "command": ["sh", "-c", "cat /proc/1/cmdline | tr '\\0' ' '"] """);
        foreach (var name in new[] { "host", "shared", "alone" })
            await node.WaitForPhaseAsync(name, "Succeeded");
        Assert.Equal($"{new FileInfo("/proc/self/ns/pid").LinkTarget}\n{new FileInfo("/proc/self/ns/ipc").LinkTarget}\n", await node.LogAsync("host"));
        Assert.Equal("/bin/busybox sleep 1000000 ", await node.LogAsync("shared"));
        Assert.StartsWith("sh -c cat", await node.LogAsync("alone"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Groups_own_volumes_and_kernel_settings_are_the_pods_own()
    {
        await using var node = await RunningNode.StartAsync(fixture);
        await node.CreateAsync("owned", """
            , "command": ["sh", "-c", "id; stat -c '%a %u %g' /data /memory; touch /data/x /memory/x; stat -c %g /data/x; cat /proc/sys/net/ipv4/ip_unprivileged_port_start; grep -E 'Seccomp:|CapEff' /proc/self/status | tr '\\t' ' '"],
            "securityContext": { "capabilities": { "add": ["NET_ADMIN"], "drop": ["ALL"] } },
            "volumeMounts": [ { "name": "data", "mountPath": "/data" }, { "name": "memory", "mountPath": "/memory" } ]
            """, """
            , "securityContext": { "runAsUser": 1000, "runAsGroup": 1001, "fsGroup": 2000, "fsGroupChangePolicy": "OnRootMismatch", "supplementalGroups": [3000],
                "sysctls": [ { "name": "net.ipv4.ip_unprivileged_port_start", "value": "0" } ] },
              "volumes": [ { "name": "data", "emptyDir": {} }, { "name": "memory", "emptyDir": { "medium": "Memory" } } ]
            """);
        await node.CreateAsync("free", """, "command": ["sh", "-c", "grep Seccomp: /proc/self/status | tr '\\t' ' '"], "securityContext": { "seccompProfile": { "type": "Unconfined" } } """);
        await node.CreateAsync("forbidden", """, "command": ["true"] """, """, "securityContext": { "sysctls": [ { "name": "kernel.msgmax", "value": "9000" } ] } """);
        var user = (await node.WaitForPhaseAsync("owned", "Succeeded")).Status.ContainerStatuses[0].User.Linux;
        Assert.Equal((1000, 1001, "1001 2000 3000"), (user.Uid, user.Gid, string.Join(' ', user.SupplementalGroups.Order())));
        Assert.Equal("uid=1000 gid=1001 groups=2000,3000\n2777 0 2000\n2777 0 2000\n2000\n0\nCapEff: 0000000000000000\nSeccomp: 2\n",
            (await node.LogAsync("owned")).Replace("groups=3000,2000", "groups=2000,3000", StringComparison.Ordinal).Replace("groups=1001,", "groups=", StringComparison.Ordinal));
        await node.WaitForPhaseAsync("free", "Succeeded");
        Assert.Equal("Seccomp: 0\n", await node.LogAsync("free"));
        var forbidden = await node.WaitForPhaseAsync("forbidden", "Failed");
        await node.WaitForEventAsync("forbidden", "SysctlForbidden: forbidden sysctl: ");
        Assert.Equal(("SysctlForbidden", "Pod was rejected: forbidden sysctl: \"kernel.msgmax\" not allowlisted"), (forbidden.Status.Reason, forbidden.Status.Message));
    }
}
