using System.Text.Json.Nodes;
using k8s.Models;
using Slipway.ApiServer;
using Slipway.Client;
using Slipway.Node.Volumes;
using Slipway.Testing;

namespace Slipway.Node.Tests.Real;

[Trait("Level", "Node")]
[Collection(NodeFixture.OneAtATime)]
public sealed class PodVolumeTests(NodeFixture fixture)
{
    [Fact]
    public async Task What_volumes_show_follows_its_objects_but_for_subpaths()
    {
        await using var node = await RunningNode.StartAsync(fixture);
        await node.Cluster.CreateAsync("/api/v1/namespaces/default/configmaps", """{ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "map" }, "data": { "a": "old", "gone": "x" } }""");
        await node.CreateAsync("live", """
            , "command": ["sh", "-c", "until grep -q new /map/a && grep -q new /all/a && grep -q later /all/notes && [ -e /maybe/key ] && [ ! -e /map/gone ]; do sleep 0.05; done; cat /map/a /only /maybe/key; ls /map"],
            "volumeMounts": [ { "name": "map", "mountPath": "/map" }, { "name": "map", "mountPath": "/only", "subPath": "a" }, { "name": "maybe", "mountPath": "/maybe" }, { "name": "all", "mountPath": "/all" } ]
            """, """
            , "volumes": [ { "name": "map", "configMap": { "name": "map" } }, { "name": "maybe", "secret": { "secretName": "late", "optional": true } },
              { "name": "all", "projected": { "sources": [ { "configMap": { "name": "map" } }, { "downwardAPI": { "items": [ { "path": "notes", "fieldRef": { "fieldPath": "metadata.annotations" } } ] } } ] } } ]
            """);
        await node.WaitForPhaseAsync("live", "Running");
        await node.Cluster.PatchAsync("/api/v1/namespaces/default/configmaps/map", """{ "data": { "a": "new", "gone": null } }""");
        await node.Cluster.PatchAsync("/api/v1/namespaces/default/pods/live", """{ "metadata": { "annotations": { "note": "later" } } }""");
        await node.Cluster.CreateAsync("/api/v1/namespaces/default/secrets", """{ "apiVersion": "v1", "kind": "Secret", "metadata": { "name": "late" }, "data": { "key": "a2V5" } }""");
        await node.WaitForPhaseAsync("live", "Succeeded");
        Assert.Equal("newoldkeya\n", await node.LogAsync("live"));
    }

    [Fact]
    public async Task A_user_may_write_to_the_parts_of_a_volume_that_are_made_for_its_container()
    {
        await using var node = await RunningNode.StartAsync(fixture);
        await node.CreateAsync("parts", """
            , "command": ["sh", "-c", "echo written > /run/app/pid && cat /run/app/pid && stat -c '%a %g' /run/app"],
            "volumeMounts": [ { "name": "work", "mountPath": "/run/app", "subPath": "run/app" } ]
            """, """
            , "securityContext": { "runAsUser": 1000, "runAsGroup": 1000, "fsGroup": 2000 }, "volumes": [ { "name": "work", "emptyDir": {} } ]
            """);
        await node.WaitForPhaseAsync("parts", "Succeeded");
        Assert.Equal("written\n2777 2000\n", await node.LogAsync("parts"));
    }

    [Fact]
    public async Task What_shows_objects_cannot_be_written_to_and_holds_other_mounts()
    {
        await using var node = await RunningNode.StartAsync(fixture);
        await node.Cluster.CreateAsync("/api/v1/namespaces/default/configmaps", """{ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "map" }, "data": { "a": "1", "b": "2" } }""");
        await node.CreateAsync("nested", """
            , "command": ["sh", "-c", "exec 2>&1; echo > /etc/app/new; echo > /etc/app/a; echo x > /etc/app/cache/file && cat /etc/app/a /etc/app/b.d/b /etc/app/cache/file"],
            "volumeMounts": [ { "name": "work", "mountPath": "/etc/app/cache" }, { "name": "map", "mountPath": "/etc/app" }, { "name": "map", "mountPath": "/etc/app/b.d/b", "subPath": "b" } ]
            """, """
            , "volumes": [ { "name": "map", "configMap": { "name": "map" } }, { "name": "work", "emptyDir": {} } ]
            """);
        await node.WaitForPhaseAsync("nested", "Succeeded");
        Assert.Matches(@"^sh: .*/new: Read-only file system\nsh: .*/a: Read-only file system\n12x\n$", await node.LogAsync("nested"));
    }

    [Fact]
    public async Task Pods_get_a_token_of_their_account_the_root_certificate_and_their_namespace()
    {
        await using var node = await RunningNode.StartAsync(fixture, new ApiServerOptions { ServiceAccounts = true, MountServiceAccountTokens = true });
        await node.Cluster.CreateAsync("/api/v1/namespaces/default/serviceaccounts", """{ "apiVersion": "v1", "kind": "ServiceAccount", "metadata": { "name": "default" } }""");
        await node.CreateAsync("client", """
            , "command": ["sh", "-c", "cd /var/run/secrets/kubernetes.io/serviceaccount; stat -L -c '%a %u' token; cat namespace; echo; cat ca.crt; echo; cat token"], "securityContext": { "runAsUser": 1000 }
            """);
        // It is the certificate that is missing; nobody makes it here.
        await node.WaitForEventAsync("client", "FailedMount: MountVolume.SetUp failed for volume \"kube-api-access-");
        await node.Cluster.CreateAsync("/api/v1/namespaces/default/configmaps", """{ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "kube-root-ca.crt" }, "data": { "ca.crt": "root" } }""");
        var pod = await node.WaitForPhaseAsync("client", "Succeeded");
        var lines = (await node.LogAsync("client")).Split('\n');
        Assert.Equal(["600 1000", "default", "root"], lines[..3]);
        var part = lines[3].Split('.')[1].Replace('-', '+').Replace('_', '/');
        var claims = JsonNode.Parse(Convert.FromBase64String(part.PadRight((part.Length + 3) / 4 * 4, '=')))!;
        Assert.Equal("system:serviceaccount:default:default", (string?)claims["sub"]);
        Assert.Equal(pod.Metadata.Uid, (string?)claims["kubernetes.io"]!["pod"]!["uid"]);
    }

    [Fact]
    public async Task A_token_is_replaced_when_most_of_its_life_is_over()
    {
        await using var cluster = await TestCluster.StartAsync(new ApiServerOptions { ServiceAccounts = true });
        await cluster.CreateAsync("/api/v1/namespaces/default/serviceaccounts", """{ "apiVersion": "v1", "kind": "ServiceAccount", "metadata": { "name": "default" } }""");
        await cluster.CreateAsync("/api/v1/nodes", """{ "apiVersion": "v1", "kind": "Node", "metadata": { "name": "n" } }""");
        await cluster.CreateAsync("/api/v1/namespaces/default/pods", """{ "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "p" }, "spec": { "nodeName": "n", "containers": [ { "name": "c", "image": "i" } ] } }""");
        var pod = (await cluster.Admin.GetAsync(NodeKinds.Pods, "default", "p"))!;
        var tokens = new ServiceAccountTokens(cluster.As("system:node:n", "system:nodes"), cluster.Clock);
        var projection = new V1ServiceAccountTokenProjection { Path = "token", ExpirationSeconds = 600, Audience = "vault" };
        var first = await tokens.GetAsync(pod, "v", projection, default);
        Assert.Same(first, await tokens.GetAsync(pod, "v", projection, default));
        cluster.Clock.Advance(TimeSpan.FromSeconds(481));
        Assert.NotEqual(first.Token, (await tokens.GetAsync(pod, "v", projection, default)).Token);
    }

    [Fact]
    public async Task A_projection_that_is_not_served_is_refused_in_words()
    {
        await using var node = await RunningNode.StartAsync(fixture);
        await node.CreateAsync("trust", """, "command": ["true"], "volumeMounts": [ { "name": "v", "mountPath": "/v" } ] """,
            """, "volumes": [ { "name": "v", "projected": { "sources": [ { "clusterTrustBundle": { "name": "b", "path": "b" } } ] } } ] """);
        await node.WaitForEventAsync("trust", "FailedMount: MountVolume.SetUp failed for volume \"v\" : projected source clusterTrustBundle is not supported by this node; use configMap, secret, downwardAPI or serviceAccountToken");
    }
}
