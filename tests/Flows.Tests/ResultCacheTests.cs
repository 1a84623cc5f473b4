using System.Text.Json.Nodes;
using k8s.Models;
using Slipway.Api;
using Slipway.Api.Kinds;

namespace Slipway.Flows.Tests;

public sealed class ResultCacheTests : IAsyncLifetime
{
    private FlowCluster flows = null!;

    public async ValueTask InitializeAsync() => flows = await FlowCluster.StartAsync();

    public ValueTask DisposeAsync() => flows.DisposeAsync();

    [Fact]
    public async Task What_was_made_before_of_the_same_is_taken_and_the_record_says_so()
    {
        await flows.ApplyAsync(Flow("cache: { maxAge: 2h }", "cache: {}"));
        await flows.ApplyAsync(Run("r-1", "a"));
        await TellDigestAsync();
        var list = (await flows.PodsAsync("list"))[0];
        Assert.Equal(RunSimulation.Digest, list.Spec.Containers[0].Image); // the pod that told the digest pins it for all
        await flows.EndAsync(list, values: new() { ["v"] = "[\"x\",\"y\"]" });
        foreach (var pod in await flows.PodsAsync("work[0]", "work[1]"))
            await flows.EndAsync(pod, files: ["f"]);
        await EndJoinAsync("r-1");
        Assert.Equal("not taken from the cache: there is no earlier result", await MessageAsync("r-1", "list"));

        // The same again: only the task without cache runs.
        await flows.ApplyAsync(Run("r-2", "a"));
        await TellDigestAsync();
        await EndJoinAsync("r-2");
        Assert.Equal("taken from the cache: list of run r-1", await MessageAsync("r-2", "list"));
        Assert.Equal("taken from the cache: work[1] of run r-1", await MessageAsync("r-2", "work[1]"));
        Assert.Equal("", await MessageAsync("r-2", "join"));

        // Another parameter: list, which sees it, runs; work, which by its key does not depend on it, is taken.
        await flows.ApplyAsync(Run("r-3", "b"));
        await TellDigestAsync();
        await flows.EndAsync((await flows.PodsAsync("list"))[0], values: new() { ["v"] = "[\"x\",\"z\"]" });
        await flows.EndAsync((await flows.PodsAsync("work[1]"))[0], files: ["f"]);
        await EndJoinAsync("r-3");
        Assert.Equal("not taken from the cache: param p differs from run r-1", await MessageAsync("r-3", "list"));
        Assert.Equal("taken from the cache: work[0] of run r-1", await MessageAsync("r-3", "work[0]"));
        Assert.Equal("not taken from the cache: command, item differ from run r-1", await MessageAsync("r-3", "work[1]"));

        // What is too old, or invalidated, runs.
        flows.Cluster.Clock.Advance(TimeSpan.FromHours(3));
        Assert.Equal(3, await flows.Ledger.InvalidateAsync("default", "f", "work", TestContext.Current.CancellationToken));
        await flows.ApplyAsync(Run("r-4", "a"));
        await TellDigestAsync();
        await flows.EndAsync((await flows.PodsAsync("list"))[0], values: new() { ["v"] = "[\"x\"]" });
        await flows.EndAsync((await flows.PodsAsync("work[0]"))[0], files: ["f"]);
        await EndJoinAsync("r-4");
        Assert.Equal("not taken from the cache: the result of run r-1 is older than maxAge", await MessageAsync("r-4", "list"));
    }

    [Fact]
    public async Task An_image_that_cannot_be_pulled_is_told_by_the_task()
    {
        await flows.ApplyAsync(Flow("cache: {}", "cache: {}"));
        await flows.ApplyAsync(Run("r-1", "a"));
        var waiting = new JsonObject
        {
            ["phase"] = "Pending",
            ["containerStatuses"] = new JsonArray(new JsonObject
            {
                ["name"] = "task", ["image"] = "x:1", ["imageID"] = "", ["ready"] = false, ["restartCount"] = 0,
                ["state"] = new JsonObject { ["waiting"] = new JsonObject { ["reason"] = "ErrImagePull", ["message"] = "x:1: not found" } },
            }),
        };
        await flows.StatusAsync(await ImagePodAsync(), (JsonObject)waiting.DeepClone());
        await flows.StatusAsync((await flows.PodsAsync("list"))[0], waiting);
        var run = await flows.RunAsync("r-1", r => FlowPhase.IsFinal(r.Status?.Phase));
        Assert.Equal("list: image x:1 could not be pulled: x:1: not found; correct image, or bring it with slipway image load or build", run.Status!.Message);
        await flows.Cluster.WaitForAllAsync(FlowKinds.Pods, "default", pods => pods.Count == 0);
    }

    [Fact]
    public async Task A_rerun_takes_over_what_succeeded()
    {
        await flows.ApplyAsync(Flow("", ""));
        await flows.ApplyAsync(Run("r-1", "a"));
        await flows.EndAsync((await flows.PodsAsync("list"))[0], values: new() { ["v"] = "[\"x\",\"y\"]" });
        var work = await flows.PodsAsync("work[0]", "work[1]");
        await flows.EndAsync(work[0], files: ["f"]);
        await flows.EndAsync(work[1], exitCode: 1, reason: "Error");
        await flows.RunAsync("r-1", r => r.Status?.Phase == FlowPhase.Failed);

        await flows.ApplyAsync(Run("r-2", "a", "rerun: { run: r-1 }"));
        await flows.EndAsync((await flows.PodsAsync("work[1]"))[0], files: ["f"]);
        await EndJoinAsync("r-2");
        Assert.Equal("taken over from run r-1", await MessageAsync("r-2", "list"));
        Assert.Equal("taken over from run r-1", await MessageAsync("r-2", "work[0]"));

        await flows.ApplyAsync(Run("r-3", "a", "rerun: { run: r-2, from: work }"));
        foreach (var pod in await flows.PodsAsync("work[0]", "work[1]"))
            await flows.EndAsync(pod, files: ["f"]);
        await EndJoinAsync("r-3");
        Assert.Equal("taken over from run r-2", await MessageAsync("r-3", "list"));

        await RefusedAsync("r-4", Run("r-4", "b", "rerun: { run: r-2 }"), "spec.params: run r-2 had other parameters: {\"p\":\"a\"}; give the same, or start a run without rerun");
        await RefusedAsync("r-5", Run("r-5", "a", "rerun: { run: r-2, from: wrok }"), "spec.rerun.from: flow f has no task wrok, did you mean \"work\"?");
        await RefusedAsync("r-7", Run("r-7", "a", "rerun: { run: r-2 }, interval: { start: 2026-01-01T00:00:00Z, end: 2026-01-02T00:00:00Z }"), "spec.interval: run r-2 was for no interval; give the same, or start a run without rerun");
        await RefusedAsync("r-6", Run("r-6", "a", "rerun: { run: nothing }"), "spec.rerun.run: there is no record of a run nothing in namespace default; slipway runs lists them");
    }

    [Fact]
    public async Task Wrong_settings_are_refused_with_their_field()
    {
        var refusal = await Assert.ThrowsAsync<ApiException>(() => flows.ApplyAsync(Flow("cache: { maxAge: soon, key: '${{ params.q }}' }", "")));
        Assert.Contains("spec.tasks[0].cache.maxAge: Invalid value: \"soon\": must be a duration", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("spec.tasks[0].cache.key", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("there is no parameter q", refusal.Message, StringComparison.Ordinal);
    }

    private async Task RefusedAsync(string name, string run, string message)
    {
        await flows.ApplyAsync(run);
        Assert.Equal(message, (await flows.RunAsync(name, r => FlowPhase.IsFinal(r.Status?.Phase))).Status!.Message);
    }

    private async Task EndJoinAsync(string run)
    {
        await flows.EndAsync((await flows.PodsAsync("join"))[0]);
        await flows.RunAsync(run, r => r.Status?.Phase == FlowPhase.Succeeded);
    }

    private async Task<V1Pod> ImagePodAsync() =>
        (await flows.Cluster.WaitForAllAsync(FlowKinds.Pods, "default", pods => pods.Exists(IsOf))).First(IsOf);

    private static bool IsOf(V1Pod pod) => ImagePod.Is(pod) && pod.Status?.Phase is not ("Succeeded" or "Failed");

    private async Task TellDigestAsync() => await flows.EndAsync(await ImagePodAsync());

    private async Task<string> MessageAsync(string run, string path)
    {
        var record = flows.Ledger.Read.NewestRun("default", run)!;
        await flows.RunAsync(run, r => FlowPhase.IsFinal(r.Status?.Phase));
        return flows.Ledger.Read.Attempts(record.Uid).Single(a => a.Path.Text == path).Message;
    }

    private static string Run(string name, string p, string more = "") =>
        $"{{ apiVersion: slipway.dev/v1alpha1, kind: FlowRun, metadata: {{ name: {name}, namespace: default }}, spec: {{ flow: f, params: {{ p: {p} }}, {more} }} }}";

    private static string Flow(string list, string work) => $$$"""
        apiVersion: slipway.dev/v1alpha1
        kind: Flow
        metadata: { name: f, namespace: default }
        spec:
          params: [{ name: p }]
          defaults: { image: "x:1" }
          tasks:
            - name: list
              command: [l]
              outputs: { values: { v: /out/v } }
              {{{list}}}
            - name: work
              forEach: "${{ tasks.list.values.v }}"
              command: [w, "${{ item }}"]
              outputs: { files: { f: /out/f.bin } }
              {{{work.Replace("{}", "{ key: '' }", StringComparison.Ordinal)}}}
            - { name: join, command: [j], inputs: { all: "${{ tasks.work.files.f }}" } }
        """;
}
