using System.Text.Json.Nodes;
using Slipway.Api.Kinds;
using Slipway.Cli.FlowTests;
using Slipway.Flows;

namespace Cli.Tests.Commands;

public sealed class TestTests : LedgerFixture
{
    private const string Flow = """
        apiVersion: slipway.dev/v1alpha1
        kind: Flow
        metadata: { name: f }
        spec:
          schedule: { cron: "0 6 * * *" }
          defaults: { image: "x:1" }
          params: [{ name: limit, type: integer, default: 1 }]
          tasks:
            - { name: list, command: [list], outputs: { values: { days: /out/days } } }
            - { name: clean, forEach: "${{ tasks.list.values.days }}", command: [clean, "${{ item }}"], outputs: { values: { rows: /out/rows } } }
            - { name: warn, when: "tasks.clean.total > params.limit", command: [warn] }
        """;

    private const string Test = """
        apiVersion: slipway.dev/v1alpha1
        kind: FlowTest
        metadata: { name: two-days }
        spec:
          flow: f
          fakes:
            list: { values: { days: [mon, tue] } }
            clean: { values: { rows: 3 } }
            warn: {}
          checks: ["tasks.clean.total == 2", "tasks.warn.phase == 'Succeeded'"]
        """;

    [Fact]
    public async Task A_test_whose_tasks_are_all_faked_needs_no_cluster()
    {
        var (flow, test) = (File("f.yaml", Flow), File("f-test.yaml", Test));
        foreach (var named in new[] { flow, test, Files })
        {
            var result = await RunAsync($"test {named} --plan");
            Assert.Equal((0, ""), (result.ExitCode, result.Error));
            Assert.Contains("f-test.yaml::two-days PASSED\n1 passed, 0 failed in ", result.Out);
        }
    }

    [Fact]
    public async Task The_tests_of_the_example_pass()
    {
        var root = AppContext.BaseDirectory;
        while (!System.IO.File.Exists(Path.Combine(root, "Slipway.slnx"))) root = Path.GetDirectoryName(root)!;
        var result = await RunAsync(["test", Path.Combine(root, "examples", "flights"), "--plan"]);
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Contains("2 passed, 0 failed", result.Out);
    }

    [Theory]
    [InlineData("total == 2", "total == 3", "    tasks.clean.total == 3 is false\n        tasks.clean.total = 2\n")]
    [InlineData("{ values: { rows: 3 } }", "{ values: { rows: 3 } }\n    \"clean[1]\": { exitCode: 7 }", "    the run has failed: clean[1] ended with exit code 7; see slipway logs f-00000 'clean[1]'\n0 passed")]
    [InlineData("    warn: {}\n", "", "    the run comes to warn, which has no fake; add one, or let it run in a cluster, without --plan\n")]
    [InlineData("    warn: {}\n", "    wran: {}\n", "    spec.fakes.wran: Invalid value: \"wran\": the flow has no such task, did you mean \"warn\"?\n")]
    [InlineData("{ rows: 3 }", "{ row: 3 }", "    spec.fakes.clean.values.row: Invalid value: \"row\": task clean has no row under outputs.values, did you mean \"rows\"?\n")]
    [InlineData("tasks.clean.total == 2", "tasks.clean.totl == 2", "    spec.checks[0]: Invalid value: \"tasks.clean.totl == 2\": a task has no totl")]
    [InlineData("flow: f\n", "flow: g\n", "    spec.flow: there is no flow g in the test's directory")]
    [InlineData("flow: f\n", "flow: f\n  params: { limit: many }\n", "    spec.params.limit: must be of type integer, but is \"many\"\n")]
    [InlineData("flow: f\n", "flow: f\n  phase: Failed\n", "    the run should be Failed, but is Succeeded\n")]
    public async Task What_fails_is_said_with_the_values(string from, string to, string said)
    {
        File("f.yaml", Flow);
        var result = await RunAsync($"test {File("f-test.yaml", Test.Replace(from, to, StringComparison.Ordinal))} --plan");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains($"f-test.yaml::two-days FAILED\n{said}", result.Out);
        Assert.Contains("0 passed, 1 failed in ", result.Out);
    }

    [Fact]
    public async Task Results_are_json_too_and_tests_are_chosen_by_name()
    {
        File("f.yaml", Flow);
        var file = File("f-test.yaml", $"{Test}\n---\n{Test.Replace("two-days", "other", StringComparison.Ordinal).Replace("total == 2", "total == 9", StringComparison.Ordinal)}");
        var result = JsonNode.Parse((await RunAsync($"test {file} --plan -o json")).Out)!["tests"]!.AsArray();
        Assert.Equal([true, false], result.Select(r => (bool)r!["passed"]!));
        Assert.Equal("2", (string?)result[1]!["failed"]![0]!["values"]!["tasks.clean.total"]);
        Assert.Equal(0, (await RunAsync($"test {file} --plan -k TWO")).ExitCode);
        Assert.Equal("error: no test has \"three\" in its name; there is two-days, other.\n", (await RunAsync($"test {file} --plan -k three")).Error);
        Assert.Contains("holds no FlowTest", (await RunAsync($"test {File("only/../g.yaml", Flow.Replace("name: f", "name: g", StringComparison.Ordinal))} --plan")).Error);
    }

    [Fact]
    public async Task What_has_no_fake_runs_in_the_cluster_beside_the_flow_in_use()
    {
        await using var controllers = RunControllers();
        File("f.yaml", Flow);
        await RunAsync("apply -f -", Flow);
        var command = RunAsync($"test {File("f-test.yaml", Test.Replace("    clean: { values: { rows: 3 } }\n", "", StringComparison.Ordinal).Replace("total == 2", "values.rows == [5, 5]", StringComparison.Ordinal))}");
        foreach (var item in new[] { "clean[0]", "clean[1]" })
        {
            var pods = await Cluster.WaitForAllAsync(FlowKinds.Pods, "default", all => all.Exists(p => PodIdentity.Of(p)?.Path.Text == item));
            await EndAsync(pods.First(p => PodIdentity.Of(p)?.Path.Text == item), "rows", "5");
        }
        var result = await command;
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Matches(@"f-test.yaml::two-days PASSED \(run f-test-\w+\)\n1 passed", result.Out);

        // The copy goes, and the flow in use stays.
        await Cluster.WaitForAllAsync(FlowKinds.Flows, "default", flows => flows is [{ Metadata.Name: "f", Spec.Schedule: not null }]);
    }

    [Fact]
    public async Task Flows_that_call_each_other_and_themselves_are_copied_once_each()
    {
        const string Calling = """
            apiVersion: slipway.dev/v1alpha1
            kind: Flow
            metadata: { name: outer }
            spec:
              tasks:
                - { name: one, flow: again, with: { n: 1 } }
                - { name: two, flow: again, with: { n: 0 }, needs: [one] }
            ---
            apiVersion: slipway.dev/v1alpha1
            kind: Flow
            metadata: { name: again }
            spec:
              defaults: { image: "x:1" }
              params: [{ name: n, type: integer }]
              tasks:
                - { name: a, command: [a, "${{ params.n }}"] }
                - { name: more, flow: again, when: "params.n > 0", with: { n: "${{ params.n - 1 }}" }, needs: [a] }
            ---
            apiVersion: slipway.dev/v1alpha1
            kind: FlowTest
            metadata: { name: calls }
            spec: { flow: outer }
            """;
        await using var controllers = RunControllers();
        var command = RunAsync($"test {File("outer.yaml", Calling)}"); // none of them is in the cluster
        foreach (var item in new[] { "one.a", "one.more.a", "two.a" })
        {
            var pods = await Cluster.WaitForAllAsync(FlowKinds.Pods, "default", all => all.Exists(p => PodIdentity.Of(p)?.Path.Text == item));
            await EndAsync(pods.First(p => PodIdentity.Of(p)?.Path.Text == item), "none", "0");
        }

        var result = await command;
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Contains("::calls PASSED", result.Out, StringComparison.Ordinal);
        await Cluster.WaitForAllAsync(FlowKinds.Flows, "default", flows => flows.Count == 0);
    }

    [Fact]
    public void Copies_of_flows_have_names_of_their_own_that_are_short_enough()
    {
        var (alike, other) = ($"{new string('x', 45)}-one", $"{new string('x', 45)}-two");
        var definition = new RunDefinition(new FlowSpec(), new Dictionary<string, FlowSpec> { [alike] = new(), [other] = new(), ["f"] = new() });
        var names = ClusterTest.Names("f", definition, "abcdef");
        Assert.Equal("f-test-abcdef2", names["f"]); // one that calls itself is there once
        Assert.Equal(3, names.Values.Distinct().Count());
        Assert.All(names.Values, n => Assert.InRange(n.Length, 1, FlowRules.NameLimit));
    }
}
