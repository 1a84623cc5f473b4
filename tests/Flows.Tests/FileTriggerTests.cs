using Slipway.Api.Kinds;

namespace Slipway.Flows.Tests;

public sealed class FileTriggerTests : IAsyncLifetime
{
    private FlowCluster flows = null!;

    public async ValueTask InitializeAsync() => flows = await FlowCluster.StartAsync();

    public ValueTask DisposeAsync() => flows.DisposeAsync();

    [Fact]
    public async Task Each_file_starts_one_run_across_restarts_and_one_that_is_written_anew_another()
    {
        Write("/in");
        await ApplyAsync("directory: /in, pattern: '*.csv', interval: 1s", "params: { text: '${{ event.name }} ${{ event.path }} ${{ event.size }}' }");
        Write("/in", File("a.csv", 3), File("b.txt", 3));
        var run = Assert.Single(await RunsAsync(1));
        Assert.Equal(("a.csv /in/a.csv 3", "file /in/a.csv of 3 bytes is there"), (TextOf(run), run.Spec.Cause!.Message));

        await flows.StopControllersAsync();
        Write("/in", [.. flows.Directories["/in"], File("c.csv", 5)]);
        flows.StartControllers();
        Assert.Equal(["a.csv /in/a.csv 3", "c.csv /in/c.csv 5"], (await RunsAsync(2)).Select(TextOf).Order());

        Write("/in", File("a.csv", 4), flows.Directories["/in"][1], flows.Directories["/in"][2]);
        Assert.Contains("a.csv /in/a.csv 4", (await RunsAsync(3)).Select(TextOf));
    }

    [Fact]
    public async Task A_directory_that_is_not_there_is_told_until_it_is()
    {
        await ApplyAsync("directory: /none, interval: 1s", "params: { text: '${{ event.name }}' }");
        var flow = await flows.Cluster.WaitAsync(FlowKinds.Flows, "default", "f", f => f?.Status?.Triggers is [{ Blocked: not null }]);
        Assert.Equal("/none is not there", flow!.Status!.Triggers![0].Blocked);
        Write("/none", File("a", 1));
        Assert.Equal(["a"], (await RunsAsync(1)).Select(TextOf));
        await flows.Cluster.WaitAsync(FlowKinds.Flows, "default", "f", f => f?.Status?.Triggers is [{ Blocked: null }]);
    }

    [Fact]
    public async Task A_namespace_whose_pods_get_no_directories_of_the_node_sees_none()
    {
        Write("/in", File("a", 1));
        await flows.Cluster.PatchAsync("/api/v1/namespaces/default", """{"metadata":{"labels":{"pod-security.kubernetes.io/enforce":"baseline"}}}""");
        await ApplyAsync("directory: /in, interval: 1s", "params: {}");
        var flow = await flows.Cluster.WaitAsync(FlowKinds.Flows, "default", "f", f => f?.Status?.Triggers is [{ Blocked: not null }]);
        Assert.Equal(
            "namespace default allows its pods no directories of the node (pod-security.kubernetes.io/enforce is baseline), so that its flows cannot look into one", flow!.Status!.Triggers![0].Blocked);
    }

    [Fact]
    public void An_operator_says_that_it_sees_no_files()
    {
        var watches = new FileWatches(flows.Api, read: null, _ => { }, flows.Cluster.Clock);
        var trigger = new FlowTrigger { Name = "t", Files = new() { Directory = "/in" } };
        var status = new FlowTriggerStatus { Since = DateTime.UnixEpoch };
        Assert.Empty(watches.Pending(new Flow { Metadata = new() { Name = "f", NamespaceProperty = "default" }, Spec = new() { Triggers = [trigger] } }, trigger, status, TimeSpan.Zero));
        Assert.StartsWith("an operator is on no node and sees no files", status.Blocked, StringComparison.Ordinal);
    }

    private async Task<List<FlowRun>> RunsAsync(int count)
    {
        var runs = await flows.Cluster.WaitForAllAsync(FlowKinds.Runs, "default", all => all.Count >= count);
        Assert.Equal(count, runs.Count);
        return runs;
    }

    private static string TextOf(FlowRun run) => (string?)run.Spec.Params?["text"] ?? "";

    private void Write(string directory, params FileState[] files) => flows.Directories[directory] = files;

    private FileState File(string name, long size) => new(name, size, flows.Cluster.Clock.GetUtcNow(), flows.Cluster.Clock.GetUtcNow());

    private Task ApplyAsync(string files, string trigger) => flows.ApplyAsync($$$"""
        apiVersion: slipway.dev/v1alpha1
        kind: Flow
        metadata: { name: f, namespace: default }
        spec:
          params: [{ name: text, default: "" }]
          triggers: [{ name: t, files: { {{{files}}} }, {{{trigger}}} }]
          defaults: { image: "x:1" }
          tasks:
            - { name: show, command: [show, "${{ params.text }}"] }
        """);
}
