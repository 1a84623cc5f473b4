using Microsoft.Extensions.Logging.Abstractions;
using Slipway.Api;
using Slipway.Api.Kinds;
using Slipway.Client;
using Slipway.Testing;

namespace Slipway.Flows.Tests;

public sealed class ResourceTriggerTests : IAsyncLifetime
{
    private const string ConfigMaps = "/api/v1/namespaces/default/configmaps";
    private const string Roles = "/apis/rbac.authorization.k8s.io/v1/namespaces/default";

    private FlowCluster flows = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => flows = await FlowCluster.StartAsync();

    public ValueTask DisposeAsync() => flows.DisposeAsync();

    [Fact]
    public async Task An_object_that_is_added_starts_a_run_with_what_is_in_it()
    {
        await AllowAsync("configmaps");
        await CreateAsync("before", "1");
        flows.Cluster.Clock.Advance(TimeSpan.FromSeconds(2));
        await StartAsync("apiVersion: v1, kind: ConfigMap, labelSelector: 'kind=data'", "params: { text: '${{ event.type }} ${{ event.object.metadata.name }} ${{ event.object.data.n }} ${{ event.oldObject == null }}' }");
        await CreateAsync("unlabelled", "2", label: "other");
        await CreateAsync("first", "3");
        await CreateAsync("second", "4");
        var runs = await RunsAsync(2);
        Assert.Equal(["Added first 3 true", "Added second 4 true"], runs.Select(TextOf).Order());
        var cause = runs.Single(run => TextOf(run).StartsWith("Added first", StringComparison.Ordinal)).Spec.Cause!;
        Assert.Equal(("Trigger", "t", "ConfigMap default/first was added"), (cause.Type, cause.By, cause.Message));
    }

    [Fact]
    public async Task What_is_added_after_the_flow_counts_whenever_somebody_looks_at_the_flow()
    {
        await AllowAsync("configmaps");
        await CreateAsync("before", "1");
        flows.Cluster.Clock.Advance(TimeSpan.FromSeconds(2));
        await flows.StopControllersAsync();
        await ApplyAsync("apiVersion: v1, kind: ConfigMap", "params: { text: '${{ event.object.metadata.name }}' }");
        await CreateAsync("after", "2");
        flows.Cluster.Clock.Advance(TimeSpan.FromSeconds(30));
        flows.StartControllers();
        Assert.Equal(["after"], (await RunsAsync(1)).Select(TextOf));
    }

    [Fact]
    public async Task Each_change_starts_one_run_across_restarts_and_knows_what_was_before()
    {
        await AllowAsync("configmaps");
        await CreateAsync("a", "1");
        await CreateAsync("b", "1");
        await StartAsync("apiVersion: v1, kind: ConfigMap, changes: [Modified, Deleted]", """
            when: "event.type == 'Deleted' || event.object.data.n != event.oldObject.data.n", params: { text: "${{ event.type }} ${{ event.object.data.n }} ${{ event.oldObject.data.n }}" }
            """);
        await flows.Cluster.PatchAsync($"{ConfigMaps}/a", """{"data":{"n":"2"}}""");
        await flows.Cluster.PatchAsync($"{ConfigMaps}/a", """{"metadata":{"labels":{"x":"y"}}}"""); // fulfils no condition
        Assert.Equal(["Modified 2 1"], (await RunsAsync(1)).Select(TextOf));

        await flows.StopControllersAsync();
        await flows.Cluster.PatchAsync($"{ConfigMaps}/a", """{"data":{"n":"3"}}""");
        await flows.Cluster.PatchAsync($"{ConfigMaps}/a", """{"data":{"n":"4"}}""");
        await flows.Cluster.Admin.SendForBodyAsync(new("DELETE", $"{ConfigMaps}/b"), Cancellation);
        flows.StartControllers();
        Assert.Equal(["Deleted 1 1", "Modified 2 1", "Modified 3 2", "Modified 4 3"], (await RunsAsync(4)).Select(TextOf).Order());

        // What was dealt with is not dealt with again.
        await flows.StopControllersAsync();
        flows.StartControllers();
        await flows.Cluster.PatchAsync($"{ConfigMaps}/a", """{"data":{"n":"5"}}""");
        Assert.Contains("Modified 5 4", (await RunsAsync(5)).Select(TextOf));
    }

    [Fact]
    public async Task What_history_no_longer_has_is_read_off_what_is_there()
    {
        await AllowAsync("configmaps");
        await CreateAsync("a", "1");
        await CreateAsync("b", "1");
        flows.Cluster.Clock.Advance(TimeSpan.FromSeconds(2));
        await StartAsync("apiVersion: v1, kind: ConfigMap, changes: [Added, Modified]", "params: { text: '${{ event.type }} ${{ event.object.metadata.name }} ${{ event.object.data.n }}' }");
        await flows.StopControllersAsync();
        await flows.Cluster.PatchAsync($"{ConfigMaps}/a", """{"data":{"n":"2"}}""");
        await flows.Cluster.PatchAsync($"{ConfigMaps}/a", """{"data":{"n":"3"}}""");
        await CreateAsync("c", "1");
        var position = (await flows.Api.GetAsync(FlowKinds.Flows, "default", "f", Cancellation))!.Status!.Triggers![0].Position!;
        await CompactedAsync(position);
        flows.StartControllers();
        Assert.Equal(["Added c 1", "Modified a 3"], (await RunsAsync(2)).Select(TextOf).Order());
    }

    [Fact]
    public async Task What_the_namespace_may_not_read_is_told_and_seen_when_it_may()
    {
        await ApplyAsync("apiVersion: v1, kind: Secret, serviceAccountName: reader", "params: { text: '${{ event.object.metadata.name }}' }");
        var flow = await flows.Cluster.WaitAsync(FlowKinds.Flows, "default", "f", f => f?.Status?.Triggers is [{ Blocked: not null }]);
        Assert.Equal("service account reader of namespace default may not watch secrets in namespace default: give it a role with list and watch", flow!.Status!.Triggers![0].Blocked);
        await AllowAsync("secrets", "reader");
        await flows.Cluster.WaitAsync(FlowKinds.Flows, "default", "f", f => f?.Status?.Triggers is [{ Blocked: null, Position: not null }]);
        await flows.Cluster.CreateAsync("/api/v1/namespaces/default/secrets", """{"apiVersion":"v1","kind":"Secret","metadata":{"name":"s"}}""");
        Assert.Equal(["s"], (await RunsAsync(1)).Select(TextOf));
    }

    [Theory]
    [InlineData("apiVersion: v1, kind: ConfigMop", "v1 has no kind ConfigMop, did you mean \"ConfigMap\"?")]
    [InlineData("apiVersion: none.example.com/v1, kind: Thing", "the server has no none.example.com/v1")]
    [InlineData("apiVersion: v1, kind: Node, namespace: default", "Node is in no namespace: leave namespace out")]
    [InlineData("apiVersion: v1, kind: ConfigMap, namespace: kube-system", "service account default of namespace default may not watch configmaps in namespace kube-system: give it a role with list and watch")]
    [InlineData("apiVersion: batch/v1, kind: Job, namespace: '*', serviceAccountName: robot", "service account robot of namespace default may not watch jobs.batch everywhere: give it a role with list and watch")]
    public async Task What_cannot_be_watched_is_told(string resource, string message)
    {
        await AllowAsync("configmaps");
        await ApplyAsync(resource, "params: {}");
        var flow = await flows.Cluster.WaitAsync(FlowKinds.Flows, "default", "f", f => f?.Status?.Triggers is [{ Blocked: not null }]);
        Assert.StartsWith(message, flow!.Status!.Triggers![0].Blocked, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_flow_itself_makes_does_not_count()
    {
        await AllowAsync("pods");
        await StartAsync("apiVersion: v1, kind: Pod", "params: { text: '${{ event.object.metadata.name }}' }");
        await PodAsync("first");
        var first = Assert.Single(await RunsAsync(1));
        await flows.PodsAsync("show"); // which would start the next one
        await PodAsync("second");
        var runs = await RunsAsync(2);
        Assert.Equal(["first", "second"], runs.Select(TextOf).Order());
        Assert.Contains(runs, r => r.Metadata.Name == first.Metadata.Name);
    }

    [Fact]
    public async Task What_happens_beyond_the_bound_waits_until_a_run_has_ended()
    {
        await AllowAsync("configmaps");
        await StartAsync("apiVersion: v1, kind: ConfigMap", "params: { text: '${{ event.object.metadata.name }}' }", "concurrency: { limit: 1 }");
        for (var i = 0; i < 102; i++)
            await CreateAsync($"c{i}", "1");
        await RunsAsync(100);
        var flow = await flows.Cluster.WaitAsync(FlowKinds.Flows, "default", "f", f => f?.Status?.Triggers is [{ Blocked: not null }]);
        Assert.Equal("100 runs of the trigger have not ended: what else has happened waits until one has", flow!.Status!.Triggers![0].Blocked);
        await flows.EndAsync((await flows.PodsAsync("show"))[0]);
        var runs = await RunsAsync(101);
        await flows.EndAsync((await flows.PodsAsync("show"))[0]);
        await flows.Cluster.WaitAsync(FlowKinds.Flows, "default", "f", f => f?.Status?.Triggers is [{ Blocked: null }]);
        Assert.Equal(102, (await RunsAsync(102)).Select(TextOf).Distinct().Count());

        // One that is deleted makes room as one that ends.
        await CreateAsync("c102", "1");
        await CreateAsync("c103", "1");
        await flows.Cluster.WaitAsync(FlowKinds.Flows, "default", "f", f => f?.Status?.Triggers is [{ Blocked: not null }]);
        await flows.Api.DeleteAsync(FlowKinds.Runs, "default", runs.Last(r => !FlowPhase.IsFinal(r.Status?.Phase)).Metadata.Name, cancellation: Cancellation);
        await flows.Cluster.WaitForAllAsync(FlowKinds.Runs, "default", all => all.Exists(r => TextOf(r) == "c102"));
    }

    [Fact]
    public async Task A_position_is_written_though_nothing_happens_that_counts()
    {
        await AllowAsync("configmaps");
        await StartAsync("apiVersion: v1, kind: ConfigMap, labelSelector: 'kind=other'", "params: {}");
        var before = (await flows.Api.GetAsync(FlowKinds.Flows, "default", "f", Cancellation))!.Status!.Triggers![0];
        await CreateAsync("a", "1");
        await flows.Cluster.WhileTimePassesAsync(
            flows.Cluster.WaitAsync(FlowKinds.Flows, "default", "f", f => f?.Status?.Triggers is [{ Position: { } position, Since: { } since }] && position != before.Position && since >= before.Since!.Value.AddMinutes(2)), TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task An_account_whose_name_is_none_sees_nothing()
    {
        var watches = new ResourceWatches(flows.Api, _ => { }, flows.Cluster.Clock, NullLogger.Instance);
        var flow = Named("one");
        flow.Spec.Triggers![0].Resource!.ServiceAccountName = "a\r\nImpersonate-Group: system:masters";
        var status = new FlowTriggerStatus { Since = DateTime.UnixEpoch };
        Assert.Empty(watches.Pending(flow, flow.Spec.Triggers[0], status));
        Assert.StartsWith("the name of the service account is none: ", status.Blocked, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_may_not_act_as_an_account_learns_nothing_by_it()
    {
        var refusal = await Assert.ThrowsAsync<ApiException>(() => flows.Cluster.As("somebody").ActingAs("default", "default").SendForBodyAsync(new("GET", ConfigMaps), Cancellation).AsTask());
        Assert.Equal((403, "serviceaccounts \"default\" is forbidden: User \"somebody\" cannot impersonate resource \"serviceaccounts\" in API group \"\" in the namespace \"default\""), (refusal.Code, refusal.Message));
    }

    [Fact]
    public async Task Triggers_that_wait_for_the_same_share_one_watch_which_ends_with_the_last()
    {
        await AllowAsync("configmaps");
        var api = new CountingApi(flows.Cluster.As("system:serviceaccount:slipway-system:flows", "system:serviceaccounts"));
        var watches = new ResourceWatches(api, _ => { }, flows.Cluster.Clock, NullLogger.Instance);
        await using var running = flows.Cluster.Run(watches.RunAsync);
        var (one, other) = (Named("one"), Named("other"));
        foreach (var flow in new[] { one, other })
        {
            var status = new FlowTriggerStatus { Since = flows.Cluster.Clock.GetUtcNow().UtcDateTime };
            await UntilAsync(() => !watches.Pending(flow, flow.Spec.Triggers![0], status).Any() && status.Position is not null);
        }

        await UntilAsync(() => api.Open == 1);
        await CreateAsync("a", "1");
        foreach (var flow in new[] { one, other })
            await UntilAsync(() => watches.Pending(flow, flow.Spec.Triggers![0], new() { Since = DateTime.UnixEpoch }).Any());
        Assert.Equal(1, api.Most);
        await watches.KeepAsync(new("default", "one"), []);
        Assert.Equal(1, api.Open);
        await watches.KeepAsync(new("default", "other"), []);
        Assert.Equal(0, api.Open);
    }

    private static Flow Named(string name) => new()
    {
        Metadata = new() { Name = name, NamespaceProperty = "default", Uid = name },
        Spec = new() { Triggers = [new() { Name = "t", Resource = new() { ApiVersion = "v1", Kind = "ConfigMap" } }] },
    };

    private static async Task UntilAsync(Func<bool> condition)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(began) < TestCluster.Patience);
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, Cancellation);
        }
    }

    /// <summary>Counts the watches that are open.</summary>
    private sealed class CountingApi(IApi api) : IApi
    {
        private int open;
        private int most;

        public int Open => Volatile.Read(ref open);

        public int Most => Volatile.Read(ref most);

        public async ValueTask<ApiResponse> SendAsync(ApiRequest request, CancellationToken cancellation)
        {
            var response = await api.SendAsync(request, cancellation);
            if (response.Stream is not { } stream)
                return response;
            most = Math.Max(most, Interlocked.Increment(ref open));
            return new ApiResponse { StatusCode = response.StatusCode, Stream = new Counted(stream, () => Interlocked.Decrement(ref open)) };
        }

        private sealed class Counted(Stream inner, Action closed) : Stream
        {
            private int isClosed;

            public override bool CanRead => true;

            public override bool CanSeek => false;

            public override bool CanWrite => false;

            public override long Length => throw new NotSupportedException();

            public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

            public override void Flush() => throw new NotSupportedException();

            public override int Read(byte[] buffer, int offset, int count) => inner.Read(buffer, offset, count);

            public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => inner.ReadAsync(buffer, cancellationToken);

            public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

            public override void SetLength(long value) => throw new NotSupportedException();

            public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

            public override async ValueTask DisposeAsync()
            {
                await inner.DisposeAsync();
                if (Interlocked.Exchange(ref isClosed, 1) == 0)
                    closed();
                await base.DisposeAsync();
            }
        }
    }

    private async Task<List<FlowRun>> RunsAsync(int count)
    {
        var runs = await flows.Cluster.WaitForAllAsync(FlowKinds.Runs, "default", all => all.Count >= count);
        Assert.Equal(count, runs.Count);
        return [.. runs.OrderBy(r => r.Metadata.CreationTimestamp).ThenBy(r => long.Parse(r.Metadata.ResourceVersion, null))];
    }

    private static string TextOf(FlowRun run) => (string?)run.Spec.Params?["text"] ?? "";

    private async Task StartAsync(string resource, string trigger, string spec = "")
    {
        await ApplyAsync(resource, trigger, spec);
        await flows.Cluster.WaitAsync(FlowKinds.Flows, "default", "f", f => f?.Status?.Triggers is [{ Position: not null }]);
    }

    private Task ApplyAsync(string resource, string trigger, string spec = "") => flows.ApplyAsync($$$"""
        apiVersion: slipway.dev/v1alpha1
        kind: Flow
        metadata: { name: f, namespace: default }
        spec:
          params: [{ name: text, default: "" }]
          triggers: [{ name: t, resource: { {{{resource}}} }, {{{trigger}}} }]
          defaults: { image: "x:1" }
          {{{spec}}}
          tasks:
            - { name: show, command: [show, "${{ params.text }}"] }
        """);

    private Task CreateAsync(string name, string value, string label = "data") =>
        flows.Cluster.CreateAsync(ConfigMaps, $$$"""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"{{{name}}}","labels":{"kind":"{{{label}}}"}},"data":{"n":"{{{value}}}"}}""");

    private Task PodAsync(string name) =>
        flows.Cluster.CreateAsync("/api/v1/namespaces/default/pods", $$$"""{"apiVersion":"v1","kind":"Pod","metadata":{"name":"{{{name}}}"},"spec":{"containers":[{"name":"c","image":"x:1"}]}}""");

    private async Task AllowAsync(string resource, string account = "default")
    {
        await flows.Cluster.CreateAsync($"{Roles}/roles", $$$"""{"metadata":{"name":"r"},"rules":[{"apiGroups":[""],"resources":["{{{resource}}}"],"verbs":["list","watch"]}]}""");
        await flows.Cluster.CreateAsync($"{Roles}/rolebindings",
            $$$"""{"metadata":{"name":"r"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"Role","name":"r"},"subjects":[{"kind":"ServiceAccount","name":"{{{account}}}","namespace":"default"}]}""");
    }

    /// <summary>Moves the clock on until the server has forgotten what came after a resource version.</summary>
    private async Task CompactedAsync(string position)
    {
        await flows.Cluster.WhileTimePassesAsync(ForgottenAsync(), TimeSpan.FromSeconds(30));

        async Task<bool> ForgottenAsync()
        {
            while (true)
            {
                await using var answer = await flows.Api.SendAsync(new("GET", $"{ConfigMaps}?resourceVersion={position}&resourceVersionMatch=Exact"), Cancellation);
                if (answer.StatusCode == 410)
                    return true;
                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Cancellation);
            }
        }
    }
}
