using System.Text.Json.Nodes;
using Slipway.Api.Kinds;
using Slipway.Cli.Runs;

namespace Cli.Tests;

public sealed class RunRecordViewTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 6, 1, 0, TimeSpan.Zero);

    private static readonly JsonObject Run = JsonNode.Parse("""
        {"name":"etl-x1","flow":"etl","phase":"Failed","message":"clean[3] was killed at its 256Mi limit; raise resources.memory or set onOutOfMemory",
         "startTime":"2026-03-01T06:00:00Z","completionTime":"2026-03-01T06:00:12.500Z","params":{"since":"2001-01-01","top":10},
         "attempts":[
           {"path":"ingest","task":"ingest","index":null,"attempt":1,"image":"slipway.local/etl:1","imageDigest":"slipway.local/etl@sha256:abc","startTime":"2026-03-01T06:00:00Z","completionTime":"2026-03-01T06:00:02Z",
            "cpuSeconds":1.5,"peakMemoryBytes":104857600,"memoryLimitBytes":268435456,"exitCode":0,"reason":"Succeeded","message":"","node":"n1",
            "inputs":[],"files":{"raw":{"sha256":"aaaaaaaaaaaaaaaa","size":2048,"fileName":"raw.parquet"}},"values":{"worst":{"sha256":"bbbbbbbbbbbbbbbb","value":[{"route":"a-b","mean":1.5}]}}},
           {"path":"clean[3]","task":"clean","index":3,"item":"2001-04","attempt":2,"image":"slipway.local/etl:1","imageDigest":null,"queuedTime":"2026-03-01T06:00:00.500Z","startTime":"2026-03-01T06:00:02Z","completionTime":"2026-03-01T06:00:12Z",
            "cpuSeconds":null,"storageReadBytes":2048,"storageWrittenBytes":0,"peakMemoryBytes":268435456,"memoryLimitBytes":268435456,"exitCode":137,"reason":"OutOfMemory","message":"killed at its 256Mi limit","node":"n1",
            "inputs":[{"path":"/in/raw","sha256":"cccccccccccccccc"}],"files":{},"values":{}}]}
        """)!.AsObject();

    [Fact]
    public void A_run_shows_each_attempt_and_what_it_left()
    {
        var text = RunRecordView.Run(Run, Now);
        Assert.Contains("Took        12.5s\n", text);
        Assert.Contains("Parameters  since=2001-01-01, top=10\n", text);
        Assert.Contains("Image       slipway.local/etl:1 (slipway.local/etl@sha256:abc)\n", text);
        Assert.Matches(@"clean\[3\] +2001-04 +2 +OutOfMemory +1\.5s +10\.0s +256Mi / 256Mi +2Ki +0 +137 +n1", text);
        Assert.Matches(@"ingest +1 +Succeeded +2\.0s +1\.5s +100Mi / 256Mi +0 +n1", text); // what is not known is left out
        Assert.Contains("clean[3], attempt 2: killed at its 256Mi limit\n", text);
        Assert.Matches(@"ingest/raw +2Ki +aaaaaaaaaaaa", text);
    }

    [Theory]
    [InlineData("""{"type":"User","by":"anna","message":"try"}""", "By          anna: try\n", "anna")]
    [InlineData("""{"type":"User","message":"created with kubectl-create"}""", "By          a user: created with kubectl-create\n", "a user")]
    [InlineData("""{"type":"Schedule","by":"hourly"}""", "By          schedule hourly\n", "schedule hourly")]
    [InlineData("""{"type":"Rerun","by":"anna","message":"of f-1"}""", "By          rerun anna: of f-1\n", "rerun anna")]
    public void Who_started_a_run_and_why_is_shown(string cause, string line, string cell)
    {
        var run = Run.DeepClone().AsObject();
        run["cause"] = JsonNode.Parse(cause);
        Assert.Contains(line, RunRecordView.Run(run, Now));
        Assert.Contains($"   {cell}   ", RunRecordView.Runs([run], [], Now));
    }

    [Fact]
    public void Values_that_are_records_are_tables() =>
        Assert.Equal("\ningest/worst\n\nroute  mean\na-b     1.5\n", RunRecordView.Results(Run));

    [Fact]
    public void Files_that_nobody_read_are_results()
    {
        Assert.Equal(["ingest/raw"], RunRecordView.FinalFiles(Run));
        var read = Run.DeepClone().AsObject();
        read["attempts"]![1]!["inputs"]![0]!["sha256"] = "aaaaaaaaaaaaaaaa";
        Assert.Empty(RunRecordView.FinalFiles(read));
    }

    [Theory]
    [InlineData("report/table", "report", "table", null)]
    [InlineData("report/site/js/a b.js", "report", "site", "js/a b.js")]
    [InlineData("clean[3]/flights", "clean[3]", "flights", null)]
    [InlineData("etl[2].clean[3]@4/flights", "etl[2].clean[3]@4", "flights", null)]
    [InlineData("table", null, "table", null)]
    public void Outputs_are_named_as_they_are_shown(string text, string? task, string output, string? below) =>
        Assert.Equal(new OutputPath(task is null ? null : TaskPath.TryParse(task)!, output, below), OutputPath.Parse(text));

    [Theory]
    [InlineData("")]
    [InlineData("a//c")]
    [InlineData("a/b/")]
    [InlineData("clean[x]")]
    [InlineData("clean[3]")]
    [InlineData("../etc")]
    public void Other_texts_name_nothing(string text) => Assert.Null(OutputPath.Parse(text));
}
