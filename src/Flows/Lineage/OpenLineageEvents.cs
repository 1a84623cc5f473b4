using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Api.Kinds;

namespace Slipway.Flows;

/// <summary>
/// What the ledger holds, as events of OpenLineage (<see href="https://openlineage.io/spec/2-0-2/OpenLineage.json"/>): runs of flows and attempts of tasks are runs, flows and
/// tasks are jobs, and what tasks leave as files are datasets.
/// </summary>
/// <param name="instance">What the namespaces of jobs and datasets begin with: how the cluster is called where events are collected.</param>
internal sealed class OpenLineageEvents(string instance)
{
    private const string Producer = "https://slipway.dev";
    private const string Spec = "https://openlineage.io/spec";
    private const string Schema = $"{Spec}/2-0-2/OpenLineage.json#/$defs/";

    private static readonly string Version =
        (typeof(OpenLineageEvents).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0.0.0").Split('+')[0];

    /// <summary>A run has started.</summary>
    public JsonObject Started(RunRecord run) => Event("START", run.Start, RunOf(run, null), JobOf(run), [], []);

    /// <summary>A run has ended; null if it has not.</summary>
    /// <param name="run">The run.</param>
    /// <param name="attempts">Its attempts. What they left and none of them read is what the run has left.</param>
    public JsonObject? Ended(RunRecord run, IReadOnlyList<AttemptRecord> attempts)
    {
        if (run.End is not { } end)
            return null;
        var read = attempts.SelectMany(a => a.Inputs).Select(i => i.Sha256).ToHashSet();
        var left = attempts.Where(a => a.Succeeded).SelectMany(a => a.Files.Where(f => !read.Contains(f.Value.Sha256)).Select(f => Output(run, a, f.Key, f.Value)));
        var type = run.Phase == FlowPhase.Succeeded ? "COMPLETE" : run.IsAborted ? "ABORT" : "FAIL";
        return Event(type, end, RunOf(run, type == "COMPLETE" ? null : run.Message), JobOf(run), [], Distinct(left));
    }

    /// <summary>An attempt has ended: that it started, and what it came to. None for what no pod has done.</summary>
    /// <param name="run">Its run.</param>
    /// <param name="attempt">The attempt.</param>
    /// <param name="makers">What the run's tasks have left, by hash.</param>
    public IReadOnlyList<JsonObject> Of(RunRecord run, AttemptRecord attempt, ILookup<string, Made> makers)
    {
        if (attempt.Pod.Length == 0)
            return [];
        var inputs = attempt.Inputs.Select(i => (i.Sha256, From: makers[i.Sha256].FirstOrDefault())).ToList();
        var sets = inputs.GroupBy(i => i.From is { } from ? DatasetOf(run, from.Task, from.Output) : $"{run.Flow}.{i.Sha256}")
            .Select(g => Dataset(run, g.Key, g.Select(i => i.Sha256).Distinct().ToList() is [var only] ? only : null)).ToList();
        var outputs = Distinct(attempt.Files.Select(f => Output(run, attempt, f.Key, f.Value)));
        var type = attempt.Succeeded ? "COMPLETE" : attempt.Reason is AttemptReason.Deleted or AttemptReason.RunStopped or AttemptReason.RunTimeout or AttemptReason.ServiceFailed ? "ABORT" : "FAIL";
        return
        [
            Event("START", attempt.Start ?? attempt.Queued ?? attempt.End, RunOf(run, attempt, null), JobOf(run, attempt), Copies(sets), []),
            Event(type, attempt.End, RunOf(run, attempt, attempt.Succeeded ? null : attempt.Message), JobOf(run, attempt), sets, outputs),
        ];
    }

    /// <summary>What the tasks of a run have left, by hash.</summary>
    public static ILookup<string, Made> MakersOf(IEnumerable<AttemptRecord> attempts) => attempts
        .SelectMany(a => a.Files.Select(f => (f.Value.Sha256, Made: new Made(a.Task, f.Key)))).Distinct().ToLookup(m => m.Sha256, m => m.Made);

    /// <summary>The id of a run: the FlowRun's uid, which Kubernetes makes a UUID.</summary>
    public static string IdOf(RunRecord run) => Guid.TryParseExact(run.Uid, "D", out var uid) ? uid.ToString("D") : Derived(run.Uid);

    /// <summary>The id of an attempt, the same whenever it is asked for: a UUID of version 8 (RFC 9562) from the run's uid, path and number.</summary>
    public static string IdOf(RunRecord run, AttemptRecord attempt) => Derived(string.Create(CultureInfo.InvariantCulture, $"{run.Uid}/{attempt.Path}/{attempt.Number}"));

    private static string Derived(string text)
    {
        var bytes = SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 16);
        bytes[6] = (byte)((bytes[6] & 0x0f) | 0x80);
        bytes[8] = (byte)((bytes[8] & 0x3f) | 0x80);
        return new Guid(bytes, bigEndian: true).ToString("D");
    }

    private static JsonObject Event(string type, DateTimeOffset time, JsonObject run, JsonObject job, IEnumerable<JsonObject> inputs, IEnumerable<JsonObject> outputs) => new()
    {
        ["eventType"] = type,
        ["eventTime"] = AttemptJson.Time(time),
        ["run"] = run,
        ["job"] = job,
        ["inputs"] = new JsonArray([.. inputs]),
        ["outputs"] = new JsonArray([.. outputs]),
        ["producer"] = Producer,
        ["schemaURL"] = $"{Schema}RunEvent",
    };

    private static JsonObject RunOf(RunRecord run, string? error)
    {
        var facets = new JsonObject
        {
            ["processing_engine"] = Facet("1-1-1", "ProcessingEngineRunFacet", new JsonObject { ["version"] = Version, ["name"] = "slipway" }),
            ["slipway"] = Own("RunFacet", new JsonObject { ["run"] = run.Name, ["cause"] = run.Cause is { } cause ? JsonNode.Parse(cause) : null }),
        };
        if (run.Interval is { } text && JsonSerializer.Deserialize(text, KindsJson.Default.DataInterval) is { Start: { } start, End: { } end })
            facets["nominalTime"] = Facet("1-0-1", "NominalTimeRunFacet", new JsonObject { ["nominalStartTime"] = AttemptJson.Time(Utc(start)), ["nominalEndTime"] = AttemptJson.Time(Utc(end)) });
        AddError(facets, error);
        return new JsonObject { ["runId"] = IdOf(run), ["facets"] = facets };
    }

    private JsonObject RunOf(RunRecord run, AttemptRecord attempt, string? error)
    {
        var facets = new JsonObject
        {
            ["parent"] = Facet("1-0-1", "ParentRunFacet", new JsonObject
            {
                ["run"] = new JsonObject { ["runId"] = IdOf(run) },
                ["job"] = new JsonObject { ["namespace"] = NamespaceOf(run), ["name"] = run.Flow },
            }),
            ["slipway"] = Own("RunFacet", new JsonObject
            {
                ["run"] = run.Name,
                ["path"] = attempt.Path.Text,
                ["attempt"] = attempt.Number,
                ["item"] = attempt.Item,
                ["reason"] = error is null ? null : attempt.Reason,
                ["exitCode"] = error is null ? null : attempt.ExitCode,
                ["image"] = attempt.Image,
                ["imageDigest"] = attempt.ImageDigest,
                ["node"] = attempt.Node,
                ["cpuSeconds"] = attempt.CpuSeconds,
                ["peakMemoryBytes"] = attempt.PeakMemoryBytes,
            }),
        };
        AddError(facets, error);
        return new JsonObject { ["runId"] = IdOf(run, attempt), ["facets"] = facets };
    }

    private static void AddError(JsonObject facets, string? error)
    {
        if (error is not null)
            facets["errorMessage"] = Facet("1-0-1", "ErrorMessageRunFacet", new JsonObject { ["message"] = error, ["programmingLanguage"] = "UNKNOWN" }); // which a command in a container does not tell
    }

    private JsonObject JobOf(RunRecord run) => Job(run, run.Flow, "FLOW");

    private JsonObject JobOf(RunRecord run, AttemptRecord attempt) => Job(run, $"{run.Flow}.{attempt.Task}", "TASK");

    private JsonObject Job(RunRecord run, string name, string type) => new()
    {
        ["namespace"] = NamespaceOf(run),
        ["name"] = name,
        ["facets"] = new JsonObject
        {
            ["jobType"] = Facet("2-0-2", "JobTypeJobFacet", new JsonObject { ["processingType"] = "BATCH", ["integration"] = "SLIPWAY", ["jobType"] = type }),
        },
    };

    private string NamespaceOf(RunRecord run) => $"{instance}/{run.Namespace}";

    private static string DatasetOf(RunRecord run, string task, string output) => $"{run.Flow}.{task}.{output}";

    private JsonObject Dataset(RunRecord run, string name, string? sha256)
    {
        var dataset = new JsonObject { ["namespace"] = NamespaceOf(run), ["name"] = name };
        if (sha256 is not null)
            dataset["facets"] = new JsonObject { ["version"] = Facet("1-0-1", "DatasetVersionDatasetFacet", new JsonObject { ["datasetVersion"] = sha256 }) };
        return dataset;
    }

    private JsonObject Output(RunRecord run, AttemptRecord attempt, string name, FileRecord file)
    {
        var dataset = Dataset(run, DatasetOf(run, attempt.Task, name), file.Sha256);
        dataset["outputFacets"] = new JsonObject
        {
            ["outputStatistics"] = Facet("1-0-2", "OutputStatisticsOutputDatasetFacet", new JsonObject { ["size"] = file.Size, ["fileCount"] = file.FileCount ?? 1 }),
        };
        return dataset;
    }

    /// <summary>Each dataset once. Of one that several attempts have left, items of a task for instance, each has left a part, and none the version.</summary>
    private static IEnumerable<JsonObject> Distinct(IEnumerable<JsonObject> datasets) => datasets.GroupBy(d => (string)d["name"]!).Select(parts =>
    {
        var dataset = parts.First();
        if (parts.Skip(1).Any())
        {
            dataset.Remove("facets");
            dataset.Remove("outputFacets");
        }

        return dataset;
    });

    private static IEnumerable<JsonObject> Copies(IEnumerable<JsonObject> datasets) => datasets.Select(d => (JsonObject)d.DeepClone());

    private static JsonObject Facet(string version, string name, JsonObject content) => With($"{Spec}/facets/{version}/{name}.json#/$defs/{name}", content);

    /// <summary>A facet of Slipway's own, of which the specification knows no more than that it is one.</summary>
    private static JsonObject Own(string kind, JsonObject content) => With($"{Schema}{kind}", content);

    private static JsonObject With(string schema, JsonObject content)
    {
        foreach (var name in content.Where(p => p.Value is null).Select(p => p.Key).ToList())
            content.Remove(name);
        content["_producer"] = Producer;
        content["_schemaURL"] = schema;
        return content;
    }

    private static DateTimeOffset Utc(DateTime time) => new(DateTime.SpecifyKind(time, DateTimeKind.Utc));

    /// <summary>What a task has left.</summary>
    /// <param name="Task">The task, without indexes.</param>
    /// <param name="Output">Name of its output.</param>
    internal sealed record Made(string Task, string Output);
}
