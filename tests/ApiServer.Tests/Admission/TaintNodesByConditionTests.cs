using System.Text.Json.Nodes;
using Slipway.ApiServer.Admission.Nodes;

namespace Slipway.ApiServer.Tests.Admission;

public sealed class TaintNodesByConditionTests
{
    private const string Nodes = "/api/v1/nodes";

    [Theory]
    [InlineData("", "node.kubernetes.io/not-ready:NoSchedule")]
    [InlineData("gpu:NoSchedule", "gpu:NoSchedule node.kubernetes.io/not-ready:NoSchedule")]
    [InlineData("node.kubernetes.io/not-ready:NoSchedule", "node.kubernetes.io/not-ready:NoSchedule")]
    [InlineData("node.kubernetes.io/not-ready:NoExecute", "node.kubernetes.io/not-ready:NoExecute node.kubernetes.io/not-ready:NoSchedule")]
    public void A_new_node_is_not_ready(string given, string expected)
    {
        var node = new JsonObject();
        if (given.Length > 0)
            node["spec"] = new JsonObject { ["taints"] = new JsonArray([.. given.Split(' ').Select(text => text.Split(':')).Select(parts => new JsonObject { ["key"] = parts[0], ["effect"] = parts[1] })]) };
        TaintNodesByCondition.Complete(node);
        Assert.Equal(expected, string.Join(' ', node["spec"]!["taints"]!.AsArray().Select(taint => $"{taint!["key"]}:{taint["effect"]}")));
    }

    [Fact]
    public async Task Nodes_are_tainted_when_they_are_made_and_never_again()
    {
        await using var api = await TestApi.StartAsync(new ApiServerOptions { TaintNewNodes = true });
        var made = (await api.PostAsync(Nodes, """{"apiVersion":"v1","kind":"Node","metadata":{"name":"n"}}""")).Expect(201);
        Assert.Equal("node.kubernetes.io/not-ready NoSchedule", $"{made["spec.taints.0.key"]} {made["spec.taints.0.effect"]}");
        (await api.MergeAsync($"{Nodes}/n", """{"spec":{"taints":null}}""")).Expect(200);
        Assert.Null((await api.MergeAsync($"{Nodes}/n", """{"metadata":{"labels":{"a":"b"}}}""")).Expect(200).Json["spec"]?["taints"]);
    }
}
