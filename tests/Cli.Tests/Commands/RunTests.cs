using Slipway.Api.Kinds;
using Slipway.ApiServer;
using Slipway.Cli.Runs;
using Slipway.Flows;

namespace Cli.Tests.Commands;

public sealed class RunTests : CommandFixture
{
    private const string Flow = """
        apiVersion: slipway.dev/v1alpha1
        kind: Flow
        metadata: { name: greet }
        spec:
          params: [{ name: who, default: world }, { name: times, default: 1 }]
          tasks: [{ name: say, image: "slipway.local/x:1", command: [echo, "${{ params.who }}"] }]
        """;

    // So that only the run itself is heard of.
    protected override ApiServerOptions Options => new() { BookmarkInterval = TimeSpan.FromHours(1) };

    [Fact]
    public async Task A_file_is_applied_run_and_followed_to_success()
    {
        var command = RunAsync($"run {File("greet.yaml", Flow)}");
        await EndAsync("Succeeded", "");
        var result = await command;
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.StartsWith("flow.slipway.dev/greet created\nRun greet-", result.Out);
        Assert.Contains(" succeeded in ", result.Out);
        Assert.Contains("say ", result.Out);
    }

    [Fact]
    public async Task A_run_that_fails_says_why_in_one_line()
    {
        await RunAsync("apply -f -", Flow);
        var command = RunAsync("run greet");
        var name = await EndAsync("Failed", "say failed with exit code 3");
        var result = await command;
        Assert.Equal(1, result.ExitCode);
        Assert.Matches($"^error: run {name} failed after .*: say failed with exit code 3.\n$", result.Error);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_interrupted_command_leaves_the_run_alone(bool isTerminal)
    {
        IsTerminal = isTerminal;
        await RunAsync("apply -f -", Flow);
        using var interrupt = new CancellationTokenSource();
        var command = RunAsync("run greet", cancellation: interrupt.Token);
        await Cluster.WaitForAllAsync(FlowKinds.Runs, "default", runs => runs.Count == 1);
        await interrupt.CancelAsync();
        var result = await command;
        Assert.Equal(130, result.ExitCode);
        Assert.Contains("the run goes on", result.Error);
        await Cluster.WaitForAllAsync(FlowKinds.Runs, "default", runs => runs is [{ Metadata.DeletionTimestamp: null }]);
    }

    [Fact]
    public async Task Who_may_not_read_the_records_is_told_all_the_same_that_a_run_has_succeeded()
    {
        await Cluster.CreateAsync("/apis/rbac.authorization.k8s.io/v1/clusterroles", """{"apiVersion":"rbac.authorization.k8s.io/v1","kind":"ClusterRole","metadata":{"name":"runner"},"rules":[{"apiGroups":["slipway.dev"],"resources":["flows","flowruns"],"verbs":["get","list","watch","create"]}]}""");
        await Cluster.CreateAsync("/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", """{"apiVersion":"rbac.authorization.k8s.io/v1","kind":"ClusterRoleBinding","metadata":{"name":"runner"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"runner"},"subjects":[{"apiGroup":"rbac.authorization.k8s.io","kind":"User","name":"anna"}]}""");
        await RunAsync("apply -f -", Flow);
        var command = RunAsync("run greet --context anna");
        await EndAsync("Succeeded", "");
        var result = await command;
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Contains(" succeeded in ", result.Out);
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(60, false)]
    public async Task A_run_of_which_nothing_was_heard_for_long_is_followed_on_when_the_server_was_away_for_a_moment(int seconds, bool isFollowed)
    {
        CutApi? api = null;
        Around = inner => api = new CutApi(inner);
        await RunAsync("apply -f -", Flow);
        var command = RunAsync("run greet");
        var name = (await Cluster.WaitForAllAsync(FlowKinds.Runs, "default", runs => runs.Count == 1))[0].Metadata.Name;
        await api!.WatchedAsync();
        Cluster.Clock.Advance(TimeSpan.FromMinutes(10));
        api.IsAway = true;
        api.Cut();
        if (!isFollowed)
        {
            var lost = await Cluster.WhileTimePassesAsync(command, TimeSpan.FromSeconds(seconds));
            Assert.Equal((1, $"error: nobody answers; the run {name} goes on when the cluster is up again (\"slipway up\").\n"), (lost.ExitCode, lost.Error));
            return;
        }
        Cluster.Clock.Advance(TimeSpan.FromSeconds(seconds));
        api.IsAway = false;
        await EndAsync("Succeeded", "");
        Assert.Equal((0, ""), ((await command).ExitCode, (await command).Error));
    }

    [Fact]
    public async Task A_deleted_run_is_told()
    {
        await RunAsync("apply -f -", Flow);
        var command = RunAsync("run greet");
        var run = (await Cluster.WaitForAllAsync(FlowKinds.Runs, "default", runs => runs.Count == 1))[0].Metadata.Name;
        await RunAsync($"delete flowrun {run} --no-wait");
        var result = await command;
        Assert.Equal(1, result.ExitCode);
        Assert.Contains($"the run {run} was deleted", result.Error);
    }

    [Fact]
    public async Task Parameters_keep_their_type_and_detach_returns_at_once()
    {
        await RunAsync("apply -f -", Flow);
        var result = await RunAsync("run greet --param who=2001-05-01 -p times=3 --detach -m try");
        Assert.Equal(0, result.ExitCode);
        var run = Assert.Single(await Cluster.WaitForAllAsync(FlowKinds.Runs, "default", runs => runs.Count == 1));
        Assert.Equal("\"2001-05-01\"", run.Spec.Params!["who"]!.ToJsonString());
        Assert.Equal("3", run.Spec.Params["times"]!.ToJsonString());
        Assert.Equal((RunCause.User, "admin", "try"), (run.Spec.Cause!.Type, run.Spec.Cause.By, run.Spec.Cause.Message));
    }

    [Theory]
    // a parameter without a type
    [InlineData(null, "abc", "\"abc\"")]
    [InlineData(null, "3", "3")]
    [InlineData(null, "-0.25", "-0.25")]
    [InlineData(null, "9223372036854775807", "9223372036854775807")]
    [InlineData(null, "18446744073709551615", "18446744073709551615")]
    [InlineData(null, "1e999", "\"1e999\"")]
    [InlineData(null, "true", "true")]
    [InlineData(null, "null", "null")]
    [InlineData(null, "[1,\"b\"]", "[1,\"b\"]")]
    [InlineData(null, "\"1.10\"", "\"1.10\"")]
    [InlineData(null, "1.10", "\"1.10\"")]
    [InlineData(null, "1.0", "\"1.0\"")]
    [InlineData(null, "1e5", "\"1e5\"")]
    [InlineData(null, "12345678901234567890123", "\"12345678901234567890123\"")]
    [InlineData(null, " 3", "\" 3\"")]
    [InlineData("string", "1.10", "\"1.10\"")]
    [InlineData("string", "20260131", "\"20260131\"")]
    [InlineData("string", "true", "\"true\"")]
    [InlineData("string", "null", "\"null\"")]
    [InlineData("string", "[1]", "\"[1]\"")]
    [InlineData("number", "1.10", "1.10")]
    [InlineData("integer", "20260131", "20260131")]
    [InlineData("integer", "x", "\"x\"")] // which the cluster refuses
    [InlineData("array", "[1]", "[1]")]
    public void A_parameter_is_what_was_typed(string? type, string text, string json) =>
        Assert.Equal(json, RunParameters.Value(text, type)?.ToJsonString() ?? "null");

    [Theory]
    [InlineData("run gret", "error: there is no flow \"gret\" in namespace default, did you mean \"greet\"?; \"slipway get flows\" lists them.")]
    [InlineData("run other --detach", "error: there is no flow \"other\" in namespace default; \"slipway get flows\" lists them.")]
    public async Task A_flow_that_is_not_there_is_not_waited_for(string commandLine, string said)
    {
        await RunAsync("apply -f -", Flow);
        var result = await RunAsync(commandLine);
        Assert.Equal((2, said + "\n", ""), (result.ExitCode, result.Error, result.Out));
        await Cluster.WaitForAllAsync(FlowKinds.Runs, "default", runs => runs.Count == 0);
    }

    [Fact]
    public async Task A_parameter_of_type_string_is_given_as_text()
    {
        await RunAsync("apply -f -", Flow.Replace("default: world", "type: string, default: world", StringComparison.Ordinal));
        Assert.Equal(0, (await RunAsync("run greet -p who=1.10 -p times=2 --detach")).ExitCode);
        var run = Assert.Single(await Cluster.WaitForAllAsync(FlowKinds.Runs, "default", runs => runs.Count == 1));
        Assert.Equal(("\"1.10\"", "2"), (run.Spec.Params!["who"]!.ToJsonString(), run.Spec.Params["times"]!.ToJsonString()));
    }

    [Theory]
    [InlineData("run greet --param who", 2, "error: --param who is not of the form NAME=VALUE.")]
    [InlineData("run greet --param who=a --param who=b", 2, "error: --param who is given twice.")]
    [InlineData("run ./absent.yaml", 1, "error: there is no file or directory ./absent.yaml.")]
    [InlineData("runs show absent", 2, "error: there is no run \"absent\" in namespace default; \"slipway runs\" lists them.")]
    [InlineData("runs get absent report", 2, "error: there is no run \"absent\" in namespace default; \"slipway runs\" lists them.")]
    [InlineData("runs get absent report[1]", 2, "error: \"report[1]\" does not name an output; name one as TASK/OUTPUT, TASK[INDEX]/OUTPUT for an item of forEach, or OUTPUT for one of the run itself.")]
    [InlineData("logs absent", 2, "error: there is no run \"absent\" in namespace default; \"slipway runs\" lists them.")]
    [InlineData("logs absent say/what", 2, "error: \"say/what\" does not name a task; name one as TASK, TASK[INDEX] for an item of forEach, or TASK#2 for its second attempt.")]
    public async Task A_mistake_is_named_with_what_to_do(string commandLine, int exitCode, string said)
    {
        var result = await RunAsync(commandLine);
        Assert.Equal((exitCode, said + "\n"), (result.ExitCode, result.Error));
    }

    [Fact]
    public async Task A_file_without_a_flow_cannot_be_run()
    {
        var file = File("pod.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: x }");
        var result = await RunAsync($"run {file}");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains($"{file} holds no Flow", result.Error);
    }

    /// <summary>Ends the only run as the flow controller would; its name.</summary>
    private async Task<string> EndAsync(string phase, string message)
    {
        var name = (await Cluster.WaitForAllAsync(FlowKinds.Runs, "default", runs => runs.Count == 1))[0].Metadata.Name;
        var path = $"/apis/slipway.dev/v1alpha1/namespaces/default/flowruns/{name}/status";
        await Cluster.PatchAsync(path, """{"status":{"phase":"Running","tasks":[{"name":"say","phase":"Running"}]}}""");
        await Cluster.PatchAsync(path, $$$"""{"status":{"phase":"{{{phase}}}","message":"{{{message}}}","tasks":[{"name":"say","phase":"{{{phase}}}"}]}}""");
        return name;
    }
}
