using System.Text.Json.Nodes;
using Slipway.Api.Kinds;

namespace Slipway.Flows.Tests.Lineage;

public sealed class OpenLineageEventsTests
{
    private const string Uid = "0f6c1a52-5d0b-4a53-9a5e-7a3b8c1d2e3f";

    private static readonly DateTimeOffset Start = new(2026, 1, 31, 6, 0, 0, TimeSpan.Zero);
    private static readonly OpenLineageEvents Events = new("prod");

    private static readonly RunRecord Run = new()
    {
        Uid = Uid,
        Namespace = "data",
        Name = "delays-1",
        Flow = "delays",
        Phase = FlowPhase.Running,
        Start = Start,
        Cause = """{"type":"User","by":"anna"}""",
        Interval = """{"start":"2026-01-30T00:00:00.000000Z","end":"2026-01-31T00:00:00.000000Z"}""",
    };

    private static readonly AttemptRecord Ingest = Attempt("ingest") with
    {
        Files = new Dictionary<string, FileRecord> { ["raw"] = new("aa", 7, "raw.csv"), ["dir"] = new("dd", 90, "dir", 3) },
    };

    private static AttemptRecord Attempt(string path, int number = 1) => new()
    {
        Path = TaskPath.TryParse(path)!,
        Number = number,
        Pod = $"{path}-{number}",
        PodUid = "u",
        Image = "x:1",
        Queued = Start,
        Start = Start.AddSeconds(1),
        End = Start.AddSeconds(9),
        Reason = AttemptReason.Succeeded,
        ExitCode = 0,
    };

    private static string Line(JsonObject e) =>
        $"{e["eventType"]} {e["eventTime"]} {e["job"]!["namespace"]}:{e["job"]!["name"]} {string.Join(',', Names(e["inputs"]))} > {string.Join(',', Names(e["outputs"]))}";

    private static IEnumerable<string> Names(JsonNode? datasets) =>
        datasets!.AsArray().Select(d => $"{d!["name"]}{(d["facets"]?["version"]?["datasetVersion"] is { } version ? $"@{version}" : "")}");

    private static IReadOnlyList<JsonObject> Of(AttemptRecord attempt, params AttemptRecord[] others)
    {
        var events = Events.Of(Run, attempt, OpenLineageEvents.MakersOf([attempt, .. others]));
        Assert.All(events, OpenLineageSpec.Check);
        return events;
    }

    [Fact]
    public void A_run_starts_and_ends_with_what_none_of_its_tasks_has_read()
    {
        var started = Events.Started(Run);
        Assert.Equal("START 2026-01-31T06:00:00.000Z prod/data:delays  > ", Line(started));
        Assert.Equal(Uid, (string?)started["run"]!["runId"]);
        Assert.Equal("2026-01-30T00:00:00.000Z", (string?)started["run"]!["facets"]!["nominalTime"]!["nominalStartTime"]);
        Assert.Equal("anna", (string?)started["run"]!["facets"]!["slipway"]!["cause"]!["by"]);
        Assert.Null(Events.Ended(Run, []));

        AttemptRecord[] attempts =
        [
            Ingest, Attempt("clean[0]") with { Inputs = [new("/in/raw", "aa")], Files = new Dictionary<string, FileRecord> { ["part"] = new("b0", 1, "p") } },
            Attempt("clean[1]") with { Inputs = [new("/in/raw", "aa")], Files = new Dictionary<string, FileRecord> { ["part"] = new("b1", 1, "p") } },
        ];
        var ended = Events.Ended(Run with { Phase = FlowPhase.Succeeded, End = Start.AddMinutes(1) }, attempts)!;
        Assert.Equal("COMPLETE 2026-01-31T06:01:00.000Z prod/data:delays  > delays.ingest.dir@dd,delays.clean.part", Line(ended));
        Assert.Null(ended["run"]!["facets"]!["errorMessage"]);
        OpenLineageSpec.Check(started);
        OpenLineageSpec.Check(ended);
    }

    [Theory]
    [InlineData("clean ended with exit code 3", "FAIL")]
    [InlineData("the run was stopped by anna: wrong data", "ABORT")]
    [InlineData(RunRecord.DeletedMessage, "ABORT")]
    public void A_run_that_fails_says_why(string message, string type)
    {
        var ended = Events.Ended(Run with { Phase = FlowPhase.Failed, Message = message, End = Start }, [])!;
        OpenLineageSpec.Check(ended);
        Assert.Equal((type, message), ((string?)ended["eventType"], (string?)ended["run"]!["facets"]!["errorMessage"]!["message"]));
    }

    [Fact]
    public void An_attempt_is_a_run_of_its_task_with_the_run_of_the_flow_as_parent()
    {
        var clean = Attempt("clean[3]") with { Inputs = [new("/in/raw", "aa"), new("/in/other", "ff")], Files = new Dictionary<string, FileRecord> { ["part"] = new("bb", 5, "p") } };
        var events = Of(clean, Ingest);
        Assert.Equal(
            [
                "START 2026-01-31T06:00:01.000Z prod/data:delays.clean delays.ingest.raw@aa,delays.ff@ff > ",
                "COMPLETE 2026-01-31T06:00:09.000Z prod/data:delays.clean delays.ingest.raw@aa,delays.ff@ff > delays.clean.part@bb",
            ],
            events.Select(Line));
        Assert.All(events, e =>
        {
            Assert.Equal((Uid, "delays"), ((string?)e["run"]!["facets"]!["parent"]!["run"]!["runId"], (string?)e["run"]!["facets"]!["parent"]!["job"]!["name"]));
            Assert.Equal(OpenLineageEvents.IdOf(Run, clean), (string?)e["run"]!["runId"]);
        });
        Assert.Equal((5, 1), ((long)events[1]["outputs"]![0]!["outputFacets"]!["outputStatistics"]!["size"]!, (int)events[1]["outputs"]![0]!["outputFacets"]!["outputStatistics"]!["fileCount"]!));
        Assert.Equal("clean[3]", (string?)events[1]["run"]!["facets"]!["slipway"]!["path"]);
    }

    [Fact]
    public void What_the_items_of_a_task_have_left_is_one_dataset()
    {
        var parts = Enumerable.Range(0, 3).Select(i => Attempt($"clean[{i}]") with { Files = new Dictionary<string, FileRecord> { ["part"] = new($"b{i}", 5, "p") } }).ToArray();
        var report = Attempt("report") with { Inputs = [.. parts.Select((_, i) => new InputRecord($"/in/parts/{i:00000}-p", $"b{i}"))] };
        Assert.Equal(["delays.clean.part"], Names(Of(report, parts)[1]["inputs"]));
    }

    [Theory]
    [InlineData(AttemptReason.Error, "FAIL")]
    [InlineData(AttemptReason.OutOfMemory, "FAIL")]
    [InlineData(AttemptReason.NodeLost, "FAIL")]
    [InlineData(AttemptReason.Deleted, "ABORT")]
    [InlineData(AttemptReason.RunStopped, "ABORT")]
    [InlineData(AttemptReason.RunTimeout, "ABORT")]
    [InlineData(AttemptReason.ServiceFailed, "ABORT")]
    public void An_attempt_that_fails_says_why(string reason, string type)
    {
        var events = Of(Attempt("a") with { Reason = reason, Message = "because", ExitCode = 3, Start = null });
        Assert.Equal((type, "because"), ((string?)events[1]["eventType"], (string?)events[1]["run"]!["facets"]!["errorMessage"]!["message"]));
        Assert.Equal((reason, 3), ((string?)events[1]["run"]!["facets"]!["slipway"]!["reason"], (int?)events[1]["run"]!["facets"]!["slipway"]!["exitCode"]));
        Assert.Equal("2026-01-31T06:00:00.000Z", (string?)events[0]["eventTime"]); // it never began, but it was queued
        Assert.Null(events[0]["run"]!["facets"]!["errorMessage"]);
    }

    [Fact]
    public void What_no_pod_has_done_is_told_by_those_who_did_it() => Assert.Empty(Of(Ingest with { Pod = "", Message = "taken over from run delays-0" }));

    [Fact]
    public void Ids_are_uuids_that_derive_from_the_run()
    {
        AttemptRecord[] attempts = [Attempt("a"), Attempt("a", 2), Attempt("a[0]"), Attempt("b")];
        var ids = attempts.Select(a => OpenLineageEvents.IdOf(Run, a)).ToList();
        Assert.Equal(4, ids.Distinct().Count());
        Assert.Equal(ids, attempts.Select(a => OpenLineageEvents.IdOf(Run, a)));
        Assert.All(ids, i => Assert.Matches("^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$", i));
        Assert.True(Guid.TryParse(OpenLineageEvents.IdOf(Run with { Uid = "uid-1" }), out _));
    }
}
