using Slipway.Api.Kinds;
using Slipway.Client;
using Slipway.Testing;

namespace Slipway.Flows.Tests;

public sealed class FileTriggerTests : IAsyncLifetime
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(500);

    private FlowCluster flows = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

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
    public async Task What_comes_after_the_flow_is_there_counts_though_nobody_has_looked_at_the_flow_yet()
    {
        await flows.StopControllersAsync();
        Write("/in");
        await ApplyAsync("directory: /in, interval: 1s", "params: { text: '${{ event.name }}' }");
        flows.Cluster.Clock.Advance(TimeSpan.FromSeconds(5));
        Write("/in", File("a", 1));
        flows.Cluster.Clock.Advance(TimeSpan.FromSeconds(5));
        flows.StartControllers();
        Assert.Equal(["a"], (await RunsAsync(1)).Select(TextOf));
    }

    [Fact]
    public async Task A_file_system_that_does_not_answer_holds_up_no_end()
    {
        using var hung = flows.HungDirectory = new("/in");
        await ApplyAsync("directory: /in, interval: 1s", "params: { text: '${{ event.name }}' }");
        await hung.Entered.WaitAsync(TestCluster.Patience, Cancellation);
        await flows.StopControllersAsync().WaitAsync(TestCluster.Patience, Cancellation);
    }

    [Fact]
    public async Task A_file_system_that_does_not_answer_is_told_and_asked_once_until_it_does()
    {
        Write("/in");
        using (var hung = flows.HungDirectory = new("/in"))
        {
            await ApplyAsync("directory: /in, interval: 1s", "params: { text: '${{ event.name }}' }");
            const string why = "/in has not answered for 30 seconds; see to its file system";
            await flows.Cluster.WhileTimePassesAsync(flows.Cluster.WaitAsync(FlowKinds.Flows, "default", "f", f => f?.Status?.Triggers is [{ Blocked: why }]), Step);

            // What is looked at anew asks the same directory.
            await flows.Cluster.PatchAsync("/apis/slipway.dev/v1alpha1/namespaces/default/flows/f", """{ "spec": { "triggers": [{ "name": "u", "files": { "directory": "/in", "interval": "1s" }, "params": { "text": "${{ event.name }}" } }] } }""");
            await flows.Cluster.WhileTimePassesAsync(flows.Cluster.WaitAsync(FlowKinds.Flows, "default", "f", f => f?.Status?.Triggers is [{ Name: "u", Blocked: why }]), Step);
            Assert.Equal(1, hung.Count);
        }

        Write("/in", File("b", 1));
        Assert.Equal(["b"], (await RunsAsync(1)).Select(TextOf));
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
    public async Task A_namespace_whose_pods_get_no_directories_any_more_does_not_see_what_is_read_late()
    {
        using var hung = new HungDirectory("/in");
        var reads = new DirectoryReads(
            directory =>
            {
                hung.Enter(directory);
                return [File("a", 1)];
            },
            flows.Cluster.Clock);
        using var arrivals = new DirectoryArrivals(flows.Api, reads, "default", new FilesTrigger { Directory = "/in" });
        var look = arrivals.LookAsync(DateTime.MinValue, _ => { }, Cancellation).AsTask();
        await hung.Entered.WaitAsync(TestCluster.Patience, Cancellation);
        await flows.Cluster.PatchAsync("/api/v1/namespaces/default", """{"metadata":{"labels":{"pod-security.kubernetes.io/enforce":"baseline"}}}""");
        hung.Dispose();
        Assert.StartsWith("namespace default allows its pods no directories", (await Assert.ThrowsAsync<IOException>(() => look)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_operator_says_that_it_sees_no_files()
    {
        var watches = new FileWatches(flows.Api, read: null, S3Place.Reach, _ => { }, flows.Cluster.Clock);
        var trigger = new FlowTrigger { Name = "t", Files = new() { Directory = "/in" } };
        var status = new FlowTriggerStatus { Since = DateTime.UnixEpoch };
        Assert.Empty(watches.Pending(new Flow { Metadata = new() { Name = "f", NamespaceProperty = "default" }, Spec = new() { Triggers = [trigger] } }, trigger, status));
        Assert.StartsWith("an operator is on no node and sees no files", status.Blocked, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_dealt_with_long_ago_starts_nothing_after_a_restart_though_nothing_is_recorded_of_it()
    {
        Write("/in");
        await ApplyAsync("directory: /in, interval: 1s", "params: { text: '${{ event.name }}' }");
        Write("/in", File("a", 1));
        var run = Assert.Single(await RunsAsync(1));
        var seen = flows.Directories["/in"][0].Changed.UtcDateTime;
        await flows.Cluster.WhileTimePassesAsync(flows.Cluster.WaitAsync(FlowKinds.Flows, "default", "f", f => f?.Status?.Triggers is [{ Since: { } since }] && since > seen), Step);
        await flows.PodsAsync("show"); // so that it is recorded
        await flows.Api.DeleteAsync(FlowKinds.Runs, "default", run.Metadata.Name, cancellation: Cancellation);
        await flows.Cluster.WaitForAllAsync(FlowKinds.Runs, "default", all => all.Count == 0);
        await UntilRecordedAsync(run);
        await flows.StopControllersAsync();
        await flows.Ledger.ReleaseAsync("default", "f", null, null, DateTimeOffset.MaxValue, Cancellation);
        Assert.Null(flows.Ledger.Read.NewestRun("default", run.Metadata.Name));

        Write("/in", flows.Directories["/in"][0], File("b", 1));
        flows.StartControllers();
        Assert.Equal(["b"], (await RunsAsync(1)).Select(TextOf));
    }

    [Fact]
    public async Task Whatever_goes_wrong_with_a_look_is_told_and_it_looks_again()
    {
        Write("/in", null!);
        await ApplyAsync("directory: /in, interval: 1s", "params: { text: '${{ event.name }}' }");
        await flows.Cluster.WaitAsync(FlowKinds.Flows, "default", "f", f => f?.Status?.Triggers is [{ Blocked: not null }]);
        Write("/in", File("a", 1), File("a", 1)); // two whose names are no UTF-8 read alike
        Assert.Equal(["a"], (await RunsAsync(1)).Select(TextOf));
    }

    [Fact]
    public async Task A_run_that_is_not_taken_is_skipped_and_one_that_is_not_taken_now_waits_and_says_so()
    {
        const string policies = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies";
        await flows.Cluster.CreateAsync(policies, """
            { "metadata": { "name": "p" }, "spec": {
              "matchConstraints": { "resourceRules": [{ "apiGroups": ["slipway.dev"], "apiVersions": ["*"], "operations": ["CREATE"], "resources": ["flowruns"] }] },
              "validations": [
                { "expression": "object.spec.params.text != 'bad'", "message": "never bad" },
                { "expression": "object.spec.params.text != 'late'", "message": "not yet", "reason": "Forbidden" }] } }
            """);
        await flows.Cluster.CreateAsync("/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings", """{ "metadata": { "name": "p" }, "spec": { "policyName": "p", "validationActions": ["Deny"] } }""");
        await UntilAsync(async () =>
        {
            await using var answer = await flows.Api.SendAsync(new("POST", "/apis/slipway.dev/v1alpha1/namespaces/default/flowruns?dryRun=All")
            {
                Body = """{"apiVersion":"slipway.dev/v1alpha1","kind":"FlowRun","metadata":{"name":"x"},"spec":{"flow":"f","params":{"text":"bad"}}}"""u8.ToArray(),
            }, Cancellation);
            return answer.StatusCode == 422;
        });

        Write("/in");
        await ApplyAsync("directory: /in, interval: 1s", "params: { text: '${{ event.name }}' }");
        Write("/in", File("bad", 1), File("good", 1));
        Assert.Equal(["good"], (await RunsAsync(1)).Select(TextOf));
        var flow = await flows.Cluster.WaitAsync(FlowKinds.Flows, "default", "f", f => f?.Status?.Triggers is [{ Problem: not null }]);
        Assert.StartsWith("file /in/bad of 1 bytes is there, but no run was started: ", flow!.Status!.Triggers![0].Problem, StringComparison.Ordinal);
        Assert.Contains("never bad", flow.Status.Triggers[0].Problem, StringComparison.Ordinal);
        Assert.Single(flows.Ledger.Read.Runs("default", new RunFilter { Flow = "f", Phase = FlowPhase.Skipped, Limit = 9 }));

        Write("/in", [.. flows.Directories["/in"], File("late", 1)]);
        flow = await flows.Cluster.WhileTimePassesAsync(flows.Cluster.WaitAsync(FlowKinds.Flows, "default", "f", f => f?.Status?.Triggers is [{ Blocked: not null }]), Step);
        Assert.Contains("not yet", flow!.Status!.Triggers![0].Blocked, StringComparison.Ordinal);
        await flows.Cluster.Admin.SendForBodyAsync(new("DELETE", $"{policies}/p"), Cancellation);
        Assert.Contains("late", (await RunsAsync(2)).Select(TextOf));
        await flows.Cluster.WaitAsync(FlowKinds.Flows, "default", "f", f => f?.Status?.Triggers is [{ Blocked: null }]);
    }

    /// <summary>The end of a run that is deleted is recorded a little later.</summary>
    private Task UntilRecordedAsync(FlowRun run) => UntilAsync(() => Task.FromResult(flows.Ledger.Read.NewestRun("default", run.Metadata.Name) is { End: not null }));

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var patience = new CancellationTokenSource(TestCluster.Patience);
        while (!await condition())
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, patience.Token);
    }

    // Two looks are a second apart, and a busy machine may let the clock come there late.
    private async Task<List<FlowRun>> RunsAsync(int count)
    {
        var runs = await flows.Cluster.WhileTimePassesAsync(flows.Cluster.WaitForAllAsync(FlowKinds.Runs, "default", all => all.Count >= count), Step);
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
