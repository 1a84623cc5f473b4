using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Kinds;
using Slipway.Client;

namespace Slipway.Flows.Tests;

public sealed class TriggerHookTests : IAsyncLifetime
{
    private const string Body = """{ "ref": "refs/heads/main", "rows": 7 }""";

    private FlowCluster flows = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        flows = await FlowCluster.StartAsync();
        await flows.Cluster.CreateAsync("/api/v1/namespaces/default/secrets", """{"apiVersion":"v1","kind":"Secret","metadata":{"name":"hook"},"stringData":{"key":"s3cret\n"}}""");
        await flows.ApplyAsync("""
            apiVersion: slipway.dev/v1alpha1
            kind: Flow
            metadata: { name: f, namespace: default }
            spec:
              params: [{ name: rows, default: 0 }, { name: event, default: "" }]
              triggers:
                - { name: push, webhook: { secret: { name: hook, key: key } }, when: "event.body.ref == 'refs/heads/main'", params: { rows: "${{ event.body.rows }}", event: "${{ event.headers[?'x-github-event'].orValue('none') }}" } }
                - { name: off, webhook: { secret: { name: hook, key: key } }, suspend: true }
                - { name: lost, webhook: { secret: { name: nowhere, key: key } } }
              defaults: { image: "x:1" }
              tasks:
                - { name: show, command: [show, "${{ params.rows }}", "${{ params.event }}"] }
            """);
    }

    public ValueTask DisposeAsync() => flows.DisposeAsync();

    [Fact]
    public async Task A_signed_post_starts_a_run_with_what_is_in_it_and_one_that_is_sent_again_starts_none()
    {
        var (code, answer) = await PostAsync("push", Body, ("X-Hub-Signature-256", Signature(Body)), ("X-GitHub-Event", "push"), ("X-GitHub-Delivery", "d-1"));
        Assert.Equal(202, code);
        var name = (string)answer["run"]!;
        var run = await flows.RunAsync(name, r => r.Status?.Phase == FlowPhase.Running);
        Assert.Equal(("Trigger", "push", "webhook push was called with d-1"), (run.Spec.Cause!.Type, run.Spec.Cause.By, run.Spec.Cause.Message));
        var pod = (await flows.PodsAsync("show"))[0];
        Assert.Equal(["show", "7", "push"], RunSimulation.Command(pod));

        var flow = await flows.Cluster.WaitAsync(FlowKinds.Flows, "default", "f", f => f?.Status?.Triggers is [{ LastRun: not null }, ..]);
        Assert.Equal(("/hooks/default/f/push", name, run.Metadata.CreationTimestamp), (flow!.Status!.Triggers![0].Path, flow.Status.Triggers[0].LastRun, flow.Status.Triggers[0].LastTime));
        Assert.Null(flow.Status.Triggers[1].LastRun);

        var again = await PostAsync("push", Body, ("x-hub-signature-256", Signature(Body)), ("x-github-delivery", "d-1"));
        Assert.Equal((200, name), (again.Code, (string?)again.Answer["run"]));

        // Nor when the run is gone.
        await flows.EndAsync(pod);
        await flows.RunAsync(name, r => r.Status?.Phase == FlowPhase.Succeeded);
        await flows.Api.DeleteAsync(FlowKinds.Runs, "default", name, cancellation: Cancellation);
        await flows.Cluster.WaitForAllAsync(FlowKinds.Runs, "default", all => all.Count == 0);
        again = await PostAsync("push", Body, ("X-Hub-Signature-256", Signature(Body)), ("X-GitHub-Delivery", "d-1"));
        Assert.Equal((200, name), (again.Code, (string?)again.Answer["run"]));
        Assert.Equal(202, (await PostAsync("push", Body, ("X-Slipway-Token", "s3cret"), ("X-Slipway-Delivery", "d-2"))).Code);
    }

    [Theory]
    [InlineData("push", Body, "X-Slipway-Token", "s3cret", 202)]
    [InlineData("push", Body, "X-Gitlab-Token", "s3cret", 202)]
    [InlineData("push", "{ \"ref\": \"refs/heads/other\" }", "X-Slipway-Token", "s3cret", 200)]
    [InlineData("push", "{}", "X-Slipway-Token", "s3cret", 422)]
    [InlineData("push", "{", "X-Slipway-Token", "s3cret", 400)]
    [InlineData("push", "{", "X-Slipway-Token", "secret", 401)]
    [InlineData("push", Body, "X-Slipway-Token", "", 401)]
    [InlineData("push", Body, "X-Hub-Signature-256", "sha256=00", 401)]
    [InlineData("push", Body, "X-Other", "s3cret", 401)]
    [InlineData("none", Body, "X-Slipway-Token", "s3cret", 401)]
    [InlineData("lost", Body, "X-Slipway-Token", "", 401)]
    [InlineData("off", Body, "X-Slipway-Token", "s3cret", 409)]
    [InlineData("push/more", Body, "X-Slipway-Token", "s3cret", 404)]
    public async Task A_post_is_answered_by_what_it_shows_and_holds(string hook, string body, string header, string value, int code)
    {
        Assert.Equal(code, (await PostAsync(hook, body, (header, value))).Code);
        var runs = await flows.Api.ListAsync(FlowKinds.Runs, "default", cancellation: Cancellation);
        Assert.Equal(code == 202 ? 1 : 0, runs.Items.Count);
    }

    [Fact]
    public async Task A_body_that_is_too_large_is_refused_as_it_comes()
    {
        var hooks = Hooks();
        using var endless = new MemoryStream(new byte[TriggerHooks.BodyLimit + 1]);
        await using var streamed = await hooks.SendAsync(new ApiRequest("POST", "/hooks/default/f/push") { Stream = endless, Headers = [new("X-Slipway-Token", "s3cret")] }, Cancellation);
        Assert.Equal(413, streamed.StatusCode);
        await using var announced = await hooks.SendAsync(
            new ApiRequest("POST", "/hooks/default/f/push") { Stream = new UnreadStream(), Headers = [new("X-Slipway-Token", "s3cret"), new("Content-Length", $"{TriggerHooks.BodyLimit + 1}")] }, Cancellation);
        Assert.Equal(413, announced.StatusCode);
        await using var whole = await hooks.SendAsync(new ApiRequest("POST", "/hooks/default/f/push") { Body = new byte[TriggerHooks.BodyLimit + 1] }, Cancellation);
        Assert.Equal(413, whole.StatusCode);
        await using var read = await hooks.SendAsync(new ApiRequest("GET", "/hooks/default/f/push"), Cancellation);
        Assert.Equal(405, read.StatusCode);
    }

    private TriggerHooks Hooks() => new(() => flows.Cluster.As("system:serviceaccount:slipway-system:flows", "system:serviceaccounts"), flows.Ledger, flows.Cluster.Clock);

    private async Task<(int Code, JsonObject Answer)> PostAsync(string hook, string body, params (string Name, string Value)[] headers)
    {
        await using var answer = await Hooks().SendAsync(
            new ApiRequest("POST", $"/hooks/default/f/{hook}") { Body = Encoding.UTF8.GetBytes(body), Headers = [.. headers.Select(h => KeyValuePair.Create(h.Name, h.Value))] }, Cancellation);
        return (answer.StatusCode, JsonNode.Parse(answer.Body.Span)!.AsObject());
    }

    /// <summary>A body that nobody is to read.</summary>
    private sealed class UnreadStream : MemoryStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => throw new InvalidOperationException("the body was read");
    }

    private static string Signature(string body) => $"sha256={Convert.ToHexStringLower(HMACSHA256.HashData("s3cret"u8, Encoding.UTF8.GetBytes(body)))}";
}
