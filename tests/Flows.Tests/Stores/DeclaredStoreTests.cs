using System.Text;
using Slipway.Api;
using Slipway.Api.Kinds;
using Slipway.Client;
using Slipway.Testing;

namespace Slipway.Flows.Tests.Stores;

/// <summary>Flows that keep what they leave in a declared store, which a directory stands for.</summary>
public sealed class DeclaredStoreTests : IAsyncLifetime
{
    private const string Run = "{ apiVersion: slipway.dev/v1alpha1, kind: FlowRun, metadata: { name: f-1, namespace: default }, spec: { flow: f } }";
    private const string Secret = """{"apiVersion":"v1","kind":"Secret","metadata":{"name":"s3"},"stringData":{"accessKey":"me","secretKey":"mine"}}""";

    private readonly string directory = Directory.CreateTempSubdirectory("slipway-place-").FullName;
    private readonly List<S3Options> reached = [];
    private DirectoryPlace place = null!, slow = null!;
    private FlowCluster flows = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        (place, slow) = (new DirectoryPlace(directory), new DirectoryPlace(directory));
        flows = await FlowCluster.StartAsync(places: options =>
        {
            reached.Add(options);
            return options.Bucket == "slow" ? slow : place;
        });
    }

    public async ValueTask DisposeAsync()
    {
        await flows.DisposeAsync();
        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public async Task What_tasks_leave_is_in_the_store_before_they_have_succeeded_and_comes_back_from_there()
    {
        await DeclareAsync("team");
        await flows.ApplyAsync(Flow("artifacts: { store: team }"));
        await flows.ApplyAsync(Run);
        await flows.EndAsync((await flows.PodsAsync("a"))[0], files: ["f"], values: new() { ["v"] = "[1,2]" }, directories: ["d"]);
        var pod = (await flows.PodsAsync("b"))[0];

        var run = await flows.RunAsync("f-1", r => r.Status?.Tasks?[0].Phase == FlowPhase.Succeeded);
        Assert.Equal("team", run.Status!.Flow!.Artifacts!.Store);
        var attempt = flows.Ledger.Read.Attempts(run.Metadata.Uid).Single();
        var manifest = (await DirectoryManifest.ReadAsync(flows.Store, attempt.Files["d"].Sha256, Cancellation))!;
        string[] all = [.. attempt.OutputHashes, .. manifest.Entries.Select(e => e.Sha256).OfType<string>()];
        Assert.Equal(5, all.Length);
        Assert.All(all, sha256 => Assert.True(File.Exists(place.PathOf(sha256))));
        var options = Assert.Single(reached);
        Assert.Equal(("bucket", "there/default/team/", "me", "mine"), (options.Bucket, options.Prefix, options.AccessKey, options.SecretKey));

        // This machine loses all of it.
        foreach (var sha256 in all)
            File.Delete(flows.Store.PathOf(sha256));
        Assert.True(flows.Store.Has(attempt.Files["f"].Sha256));
        Assert.False(flows.Store.HasHere(attempt.Files["f"].Sha256));
        var target = Path.Combine(directory, "in");
        await InputTree.LayAsync(InputManifest.Parse((await flows.Store.ReadAsync(AttemptReader.InputHash(pod)!, Cancellation))!), target, new StoredInputs(flows.Store), Cancellation);
        Assert.Equal("content of f", await File.ReadAllTextAsync(Path.Combine(target, "f"), Cancellation));
        Assert.Equal("second of d", await File.ReadAllTextAsync(Path.Combine(target, "d", "below", "second"), Cancellation));
        Assert.Equal("[1,2]", await GetAsync("runs/f-1/artifacts/a/v"));
        Assert.Equal("content of f", await GetAsync($"artifacts/{attempt.Files["f"].Sha256}"));

        await flows.EndAsync(pod);
        await flows.RunAsync("f-1", r => r.Status?.Phase == FlowPhase.Succeeded);
        await flows.Cluster.WaitForAllAsync(FlowKinds.Pods, "default", pods => pods.TrueForAll(p => p.Metadata.Finalizers is null or []));
    }

    [Fact]
    public async Task A_store_that_is_away_is_waited_for_and_told_and_no_failure_of_the_task()
    {
        await DeclareAsync("team", "default: true");
        await flows.ApplyAsync(Flow(""));
        await flows.ApplyAsync(Run);
        var pod = (await flows.PodsAsync("a"))[0];
        place.Fault = new ArtifactPlaceException(ArtifactPlaceFault.Unreachable, "the bucket is not reached");
        await flows.EndAsync(pod, files: ["f"], values: new() { ["v"] = "[1,2]" }, directories: ["d"]);

        var run = await flows.RunAsync("f-1", r => r.Status?.Tasks?[0].Message?.Contains("the bucket is not reached", StringComparison.Ordinal) == true);
        Assert.Equal((FlowPhase.Running, "a: what it left cannot be kept in artifact store team yet, which is tried again: the bucket is not reached"), (run.Status!.Tasks![0].Phase, run.Status.Tasks[0].Message));
        Assert.Empty(flows.Ledger.Read.Attempts(run.Metadata.Uid));

        // Whoever is killed meanwhile begins again.
        await flows.StopControllersAsync();
        flows.StartControllers();
        place.Fault = null;
        await flows.Cluster.WhileTimePassesAsync(flows.PodsAsync("b"), TimeSpan.FromSeconds(1));
        var attempt = flows.Ledger.Read.Attempts(run.Metadata.Uid).Single();
        Assert.Equal((1, AttemptReason.Succeeded), (attempt.Number, attempt.Reason));
        Assert.True(File.Exists(place.PathOf(attempt.Files["f"].Sha256)));
        await flows.RunAsync("f-1", r => r.Status?.Tasks?[0] is { Phase: FlowPhase.Succeeded, Message: null });
    }

    [Fact]
    public async Task A_failed_attempt_waits_for_no_store_and_a_deleted_run_neither()
    {
        await DeclareAsync("team", "default: true");
        await flows.ApplyAsync(Flow(""));
        await flows.ApplyAsync(Run);
        place.Fault = new ArtifactPlaceException(ArtifactPlaceFault.Unreachable, "away");
        await flows.EndAsync((await flows.PodsAsync("a"))[0], exitCode: 3, reason: "Error");
        var again = await flows.Cluster.WaitForAllAsync(FlowKinds.Pods, "default", all => all.Count == 2);
        await flows.EndAsync(again.Single(p => p.Status?.Phase is not "Failed"), files: ["f"]);
        var run = await flows.RunAsync("f-1", r => r.Status?.Tasks?[0].Message?.Contains("away", StringComparison.Ordinal) == true);
        Assert.Equal("Error", flows.Ledger.Read.Attempts(run.Metadata.Uid).Single().Reason);

        await flows.Api.DeleteAsync(FlowKinds.Runs, "default", "f-1", cancellation: Cancellation);
        await flows.Cluster.WaitForAllAsync(FlowKinds.Pods, "default", pods => pods.TrueForAll(p => p.Metadata.Finalizers is null or []));
        Assert.Equal(2, flows.Ledger.Read.Attempts(run.Metadata.Uid).Count);
    }

    [Fact]
    public async Task A_run_waits_for_the_store_that_its_flow_names()
    {
        await flows.ApplyAsync(Flow("artifacts: { store: team }"));
        await flows.ApplyAsync(Run);
        await flows.RunAsync("f-1", r => r.Status?.Message == "waits for artifact store team, which is not in namespace default");
        await DeclareAsync("team");
        await flows.PodsAsync("a");
    }

    [Fact]
    public async Task Whether_a_store_can_be_used_stands_in_its_status()
    {
        await flows.ApplyAsync(Store("team"));
        var condition = await ConditionAsync("team", "WrongCredentials");
        Assert.Equal("artifact store team: there is no Secret s3 in namespace default; make it with the keys accessKey and secretKey", condition.Message);
        await flows.Cluster.CreateAsync("/api/v1/namespaces/default/secrets", Secret.Replace("secretKey", "other", StringComparison.Ordinal));
        Assert.Contains("Secret s3 has no key secretKey", (await PassingAsync("team", c => c.Message.Contains("no key", StringComparison.Ordinal))).Message, StringComparison.Ordinal);
        await flows.Cluster.PatchAsync("/api/v1/namespaces/default/secrets/s3", """{"stringData":{"secretKey":"mine"}}""");
        Assert.Equal("Available", (await PassingAsync("team", c => c.Status == "True")).Reason);
        place.Fault = new ArtifactPlaceException(ArtifactPlaceFault.NoBucket, "no such bucket");
        Assert.Equal("no such bucket", (await PassingAsync("team", c => c.Reason == "NoBucket")).Message);
    }

    [Fact]
    public async Task Stores_that_do_not_answer_keep_no_other_waiting_nor_the_end()
    {
        var answer = new TaskCompletionSource();
        slow.Answer = answer.Task;
        string[] names = ["one", "two", "three"];
        foreach (var name in names)
            await flows.ApplyAsync(Store(name).Replace("bucket: bucket", "bucket: slow", StringComparison.Ordinal));
        await DeclareAsync("team");
        await flows.StopControllersAsync().WaitAsync(TestCluster.Patience, Cancellation);
        flows.StartControllers();
        await flows.Api.DeleteAsync(FlowKinds.ArtifactStores, "default", "three", cancellation: Cancellation);
        answer.SetResult();
        await ConditionAsync("one", "Available");
        await ConditionAsync("two", "Available");
    }

    [Fact]
    public async Task Earlier_results_count_only_if_they_are_in_the_store_of_the_run()
    {
        await flows.ApplyAsync(Flow("", $"cache: {{}}, image: '{RunSimulation.Digest}',"));
        await flows.ApplyAsync(Run);
        var first = await RunThroughAsync("f-1");
        Assert.Null(first.Status!.Flow!.Artifacts);

        await DeclareAsync("team", "default: true");
        await flows.ApplyAsync(Run.Replace("f-1", "f-2", StringComparison.Ordinal));
        var second = await RunThroughAsync("f-2");
        Assert.Contains("is not kept in artifact store team", flows.Ledger.Read.Attempts(second.Metadata.Uid)[0].Message, StringComparison.Ordinal);
        await flows.ApplyAsync(Run.Replace("f-1", "f-3", StringComparison.Ordinal));
        await flows.EndAsync((await flows.PodsAsync("b"))[0]);
        var third = await flows.RunAsync("f-3", r => r.Status?.Phase == FlowPhase.Succeeded);
        Assert.Equal("taken from the cache: a of run f-2", flows.Ledger.Read.Attempts(third.Metadata.Uid)[0].Message);
    }

    [Theory]
    [InlineData("endpoint: https://s3.example.com", "endpoint: s3.example.com", "spec.s3.endpoint: Invalid value: \"s3.example.com\": must be the URL of a storage")]
    [InlineData("endpoint: https://s3.example.com", "endpoint: 'https://a:b@s3.example.com'", "without user, query and fragment")]
    [InlineData("bucket: bucket", "bucket: 'a b'", "spec.s3.bucket")]
    [InlineData("prefix: there/", "prefix: there", "spec.s3.prefix")]
    [InlineData("secretName: s3", "secretNam: s3", "secretName")]
    [InlineData("spec: {", "spec: { retention: { age: 5m },", "spec.retention.age: Invalid value: \"5m\": must be a duration such as 30s, 1h30m or 3d, at least 1h")]
    [InlineData("spec: {", "spec: { retention: { size: much },", "spec.retention.size")]
    public async Task What_is_wrong_with_a_store_is_said_when_it_is_declared(string right, string wrong, string says) =>
        Assert.Contains(says, (await Assert.ThrowsAsync<ApiException>(() => flows.ApplyAsync(Store("team").Replace(right, wrong, StringComparison.Ordinal)))).Message, StringComparison.Ordinal);

    [Fact]
    public void The_example_is_sound()
    {
        var documents = Api.Documents.DocumentReader.ParseYaml(File.ReadAllText(Example())).ToList();
        Assert.Equal("ArtifactStore", (string?)Assert.Single(documents, d => OwnKindCheck.IsOfGroup(d))["kind"]);
        Assert.All(documents.Where(OwnKindCheck.IsOfGroup), d => Assert.Empty(OwnKindCheck.Check(d)));

        static string Example([System.Runtime.CompilerServices.CallerFilePath] string test = "") => Path.Combine(Path.GetDirectoryName(test)!, "../../../examples/artifact-store/store.yaml");
    }

    [Fact]
    public async Task Where_a_store_keeps_things_cannot_be_changed()
    {
        await flows.ApplyAsync(Store("team"));
        var refusal = await Assert.ThrowsAsync<ApiException>(() => flows.Cluster.PatchAsync("/apis/slipway.dev/v1alpha1/namespaces/default/artifactstores/team", """{"spec":{"s3":{"bucket":"other"}}}"""));
        Assert.Contains("spec.s3.bucket: Forbidden: it cannot be changed", refusal.Message, StringComparison.Ordinal);
        await flows.Cluster.PatchAsync("/apis/slipway.dev/v1alpha1/namespaces/default/artifactstores/team", """{"spec":{"s3":{"endpoint":"https://moved.example.com"}}}""");
    }

    [Theory]
    [InlineData("", null)]
    [InlineData("a1 -b2", null)]
    [InlineData("+a1 +b2 -c3", "b")]
    [InlineData("+a2 +b2", "a")]
    public void The_default_store_is_the_newest_that_says_so(string stores, string? expected) => Assert.Equal(expected, StoreChoice.Default(stores.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(s => new DeclaredArtifactStore
    {
        Metadata = new() { Name = s[^2..^1], CreationTimestamp = new DateTime(2026, 1, s[^1] - '0', 0, 0, 0, DateTimeKind.Utc) },
        Spec = new ArtifactStoreSpec { Default = s[0] == '+' },
    })));

    private async Task<FlowRun> RunThroughAsync(string name)
    {
        await flows.EndAsync((await flows.PodsAsync("a"))[0], files: ["f"], values: new() { ["v"] = "[1,2]" }, directories: ["d"]);
        await flows.EndAsync((await flows.PodsAsync("b"))[0]);
        return await flows.RunAsync(name, r => r.Status?.Phase == FlowPhase.Succeeded);
    }

    private async Task<k8s.Models.V1Condition> ConditionAsync(string name, string reason) =>
        (await flows.Cluster.WaitAsync(FlowKinds.ArtifactStores, "default", name, s => s?.Status?.Conditions?[0].Reason == reason))!.Status!.Conditions![0];

    private async Task<k8s.Models.V1Condition> PassingAsync(string name, Func<k8s.Models.V1Condition, bool> condition) =>
        (await flows.Cluster.WhileTimePassesAsync(flows.Cluster.WaitAsync(FlowKinds.ArtifactStores, "default", name, s => s?.Status?.Conditions?[0] is { } c && condition(c)), TimeSpan.FromSeconds(5)))!.Status!.Conditions![0];

    private async Task DeclareAsync(string name, string fields = "")
    {
        await flows.Cluster.CreateAsync("/api/v1/namespaces/default/secrets", Secret);
        await flows.ApplyAsync(Store(name, fields));
        await ConditionAsync(name, "Available");
    }

    private static string Store(string name, string fields = "") => $$"""
        apiVersion: slipway.dev/v1alpha1
        kind: ArtifactStore
        metadata: { name: {{name}}, namespace: default }
        spec: { s3: { endpoint: https://s3.example.com, bucket: bucket, prefix: there/, secretName: s3 } {{(fields.Length > 0 ? $", {fields}" : "")}} }
        """;

    private static string Flow(string fields, string ofTask = "") => $$$"""
        apiVersion: slipway.dev/v1alpha1
        kind: Flow
        metadata: { name: f, namespace: default }
        spec:
          {{{fields}}}
          defaults: { image: "x:1", retries: { limit: 1, backoff: 0s } }
          tasks:
            - { name: a, {{{ofTask}}} command: [a], outputs: { files: { f: /out/f, d: /out/d }, values: { v: /out/v } } }
            - { name: b, command: [b, "${{ tasks.a.values.v }}"], inputs: { f: "${{ tasks.a.files.f }}", d: "${{ tasks.a.files.d }}" } }
        """;

    private async Task<string> GetAsync(string path)
    {
        var answer = await new LedgerApi(flows.Ledger, flows.Store).SendAsync(new ApiRequest("GET", $"{LedgerApi.PathPrefix}/namespaces/default/{path}"), Cancellation);
        if (answer.Stream is not { } stream)
            return Encoding.UTF8.GetString(answer.Body.Span);
        await using (stream)
            return await new StreamReader(stream).ReadToEndAsync(Cancellation);
    }
}
