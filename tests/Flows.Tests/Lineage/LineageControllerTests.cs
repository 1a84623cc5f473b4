using System.Text.Json.Nodes;
using k8s.Models;
using Slipway.Api.Kinds;
using Slipway.Client;

namespace Slipway.Flows.Tests.Lineage;

/// <summary>Events as a real server gets them by HTTP.</summary>
public sealed class LineageControllerTests : IAsyncLifetime
{
    private const string Flow = """
        apiVersion: slipway.dev/v1alpha1
        kind: Flow
        metadata: { name: f, namespace: default }
        spec:
          defaults: { image: "x:1" }
          tasks:
            - { name: a, command: [a], outputs: { files: { raw: /out/raw.bin } } }
            - { name: b, command: [b], inputs: { raw: "${{ tasks.a.files.raw }}" } }
        """;

    private static readonly string[] Whole = ["START f", "START f.a a", "COMPLETE f.a a", "START f.b b", "COMPLETE f.b b", "COMPLETE f"];
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(5);

    private LineageReceiver receiver = null!;
    private FlowCluster flows = null!;

    public async ValueTask InitializeAsync()
    {
        receiver = await LineageReceiver.StartAsync();
        flows = await FlowCluster.StartAsync(transport: () => new SocketsHttpHandler());
        await flows.ApplyAsync(Flow);
    }

    public async ValueTask DisposeAsync()
    {
        await flows.DisposeAsync();
        await receiver.DisposeAsync();
    }

    [Fact]
    public async Task A_run_and_its_attempts_are_told_with_what_they_read_and_left()
    {
        await SecretAsync("default", "marquez", new JsonObject { ["url"] = receiver.Url, ["token"] = "s3cret" });
        await SinkAsync("default", "urlFrom: { name: marquez, key: url }, tokenFrom: { name: marquez, key: token }, instance: prod");
        await RunAsync("f-1");
        await TakenAsync(Whole);
        Assert.All(receiver.Taken, t => OpenLineageSpec.Check(t.Event));
        Assert.All(receiver.Taken, t => Assert.Equal("Bearer s3cret", t.Authorization));
        var run = await flows.RunAsync("f-1", r => r.Status?.Phase == FlowPhase.Succeeded);
        Assert.Equal(run.Metadata.Uid, (string?)Event("COMPLETE f")["run"]!["runId"]);
        Assert.Equal(run.Metadata.Uid, (string?)Event("START f.b b")["run"]!["facets"]!["parent"]!["run"]!["runId"]);
        var (left, read) = (Event("COMPLETE f.a a")["outputs"]![0]!, Event("COMPLETE f.b b")["inputs"]![0]!);
        Assert.Equal(("prod/default", "f.a.raw"), ((string?)read["namespace"], (string?)read["name"]));
        Assert.Equal((string?)left["facets"]!["version"]!["datasetVersion"], (string?)read["facets"]!["version"]!["datasetVersion"]);
        await ReadyAsync("default", "True");
        await UntilAsync(() => flows.Ledger.Read.LineageDue(new("default", "sink"), 10).Count == 0);
    }

    [Fact]
    public async Task A_failure_is_told_with_its_message()
    {
        await SinkAsync("default", $"url: {receiver.Url}");
        await StartAsync("f-1");
        await flows.EndAsync((await flows.PodsAsync("a"))[0], exitCode: 3);
        await TakenAsync("START f", "START f.a a", "FAIL f.a a", "FAIL f");
        Assert.All(receiver.Taken, t => OpenLineageSpec.Check(t.Event));
        Assert.Contains("a ended with exit code 3", (string?)Event("FAIL f.a a")["run"]!["facets"]!["errorMessage"]!["message"], StringComparison.Ordinal);
        Assert.Contains("a ended with exit code 3", (string?)Event("FAIL f")["run"]!["facets"]!["errorMessage"]!["message"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_not_taken_holds_no_run_up_and_comes_after_a_restart_though_the_run_is_deleted()
    {
        receiver.Answer = _ => 503;
        await SinkAsync("default", $"url: {receiver.Url}");
        await RunAsync("f-1");
        await ReadyAsync("default", "False");
        await flows.Api.DeleteAsync(FlowKinds.Runs, "default", "f-1", cancellation: TestContext.Current.CancellationToken);
        await flows.Cluster.WaitForAllAsync(FlowKinds.Runs, "default", all => all.Count == 0);
        await flows.StopControllersAsync();
        Assert.Empty(receiver.Taken);
        receiver.Answer = _ => 201;
        flows.StartControllers();
        await flows.Cluster.WhileTimePassesAsync(TakenAsync(Whole), Step);
        await ReadyAsync("default", "True");
    }

    [Fact]
    public async Task Sinks_that_do_not_answer_hold_up_no_other()
    {
        for (var i = 0; i < 12; i++)
            await SinkAsync("default", $"url: '{receiver.Url}?silent'", $"silent-{i}");
        await SinkAsync("default", $"url: {receiver.Url}");
        await RunAsync("f-1");
        await TakenAsync(Whole);
    }

    [Fact]
    public async Task A_sink_that_is_down_is_tried_less_and_less_and_once_it_is_mended_at_once()
    {
        receiver.Answer = _ => 401; // about the token, not about the event
        await SinkAsync("default", $"url: {receiver.Url}");
        await RunAsync("f-1");
        await ReadyAsync("default", "False");
        await flows.Cluster.WhileTimePassesAsync(UntilAsync(() => receiver.Requests >= 3), Step);
        Assert.Empty(receiver.Taken);
        receiver.Answer = _ => 201;
        await flows.Cluster.PatchAsync("/apis/slipway.dev/v1alpha1/namespaces/default/lineagesinks/sink", """{"spec":{"instance":"mended"}}""");
        await TakenAsync(Whole); // though no time passes
        Assert.Equal("mended/default", (string?)Event("COMPLETE f")["job"]!["namespace"]);
    }

    [Fact]
    public async Task An_event_that_is_refused_is_left_out()
    {
        receiver.Answer = e => (string?)e["job"]!["name"] == "f.a" ? 422 : 201;
        await SinkAsync("default", $"url: {receiver.Url}");
        await RunAsync("f-1");
        await TakenAsync("START f", "START f.b b", "COMPLETE f.b b", "COMPLETE f");
    }

    [Fact]
    public async Task A_sink_that_refuses_everything_is_not_ready()
    {
        receiver.Answer = _ => 422;
        await SinkAsync("default", $"url: {receiver.Url}");
        await RunAsync("f-1");
        var ready = (await ReadyAsync("default", "False")).Status!.Conditions![0];
        Assert.Equal("EventRefused", ready.Reason);
        Assert.Contains("answered 422", ready.Message, StringComparison.Ordinal);
        receiver.Answer = _ => 201;
        await RunAsync("f-2");
        await ReadyAsync("default", "True");
    }

    [Fact]
    public async Task A_token_that_no_header_can_carry_is_told()
    {
        await SecretAsync("default", "marquez", new JsonObject { ["token"] = "s3\ncret" });
        await SinkAsync("default", $"url: {receiver.Url}, tokenFrom: {{ name: marquez, key: token }}");
        await RunAsync("f-1");
        Assert.Equal("key token of secret marquez holds no token: it has line breaks, blanks or characters beyond ASCII", (await ReadyAsync("default", "False")).Status!.Conditions![0].Message);
        Assert.Equal(0, receiver.Requests);
    }

    [Fact]
    public async Task A_sink_of_the_cluster_is_told_of_all_namespaces_others_of_their_own_and_of_the_flows_that_they_name()
    {
        await using var other = await LineageReceiver.StartAsync();
        await flows.Cluster.CreateAsync("/api/v1/namespaces", """{"metadata":{"name":"elsewhere"}}""");
        await SinkAsync("elsewhere", $"url: {other.Url}");
        await SinkAsync("default", $"url: {other.Url}, flows: [g]");
        await SinkAsync(LineageSink.ClusterNamespace, $"url: {receiver.Url}");
        await RunAsync("f-1");
        await TakenAsync(Whole);
        Assert.Equal(0, other.Requests);
        Assert.Equal("slipway/default", (string?)Event("START f")["job"]!["namespace"]);
    }

    [Fact]
    public async Task Tests_are_not_told_and_what_is_due_to_a_sink_goes_with_it()
    {
        receiver.Answer = _ => 503;
        await SinkAsync("default", $"url: {receiver.Url}");
        await flows.ApplyAsync("{ apiVersion: slipway.dev/v1alpha1, kind: FlowRun, metadata: { name: t-1, namespace: default }, spec: { flow: f, fakes: { a: {}, b: {} }, cause: { type: Test } } }");
        await flows.RunAsync("t-1", r => r.Status?.Phase == FlowPhase.Succeeded);
        Assert.Empty(flows.Ledger.Read.LineageDue(new("default", "sink"), 10));
        await RunAsync("f-1");
        Assert.NotEmpty(flows.Ledger.Read.LineageDue(new("default", "sink"), 10));
        await flows.Api.DeleteAsync(FlowKinds.LineageSinks, "default", "sink", cancellation: TestContext.Current.CancellationToken);
        await UntilAsync(() => flows.Ledger.Read.LineageDue(new("default", "sink"), 10).Count == 0);
    }

    [Fact]
    public async Task What_is_due_to_a_sink_that_went_while_nobody_looked_goes_with_it()
    {
        receiver.Answer = _ => 503;
        await SinkAsync("default", $"url: {receiver.Url}");
        await RunAsync("f-1");
        await flows.StopControllersAsync();
        Assert.NotEmpty(flows.Ledger.Read.SinksWithLineageDue());
        await flows.Api.DeleteAsync(FlowKinds.LineageSinks, "default", "sink", cancellation: TestContext.Current.CancellationToken);
        flows.StartControllers();
        await UntilAsync(() => flows.Ledger.Read.SinksWithLineageDue().Count == 0);
    }

    [Theory]
    [InlineData("{}", "spec.url: Required value: must have one of url and urlFrom")]
    [InlineData("{ url: 'ftp://x' }", "spec.url: Invalid value: \"ftp://x\": must be a URL that begins with http:// or https://")]
    [InlineData("{ url: 'http://x', flows: [] }", "spec.flows: Invalid value")]
    [InlineData("{ url: 'http://x', instance: 'a/b' }", "spec.instance: Invalid value")]
    public void What_is_wrong_with_a_sink_is_told(string spec, string problem)
    {
        var document = Api.Documents.DocumentReader.ParseYaml($"{{ apiVersion: slipway.dev/v1alpha1, kind: LineageSink, metadata: {{ name: s }}, spec: {spec} }}")[0];
        Assert.Contains(problem, string.Join("; ", OwnKindCheck.Check(document).Select(c => $"{c.Field}: {c.Message}")), StringComparison.Ordinal);
    }

    private JsonObject Event(string line) =>
        receiver.Taken.First(t => $"{t.Event["eventType"]} {t.Event["job"]!["name"]} {t.Event["run"]!["facets"]!["slipway"]!["path"]}".Trim() == line).Event;

    private async Task SinkAsync(string ns, string spec, string name = "sink")
    {
        var document = Api.Documents.DocumentReader.ParseYaml($"{{ apiVersion: slipway.dev/v1alpha1, kind: LineageSink, metadata: {{ name: {name} }}, spec: {{ {spec} }} }}")[0];
        await flows.Cluster.CreateAsync($"/apis/slipway.dev/v1alpha1/namespaces/{ns}/lineagesinks", document.ToJsonString());

        // What is recorded before the controllers know of a sink is not told to it.
        await UntilAsync(() => flows.Ledger.Lineage!.SinksOf(Record(ns, "f")).Contains(new(ns, name)) || flows.Ledger.Lineage.SinksOf(Record(ns, "g")).Contains(new(ns, name)));
    }

    private static RunRecord Record(string ns, string flow) => new() { Uid = "u", Namespace = ns, Name = "r", Flow = flow, Phase = FlowPhase.Running, Start = DateTimeOffset.UnixEpoch };

    private Task SecretAsync(string ns, string name, JsonObject data) =>
        flows.Cluster.CreateAsync($"/api/v1/namespaces/{ns}/secrets", new JsonObject { ["metadata"] = new JsonObject { ["name"] = name }, ["stringData"] = data }.ToJsonString());

    private Task StartAsync(string name) =>
        flows.ApplyAsync($"{{ apiVersion: slipway.dev/v1alpha1, kind: FlowRun, metadata: {{ name: {name}, namespace: default }}, spec: {{ flow: f }} }}");

    private async Task RunAsync(string name)
    {
        await StartAsync(name);
        await flows.EndAsync((await flows.PodsAsync("a"))[0], files: ["raw"]);
        flows.Cluster.Clock.Advance(TimeSpan.FromSeconds(1));
        await flows.EndAsync((await flows.PodsAsync("b"))[0]);
        await flows.RunAsync(name, r => r.Status?.Phase == FlowPhase.Succeeded);
    }

    private Task<LineageSink> ReadyAsync(string ns, string status) => flows.Cluster.WaitAsync(
        FlowKinds.LineageSinks, ns, "sink", s => s?.Status?.Conditions is [V1Condition { Type: "Ready" } ready] && ready.Status == status)!;

    private Task<bool> TakenAsync(params string[] lines) => UntilAsync(() => receiver.Lines.SequenceEqual(lines), () => string.Join(", ", receiver.Lines));

    private static async Task<bool> UntilAsync(Func<bool> condition, Func<string>? what = null)
    {
        for (var i = 0; i < 3000; i++)
        {
            if (condition())
                return true;
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, TestContext.Current.CancellationToken);
        }

        Assert.Fail($"it did not come to what was expected, but to {what?.Invoke()}");
        return false;
    }
}
