namespace Cli.Tests.Commands;

public sealed class CompletionTests : LedgerFixture
{
    [Theory]
    [InlineData("slipway ru", "run runs")]
    [InlineData("slipway co", "completion")] // what scripts ask is hidden
    [InlineData("slipway runs ", "f g get show waste watch")]
    [InlineData("slipway runs f ", "")]
    [InlineData("slipway runs show ", "f-1 f-2 g-1")]
    [InlineData("slipway runs show f-", "f-1 f-2")]
    [InlineData("slipway logs f-1 -n team", "team")]
    [InlineData("slipway runs show -n team ", "far")]
    [InlineData("slipway render x.yaml --flow ", "f g")]
    [InlineData("slipway runs --fl", "--flow")]
    [InlineData("slipway runs --flow ", "f g")]
    [InlineData("slipway runs --flow=", "f g")]
    [InlineData("slipway runs --namespace=te", "team")]
    [InlineData("slipway runs -o ", "json name table yaml")]
    [InlineData("slipway runs -A ", "f g get show waste watch")]
    [InlineData("slipway run g", "g")]
    [InlineData("slipway approve f-1 ", "")]
    [InlineData("slipway completion ", "")] // the argument is named, not its values
    [InlineData("slipway runs show f- --context nobody ", "")]
    [InlineData("", "apply approve artifacts backfill cache completion delete diff get lineage lint logs query render rerun resume run runs stop suspend test why")]
    public async Task The_last_word_is_completed(string line, string words)
    {
        await RecordAsync(Run("f-1", "f", new(2026, 1, 1, 6, 0, 0, TimeSpan.Zero)));
        await Cluster.CreateAsync("/api/v1/namespaces", """{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"team"}}""");
        foreach (var (ns, name) in ((string, string)[])[("default", "f-2"), ("default", "g-1"), ("team", "far")])
            await Cluster.CreateAsync($"/apis/slipway.dev/v1alpha1/namespaces/{ns}/flowruns", $$"""{"apiVersion":"slipway.dev/v1alpha1","kind":"FlowRun","spec":{"flow":"f"},"metadata":{"name":"{{name}}"} }""");
        foreach (var flow in (string[])["f", "g"])
            await RunAsync("apply -f -", $"apiVersion: slipway.dev/v1alpha1\nkind: Flow\nmetadata: {{ name: {flow} }}\nspec: {{ tasks: [{{ name: a, image: 'x:1', command: [a] }}] }}\n");
        var result = await RunAsync(["complete", line]);
        Assert.Equal((0, words, ""), (result.ExitCode, string.Join(' ', result.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries)), result.Error));
    }

    [Fact]
    public async Task Runs_are_named_for_who_may_not_read_the_records()
    {
        const string roles = "/apis/rbac.authorization.k8s.io/v1/namespaces/default";
        await Cluster.CreateAsync($"{roles}/roles", """
            {"apiVersion":"rbac.authorization.k8s.io/v1","kind":"Role","metadata":{"name":"actor"},"rules":[{"apiGroups":["slipway.dev"],"resources":["flowruns"],"verbs":["list"]}]}
            """);
        await Cluster.CreateAsync($"{roles}/rolebindings", """
            {"apiVersion":"rbac.authorization.k8s.io/v1","kind":"RoleBinding","metadata":{"name":"actor"},
             "roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"Role","name":"actor"},"subjects":[{"apiGroup":"rbac.authorization.k8s.io","kind":"User","name":"actor"}]}
            """);
        await Cluster.CreateAsync("/apis/slipway.dev/v1alpha1/namespaces/default/flowruns", """{"apiVersion":"slipway.dev/v1alpha1","kind":"FlowRun","spec":{"flow":"f"},"metadata":{"name":"f-2"}}""");
        Assert.Equal("f-2\n", (await RunAsync(["complete", "slipway logs --context actor f"])).Out);
    }

    [Theory]
    [InlineData("bash", "complete -o default -F _slipway slipway\n")]
    [InlineData("zsh", "compdef _slipway slipway; fi\n")]
    [InlineData("fish", "complete -c slipway -f -a ")]
    public async Task A_shell_gets_its_script(string shell, string line) => Assert.Contains(line, (await RunAsync($"completion {shell}")).Out, StringComparison.Ordinal);
}
