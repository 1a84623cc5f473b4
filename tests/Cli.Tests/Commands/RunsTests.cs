using Slipway.Api.Kinds;
using Slipway.Flows;

namespace Cli.Tests.Commands;

public sealed class RunsTests : LedgerFixture
{
    private const string Flow = """
        apiVersion: slipway.dev/v1alpha1
        kind: Flow
        metadata: { name: publish }
        spec:
          defaults: { image: "x:1" }
          tasks:
            - { name: ask, approve: { message: "really?" } }
            - { name: write, command: [write], needs: [ask] }
        """;

    private static readonly DateTimeOffset Start = new(2026, 1, 1, 6, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task A_run_under_way_is_shown_with_what_it_waits_for_and_followed_to_its_end()
    {
        await using var controllers = RunControllers();
        await RunAsync("apply -f -", Flow);
        Assert.Contains("\"slipway runs watch publish-", (await RunAsync("run publish --detach")).Out, StringComparison.Ordinal);
        var run = (await Cluster.WaitForAllAsync(FlowKinds.Runs, "default", runs => runs is [{ Status.Tasks.Count: 2 }]))[0].Metadata.Name;

        const string asked = "ask waits for approval: really?";
        Assert.Matches($@"^RUN .*\n{run} +publish +Running .*0/2 done; {asked.Replace("?", "\\?", StringComparison.Ordinal)} \(slipway approve {run} ask\)\n$", (await RunAsync("runs publish --phase Running")).Out);
        var shown = (await RunAsync($"runs show {run}")).Out;
        Assert.Contains($"ask     Pending               {asked} (slipway approve {run} ask)\nwrite   Pending               comes after ask\n", shown, StringComparison.Ordinal);
        Assert.Contains($"\"slipway why flowrun/{run}\" looks into what holds it up.\n", shown, StringComparison.Ordinal);
        Assert.DoesNotContain("RESULT", shown, StringComparison.Ordinal); // no attempt has ended

        var unnamed = await RunAsync($"approve {run}");
        Assert.Equal((2, $"error: TASK is missing: {asked} (slipway approve {run} ask).\n"), Of(unnamed));

        var watch = RunAsync($"runs watch {run}");
        await RunAsync($"approve {run} ask --deny -m later");
        var watched = await watch;
        Assert.Equal(1, watched.ExitCode);
        Assert.StartsWith($"Run {run}\n", watched.Out, StringComparison.Ordinal);
        Assert.Contains($"error: run {run} failed after ", watched.Error, StringComparison.Ordinal);

        Assert.Contains("there is no run", (await RunAsync("approve nothing")).Error, StringComparison.Ordinal);

        // One that has ended is told of at once, with the same exit code.
        Assert.Equal(1, (await RunAsync($"runs watch {run}")).ExitCode);
        Assert.DoesNotContain("NOW", (await RunAsync($"runs show {run}")).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_that_has_not_started_is_shown_too()
    {
        await Cluster.CreateAsync("/apis/slipway.dev/v1alpha1/namespaces/default/flowruns", """{"apiVersion":"slipway.dev/v1alpha1","kind":"FlowRun","metadata":{"name":"f-1"},"spec":{"flow":"f","params":{"n":1}}}""");
        await Cluster.PatchAsync("/apis/slipway.dev/v1alpha1/namespaces/default/flowruns/f-1/status", """{"status":{"phase":"Pending","message":"waits for its turn"}}""");
        var shown = await RunAsync("runs show f-1");
        Assert.Equal((0, ""), (shown.ExitCode, shown.Error));
        Assert.Contains("Phase       Pending\nMessage     waits for its turn\n", shown.Out, StringComparison.Ordinal);
        Assert.Contains("Parameters  n=1\n", shown.Out, StringComparison.Ordinal);
        Assert.Contains("\"phase\": \"Pending\"", (await RunAsync("runs show f-1 -o json")).Out, StringComparison.Ordinal);
        Assert.Matches("\nf-1 .* waits for its turn\n", (await RunAsync("runs")).Out);
        Assert.Equal("f-1\n", (await RunAsync("runs -o name")).Out);
        Assert.Equal("flowrun.slipway.dev/f-1\n", (await RunAsync("get flowruns -o name")).Out);
        Assert.Equal("flowrun.slipway.dev/f-1\n", (await RunAsync("get flowrun f-1 -o name")).Out);
        Assert.Contains("waits for its turn", (await RunAsync("get flowruns -o wide")).Out, StringComparison.Ordinal);
        Assert.Equal("error: run f-1 has not started yet: waits for its turn.\n", (await RunAsync("artifacts list --run f-1")).Error);
    }

    [Fact]
    public async Task All_namespaces_are_listed_with_a_column_that_tells_them_apart()
    {
        await RecordAsync(Run("f-1", "f", Start), Attempt("a", Start) with { Values = new Dictionary<string, ValueRecord> { ["v"] = new(new string('a', 64), "1") } });
        await RecordAsync(Run("f-1", "f", Start.AddHours(2)) with { Uid = "u-2", Namespace = "team" }, Attempt("a", Start) with { Files = new Dictionary<string, FileRecord> { ["o"] = new(new string('b', 64), 3, "o") } });
        await Cluster.CreateAsync("/api/v1/namespaces", """{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"team"}}""");
        await Cluster.CreateAsync("/apis/slipway.dev/v1alpha1/namespaces/team/flowruns", """{"apiVersion":"slipway.dev/v1alpha1","kind":"FlowRun","metadata":{"name":"f-2"},"spec":{"flow":"f"}}""");

        Assert.Equal(["NAMESPACE RUN FLOW", "team f-2 f", "team f-1 f", "default f-1 f"], Columns((await RunAsync("runs -A")).Out, 3));
        Assert.Equal("f-2 -n team\nf-1 -n team\nf-1 -n default\n", (await RunAsync("runs -A -o name")).Out);
        Assert.Equal(["NAMESPACE RUN TASK/OUTPUT", "team f-1 a/o", "default f-1 a/v"], Columns((await RunAsync("artifacts list -A")).Out, 3));
        Assert.Equal(["NAMESPACE FLOW TASK ATTEMPTS", "default f a 1", "team f a 1"], Columns((await RunAsync("runs waste -A")).Out, 4).Order(StringComparer.Ordinal).OrderByDescending(l => l[0] == 'N'));
        Assert.Equal("namespace  n\ndefault    1\nteam       1\n", (await RunAsync(["query", "SELECT namespace, count(*) AS n FROM costs GROUP BY 1 ORDER BY 1", "-A"])).Out);
        Assert.Equal((2, "error: a run cannot be looked up in all namespaces; name one with --namespace.\n"), Of(await RunAsync("artifacts list -A --run f-1")));
        Assert.Equal((0, "No such runs found.\n"), Of(await RunAsync("runs -A --phase Failed")));
        var refused = await RunAsync("runs -A --context nobody");
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("cannot list resource \"runs\" in API group \"ledger.slipway.dev\" at the cluster scope", refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_record_of_a_deleted_run_is_not_that_of_another_one_of_its_name()
    {
        await RecordAsync(Run("f-1", "f", Start), Attempt("former", Start) with { Files = new Dictionary<string, FileRecord> { ["o"] = new(new string('b', 64), 3, "o") } });
        const string runs = "/apis/slipway.dev/v1alpha1/namespaces/default/flowruns";
        await Cluster.CreateAsync(runs, """{"apiVersion":"slipway.dev/v1alpha1","kind":"FlowRun","metadata":{"name":"f-1"},"spec":{"flow":"f"}}""");
        foreach (var options in new[] { "", " -o json" })
        {
            var shown = (await RunAsync($"runs show f-1{options}")).Out;
            Assert.Contains("Pending", shown, StringComparison.Ordinal);
            Assert.DoesNotContain("former", shown, StringComparison.Ordinal);
        }
        await Cluster.PatchAsync($"{runs}/f-1/status", """{"status":{"phase":"Succeeded"}}""");
        var watched = await RunAsync("runs watch f-1");
        Assert.Equal((0, ""), Of(watched));
        Assert.DoesNotContain("former", watched.Out, StringComparison.Ordinal);
    }

    [Theory]
    // what may be read beside the records; a command -> what it prints at least
    [InlineData("", "runs", "f-1 ")]
    [InlineData("", "runs -o name", "f-1\n")]
    [InlineData("", "runs show f-1", "Phase       Running\n")]
    [InlineData("", "runs absent", "")]
    [InlineData("flowruns", "runs show f-1", "\"slipway runs watch f-1\" follows it")]
    public async Task Who_may_read_the_records_alone_is_shown_them(string others, string commandLine, string printed)
    {
        const string roles = "/apis/rbac.authorization.k8s.io/v1/namespaces/default";
        await Cluster.CreateAsync($"{roles}/roles", $$"""
            {"apiVersion":"rbac.authorization.k8s.io/v1","kind":"Role","metadata":{"name":"reader"},"rules":[
             {"apiGroups":["ledger.slipway.dev"],"resources":["runs"],"verbs":["get","list"]},{"apiGroups":["slipway.dev"],"resources":["{{(others.Length > 0 ? others : "nothing")}}"],"verbs":["get","list"]}]}
            """);
        await Cluster.CreateAsync($"{roles}/rolebindings", """
            {"apiVersion":"rbac.authorization.k8s.io/v1","kind":"RoleBinding","metadata":{"name":"reader"},
             "roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"Role","name":"reader"},"subjects":[{"apiGroup":"rbac.authorization.k8s.io","kind":"User","name":"reader"}]}
            """);
        var made = await Cluster.CreateAsync("/apis/slipway.dev/v1alpha1/namespaces/default/flowruns", """{"apiVersion":"slipway.dev/v1alpha1","kind":"FlowRun","metadata":{"name":"f-1"},"spec":{"flow":"f"}}""");
        await RecordAsync(Run("f-1", "f", Start) with { Uid = (string)made["metadata"]!["uid"]!, Phase = FlowPhase.Running, End = null });
        var result = await RunAsync($"{commandLine} --context reader");
        Assert.Equal(0, result.ExitCode);
        Assert.Contains(printed, result.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("runs show f-2", 2, "error: there is no run \"f-2\" in namespace default, did you mean \"f-1\"?; \"slipway runs\" lists them.\n")]
    [InlineData("runs watch f-2", 2, "error: there is no run \"f-2\" in namespace default, did you mean \"f-1\"?; \"slipway runs\" lists them.\n")]
    [InlineData("logs f-2", 2, "error: there is no run \"f-2\" in namespace default, did you mean \"f-1\"?; \"slipway runs\" lists them.\n")]
    [InlineData("logs f-2 -f", 2, "error: there is no run \"f-2\" in namespace default, did you mean \"f-1\"?; \"slipway runs\" lists them.\n")]
    [InlineData("runs get f-2 a/b", 2, "error: there is no run \"f-2\" in namespace default, did you mean \"f-1\"?; \"slipway runs\" lists them.\n")]
    [InlineData("runs watch f-1", 2, "error: run f-1 is deleted, so that there is nothing to follow; \"slipway runs show f-1\" shows its record (Succeeded).\n")]
    [InlineData("stop far", 2, "error: there is no run \"far\" in namespace default; namespace team has one: add -n team.\n")]
    [InlineData("run greet", 2, "error: there is no flow \"greet\" in namespace default; namespace team has one: add -n team.\n")]
    [InlineData("runs pubish", 0, "No runs of a flow \"pubish\" found in namespace default, which is not there either, did you mean \"publish\"?\n")]
    [InlineData("runs publish", 0, "No such runs found in namespace default.\n")]
    [InlineData("runs -n tema", 0, "No runs found in namespace tema, which is not there, did you mean \"team\"?; \"slipway run FILE\" starts one.\n")]
    [InlineData("get flows -n tema", 0, "No flows found in namespace tema, which is not there, did you mean \"team\"?.\n")]
    [InlineData("artifacts list -n tema", 0, "No artifacts found in namespace tema, which is not there, did you mean \"team\"?.\n")]
    [InlineData("query SELECT/**/1/**/WHERE/**/false", 0, "No rows.\n")]
    [InlineData("runs shwo f-1", 2, "error: \"shwo\" is not a command, did you mean \"show\"? See \"slipway runs --help\".\n")]
    public async Task What_is_not_there_is_told_with_what_was_meant_and_where_it_is(string commandLine, int exitCode, string said)
    {
        await RecordAsync(Run("f-1", "f", Start));
        await RunAsync("apply -f -", Flow);
        await Cluster.CreateAsync("/api/v1/namespaces", """{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"team"}}""");
        await RunAsync("apply -n team -f -", Flow.Replace("name: publish", "name: greet", StringComparison.Ordinal));
        await Cluster.CreateAsync("/apis/slipway.dev/v1alpha1/namespaces/team/flowruns", """{"apiVersion":"slipway.dev/v1alpha1","kind":"FlowRun","metadata":{"name":"far"},"spec":{"flow":"greet"}}""");
        Assert.Equal((exitCode, said), Of(await RunAsync(commandLine)));
    }

    private static (int ExitCode, string Error) Of(Outcome outcome) => (outcome.ExitCode, outcome.Error);

    private static IEnumerable<string> Columns(string table, int count) =>
        table.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => string.Join(' ', l.Split(' ', StringSplitOptions.RemoveEmptyEntries).Take(count)));
}
