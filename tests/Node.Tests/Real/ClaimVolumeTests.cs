using Slipway.Client;

namespace Slipway.Node.Tests.Real;

[Trait("Level", "Node")]
[Collection(NodeFixture.OneAtATime)]
public sealed class ClaimVolumeTests(NodeFixture fixture)
{
    private const string Volume = """, "volumes": [ { "name": "v", "persistentVolumeClaim": { "claimName": "data" } } ] """;
    private const string Mount = """, "volumeMounts": [ { "name": "v", "mountPath": "/v" } ]""";

    [Fact]
    public async Task What_a_pod_writes_to_its_claim_is_there_for_the_next()
    {
        await using var node = await RunningNode.StartAsync(fixture);
        var directory = Directory.CreateDirectory(Path.Combine(node.Home, "data")).FullName;
        await CreateAsync(node, $$"""{ "local": { "path": "{{directory}}" }, "nodeAffinity": { "required": { "nodeSelectorTerms": [ { "matchExpressions": [ { "key": "a", "operator": "Exists" } ] } ] } } }""");
        // Another user writes with the group that fsGroup gives.
        await node.CreateAsync("writer", """, "command": ["sh", "-c", "echo kept > /v/file; id -G; stat -c '%g %a' /v"]""" + Mount,
            Volume + """, "securityContext": { "runAsUser": 1000, "runAsGroup": 1000, "fsGroup": 2000 }""");
        await node.WaitForPhaseAsync("writer", "Succeeded");
        Assert.Equal("1000 2000\n2000 2775\n", await node.LogAsync("writer"));
        await node.Api.DeleteAsync(NodeKinds.Pods, "default", "writer", new() { GracePeriodSeconds = 0 });
        await node.WaitUntilGoneAsync("writer");

        await node.CreateAsync("reader", """, "command": ["sh", "-c", "cat /v/file /only; touch /v/x 2>/dev/null || echo denied"], "volumeMounts": [ { "name": "v", "mountPath": "/v" }, { "name": "v", "mountPath": "/only", "subPath": "file" } ]""",
            """, "volumes": [ { "name": "v", "persistentVolumeClaim": { "claimName": "data", "readOnly": true } } ] """);
        await node.WaitForPhaseAsync("reader", "Succeeded");
        Assert.Equal("kept\nkept\ndenied\n", await node.LogAsync("reader"));
        await node.Api.DeleteAsync(NodeKinds.Pods, "default", "reader", new() { GracePeriodSeconds = 0 });
        await node.WaitUntilGoneAsync("reader");
        Assert.Equal("kept\n", await File.ReadAllTextAsync(Path.Combine(directory, "file"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_pod_waits_for_its_claim_and_goes_on_after_the_node_was_away()
    {
        await using var node = await RunningNode.StartAsync(fixture);
        var directory = Path.Combine(node.Home, "data");
        await node.CreateAsync("waiter", """, "command": ["sh", "-c", "until [ -e /v/go ]; do sleep 0.05; done; echo went"]""" + Mount, Volume);
        await node.WaitForEventAsync("waiter", "FailedMount: MountVolume.SetUp failed for volume \"v\" : error processing PVC default/data: failed to fetch PVC from API server: persistentvolumeclaims \"data\" not found");
        await CreateAsync(node, $$"""{ "hostPath": { "path": "{{directory}}", "type": "DirectoryOrCreate" } }""");
        await node.WaitForPhaseAsync("waiter", "Running");

        // What is under way does not ask again when the claim is on its way out, but nobody new gets it.
        await node.StopAgentAsync();
        await node.Api.DeleteAsync(NodeKinds.StorageClaims, "default", "data");
        await node.StartAgentAsync();
        await node.CreateAsync("late", """, "command": ["true"]""" + Mount, Volume);
        await node.WaitForEventAsync("late", "FailedMount: MountVolume.SetUp failed for volume \"v\" : error processing PVC default/data: PVC is being deleted");
        await File.WriteAllTextAsync(Path.Combine(directory, "go"), "", TestContext.Current.CancellationToken);
        await node.WaitForPhaseAsync("waiter", "Succeeded");
    }

    [Theory]
    [InlineData("""{ "nfs": { "server": "s", "path": "/p" } }""", "error processing PVC default/data: PV pv is of the kind nfs, which this node cannot mount; supported are local and hostPath")]
    [InlineData("""{ "local": { "path": "/nowhere" }, "nodeAffinity": { "required": { "nodeSelectorTerms": [ { "matchExpressions": [ { "key": "a", "operator": "Exists" } ] } ] } } }""", "path \"/nowhere\" does not exist")]
    public async Task A_volume_that_cannot_be_mounted_is_told_of(string source, string expected)
    {
        await using var node = await RunningNode.StartAsync(fixture);
        await CreateAsync(node, source);
        await node.CreateAsync("pod", """, "command": ["true"]""" + Mount, Volume);
        await node.WaitForEventAsync("pod", $"FailedMount: MountVolume.SetUp failed for volume \"v\" : {expected}");
    }

    private static async Task CreateAsync(RunningNode node, string source)
    {
        var claim = await node.Cluster.CreateAsync("/api/v1/namespaces/default/persistentvolumeclaims",
            """{ "metadata": { "name": "data" }, "spec": { "storageClassName": "", "volumeName": "pv", "accessModes": ["ReadWriteOnce"], "resources": { "requests": { "storage": "1Gi" } } } }""");
        await node.Cluster.CreateAsync("/api/v1/persistentvolumes", $$"""
            { "metadata": { "name": "pv" }, "spec": { "capacity": { "storage": "1Gi" }, "accessModes": ["ReadWriteOnce"],
              "claimRef": { "namespace": "default", "name": "data", "uid": "{{claim["metadata"]!["uid"]}}" }, {{source[1..^1]}} } }
            """);
        await node.Cluster.PatchAsync("/api/v1/namespaces/default/persistentvolumeclaims/data/status", """{ "status": { "phase": "Bound" } }""");
    }
}
