using System.Text;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Kinds;

namespace Slipway.Flows.Tests;

/// <summary>What a ledger does, whatever database it is in.</summary>
public abstract class LedgerContract : IAsyncLifetime
{
    protected static readonly DateTimeOffset Time = new(2026, 1, 1, 6, 0, 0, TimeSpan.Zero);

    private Ledger ledger = null!;

    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>For files of the test.</summary>
    protected string Files { get; } = Directory.CreateTempSubdirectory("slipway-ledger-").FullName;

    /// <summary>The open ledger.</summary>
    protected Ledger Ledger => ledger;

    /// <summary>Opens the ledger of the test, which is empty at first.</summary>
    protected abstract Ledger Open();

    public virtual ValueTask InitializeAsync()
    {
        ledger = Open();
        return ValueTask.CompletedTask;
    }

    public virtual async ValueTask DisposeAsync()
    {
        await ledger.DisposeAsync();
        Directory.Delete(Files, recursive: true);
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task A_record_comes_back_whole_after_reopening()
    {
        var attempt = Attempt("a", 3, 2) with
        {
            Item = "2001-04",
            Node = "node-1",
            ImageDigest = "x@sha256:00",
            Command = ["tool", "a b", "ü"],
            Params = """{"since":"2001"}""",
            Queued = Time.AddSeconds(-9),
            Scheduled = Time.AddSeconds(-8),
            Pulled = Time.AddMilliseconds(-2500),
            Start = Time.AddSeconds(-2),
            CpuSeconds = 1.25,
            PeakMemoryBytes = 123456789012,
            PeakMemorySource = "memory.peak",
            StorageReadBytes = 1L << 41,
            StorageWrittenBytes = 0,
            NetworkReceivedBytes = 17,
            NetworkSentBytes = 18,
            MemoryLimitBytes = 1L << 40,
            CpuRequestMilli = 500,
            ExitCode = 0,
            Inputs = [new InputRecord("/in/raw", "aa")],
            Files = new Dictionary<string, FileRecord> { ["f"] = new("bb", 7, "f.bin") },
            Values = new Dictionary<string, ValueRecord> { ["v"] = new("cc", """{"n":[1,2.5,"ü"]}"""), ["null"] = new("dd", "null") },
        };
        await ledger.CommitAsync(new LedgerWrite(Run(), [attempt], [new LearntMemory("a", "2001-04", 1 << 30)]), Cancellation);
        await ReopenAsync();

        var read = Assert.Single(ledger.Read.Attempts("uid-1"));
        Assert.Equivalent(attempt, read);
        Assert.Equivalent(attempt, AttemptJson.Parse(AttemptJson.Attempt(read)));
        Assert.Equal(Run(), ledger.Read.Run("uid-1"));
        Assert.Equal(1L << 30, ledger.Read.Memory("default", "f").Learnt[("a", "2001-04")]);
        Assert.Empty(ledger.Read.Memory("other", "f").Learnt);
        Assert.True(ledger.Read.HasArtifact("default", "aa"));
        Assert.False(ledger.Read.HasArtifact("other", "aa"));
    }

    [Fact]
    public async Task What_is_recorded_stays_as_it_is()
    {
        await ledger.CommitAsync(new LedgerWrite(Run(), [Attempt("a", null, 1) with { Reason = "Error" }], []), Cancellation);
        await ledger.CommitAsync(new LedgerWrite(Run(), [Attempt("a", null, 1) with { Reason = "Succeeded" }], []), Cancellation);
        Assert.Equal("Error", Assert.Single(ledger.Read.Attempts("uid-1")).Reason);

        await ledger.CommitAsync(new LedgerWrite(Run() with { Phase = FlowPhase.Succeeded, End = Time }, [], []), Cancellation);
        await ledger.CommitAsync(new LedgerWrite(Run(), [Attempt("b", null, 1)], []), Cancellation);
        Assert.Equal(FlowPhase.Succeeded, ledger.Read.Run("uid-1")!.Phase);
        Assert.Empty(ledger.Read.OpenRuns());
        Assert.Equal(2, ledger.Read.Attempts("uid-1").Count);
    }

    [Fact]
    public async Task An_open_run_is_read_once_and_kept_current()
    {
        await ledger.CommitAsync(new LedgerWrite(Run(), [Attempt("a", null, 1)], []), Cancellation);
        Assert.Equal(ledger.Read.Attempts("uid-1").Count, ledger.Read.KnownAttempts("uid-1").Count);
        Assert.False(ledger.Read.IsOpen("uid-1")); // who only reads keeps nothing
        var before = ledger.Read.AttemptsOfOpenRun("uid-1");
        Assert.Same(before, ledger.Read.KnownAttempts("uid-1"));
        await ledger.CommitAsync(new LedgerWrite(Run(), [Attempt("b", 0, 1), Attempt("b", 1, 1)], []), Cancellation);
        Assert.Single(before);
        Assert.Equal(3, ledger.Read.AttemptsOfOpenRun("uid-1").Count);
        ledger.Read.Forget("uid-1");
        Assert.Equal(3, ledger.Read.AttemptsOfOpenRun("uid-1").Count);
    }

    [Theory]
    // phases and messages of runs that ended before, the oldest first -> that of which a run is the recovery
    [InlineData("", null)]
    [InlineData("Failed:a failed", "Failed")]
    [InlineData("Failed:a failed, Succeeded:", "Succeeded")]
    [InlineData("Succeeded:, Failed:the run was deleted before it ended", "Succeeded")]   // of which nobody was told
    [InlineData("Failed:a failed, Failed:the run was deleted before it ended, Skipped:missed", "Failed")]
    public async Task A_run_comes_after_the_one_that_ended_last_by_itself(string before, string? phase)
    {
        foreach (var (i, run) in before.Split(", ", StringSplitOptions.RemoveEmptyEntries).Select(r => r.Split(':')).Index())
            await Ledger.CommitAsync(new LedgerWrite(Run() with { Uid = $"before-{i}", Name = $"before-{i}", Phase = run[0], Message = run[1], Start = Time.AddHours(i - 9), End = Time.AddHours(i - 8) }, [], []), Cancellation);
        Assert.Equal(phase, Ledger.Read.PhaseBefore(Run()));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("""{"start":"2026-01-01T00:00:00.000000Z","end":"2026-01-02T00:00:00.000000Z"}""")]
    public async Task A_run_keeps_its_interval(string? interval)
    {
        await ledger.CommitAsync(new LedgerWrite(Run() with { Interval = interval }, [], []), Cancellation);
        await ReopenAsync();
        var run = ledger.Read.Run("uid-1")!;
        Assert.Equal((interval, interval), (run.Interval, AttemptJson.Run(run)["interval"]?.ToJsonString()));
    }

    [Theory]
    [InlineData("uid-1", "a", 2, "a--2")]
    [InlineData("uid-1", "b[1]", 1, "b-1-1")]
    [InlineData("uid-1", "b[1]", 2, null)]
    [InlineData("uid-1", "b", 1, null)]
    [InlineData("uid-2", "a", 1, null)]
    public async Task An_attempt_is_found_by_run_path_and_number(string run, string path, int number, string? pod)
    {
        await ledger.CommitAsync(new LedgerWrite(Run(), [Attempt("a", null, 1), Attempt("a", null, 2), Attempt("b", 0, 1), Attempt("b", 1, 1)], []), Cancellation);
        Assert.Equal(pod, ledger.Read.Attempt(run, TaskPath.TryParse(path)!, number)?.Pod);
    }

    [Fact]
    public async Task Each_opening_has_the_next_fencing_number()
    {
        var first = ledger.Fence;
        await ReopenAsync();
        Assert.Equal(first + 1, ledger.Fence);
    }

    [Fact]
    public async Task Who_takes_over_has_the_last_word_on_a_run()
    {
        await ledger.CommitAsync(new LedgerWrite(Run(), [], []), Cancellation);
        await using var other = Open();
        Assert.Empty(other.Read.AttemptsOfOpenRun("uid-1"));
        await ledger.CommitAsync(new LedgerWrite(Run(), [Attempt("a", null, 1)], []), Cancellation);
        await other.TakeOverAsync(Cancellation);
        Assert.Single(other.Read.AttemptsOfOpenRun("uid-1")); // read anew
        await other.CommitAsync(new LedgerWrite(Run() with { Message = "other" }, [], []), Cancellation);
        await ledger.CommitAsync(new LedgerWrite(Run() with { Phase = FlowPhase.Failed, End = Time, Message = "late" }, [], []), Cancellation);
        Assert.Equal(("other", null), (ledger.Read.Run("uid-1")!.Message, ledger.Read.Run("uid-1")!.End));
        await ledger.TakeOverAsync(Cancellation);
        await ledger.CommitAsync(new LedgerWrite(Run() with { Phase = FlowPhase.Failed, End = Time, Message = "again" }, [], []), Cancellation);
        Assert.Equal("again", other.Read.Run("uid-1")!.Message);
    }

    [Fact]
    public async Task Memory_is_learnt_of_items_of_any_length()
    {
        var item = string.Concat(Enumerable.Range(0, 20_000).Select(i => $"{i}"));
        await ledger.CommitAsync(new LedgerWrite(Run(), [], [new LearntMemory("a", item, 5), new LearntMemory("a", "short", 6)]), Cancellation);
        await ledger.CommitAsync(new LedgerWrite(Run(), [], [new LearntMemory("a", item, 7)]), Cancellation);
        var learnt = ledger.Read.Memory("default", "f").Learnt;
        Assert.Equal((7L, 6L, 2), (learnt[("a", LearntMemory.KeyOf(item))], learnt[("a", "short")], learnt.Count));
    }

    [Fact]
    public async Task Names_and_hashes_are_ordered_by_their_bytes()
    {
        foreach (var name in new[] { "f-1", "f-B", "f-a", "f-b", "f.1", "F-2" })
            await ledger.CommitAsync(new LedgerWrite(Run() with { Uid = name, Name = name, Phase = FlowPhase.Succeeded }, [], []), Cancellation);
        Assert.Equal(["f-1", "f-B", "f-a"], ledger.Read.NewestRuns("default", "f-", "f-a").Keys.Order(StringComparer.Ordinal));
        var page = ledger.Read.Runs("default", new RunFilter { Limit = 3 });
        Assert.Equal(["f.1", "f-b", "f-a"], page.Select(r => r.Uid)); // of the same time: the last first
        Assert.Equal(["f-B", "f-1", "F-2"], ledger.Read.Runs("default", new RunFilter { Limit = 5, After = page[^1] }).Select(r => r.Uid));
    }

    [Fact]
    public async Task What_was_enough_for_other_items_is_known_of_tasks_that_have_learnt()
    {
        AttemptRecord[] attempts =
        [
            Attempt("a", 0, 1) with { Item = "small", MemoryLimitBytes = 20 },
            Attempt("a", 1, 1) with { Item = "failed", MemoryLimitBytes = 20, Reason = AttemptReason.Error },
            Attempt("other", 0, 1) with { Item = "small", MemoryLimitBytes = 20 },
        ];
        await ledger.CommitAsync(new LedgerWrite(Run(), attempts, [new LearntMemory("a", "large", 80)]), Cancellation);
        var memory = ledger.Read.Memory("default", "f");
        Assert.Equal(new long?[] { 20, 80, 80, 80 }, new[] { "small", "large", "failed", "new" }.Select(i => memory.Of("a", i)));
        Assert.Null(memory.Of("other", "small"));
    }

    [Fact]
    public async Task Many_commit_together()
    {
        await Task.WhenAll(Enumerable.Range(0, 500).Select(i => ledger.CommitAsync(new LedgerWrite(Run(), [Attempt("a", i, 1)], []), Cancellation)));
        Assert.Equal(500, ledger.Read.Attempts("uid-1").Count);
    }

    [Fact]
    public async Task What_is_recorded_is_due_to_sinks_of_lineage_once_in_its_order()
    {
        var called = new List<ObjectKey>();
        var (one, two) = (new ObjectKey("ns", "one"), new ObjectKey("ns", "two"));
        ledger.Lineage = new LineageOutbox(run => run.Flow == "f" ? [one, two] : [], called.Add);
        var decided = Attempt("ok", null, 1) with { Pod = "" };
        await ledger.CommitAsync(new LedgerWrite(Run() with { Uid = "other", Flow = "g" }, [Attempt("a", null, 1)], []), Cancellation);
        Assert.Empty(called);
        for (var again = 0; again < 2; again++)
        {
            await ledger.CommitAsync(new LedgerWrite(Run(), [Attempt("a", null, 1) with { End = Time.AddSeconds(2) }, Attempt("b", 3, 2), decided], []), Cancellation);
            await ledger.CommitAsync(new LedgerWrite(Run() with { Phase = FlowPhase.Succeeded, End = Time.AddSeconds(2) }, [], []), Cancellation);
        }

        await ReopenAsync();
        Assert.Equal([one, two], called.Distinct());
        Assert.Equal([one, two], ledger.Read.SinksWithLineageDue());
        string[] due = ["start", "b[3]#2", "a#1", "end"];
        Assert.Equal(due, Due(one, 10));
        Assert.Equal(due[..2], Due(two, 2));
        var read = ledger.Read.LineageDue(one, 2);
        Assert.Equal(("uid-1", Time), (read[0].Run, read[0].Time));
        await ledger.ToldAsync(one, read, Cancellation);
        Assert.Equal(due[2..], Due(one, 10));
        await ledger.ForgetSinkAsync(two, Cancellation);
        Assert.Equal((2, 0), (Due(one, 10).Count, Due(two, 10).Count));

        List<string> Due(ObjectKey sink, int limit) =>
            [.. ledger.Read.LineageDue(sink, limit).Select(d => d.IsStart ? "start" : d.Path is null ? "end" : $"{d.Path}#{d.Number}")];
    }

    [Fact]
    public async Task A_run_that_fails_before_it_starts_is_due_with_both_ends()
    {
        ledger.Lineage = new LineageOutbox(_ => [new("ns", "s")], _ => { });
        await ledger.CommitAsync(new LedgerWrite(Run() with { Phase = FlowPhase.Failed, End = Time }, [], []), Cancellation);
        Assert.Equal([true, false], ledger.Read.LineageDue(new("ns", "s"), 10).Select(d => d.IsStart));
    }

    [Fact]
    public async Task The_api_shows_runs_attempts_and_artifacts()
    {
        var store = new ArtifactStore(Path.Combine(Files, "artifacts"));
        store.Prepare();
        var hash = await store.WriteAsync(Encoding.UTF8.GetBytes("content"), Cancellation);
        var files = new Dictionary<string, FileRecord> { ["f"] = new(hash, 7, "f.bin") };
        await ledger.CommitAsync(new LedgerWrite(Run(), [Attempt("a", null, 1) with { Files = files }, Attempt("b", 0, 1) with { Files = files }, Attempt("b", 1, 1)], []), Cancellation);
        await ledger.CommitAsync(new LedgerWrite(Run() with { Uid = "uid-2", Name = "g-1", Flow = "g", Start = Time.AddHours(1) }, [], []), Cancellation);
        await ledger.CommitAsync(new LedgerWrite(Run() with { Uid = "uid-3", Namespace = "team", Start = Time.AddMinutes(1) }, [Attempt("a", null, 1) with { Files = files }], []), Cancellation);
        var api = new LedgerApi(ledger, store);

        Assert.Equal(["g-1", "f-1"], (await GetAsync("/namespaces/default/runs"))["items"]!.AsArray().Select(r => r!["name"]!.GetValue<string>()));
        Assert.Equal(["f-1"], (await GetAsync("/namespaces/default/runs?flow=f&limit=5"))["items"]!.AsArray().Select(r => r!["name"]!.GetValue<string>()));
        Assert.Empty((await GetAsync("/namespaces/other/runs"))["items"]!.AsArray());
        var run = await GetAsync("/namespaces/default/runs/f-1");
        Assert.Equal(("Run", "f", 3), (run["kind"]!.GetValue<string>(), run["flow"]!.GetValue<string>(), run["attempts"]!.AsArray().Count));
        Assert.Equal("content", await TextAsync("/namespaces/default/runs/f-1/artifacts/a/f"));
        Assert.Equal("content", await TextAsync("/namespaces/default/runs/uid-1/artifacts/b/f?index=0"));
        Assert.Equal("content", await TextAsync("/namespaces/default/runs/uid-1/artifacts/b%5B0%5D/f"));
        Assert.Equal("content", await TextAsync($"/namespaces/default/artifacts/{hash}"));

        Assert.Equal(404, await CodeAsync($"/namespaces/other/artifacts/{hash}"));
        Assert.Equal(404, await CodeAsync("/namespaces/other/runs/uid-1"));
        Assert.Equal(404, await CodeAsync("/namespaces/default/runs/f-1/artifacts/a/nope"));
        Assert.Equal(400, await CodeAsync("/namespaces/default/runs/f-1/artifacts/b/f"));
        Assert.Equal(400, await CodeAsync("/namespaces/default/runs?limit=x"));

        Assert.Equal(["default/g-1", "team/f-1", "default/f-1"], (await GetAsync("/runs"))["items"]!.AsArray().Select(r => $"{r!["namespace"]}/{r["name"]}"));
        Assert.Equal(["team", "default"], (await GetAsync("/runs?flow=f&limit=2"))["items"]!.AsArray().Select(r => r!["namespace"]!.GetValue<string>()));
        Assert.Equal(["team", "default", "default"], (await GetAsync("/artifacts"))["items"]!.AsArray().Select(r => r!["namespace"]!.GetValue<string>()));
        Assert.Equal(7, (await TextAsync("/export")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Equal(400, await CodeAsync("/artifacts?run=f-1")); // of which there are two

        Assert.Equal(404, await CodeAsync("/nothing"));
        Assert.Equal(405, (await api.SendAsync(new ApiRequest("DELETE", LedgerApi.PathPrefix + "/namespaces/default/runs/f-1"), Cancellation)).StatusCode);

        async Task<JsonObject> GetAsync(string path)
        {
            await using var response = await api.SendAsync(new ApiRequest("GET", LedgerApi.PathPrefix + path), Cancellation);
            Assert.Equal(200, response.StatusCode);
            return JsonNode.Parse(response.Body.Span)!.AsObject();
        }

        async Task<string> TextAsync(string path)
        {
            await using var response = await api.SendAsync(new ApiRequest("GET", LedgerApi.PathPrefix + path), Cancellation);
            Assert.Equal(200, response.StatusCode);
            return await new StreamReader(response.Stream!).ReadToEndAsync(Cancellation);
        }

        async Task<int> CodeAsync(string path) => (await api.SendAsync(new ApiRequest("GET", LedgerApi.PathPrefix + path), Cancellation)).StatusCode;
    }

    protected static RunRecord Run() => new() { Uid = "uid-1", Namespace = "default", Name = "f-1", Flow = "f", Phase = FlowPhase.Running, Start = Time };

    protected static AttemptRecord Attempt(string task, int? index, int number) => new()
    {
        Path = TaskPath.Of(null, task, index),
        Number = number,
        Pod = $"{task}-{index}-{number}",
        PodUid = "p",
        Image = "x:1",
        End = Time,
        Reason = AttemptReason.Succeeded,
    };

    protected async Task ReopenAsync()
    {
        await ledger.DisposeAsync();
        ledger = Open();
    }
}
