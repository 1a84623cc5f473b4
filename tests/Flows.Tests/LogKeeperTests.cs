using System.Text;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Client;

namespace Slipway.Flows.Tests;

public sealed class LogKeeperTests
{
    private const string Flow = """
        apiVersion: slipway.dev/v1alpha1
        kind: Flow
        metadata: { name: f, namespace: default }
        spec: { defaults: { image: "x:1" }, tasks: [{ name: a, command: [a], retries: { limit: 1, backoff: 1s } }] }
        """;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("", "", false)]
    [InlineData("one\ntwo\n", "one\ntwo\n", false)]
    [InlineData("0123456789\n", "0123456789\n", false)]
    [InlineData("one\ntwo\nthree\n", "two\nthree\n", true)] // from a whole line on
    [InlineData("0123456789ABCDEF", "56789ABCDEF", true)] // or what there is, without any
    public async Task The_end_of_a_log_is_kept(string text, string kept, bool isCut)
    {
        var end = new LogKeeper.LogEnd(11);
        await end.ReadAsync(new MemoryStream(Encoding.UTF8.GetBytes(text)), Cancellation);
        Assert.Equal((kept, isCut), (Encoding.UTF8.GetString(end.Content), end.IsCut));
    }

    [Theory]
    [InlineData("1\n2\n3\n", 3, "1\n2\n3\n", false)]
    [InlineData("0\n1\n2\n3\n", 3, "1\n2\n3\n", true)]
    public async Task Of_a_log_with_more_lines_than_are_kept_it_is_known(string text, int lines, string kept, bool isCut)
    {
        var end = new LogKeeper.LogEnd(100);
        await end.ReadAsync(new MemoryStream(Encoding.UTF8.GetBytes(text)), lines, Cancellation);
        Assert.Equal((kept, isCut), (Encoding.UTF8.GetString(end.Content), end.IsCut));
    }

    [Fact]
    public async Task What_a_step_wrote_stays_when_the_command_has_more_lines_than_are_kept()
    {
        var end = new LogKeeper.LogEnd(100);
        await end.ReadAsync(new MemoryStream("step 1\nstep 2"u8.ToArray()), 3, Cancellation);
        await end.ReadAsync(new MemoryStream("0\n1\n2\n3\n"u8.ToArray()), 3, Cancellation);
        Assert.Equal(("step 1\nstep 2\n1\n2\n3\n", true), (Encoding.UTF8.GetString(end.Content), end.IsCut));
    }

    [Fact]
    public async Task Of_a_log_of_any_length_little_is_held()
    {
        var end = new LogKeeper.LogEnd(1000);
        await end.ReadAsync(new MemoryStream(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 100_000).Select(i => $"line {i}\n")))), Cancellation);
        Assert.InRange(end.Length, 980, 1000);
        Assert.EndsWith("line 99998\nline 99999\n", Encoding.UTF8.GetString(end.Content), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_attempts_wrote_is_there_when_their_pods_are_gone()
    {
        await using var flows = await FlowCluster.StartAsync();
        await flows.ApplyAsync(Flow);
        await flows.ApplyAsync("{ apiVersion: slipway.dev/v1alpha1, kind: FlowRun, metadata: { name: f-1, namespace: default }, spec: { flow: f } }");
        var first = (await flows.PodsAsync("a"))[0];
        flows.PodLogs[first.Metadata.Name] = "first\nfailed\n";
        await flows.EndAsync(first, exitCode: 1, reason: "Error");
        var second = (await flows.PodsAsync("a"))[0];
        await flows.EndAsync(second); // whose log cannot be read: it is let go nevertheless
        await flows.RunAsync("f-1", r => r.Status?.Phase == "Succeeded");
        await flows.Cluster.WaitForAllAsync(FlowKinds.Pods, "default", pods => pods.TrueForAll(p => p.Metadata.Finalizers is null or []));
        await flows.Api.DeleteAsync(FlowKinds.Pods, "default", first.Metadata.Name, cancellation: Cancellation);

        var api = new LedgerApi(flows.Ledger, flows.Store);
        await using var kept = await api.SendAsync(new ApiRequest("GET", $"{LedgerApi.PathPrefix}/namespaces/default/runs/f-1/logs/a?attempt=1"), Cancellation);
        Assert.Equal("first\nfailed\n", await new StreamReader(kept.Stream!).ReadToEndAsync(Cancellation));
        Assert.Equal(404, (await api.SendAsync(new ApiRequest("GET", $"{LedgerApi.PathPrefix}/namespaces/default/runs/f-1/logs/a?attempt=2"), Cancellation)).StatusCode);
        Assert.Equal(400, (await api.SendAsync(new ApiRequest("GET", $"{LedgerApi.PathPrefix}/namespaces/default/runs/f-1/logs/a?attempt=x"), Cancellation)).StatusCode);
    }

    [Fact]
    public async Task What_the_steps_wrote_is_kept_in_their_order_until_the_one_that_failed()
    {
        await using var flows = await FlowCluster.StartAsync();
        await flows.ApplyAsync(Flow.Replace("command: [a], retries: { limit: 1, backoff: 1s }", "steps: [{ name: x, command: [x] }, { name: y, command: [y] }, { name: z, command: [z] }]", StringComparison.Ordinal));
        await flows.ApplyAsync("{ apiVersion: slipway.dev/v1alpha1, kind: FlowRun, metadata: { name: f-1, namespace: default }, spec: { flow: f } }");
        var pod = (await flows.PodsAsync("a"))[0];
        flows.PodLogs[$"{pod.Metadata.Name}/step-x"] = "one";
        flows.PodLogs[$"{pod.Metadata.Name}/step-y"] = "two\n";
        await flows.StatusAsync(pod, new()
        {
            ["phase"] = "Failed",
            ["initContainerStatuses"] = new JsonArray(new JsonObject
            {
                ["name"] = "step-y", ["image"] = "x:1", ["imageID"] = "", ["ready"] = false, ["restartCount"] = 0,
                ["state"] = new JsonObject { ["terminated"] = new JsonObject { ["exitCode"] = 3 } },
            }),
        });
        await flows.RunAsync("f-1", r => r.Status?.Phase == "Failed");
        await flows.Cluster.WaitForAllAsync(FlowKinds.Pods, "default", pods => pods.TrueForAll(p => p.Metadata.Finalizers is null or []));
        await using var kept = await new LedgerApi(flows.Ledger, flows.Store).SendAsync(new ApiRequest("GET", $"{LedgerApi.PathPrefix}/namespaces/default/runs/f-1/logs/a?attempt=1"), Cancellation);
        Assert.Equal("one\ntwo\n", await new StreamReader(kept.Stream!).ReadToEndAsync(Cancellation));
    }
}
