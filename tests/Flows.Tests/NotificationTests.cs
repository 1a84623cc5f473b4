using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Kinds;
using Slipway.Client;

namespace Slipway.Flows.Tests;

public sealed class NotificationTests
{
    [Theory]
    [InlineData("Failed", false, null, "all.Failure, bad.Failure")]
    [InlineData("Succeeded", false, "Succeeded", "")]
    [InlineData("Succeeded", false, null, "")]
    [InlineData("Succeeded", false, "Failed", "all.Recovery, good.Recovery")]
    [InlineData("Running", true, null, "all.Late")]
    [InlineData("Failed", true, null, "all.Late, all.Failure, bad.Failure")]
    [InlineData("Running", false, null, "")]
    public void What_is_due_depends_on_the_run_and_the_one_before(string phase, bool isLate, string? previous, string due)
    {
        var flow = new FlowSpec { Notifications = [new() { Name = "all" }, new() { Name = "bad", Events = ["Failure"] }, new() { Name = "good", Events = ["Recovery"] }] };
        var outbox = NotificationOutbox.Of(new FlowRun(), flow, phase, isLate, () => previous, DateTime.UnixEpoch);
        Assert.Equal(due, string.Join(", ", outbox?.Keys ?? Enumerable.Empty<string>()));
        Assert.All(outbox?.Values ?? Enumerable.Empty<FlowNotificationStatus>(), n => Assert.Equal((FlowNotificationStatus.Pending, (DateTime?)DateTime.UnixEpoch), (n.Phase, n.Since)));
    }

    [Theory]
    [InlineData("Connection refused (10.128.0.1:8099)", "Connection refused", "Connection refused (10.128.0.1:8099)")]
    [InlineData("The SSL connection could not be established", "expired.", "The SSL connection could not be established (expired.)")]
    [InlineData("gone.", null, "gone")]
    public void The_cause_of_a_failed_delivery_is_told_once(string message, string? cause, string told) =>
        Assert.Equal(told, OutboundPost.NotTaken(new HttpRequestException(message, cause is null ? null : new IOException(cause))).Message);

    [Fact]
    public void What_is_told_once_is_not_due_again_and_tests_tell_nobody()
    {
        var flow = new FlowSpec { Notifications = [new() { Name = "all" }] };
        var told = new Dictionary<string, FlowNotificationStatus> { ["all.Late"] = new() { Phase = FlowNotificationStatus.Delivered } };
        var run = new FlowRun { Status = new() { Notifications = told } };
        var outbox = NotificationOutbox.Of(run, flow, FlowPhase.Failed, true, () => null, DateTime.UnixEpoch)!;
        Assert.Equal([FlowNotificationStatus.Delivered, FlowNotificationStatus.Pending], outbox.Values.Select(n => n.Phase));
        Assert.Single(told);
        Assert.Null(NotificationOutbox.Of(new FlowRun { Spec = new() { Fakes = [] } }, flow, FlowPhase.Failed, true, () => null, DateTime.UnixEpoch));
    }

    [Fact]
    public void A_message_says_what_has_happened_and_what_to_type()
    {
        var run = new FlowRun { Metadata = new() { Name = "f-1", NamespaceProperty = "data" }, Spec = new() { Flow = "f" }, Status = new() { Phase = "Failed", Message = "clean ended with 3 < 4 & \"x\"" } };
        var text = new NotificationText("id", NotificationEvent.Failure, run);
        Assert.Equal("*f has failed*\nRun f-1 of flow f in namespace data has failed: clean ended with 3 &lt; 4 &amp; \"x\".\nslipway runs show f-1 -n data", (string?)text.SlackDocument()["text"]);
        Assert.Equal(("id", "Failure", "f-1", "Failed"), ((string)text.Document()["id"]!, (string)text.Document()["event"]!, (string)text.Document()["run"]!, (string)text.Document()["phase"]!));
    }

    [Theory]
    [InlineData("127.0.0.1", false)]
    [InlineData("::1", false)]
    [InlineData("::ffff:127.0.0.1", false)]
    [InlineData("169.254.169.254", false)]
    [InlineData("fe80::1", false)]
    [InlineData("0.0.0.0", false)]
    [InlineData("10.1.2.3", true)]
    [InlineData("2001:db8::1", true)]
    public void Requests_do_not_lead_into_the_machine(string address, bool isAllowed) => Assert.Equal(isAllowed, OutboundAddress.IsAllowed(IPAddress.Parse(address)));
}

public sealed class NotificationControllerTests : IAsyncLifetime
{
    private const string Flow = """
        apiVersion: slipway.dev/v1alpha1
        kind: Flow
        metadata: { name: f, namespace: default }
        spec:
          deadline: 10m
          defaults: { image: "x:1" }
          notifications:
            - { name: hook, webhook: { urlFrom: { name: chat, key: url }, signWith: { name: chat, key: sign } } }
            - { name: chat, events: [Failure], slack: { url: "https://chat.example/hook" } }
          tasks: [{ name: a, command: [a] }]
        """;

    private readonly Receiver receiver = new();
    private FlowCluster flows = null!;

    public async ValueTask InitializeAsync()
    {
        flows = await FlowCluster.StartAsync(transport: () => receiver);
        var secret = new JsonObject { ["metadata"] = new JsonObject { ["name"] = "chat" }, ["stringData"] = new JsonObject { ["url"] = "https://hook.example/x", ["sign"] = "s3cret" } };
        await flows.Cluster.CreateAsync("/api/v1/namespaces/default/secrets", secret.ToJsonString());
        await flows.ApplyAsync(Flow);
    }

    public ValueTask DisposeAsync() => flows.DisposeAsync();

    [Fact]
    public async Task A_failure_and_the_recovery_from_it_are_told()
    {
        await RunAsync("f-1", exitCode: 3);
        var run = await ToldAsync("f-1", 2);
        var hook = receiver.Requests.First(r => r.Host == "hook.example");
        Assert.Equal($"{run.Metadata.Uid}.hook.Failure", hook.Delivery);
        Assert.Equal("f-1", (string?)JsonNode.Parse(hook.Body)!["run"]);
        var expected = Convert.ToHexStringLower(System.Security.Cryptography.HMACSHA256.HashData("s3cret"u8, Encoding.UTF8.GetBytes(hook.Body)));
        Assert.Equal($"sha256={expected}", hook.Signature);

        await RunAsync("f-2", exitCode: 0);
        Assert.Equal(["hook.Recovery"], (await ToldAsync("f-2", 1)).Status!.Notifications!.Keys);
        await RunAsync("f-3", exitCode: 0);
        Assert.Null((await flows.RunAsync("f-3", r => r.Status?.Phase == FlowPhase.Succeeded)).Status!.Notifications);
    }

    [Fact]
    public async Task What_is_not_taken_is_tried_again_after_a_restart_too()
    {
        receiver.Answer = HttpStatusCode.ServiceUnavailable;
        await RunAsync("f-1", exitCode: 3);
        var run = await flows.RunAsync("f-1", r => r.Status?.Notifications?.Values.Count(n => n.Attempts == 1) == 2);
        Assert.All(run.Status!.Notifications!.Values, n => Assert.Equal(FlowNotificationStatus.Pending, n.Phase));
        Assert.Contains("answered 503", run.Status.Notifications["hook.Failure"].Message);
        await flows.StopControllersAsync();
        receiver.Answer = HttpStatusCode.OK;
        flows.StartControllers();
        await flows.Cluster.WhileTimePassesAsync(ToldAsync("f-1", 2), TimeSpan.FromSeconds(5));
        Assert.Equal(2, receiver.Requests.Where(r => r.Host == "hook.example").Select(r => r.Delivery).Count());
        Assert.Single(receiver.Requests.Where(r => r.Host == "hook.example").Select(r => r.Delivery).Distinct());
    }

    [Fact]
    public async Task What_will_never_be_taken_is_given_up_and_told()
    {
        receiver.Answer = HttpStatusCode.Gone;
        await RunAsync("f-1", exitCode: 3);
        var run = await flows.RunAsync("f-1", r => r.Status?.Notifications?.Values.All(n => n.Phase == FlowNotificationStatus.Failed) == true);
        Assert.Equal("chat.example answered 410 Gone", run.Status!.Notifications!["chat.Failure"].Message);
    }

    [Fact]
    public async Task A_run_that_is_deleted_before_it_was_told_stays_until_it_is()
    {
        receiver.Answer = HttpStatusCode.ServiceUnavailable;
        await RunAsync("f-1", exitCode: 3);
        await flows.RunAsync("f-1", r => r.Status?.Notifications?.Values.Count(n => n.Attempts == 1) == 2);
        await flows.StopControllersAsync();
        await flows.Api.DeleteAsync(FlowKinds.Runs, "default", "f-1", cancellation: TestContext.Current.CancellationToken);
        receiver.Answer = HttpStatusCode.OK;
        flows.StartControllers();
        await flows.Cluster.WhileTimePassesAsync(flows.Cluster.WaitForAllAsync(FlowKinds.Runs, "default", all => all.Count == 0), TimeSpan.FromSeconds(5));
        Assert.Equal(["chat.example", "chat.example", "hook.example", "hook.example"], receiver.Requests.Select(r => r.Host).Order());
    }

    [Fact]
    public async Task A_deleted_run_does_not_wait_for_a_secret_that_is_gone()
    {
        receiver.Answer = HttpStatusCode.ServiceUnavailable;
        await RunAsync("f-1", exitCode: 3);
        await flows.RunAsync("f-1", r => r.Status?.Notifications?.Values.Count(n => n.Attempts == 1) == 2);
        await flows.StopControllersAsync();
        await flows.Api.DeleteAsync(FlowKinds.Secrets, "default", "chat", cancellation: TestContext.Current.CancellationToken);
        await flows.Api.DeleteAsync(FlowKinds.Runs, "default", "f-1", cancellation: TestContext.Current.CancellationToken);
        receiver.Answer = HttpStatusCode.OK;
        flows.Cluster.Clock.Advance(TimeSpan.FromMinutes(2)); // the next attempt is due, and the deletion still young
        flows.StartControllers();
        await flows.Cluster.WaitForAllAsync(FlowKinds.Runs, "default", all => all.Count == 0);
    }

    [Fact]
    public async Task A_deleted_run_is_not_kept_for_long_for_what_nobody_takes_and_its_tasks_end()
    {
        receiver.Answer = HttpStatusCode.ServiceUnavailable;
        await flows.ApplyAsync("{ apiVersion: slipway.dev/v1alpha1, kind: FlowRun, metadata: { name: f-1, namespace: default }, spec: { flow: f } }");
        await flows.PodsAsync("a");
        await flows.Cluster.WhileTimePassesAsync(flows.RunAsync("f-1", r => r.Status?.Notifications?.Count > 0), TimeSpan.FromMinutes(1));
        await flows.Api.DeleteAsync(FlowKinds.Runs, "default", "f-1", cancellation: TestContext.Current.CancellationToken);
        await flows.Cluster.WaitForAllAsync(FlowKinds.Pods, "default", all => all.TrueForAll(p => p.Metadata.DeletionTimestamp is not null));
        await flows.Cluster.WhileTimePassesAsync(flows.Cluster.WaitForAllAsync(FlowKinds.Runs, "default", all => all.Count == 0), TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task A_run_is_let_go_when_all_has_been_told()
    {
        await RunAsync("f-1", exitCode: 3);
        await flows.RunAsync("f-1", r => r.Status?.Notifications?.Count == 2 && r.Metadata.Finalizers is null or []);
        Assert.Equal(2, receiver.Requests.Count);
    }

    [Fact]
    public async Task A_late_run_is_told_while_it_runs()
    {
        await flows.ApplyAsync("{ apiVersion: slipway.dev/v1alpha1, kind: FlowRun, metadata: { name: f-1, namespace: default }, spec: { flow: f } }");
        await flows.PodsAsync("a");
        var run = await flows.Cluster.WhileTimePassesAsync(ToldAsync("f-1", 1), TimeSpan.FromMinutes(1));
        Assert.Equal(("hook.Late", FlowPhase.Running), (run.Status!.Notifications!.Keys.Single(), run.Status.Phase));
        Assert.Contains("longer than its deadline of 10m", (string?)JsonNode.Parse(receiver.Requests.Single().Body)!["text"]);
    }

    [Fact]
    public async Task A_receiver_that_does_not_answer_holds_up_no_other_and_is_asked_by_few_at_a_time()
    {
        receiver.Silent = "hook.example";
        var names = Enumerable.Range(1, 6).Select(i => $"f-{i}").ToList();
        foreach (var name in names)
            await RunAsync(name, exitCode: 3);
        foreach (var name in names)
            await flows.RunAsync(name, r => r.Status?.Notifications?.GetValueOrDefault("chat.Failure")?.Phase == FlowNotificationStatus.Delivered);
        Assert.InRange(receiver.MostUnanswered, 1, 4);
    }

    private async Task RunAsync(string name, int exitCode)
    {
        flows.Cluster.Clock.Advance(TimeSpan.FromSeconds(1)); // so that it is known which run ended last
        await flows.ApplyAsync($"{{ apiVersion: slipway.dev/v1alpha1, kind: FlowRun, metadata: {{ name: {name}, namespace: default }}, spec: {{ flow: f }} }}");
        await flows.EndAsync((await flows.PodsAsync("a"))[0], exitCode);
        await flows.RunAsync(name, r => FlowPhase.IsFinal(r.Status?.Phase));
    }

    private Task<FlowRun> ToldAsync(string run, int count) =>
        flows.RunAsync(run, r => r.Status?.Notifications?.Values.Count(n => n.Phase == FlowNotificationStatus.Delivered) == count);

    private sealed class Receiver : HttpMessageHandler
    {
        public System.Collections.Concurrent.ConcurrentQueue<(string Host, string Delivery, string? Signature, string Body)> Requests { get; } = [];

        public HttpStatusCode Answer { get; set; } = HttpStatusCode.OK;

        /// <summary>A host that takes requests and answers none.</summary>
        public string? Silent { get; set; }

        public int MostUnanswered { get; private set; }

        private readonly Lock gate = new();
        private int unanswered;

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (request.RequestUri!.Host == Silent)
                await WaitAsync(cancellationToken);
            var body = await request.Content!.ReadAsStringAsync(cancellationToken);
            Requests.Enqueue((request.RequestUri!.Host, request.Headers.GetValues("X-Slipway-Delivery").Single(), request.Headers.TryGetValues("X-Slipway-Signature", out var s) ? s.Single() : null, body));
            return new HttpResponseMessage(Answer) { RequestMessage = request };
        }

        private async Task WaitAsync(CancellationToken cancellation)
        {
            lock (gate)
                MostUnanswered = Math.Max(MostUnanswered, ++unanswered);
            try
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellation);
            }
            finally
            {
                lock (gate)
                    unanswered--;
            }
        }
    }
}
