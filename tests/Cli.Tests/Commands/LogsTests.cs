using System.Collections.Concurrent;
using System.IO.Compression;
using System.Text;
using Slipway.Api;
using Slipway.ApiServer;
using Slipway.Testing;

namespace Cli.Tests.Commands;

public sealed class LogsTests : LedgerFixture
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 6, 0, 0, TimeSpan.Zero);
    private readonly Node _node = new();

    protected override ApiServerOptions Options => base.Options with { Nodes = _node };

    [Theory]
    [InlineData("logs f-1", "clean[1]#2 | again\nclean[1] | first\nclean[1] | failed\n")]
    [InlineData("logs f-1 clean", "clean[1]#2 | again\nclean[1] | first\nclean[1] | failed\n")]
    [InlineData("logs f-1 clean[1]#2", "again\n")]
    [InlineData("logs f-1 clean[1]#1", "first\nfailed\n")]
    [InlineData("logs f-1 clean#1", "first\nfailed\n")]
    [InlineData("logs f-2", "alone\n")]
    public async Task What_is_kept_of_attempts_without_pods_is_printed(string command, string text)
    {
        await RecordAsync(Run("f-1", "f", Start), Attempt("clean[1]", Start), Attempt("clean[1]", Start.AddHours(-1)) with { Number = 2 }, Attempt("report", Start));
        await RecordAsync(Run("f-2", "f", Start), Attempt("clean", Start));
        await KeepAsync("f-1", "clean[1]", 1, "first\nfailed\n");
        await KeepAsync("f-1", "clean[1]", 2, "again\n");
        await KeepAsync("f-2", "clean", 1, "alone\n");
        var result = await RunAsync(command);
        Assert.Equal((0, text, ""), (result.ExitCode, result.Out, result.Error));
    }

    [Fact]
    public async Task Pods_and_what_is_kept_of_others_stand_in_the_order_in_which_they_started()
    {
        await RecordAsync(Run("f-1", "f", Start), Attempt("first", Start), Attempt("second", Start.AddHours(1)), Attempt("third", Start.AddHours(2)));
        foreach (var task in new[] { "first", "second", "third" }) await KeepAsync("f-1", task, 1, $"kept of {task}\n");

        // Of the second the pod is there, but its node is not.
        await Cluster.CreateAsync("/api/v1/namespaces/default/pods", """
            { "metadata": { "name": "second", "labels": { "slipway.dev/run": "f-1", "slipway.dev/task": "second", "slipway.dev/attempt": "1" } }, "spec": { "containers": [{ "name": "task", "image": "x:1" }] } }
            """);
        var result = await RunAsync("logs f-1");
        Assert.Equal((0, "first | kept of first\nsecond | kept of second\nthird | kept of third\n", ""), (result.ExitCode, result.Out, result.Error));
    }

    [Fact]
    public async Task Each_step_of_a_task_is_followed_from_when_it_has_started()
    {
        await CreateRunAsync();
        await Cluster.CreateAsync("/api/v1/namespaces/default/pods", """
            { "metadata": { "name": "load", "labels": { "slipway.dev/run": "f-1", "slipway.dev/task": "load", "slipway.dev/attempt": "1" } },
              "spec": { "nodeName": "n1", "initContainers": [{ "name": "step-fetch", "image": "x:1" }, { "name": "step-check", "image": "x:1" }], "containers": [{ "name": "task", "image": "x:1" }] } }
            """);
        var command = RunAsync("logs f-1 -f");
        foreach (var (container, list) in new[] { ("step-fetch", "initContainerStatuses"), ("step-check", "initContainerStatuses"), ("task", "containerStatuses") })
        {
            Assert.DoesNotContain(container, _node.Asked.Keys);
            await Cluster.PatchAsync("/api/v1/namespaces/default/pods/load/status", $$$"""
                {"status":{"phase":"Running","{{{list}}}":[{"name":"{{{container}}}","image":"x:1","imageID":"","ready":false,"restartCount":0,"state":{"running":{"startedAt":"2026-01-01T06:00:00Z"} } }]}}
                """);
            await _node.AskedAsync(container);
        }
        await EndRunAsync();
        var result = await command;
        Assert.Equal((0, "load | wrote step-fetch\nload | wrote step-check\nload | wrote task\n", ""), (result.ExitCode, result.Out, result.Error));
    }

    [Theory]
    [InlineData("logs f-1 -f", 0, "first | kept of first\n", "")]
    [InlineData("logs f-1 first -f", 0, "first | kept of first\n", "")]
    [InlineData("logs f-1 frist -f", 1, "", "error: run f-1 has no pod of task \"frist\", did you mean \"first\"?; \"slipway runs show f-1\" lists its tasks.\n")]
    public async Task What_was_over_before_anybody_followed_it_is_printed_as_far_as_it_is_kept(string command, int exitCode, string said, string error)
    {
        await CreateRunAsync();
        await EndRunAsync();
        await RecordAsync(Run("f-1", "f", Start), Attempt("first", Start));
        await KeepAsync("f-1", "first", 1, "kept of first\n");
        var result = await RunAsync(command);
        Assert.Equal((exitCode, said, error), (result.ExitCode, result.Out, result.Error));
    }

    private async Task CreateRunAsync()
    {
        await Cluster.CreateAsync("/apis/slipway.dev/v1alpha1/namespaces/default/flowruns", """{"apiVersion":"slipway.dev/v1alpha1","kind":"FlowRun","metadata":{"name":"f-1"},"spec":{"flow":"f"}}""");
        await Cluster.PatchAsync("/apis/slipway.dev/v1alpha1/namespaces/default/flowruns/f-1/status", """{"status":{"phase":"Running"}}""");
    }

    private Task EndRunAsync() => Cluster.PatchAsync("/apis/slipway.dev/v1alpha1/namespaces/default/flowruns/f-1/status", """{"status":{"phase":"Succeeded"}}""");

    /// <summary>A node whose containers have all written one line.</summary>
    private sealed class Node : INodeTransport
    {
        public ConcurrentDictionary<string, TaskCompletionSource> Asked { get; } = new(StringComparer.Ordinal);

        public Task AskedAsync(string container) => Of(container).Task.WaitAsync(TestCluster.Patience);

        public ValueTask<ApiResponse> SendAsync(string node, ApiRequest request, CancellationToken cancellation)
        {
            // /containerLogs/NAMESPACE/POD/CONTAINER?follow=true
            var container = request.PathAndQuery.Split('?')[0].Split('/')[^1];
            Of(container).TrySetResult();
            return ValueTask.FromResult(new ApiResponse { StatusCode = 200, ContentType = MediaTypes.Text, Body = Encoding.UTF8.GetBytes($"wrote {container}\n") });
        }

        private TaskCompletionSource Of(string container) => Asked.GetOrAdd(container, _ => new(TaskCreationOptions.RunContinuationsAsynchronously));
    }

    [Theory]
    [InlineData("clean[1]#")]
    [InlineData("clean[1]#0")]
    [InlineData("clean[1]#x")]
    [InlineData("#2")]
    public async Task What_is_no_attempt_is_named(string task) =>
        Assert.Equal($"error: \"{task}\" does not name a task; name one as TASK, TASK[INDEX] for an item of forEach, or TASK#2 for its second attempt.\n", (await RunAsync($"logs f-1 {task}")).Error);

    [Fact]
    public async Task An_attempt_that_was_not_made_is_told()
    {
        await RecordAsync(Run("f-1", "f", Start), Attempt("clean", Start));
        await KeepAsync("f-1", "clean", 1, "first\n");
        Assert.Equal("error: run f-1 has no pod of task \"clean#2\"; \"slipway runs show f-1\" lists its tasks.\n", (await RunAsync("logs f-1 clean#2")).Error);
    }

    [Fact]
    public async Task Marks_of_other_encodings_change_nothing()
    {
        await RecordAsync(Run("f-1", "f", Start), Attempt("clean", Start), Attempt("load", Start.AddHours(1)));
        await KeepAsync("f-1", "clean", 1, [0xff, 0xfe, .. "raw\nnext\n"u8]);
        await KeepAsync("f-1", "load", 1, [0xef, 0xbb, 0xbf, .. "id\n"u8]);
        Assert.Equal("\ufffd\ufffdraw\nnext\n", (await RunAsync("logs f-1 clean")).Out);
        Assert.Equal("\ufeffid\n", (await RunAsync("logs f-1 load")).Out);
    }

    [Fact]
    public async Task That_only_the_end_is_kept_is_said()
    {
        await RecordAsync(Run("f-1", "f", Start), Attempt("clean", Start), Attempt("load", Start.AddHours(1)));
        await KeepAsync("f-1", "clean", 1, "last\n"u8.ToArray(), isCut: true);
        await KeepAsync("f-1", "load", 1, "all\n");
        Assert.Equal("clean | … what was written before this is not kept\nclean | last\nload | all\n", (await RunAsync("logs f-1")).Out);
    }

    [Fact]
    public async Task That_nothing_is_kept_is_said()
    {
        await RecordAsync(Run("f-1", "f", Start), Attempt("clean", Start));
        Assert.Equal("error: no pod of run f-1 is left, and no log of it is kept; \"slipway runs show f-1\" shows its record.\n", (await RunAsync("logs f-1")).Error);
    }

    private Task KeepAsync(string run, string path, int number, string text) => KeepAsync(run, path, number, Encoding.UTF8.GetBytes(text));

    private async Task KeepAsync(string run, string path, int number, byte[] text, bool isCut = false)
    {
        using var buffer = new MemoryStream();
        await using (var gzip = new GZipStream(buffer, CompressionLevel.Fastest, leaveOpen: true))
            await gzip.WriteAsync(text, TestContext.Current.CancellationToken);
        await KeepLogAsync(Run(run, "f", Start), path, number, buffer.ToArray(), text.Length, isCut);
    }
}
