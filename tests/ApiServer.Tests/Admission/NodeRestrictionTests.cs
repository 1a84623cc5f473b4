using System.Text.Json.Nodes;
using Slipway.ApiServer.Admission.Nodes;

namespace Slipway.ApiServer.Tests.Admission;

public sealed class NodeRestrictionTests
{
    private const string Mirror = "\"annotations\":{\"kubernetes.io/config.mirror\":\"x\"}";
    private const string Owner = """
        "ownerReferences":[{"apiVersion":"v1","kind":"Node","name":"n1","uid":"u1","controller":true}]
        """;

    [Theory]
    [InlineData("{" + Mirror + "," + Owner + "}", """{"nodeName":"n1"}""", null)]
    [InlineData("{" + Owner + "}", """{"nodeName":"n1"}""", "pod does not have \"kubernetes.io/config.mirror\" annotation, node \"n1\" can only create mirror pods")]
    [InlineData("{" + Mirror + "," + Owner + "}", """{"nodeName":"n2"}""", "node \"n1\" can only create pods with spec.nodeName set to itself")]
    [InlineData("{" + Mirror + "}", """{"nodeName":"n1"}""", "node \"n1\" can only create pods with an owner reference set to itself")]
    [InlineData("{" + Mirror + ""","ownerReferences":[{"apiVersion":"v1","kind":"Node","name":"n1","uid":"u2","controller":true}]}""", """{"nodeName":"n1"}""", "node n1 UID mismatch: expected u2 got u1")]
    [InlineData("{" + Mirror + "," + Owner + "}", """{"nodeName":"n1","serviceAccountName":"a"}""", "node \"n1\" can not create pods that reference a service account")]
    [InlineData("{" + Mirror + "," + Owner + "}", """{"nodeName":"n1","volumes":[{"name":"v","secret":{"secretName":"s"}}]}""", "node \"n1\" can not create pods that reference secrets")]
    [InlineData("{" + Mirror + "," + Owner + "}", """{"nodeName":"n1","containers":[{"name":"c","envFrom":[{"configMapRef":{"name":"m"}}]}]}""", "node \"n1\" can not create pods that reference configmaps")]
    [InlineData("{" + Mirror + "," + Owner + "}", """{"nodeName":"n1","volumes":[{"name":"v","persistentVolumeClaim":{"claimName":"c"}}]}""", "node \"n1\" can not create pods that reference persistentvolumeclaims")]
    public void Nodes_create_mirror_pods_alone(string metadata, string spec, string? expected) =>
        Assert.Equal(expected, NodePods.Create("n1", JsonNode.Parse($$$$"""{"metadata":{{{{metadata}}}},"spec":{{{{spec}}}}}""")!.AsObject(), "u1"));

    [Theory]
    [InlineData("""{"spec":{"nodeName":"n1"},"metadata":{"labels":{"a":"b"}}}""", """{"spec":{"nodeName":"n1"},"metadata":{"labels":{"a":"b"}},"status":{"phase":"Running"}}""", null)]
    [InlineData("""{"spec":{"nodeName":"n2"}}""", """{"spec":{"nodeName":"n2"}}""", "node \"n1\" can only update pod status for pods with spec.nodeName set to itself")]
    [InlineData("""{"spec":{"nodeName":"n1"}}""", """{"spec":{"nodeName":"n1"},"metadata":{"labels":{"a":"b"}}}""", "node \"n1\" cannot update labels through pod status")]
    public void Nodes_write_the_status_of_their_pods(string old, string updated, string? expected) =>
        Assert.Equal(expected, NodePods.UpdateStatus("n1", JsonNode.Parse(old)!.AsObject(), JsonNode.Parse(updated)!.AsObject()));

    [Theory]
    [InlineData("""{"boundObjectRef":{"apiVersion":"v1","kind":"Pod","name":"p","uid":"u"}}""", null)]
    [InlineData("{}", "node requested token not bound to a pod")]
    [InlineData("""{"boundObjectRef":{"apiVersion":"v1","kind":"Pod","name":"p"}}""", "node requested token with a pod binding without a uid")]
    [InlineData("""{"boundObjectRef":{"apiVersion":"v1","kind":"Pod","name":"q","uid":"u"}}""", "node requested token bound to a pod scheduled on a different node")]
    [InlineData("""{"boundObjectRef":{"apiVersion":"v1","kind":"Pod","name":"p","uid":"old"}}""",
        "the UID in the bound object reference (old) does not match the UID in record. The object might have been deleted and then recreated")]
    public void Nodes_get_tokens_for_their_pods(string spec, string? expected)
    {
        var pods = new Dictionary<string, JsonObject>
        {
            ["p"] = JsonNode.Parse("""{"metadata":{"uid":"u"},"spec":{"nodeName":"n1"}}""")!.AsObject(),
            ["q"] = JsonNode.Parse("""{"metadata":{"uid":"u"},"spec":{"nodeName":"n2"}}""")!.AsObject(),
        };
        Assert.Equal(expected, NodePods.RequestToken("n1", JsonNode.Parse($$$$"""{"spec":{{{{spec}}}}}""")!.AsObject(), pods.GetValueOrDefault));
    }

    [Theory]
    [InlineData("{}", """{"kubernetes.io/hostname":"n1","node.kubernetes.io/x":"y","x.kubelet.kubernetes.io/a":"b","own/label":"c","plain":"d"}""", "")]
    [InlineData("{}", """{"node-role.kubernetes.io/control-plane":"","node-restriction.kubernetes.io/a":"b","x.k8s.io/y":"z"}""",
        "node-restriction.kubernetes.io/a, node-role.kubernetes.io/control-plane, x.k8s.io/y")]
    [InlineData("""{"node-restriction.kubernetes.io/a":"b"}""", """{"node-restriction.kubernetes.io/a":"b"}""", "")]
    [InlineData("""{"node-restriction.kubernetes.io/a":"b"}""", "{}", "node-restriction.kubernetes.io/a")]
    public void Labels_that_steer_workloads_are_not_the_nodes_own(string old, string updated, string expected) =>
        Assert.Equal(expected, string.Join(", ", NodeLabels.Forbidden(JsonNode.Parse(old)!.AsObject(), JsonNode.Parse(updated)!.AsObject())));

    [Fact]
    public async Task A_node_touches_itself_and_no_other()
    {
        await using var api = await TestApi.StartAsync();
        var node = new UserInfo("system:node:n1", ["system:nodes", UserInfo.Masters]);
        static string Node(string name, string label = "kubernetes.io/hostname") => $$$$"""{"apiVersion":"v1","kind":"Node","metadata":{"name":"{{{{name}}}}","labels":{"{{{{label}}}}":"x"}}}""";
        (await api.SendAsync("POST", "/api/v1/nodes", Node("n1"), user: node)).Expect(201);
        var other = (await api.SendAsync("POST", "/api/v1/nodes", Node("n2"), user: node)).Expect(403);
        Assert.Equal("nodes \"n2\" is forbidden: node \"n1\" is not allowed to modify node \"n2\"", other["message"]);
        var label = (await api.SendAsync("PATCH", "/api/v1/nodes/n1", """{"metadata":{"labels":{"node-role.kubernetes.io/control-plane":""}}}""", "application/merge-patch+json", user: node)).Expect(403);
        Assert.Equal("nodes \"n1\" is forbidden: is not allowed to modify labels: node-role.kubernetes.io/control-plane", label["message"]);
        var taint = (await api.SendAsync("PATCH", "/api/v1/nodes/n1", """{"spec":{"taints":[{"key":"k","effect":"NoSchedule"}]}}""", "application/merge-patch+json", user: node)).Expect(403);
        Assert.Equal("nodes \"n1\" is forbidden: node \"n1\" is not allowed to modify taints", taint["message"]);
        var lease = (await api.SendAsync("POST", "/apis/coordination.k8s.io/v1/namespaces/default/leases", """{"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":"n1"}}""", user: node)).Expect(403);
        Assert.Equal("leases.coordination.k8s.io \"n1\" is forbidden: can only access leases in the \"kube-node-lease\" system namespace", lease["message"]);
    }
}
