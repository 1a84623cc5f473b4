using System.Text.Json.Nodes;
using k8s.Models;
using Slipway.Api;
using Slipway.Api.Kinds;
using Slipway.Client;

namespace Slipway.Flows.Tests;

public sealed class FlowRunControllerTests : IAsyncLifetime
{
    private const string Run = "{ apiVersion: slipway.dev/v1alpha1, kind: FlowRun, metadata: { name: f-1, namespace: default }, spec: { flow: f, params: { day: '2001' } } }";

    private FlowCluster flows = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => flows = await FlowCluster.StartAsync();

    public ValueTask DisposeAsync() => flows.DisposeAsync();

    [Fact]
    public async Task A_run_goes_from_its_flow_to_its_record()
    {
        await flows.ApplyAsync(Flow("""
            - { name: list, command: [l, "${{ params.day }}"], outputs: { values: { v: /out/v } } }
            - { name: work, forEach: "${{ tasks.list.values.v }}", command: [w, "${{ item }}"], outputs: { files: { f: /out/f.bin } } }
            - { name: join, command: [j], inputs: { all: "${{ tasks.work.files.f }}" } }
            """));
        await flows.ApplyAsync(Run);
        var list = (await flows.PodsAsync("list"))[0];
        Assert.Equal(["l", "2001"], RunSimulation.Command(list));
        await flows.RunningAsync(list);
        await flows.EndAsync(list, values: new() { ["v"] = "[\"a\",\"b\"]" });
        foreach (var pod in await flows.PodsAsync("work[0]", "work[1]"))
        {
            Assert.Equal(RunSimulation.Digest, pod.Spec.Containers[0].Image);
            await flows.EndAsync(pod, files: ["f"]);
        }

        var join = (await flows.PodsAsync("join"))[0];
        Assert.True(flows.Store.Has(AttemptReader.InputHash(join)!));
        await flows.EndAsync(join);

        var run = await flows.RunAsync("f-1", r => FlowPhase.IsFinal(r.Status?.Phase));
        Assert.Equal((FlowPhase.Succeeded, "4/4"), (run.Status!.Phase, run.Status.Progress));
        Assert.Equal(["list", "work", "join"], run.Status.Flow!.Tasks.Select(t => t.Name));
        Assert.Equal(RunSimulation.Digest, run.Status.Images!["x:1"]);
        Assert.Equal(flows.Ledger.Read.Run(run.Metadata.Uid)!.End!.Value.UtcDateTime, run.Status.CompletionTime);

        // Recorded, and only then let go.
        await flows.Cluster.WaitForAllAsync(FlowKinds.Pods, "default", pods => pods.Count == 4 && pods.TrueForAll(p => p.Metadata.Finalizers is null or []));
        Assert.Equal(["join", "list", "work[0]", "work[1]"], flows.Ledger.Read.Attempts(run.Metadata.Uid).Select(a => a.Path.Text));
        Assert.Equal(["/in/all/00000-f.bin", "/in/all/00001-f.bin"], flows.Ledger.Read.Attempts(run.Metadata.Uid)[0].Inputs.Select(i => i.Path));
        Assert.Equal(FlowPhase.Succeeded, flows.Ledger.Read.Run(run.Metadata.Uid)!.Phase);
        Assert.StartsWith("{\"type\":\"User\"", flows.Ledger.Read.Run(run.Metadata.Uid)!.Cause);
    }

    [Fact]
    public async Task A_run_works_by_the_copy_it_took()
    {
        await flows.ApplyAsync(Flow("- { name: a, command: [a] }\n- { name: b, command: [b, old], needs: [a] }"));
        await flows.ApplyAsync(Run);
        var a = (await flows.PodsAsync("a"))[0];
        await flows.Cluster.PatchAsync("/apis/slipway.dev/v1alpha1/namespaces/default/flows/f", """{"spec":{"tasks":[{"name":"a","command":["new"]}]}}""");
        await flows.EndAsync(a);
        Assert.Equal(["b", "old"], RunSimulation.Command((await flows.PodsAsync("b"))[0]));
    }

    [Fact]
    public async Task A_run_waits_for_its_flow_and_says_so()
    {
        await flows.ApplyAsync(Flow("- { name: a, command: [a] }").Replace("name: f,", "name: flights,", StringComparison.Ordinal));
        await flows.ApplyAsync(Run.Replace("flow: f,", "flow: flight,", StringComparison.Ordinal));
        var run = await flows.RunAsync("f-1", r => r.Status?.Message is not null);
        Assert.Equal("waits for flow flight, which is not in namespace default, did you mean \"flights\"?", run.Status!.Message);
        await flows.ApplyAsync(Flow("- { name: a, command: [a] }").Replace("name: f,", "name: flight,", StringComparison.Ordinal));
        await flows.PodsAsync("a");
    }

    [Fact]
    public async Task Wrong_parameters_fail_the_run()
    {
        await flows.ApplyAsync(Flow("- { name: a, command: [a] }"));
        await flows.ApplyAsync(Run.Replace("day:", "dya:", StringComparison.Ordinal));
        var run = await flows.RunAsync("f-1", r => FlowPhase.IsFinal(r.Status?.Phase));
        Assert.Equal((FlowPhase.Failed, "spec.params.dya: the flow has no such parameter, did you mean \"day\"?"), (run.Status!.Phase, run.Status.Message));
    }

    [Fact]
    public async Task A_failed_attempt_is_tried_again_after_its_back_off()
    {
        await flows.ApplyAsync(Flow("- { name: a, command: [a], retries: { limit: 1, backoff: 30s } }"));
        await flows.ApplyAsync(Run);
        await flows.EndAsync((await flows.PodsAsync("a"))[0], exitCode: 1, reason: "Error");
        await flows.RunAsync("f-1", r => r.Status?.Tasks?[0].Items?[0] is { Phase: FlowPhase.Pending, Attempts: 1 });
        flows.Cluster.Clock.Advance(TimeSpan.FromSeconds(31));
        var second = (await flows.PodsAsync("a"))[0];
        Assert.Equal("2", RunSimulation.Env(second, "SLIPWAY_ATTEMPT"));
        await flows.EndAsync(second, exitCode: 1, reason: "Error");
        var run = await flows.RunAsync("f-1", r => FlowPhase.IsFinal(r.Status?.Phase));
        Assert.Equal("a ended with exit code 1; see slipway logs f-1 a (after 2 attempts)", run.Status!.Message);
    }

    [Fact]
    public async Task Memory_is_raised_and_remembered_for_later_runs()
    {
        await flows.ApplyAsync(Flow("- { name: a, forEach: [x], command: [a], resources: { memory: 100Mi }, onOutOfMemory: { limit: 1Gi } }"));
        await flows.ApplyAsync(Run);
        await flows.EndAsync((await flows.PodsAsync("a[0]"))[0], exitCode: 137, reason: "OutOfMemory");
        var second = (await flows.PodsAsync("a[0]"))[0];
        Assert.Equal("200Mi", second.Spec.Containers[0].Resources.Limits["memory"].ToString());
        await flows.EndAsync(second);
        await flows.RunAsync("f-1", r => r.Status?.Phase == FlowPhase.Succeeded);

        await flows.ApplyAsync(Run.Replace("f-1", "f-2", StringComparison.Ordinal));
        Assert.Equal("200Mi", (await flows.PodsAsync("a[0]"))[0].Spec.Containers[0].Resources.Limits["memory"].ToString());
    }

    [Fact]
    public async Task A_missing_image_fails_the_run_with_what_to_do()
    {
        await flows.ApplyAsync(Flow("- { name: a, command: [a] }"));
        await flows.ApplyAsync(Run);
        await flows.StatusAsync((await flows.PodsAsync("a"))[0], new JsonObject
        {
            ["phase"] = "Pending",
            ["containerStatuses"] = new JsonArray(new JsonObject
            {
                ["name"] = "task", ["image"] = "x:1", ["imageID"] = "", ["ready"] = false, ["restartCount"] = 0,
                ["state"] = new JsonObject { ["waiting"] = new JsonObject { ["reason"] = "ErrImagePull", ["message"] = "x:1: not found" } },
            }),
        });
        var run = await flows.RunAsync("f-1", r => FlowPhase.IsFinal(r.Status?.Phase));
        Assert.Equal("a: image x:1 could not be pulled: x:1: not found; correct image, or bring it with slipway image load or build", run.Status!.Message);
        await flows.Cluster.WaitForAllAsync(FlowKinds.Pods, "default", pods => pods.Count == 0);
    }

    [Fact]
    public async Task A_run_waits_for_the_flow_that_a_task_calls_and_for_approval_and_can_be_stopped()
    {
        await flows.ApplyAsync(Flow("- { name: sub, flow: g, with: { n: 2 } }\n- { name: ask, approve: {}, needs: [sub] }\n- { name: b, command: [b, \"${{ tasks.sub.values.v }}\"], needs: [ask] }"));
        await flows.ApplyAsync(Run);
        await flows.RunAsync("f-1", r => r.Status?.Message == "waits for flow g, which a task calls and which is not in namespace default");
        await flows.ApplyAsync(Flow("- { name: x, command: [x, \"${{ params.n }}\"], outputs: { values: { v: /out/v } } }")
            .Replace("name: f,", "name: g,", StringComparison.Ordinal).Replace("params: [{ name: day, default: \"2000\" }]", "params: [{ name: n }]", StringComparison.Ordinal));
        var x = (await flows.PodsAsync("sub.x"))[0];
        Assert.Equal(["x", "2"], RunSimulation.Command(x));
        await flows.EndAsync(x, values: new() { ["v"] = "5" });
        var run = await flows.RunAsync("f-1", r => r.Status?.Message == "ask waits for approval (slipway approve f-1 ask)");
        Assert.Equal(["g"], run.Status!.Flows!.Keys);

        await PatchRunAsync("""{"spec":{"approvals":[{"task":"ask","approved":true,"by":"anna","at":"2026-01-01T00:00:00Z"}]}}""");
        var b = (await flows.PodsAsync("b"))[0];
        Assert.Equal(["b", "5"], RunSimulation.Command(b));
        Assert.Equal("ask was approved by anna", flows.Ledger.Read.Attempts(run.Metadata.Uid).Single(a => a.Task == "ask").Message);
        Assert.Contains("\"g\"", flows.Ledger.Read.Run(run.Metadata.Uid)!.Flows, StringComparison.Ordinal);

        await PatchRunAsync("""{"spec":{"stop":{"by":"anna","at":"2026-01-01T00:00:00Z"}}}""");
        await flows.Cluster.WaitAsync(FlowKinds.Pods, "default", b.Metadata.Name, p => p is null or { Metadata.DeletionTimestamp: not null });
        run = await flows.RunAsync("f-1", r => FlowPhase.IsFinal(r.Status?.Phase));
        Assert.Equal((FlowPhase.Failed, "the run was stopped by anna"), (run.Status!.Phase, run.Status.Message));
    }

    [Fact]
    public async Task A_run_that_is_stopped_before_the_controller_has_heard_of_its_pod_ends_with_it()
    {
        HeldWatch? pods = null;
        await flows.StopControllersAsync();
        flows.Around = api => pods = new HeldWatch(api, "pods");
        flows.StartControllers();
        await flows.ApplyAsync(Flow("- { name: ask, approve: {} }\n- { name: b, image: 'x@sha256:00', command: [b], needs: [ask] }"));
        await flows.ApplyAsync(Run);
        await flows.RunAsync("f-1", r => r.Status?.Message == "ask waits for approval (slipway approve f-1 ask)");

        pods!.Hold();
        await PatchRunAsync("""{"spec":{"approvals":[{"task":"ask","approved":true,"by":"anna","at":"2026-01-01T00:00:00Z"}]}}""");
        var b = (await flows.PodsAsync("b"))[0];
        await PatchRunAsync("""{"spec":{"stop":{"by":"anna","at":"2026-01-01T00:00:00Z"}}}""");
        await pods.Asked.Task.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System, Cancellation);
        pods.Release();

        var run = await flows.RunAsync("f-1", r => FlowPhase.IsFinal(r.Status?.Phase));
        Assert.Equal((FlowPhase.Failed, "the run was stopped by anna", "2/2"), (run.Status!.Phase, run.Status.Message, run.Status.Progress));
        Assert.Contains(flows.Ledger.Read.Attempts(run.Metadata.Uid), a => a.Pods.Contains(b.Metadata.Name));
        await flows.Cluster.WaitAsync(FlowKinds.Pods, "default", b.Metadata.Name, p => p is null);
    }

    [Fact]
    public async Task What_a_run_has_waited_is_counted_once_when_the_controller_has_not_heard_of_its_own_last_word()
    {
        HeldWatch? runs = null;
        await flows.StopControllersAsync();
        flows.Around = api => runs = new HeldWatch(api, "flowruns");
        flows.StartControllers();
        await flows.ApplyAsync($"{Flow("- { name: ask, approve: {} }\n- { name: b, image: 'x@sha256:00', command: [b], needs: [ask] }")}\n  timeout: 1h");
        await flows.ApplyAsync(Run);
        await flows.RunAsync("f-1", r => r.Status?.WaitingSince is not null);

        runs!.Hold("waitedSeconds");
        await PatchRunAsync("""{"spec":{"approvals":[{"task":"ask","approved":true}]}}""");
        var waited = (await flows.RunAsync("f-1", r => r.Status!.WaitedSeconds is not null)).Status!.WaitedSeconds;
        flows.Cluster.Clock.Advance(TimeSpan.FromMinutes(20));
        await flows.RunningAsync((await flows.PodsAsync("b"))[0]);
        var run = await flows.RunAsync("f-1", r => r.Status!.Tasks!.Exists(t => t is { Name: "b", StartTime: not null }));
        Assert.Equal((waited, null), (run.Status!.WaitedSeconds, run.Status.WaitingSince));
        runs.Release();
        await flows.EndAsync((await flows.PodsAsync("b"))[0]);
        run = await flows.RunAsync("f-1", r => FlowPhase.IsFinal(r.Status?.Phase));
        Assert.Equal((FlowPhase.Succeeded, waited), (run.Status!.Phase, run.Status.WaitedSeconds));
    }

    [Fact]
    public async Task A_pod_that_the_cluster_refuses_fails_its_task_with_what_it_says()
    {
        await flows.ApplyAsync(Flow("- { name: a, command: [a], pod: { spec: { dnsPolicy: Sometimes } } }"));
        await flows.ApplyAsync(Run);
        var run = await flows.RunAsync("f-1", r => FlowPhase.IsFinal(r.Status?.Phase));
        Assert.Equal("PodRefused", run.Status!.Tasks![0].Items![0].Reason);
        Assert.StartsWith("a: its pod was refused: ", run.Status.Message, StringComparison.Ordinal);
        Assert.Contains("spec.dnsPolicy", run.Status.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("f", "its input f cannot be read: artifact")]
    [InlineData("d", "its input d cannot be read: artifact")]
    public async Task A_task_whose_input_is_damaged_fails_at_once_and_names_the_run_to_run_again(string input, string message)
    {
        await flows.ApplyAsync(Flow($$$"""
            - { name: a, command: [a], outputs: { files: { f: /out/f, d: /out/d } } }
            - { name: hold, approve: {}, needs: [a] }
            - { name: b, command: [b], needs: [hold], retries: { limit: 5 }, inputs: { {{{input}}}: "${{ tasks.a.files.{{{input}}} }}" } }
            """));
        await flows.ApplyAsync(Run);
        await flows.EndAsync((await flows.PodsAsync("a"))[0], files: ["f"], directories: ["d"]);
        var run = await flows.RunAsync("f-1", r => r.Status?.Message?.Contains("approval", StringComparison.Ordinal) == true);
        var left = flows.Ledger.Read.Attempts(run.Metadata.Uid).Single().Files[input];
        var damaged = left.IsDirectory ? (await DirectoryManifest.ReadAsync(flows.Store, left.Sha256, Cancellation))!.Entries.Select(e => e.Sha256).OfType<string>().First() : left.Sha256;
        File.SetUnixFileMode(flows.Store.PathOf(damaged), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await File.WriteAllTextAsync(flows.Store.PathOf(damaged), "EVIL", Cancellation);

        await PatchRunAsync("""{"spec":{"approvals":[{"task":"hold","approved":true,"by":"anna","at":"2026-01-01T00:00:00Z"}]}}""");
        run = await flows.RunAsync("f-1", r => FlowPhase.IsFinal(r.Status?.Phase));
        Assert.StartsWith($"b: {message} {damaged} is damaged: ", run.Status!.Message, StringComparison.Ordinal);
        Assert.EndsWith("a of run f-1 left it: run that again with slipway rerun f-1 --from a", run.Status.Message, StringComparison.Ordinal);
        Assert.Equal("InputLost", flows.Ledger.Read.Attempts(run.Metadata.Uid).Single(a => a.Task == "b").Reason);

        var answer = await new LedgerApi(flows.Ledger, flows.Store).SendAsync(new ApiRequest("GET", $"{LedgerApi.PathPrefix}/namespaces/default/artifacts/{damaged}"), Cancellation);
        Assert.Equal(404, answer.StatusCode);
        Assert.Contains($"artifact {damaged} is damaged: ", System.Text.Encoding.UTF8.GetString(answer.Body.Span), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("stop", "RunStopped", "a was ended because the run was stopped by anna: wrong data; see slipway logs f-1 a")]
    [InlineData("timeout", "RunTimeout", "a was ended because the run took longer than its timeout of 1h; raise spec.timeout; see slipway logs f-1 a")]
    [InlineData("nobody", "Deleted", "a: its pod was deleted; set retries if this can pass")]
    public async Task The_record_of_an_attempt_says_what_of_the_run_has_ended_it(string how, string reason, string message)
    {
        await flows.ApplyAsync(Flow("- { name: a, command: [a] }").Replace("  tasks:", "  timeout: 1h\n  tasks:", StringComparison.Ordinal));
        await flows.ApplyAsync(Run);
        var a = (await flows.PodsAsync("a"))[0];
        if (how == "stop")
            await PatchRunAsync("""{"spec":{"stop":{"by":"anna","at":"2026-01-01T00:00:00Z","message":"wrong data"}}}""");
        else if (how == "nobody")
            await flows.Api.DeleteAsync(FlowKinds.Pods, "default", a.Metadata.Name, cancellation: Cancellation);
        var ended = flows.RunAsync("f-1", r => FlowPhase.IsFinal(r.Status?.Phase));
        if (how == "timeout")
            await flows.Cluster.WhileTimePassesAsync(ended, TimeSpan.FromMinutes(10));
        var attempt = Assert.Single(flows.Ledger.Read.Attempts((await ended).Metadata.Uid));
        Assert.Equal((reason, message), (attempt.Reason, attempt.Message));
    }

    [Fact]
    public async Task A_pod_that_is_forbidden_fails_its_task_and_the_others_go_on()
    {
        await flows.ApplyAsync(Flow("- { name: a, command: [a], priorityClassName: nobody }\n- { name: b, command: [b], image: \"y:1\" }"));
        await flows.ApplyAsync(Run);
        await flows.EndAsync((await flows.PodsAsync("b"))[0]);
        var run = await flows.RunAsync("f-1", r => FlowPhase.IsFinal(r.Status?.Phase));
        Assert.Equal((FlowPhase.Failed, "PodRefused"), (run.Status!.Phase, run.Status.Tasks![0].Items![0].Reason));
        Assert.Equal(FlowPhase.Succeeded, run.Status.Tasks[1].Phase);
        Assert.Contains("nobody", run.Status.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pod_waits_for_room_in_a_quota_and_says_so()
    {
        await flows.Cluster.CreateAsync(
            "/api/v1/namespaces/default/resourcequotas", """{"apiVersion":"v1","kind":"ResourceQuota","metadata":{"name":"none"},"spec":{"hard":{"pods":"0"}}}""");
        await flows.Cluster.PatchAsync("/api/v1/namespaces/default/resourcequotas/none/status", """{"status":{"hard":{"pods":"0"},"used":{"pods":"0"}}}""");
        await flows.ApplyAsync(Flow("- { name: a, command: [a], cache: {} }"));
        await flows.ApplyAsync(Run);
        var run = await flows.RunAsync("f-1", r => r.Status?.Message is not null);
        Assert.StartsWith("a waits for room in a quota: ", run.Status!.Message, StringComparison.Ordinal);
        Assert.Equal((FlowPhase.Running, FlowPhase.Pending), (run.Status.Phase, run.Status.Tasks![0].Phase));
        Assert.Empty(flows.Ledger.Read.Attempts(run.Metadata.Uid));

        await flows.Api.SendForBodyAsync(new("DELETE", "/api/v1/namespaces/default/resourcequotas/none"), Cancellation);
        await flows.Cluster.WhileTimePassesAsync(flows.Cluster.WaitForAllAsync(FlowKinds.Pods, "default", pods => pods.Count > 0), TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Runs_wait_for_their_turn_and_for_locks_that_others_hold()
    {
        await flows.ApplyAsync(Flow("- { name: a, command: [a], locks: [{ name: db }] }").Replace("params:", "concurrency: { limit: 1 }\n  params:", StringComparison.Ordinal));
        await flows.ApplyAsync(Flow("- { name: b, command: [b], locks: [{ name: db }] }").Replace("name: f,", "name: g,", StringComparison.Ordinal));
        await flows.ApplyAsync(Run);
        var a = (await flows.PodsAsync("a"))[0];
        await flows.ApplyAsync(Run.Replace("f-1", "f-2", StringComparison.Ordinal));
        await flows.RunAsync("f-2", r => r.Status?.Message == "waits for its turn: 1 run is under way, and concurrency.limit is 1");
        await flows.ApplyAsync(Run.Replace("f-1", "g-1", StringComparison.Ordinal).Replace("flow: f,", "flow: g,", StringComparison.Ordinal));
        await flows.RunAsync("g-1", r => r.Status?.Message == "b waits for the lock db");

        await flows.EndAsync(a);
        await flows.RunAsync("f-1", r => r.Status?.Phase == FlowPhase.Succeeded);
        var pods = await flows.Cluster.WaitForAllAsync(FlowKinds.Pods, "default", all => all.Exists(p => p.Status?.Phase != "Succeeded"));
        var second = pods.Single(p => p.Status?.Phase != "Succeeded");
        await flows.RunAsync("f-2", r => r.Status?.Flow is not null);
        await flows.EndAsync(second);
        var third = await flows.Cluster.WaitForAllAsync(FlowKinds.Pods, "default", all => all.Exists(p => p.Status?.Phase != "Succeeded"));
        await flows.EndAsync(third.Single(p => p.Status?.Phase != "Succeeded"));
        await flows.RunAsync("f-2", r => r.Status?.Phase == FlowPhase.Succeeded);
        await flows.RunAsync("g-1", r => r.Status?.Phase == FlowPhase.Succeeded);
    }

    [Fact]
    public async Task A_suspended_run_that_has_not_started_lets_others_pass()
    {
        await flows.ApplyAsync(Flow("- { name: a, command: [a] }").Replace("params:", "concurrency: { limit: 1 }\n  params:", StringComparison.Ordinal));
        await flows.ApplyAsync(Run.Replace("f-1", "f-0", StringComparison.Ordinal));
        await flows.RunAsync("f-0", r => r.Status?.Flow is not null);
        await flows.ApplyAsync(Run);
        await flows.RunAsync("f-1", r => r.Status?.Message?.StartsWith("waits for its turn", StringComparison.Ordinal) == true);
        await flows.ApplyAsync(Run.Replace("f-1", "f-2", StringComparison.Ordinal));
        await flows.RunAsync("f-2", r => r.Status?.Message?.StartsWith("waits for its turn", StringComparison.Ordinal) == true);
        await PatchRunAsync("""{"spec":{"suspend":true}}""");
        await flows.EndAsync((await flows.PodsAsync("a"))[0]);
        await flows.RunAsync("f-2", r => r.Status?.Flow is not null);
        Assert.Null((await flows.RunAsync("f-1", _ => true)).Status?.Flow);
    }

    [Fact]
    public async Task What_was_decided_on_a_run_cannot_be_changed()
    {
        await flows.ApplyAsync(Flow("- { name: ask, approve: {} }"));
        await flows.ApplyAsync(Run);
        await flows.RunAsync("f-1", r => r.Status?.Flow is not null);
        await PatchRunAsync("""{"spec":{"stop":{"by":"anna","at":"2026-01-01T00:00:00Z"},"suspend":true}}""");
        foreach (var patch in new[] { """{"spec":{"stop":null}}""", """{"spec":{"params":{"day":"1"}}}""", """{"spec":{"approvals":[{"task":"a/b","approved":true,"by":"x","at":"2026-01-01T00:00:00Z"}]}}""" })
            Assert.Equal(422, (await Assert.ThrowsAsync<ApiException>(() => PatchRunAsync(patch))).Code);
    }

    private Task PatchRunAsync(string patch) =>
        flows.Cluster.As("anna", ApiServer.UserInfo.Masters).PatchAsync(FlowKinds.Runs, "default", "f-1", JsonNode.Parse(patch)!, cancellation: Cancellation).AsTask();

    [Fact]
    public async Task A_run_goes_on_after_a_crash()
    {
        await flows.ApplyAsync(Flow("- { name: a, command: [a], outputs: { values: { v: /out/v } } }\n- { name: b, command: [b, \"${{ tasks.a.values.v }}\"] }"));
        await flows.ApplyAsync(Run);
        var a = (await flows.PodsAsync("a"))[0];
        await flows.StopControllersAsync();
        await flows.EndAsync(a, values: new() { ["v"] = "5" });
        flows.StartControllers();
        var b = (await flows.PodsAsync("b"))[0];
        Assert.Equal(["b", "5"], RunSimulation.Command(b));

        await flows.StopControllersAsync();
        await flows.EndAsync(b);
        flows.StartControllers();
        await flows.RunAsync("f-1", r => r.Status?.Phase == FlowPhase.Succeeded);
    }

    [Fact]
    public async Task A_pod_that_was_given_up_before_a_crash_is_deleted_after_it()
    {
        await flows.ApplyAsync(Flow("- { name: a, command: [a], retries: { limit: 1, backoff: 1s } }"));
        await flows.ApplyAsync(Run);
        var a = (await flows.PodsAsync("a"))[0];
        await flows.StopControllersAsync();
        var run = flows.Ledger.Read.Run(a.Metadata.OwnerReferences[0].Uid)!;
        var given = AttemptReader.Read(a, RunStarter.DefinitionOf(run), run.Name, AttemptSources.None, flows.Cluster.Clock.GetUtcNow(), new HopelessPod(a, AttemptReason.RegistryUnavailable, "x"))!;
        await flows.Ledger.CommitAsync(new LedgerWrite(run, [given], []), Cancellation);
        flows.StartControllers();
        await flows.Cluster.WaitAsync(FlowKinds.Pods, "default", a.Metadata.Name, p => p is null);
        Assert.Equal(AttemptReason.RegistryUnavailable, Assert.Single(flows.Ledger.Read.Attempts(run.Uid)).Reason);
    }

    [Fact]
    public async Task Deleting_a_run_lets_its_pods_go_and_keeps_its_rows()
    {
        await flows.ApplyAsync(Flow("- { name: a, command: [a] }\n- { name: b, command: [b], needs: [a] }"));
        await flows.ApplyAsync(Run);
        var a = (await flows.PodsAsync("a"))[0];
        var uid = a.Metadata.OwnerReferences[0].Uid;
        await flows.Api.DeleteAsync(FlowKinds.Runs, "default", "f-1", cancellation: Cancellation);
        await flows.Api.DeleteAsync(FlowKinds.Pods, "default", a.Metadata.Name, cancellation: Cancellation); // as the garbage collector does
        await flows.Cluster.WaitForAllAsync(FlowKinds.Pods, "default", pods => pods.Count == 0);
        Assert.Equal("Deleted", Assert.Single(flows.Ledger.Read.Attempts(uid)).Reason);
        var closed = await ClosedAsync(uid);
        Assert.Equal((FlowPhase.Failed, "the run was deleted before it ended"), (closed.Phase, closed.Message));
    }

    [Fact]
    public async Task Nothing_is_kept_in_memory_of_a_run_whose_pods_end_after_it_was_deleted()
    {
        await flows.ApplyAsync(Flow("- { name: a, command: [a] }"));
        await flows.ApplyAsync(Run);
        var a = (await flows.PodsAsync("a"))[0];
        var uid = a.Metadata.OwnerReferences[0].Uid;
        Assert.True(flows.Ledger.Read.IsOpen(uid));
        await flows.Api.DeleteAsync(FlowKinds.Runs, "default", "f-1", cancellation: Cancellation);
        await ClosedAsync(uid);
        await flows.Api.DeleteAsync(FlowKinds.Pods, "default", a.Metadata.Name, cancellation: Cancellation);
        await flows.Cluster.WaitForAllAsync(FlowKinds.Pods, "default", pods => pods.Count == 0);
        Assert.Single(flows.Ledger.Read.Attempts(uid));
        for (var i = 0; i < 1000 && flows.Ledger.Read.IsOpen(uid); i++)
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, Cancellation);
        Assert.False(flows.Ledger.Read.IsOpen(uid));
    }

    [Fact]
    public async Task A_run_that_was_deleted_while_nobody_looked_is_closed()
    {
        await flows.ApplyAsync(Flow("- { name: a, command: [a] }"));
        await flows.ApplyAsync(Run);
        var uid = (await flows.PodsAsync("a"))[0].Metadata.OwnerReferences[0].Uid;
        await flows.StopControllersAsync();
        await flows.Api.DeleteAsync(FlowKinds.Runs, "default", "f-1", cancellation: Cancellation);
        flows.StartControllers();
        Assert.Equal(FlowPhase.Failed, (await ClosedAsync(uid)).Phase);
    }

    private async Task<RunRecord> ClosedAsync(string uid)
    {
        for (var i = 0; i < 1000 && flows.Ledger.Read.Run(uid)!.End is null; i++)
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, Cancellation);
        return flows.Ledger.Read.Run(uid)!;
    }

    private static string Flow(string tasks) => $$"""
        apiVersion: slipway.dev/v1alpha1
        kind: Flow
        metadata: { name: f, namespace: default }
        spec:
          params: [{ name: day, default: "2000" }]
          defaults: { image: "x:1" }
          tasks:
            {{tasks.Replace("\n", "\n    ", StringComparison.Ordinal)}}
        """;
}
