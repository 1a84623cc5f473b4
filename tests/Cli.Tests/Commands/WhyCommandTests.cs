using System.Text.Json.Nodes;

namespace Cli.Tests.Commands;

public sealed class WhyCommandTests : CommandFixture
{
    private const string Gated = """
        apiVersion: v1
        kind: Pod
        metadata: { name: gated }
        spec: { schedulingGates: [{ name: example.dev/gate }], containers: [{ name: c, image: "i:1" }] }
        """;

    [Theory]
    [InlineData("why gated", 2, "error: \"gated\" names no object; write KIND/NAME, such as deployment/web.")]
    [InlineData("why pod/absent", 2, "error: there is no pod/absent in namespace default.")]
    [InlineData("why posd/gated", 2, "error: the server has no resource \"posd\", did you mean \"pods\"?")]
    [InlineData("why pod/gated -A", 2, "error: a name cannot be looked up in all namespaces; name one with --namespace.")]
    [InlineData("why pod gated", 1, "")]
    [InlineData("why pod/gated", 1, "")]
    [InlineData("why", 1, "")]
    [InlineData("why -A", 1, "")]
    [InlineData("why -n kube-system", 0, "")]
    [InlineData("why cm/fine", 0, "")]
    public async Task The_exit_code_says_whether_all_is_as_declared(string commandLine, int exitCode, string said)
    {
        await RunAsync("apply -f -", Gated);
        await RunAsync("apply -f -", "{ apiVersion: v1, kind: ConfigMap, metadata: { name: fine } }");
        var result = await RunAsync(commandLine);
        Assert.Equal((exitCode, said), (result.ExitCode, result.Error.TrimEnd('\n')));
    }

    [Fact]
    public async Task Findings_are_documents_if_asked_for()
    {
        await RunAsync("apply -f -", Gated);
        var finding = JsonNode.Parse((await RunAsync("why pod/gated -o json")).Out)!;
        Assert.Equal(("Pod", "gated", false, "it is Pending"), ((string?)finding["object"]!["kind"], (string?)finding["object"]!["name"], (bool)finding["asDeclared"]!, (string?)finding["state"]));
        var cause = Assert.Single(finding["causes"]!.AsArray())!;
        Assert.Equal("It is not to be scheduled yet: spec.schedulingGates holds example.dev/gate", (string?)cause["what"]);
        Assert.StartsWith("kubectl patch pod gated", (string?)cause["mend"]!["command"]);
        var all = JsonNode.Parse((await RunAsync("why -o json")).Out)!["items"]!.AsArray();
        Assert.True(JsonNode.DeepEquals(finding, Assert.Single(all)));
    }

    [Fact]
    public async Task What_may_not_be_read_is_told_and_the_rest_found_out()
    {
        await Cluster.CreateAsync("/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings", """
            {"apiVersion":"rbac.authorization.k8s.io/v1","kind":"RoleBinding","metadata":{"name":"viewer"},
             "roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"view"},"subjects":[{"apiGroup":"rbac.authorization.k8s.io","kind":"User","name":"viewer"}]}
            """);
        await Cluster.CreateAsync("/api/v1/namespaces/default/pods", """
            {"apiVersion":"v1","kind":"Pod","metadata":{"name":"p"},"spec":{"nodeName":"n","containers":[{"name":"c","image":"i:1","env":[{"name":"A","valueFrom":{"secretKeyRef":{"name":"absent","key":"a"} } }]}]} }
            """);
        await Cluster.PatchAsync("/api/v1/namespaces/default/pods/p/status", """
            {"status":{"phase":"Pending","containerStatuses":[{"name":"c","image":"i:1","imageID":"","ready":false,"restartCount":0,"state":{"waiting":{"reason":"CreateContainerConfigError","message":"secret \"absent\" not found"} } }]} }
            """);
        var result = await RunAsync("why pod/p --context viewer");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("- Container c cannot be made.\n    CreateContainerConfigError: secret \"absent\" not found\n", result.Out);
        Assert.DoesNotContain("There is no Secret", result.Out);
        Assert.Contains("Not all could be read, so that causes may be missing: nodes \"n\" is forbidden: User \"viewer\" cannot get resource \"nodes\"", result.Error);
        Assert.Contains("secrets \"absent\" is forbidden: User \"viewer\" cannot get resource \"secrets\"", result.Error);

        Assert.Equal((2, ""), ((await RunAsync("why node/n --context viewer")) is var refused ? (refused.ExitCode, refused.Out) : default));
        Assert.Contains("error: nodes \"n\" is forbidden", refused.Error);
    }
}
