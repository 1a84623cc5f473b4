using System.Text.Json.Nodes;
using Slipway.Api.Cel;
using Slipway.Api.Kinds;

namespace Slipway.Flows;

/// <summary>Records as JSON: for the columns of the ledger that hold lists, and for its API.</summary>
internal static class AttemptJson
{
    public static JsonArray Inputs(AttemptRecord attempt) =>
        new([.. attempt.Inputs.Select(i => (JsonNode)new JsonObject { ["path"] = i.Path, ["sha256"] = i.Sha256 })]);

    public static JsonObject Files(AttemptRecord attempt) => new(attempt.Files.Select(f => KeyValuePair.Create(f.Key, (JsonNode?)Listed(f.Value))));

    private static JsonObject Listed(FileRecord file)
    {
        var json = File(file);
        if (file.Listing is { } listing)
            json["listing"] = new JsonArray([.. listing.Files.Select(f => (JsonNode)new JsonObject { ["path"] = f.Path, ["sha256"] = f.Sha256, ["size"] = f.Size })]);
        return json;
    }

    /// <summary>A file or directory; a directory has a <c>fileCount</c>.</summary>
    public static JsonObject File(FileRecord file)
    {
        var json = new JsonObject { ["sha256"] = file.Sha256, ["size"] = file.Size, ["fileName"] = file.FileName };
        if (file.FileCount is { } count)
            json["fileCount"] = count;
        return json;
    }

    public static JsonObject Values(AttemptRecord attempt) => new(attempt.Values.Select(v => KeyValuePair.Create(
        v.Key, (JsonNode?)new JsonObject { ["sha256"] = v.Value.Sha256, ["value"] = JsonNode.Parse(v.Value.Json) })));

    public static JsonArray Replicas(AttemptRecord attempt) => new([.. attempt.Replicas.Select(r => (JsonNode)new JsonObject
    {
        ["index"] = r.Index,
        ["pod"] = r.Pod,
        ["node"] = r.Node,
        ["reason"] = r.Reason,
        ["startTime"] = Time(r.Start),
        ["completionTime"] = Time(r.End),
        ["cpuSeconds"] = r.CpuSeconds,
        ["peakMemoryBytes"] = r.PeakMemoryBytes,
        ["exitCode"] = r.ExitCode,
    })]);

    public static List<ReplicaRecord> ParseReplicas(string json) =>
    [
        .. JsonNode.Parse(json)!.AsArray().Select(r => new ReplicaRecord(r!["index"]!.GetValue<int>(), r["pod"]!.GetValue<string>(), r["reason"]!.GetValue<string>())
        {
            Node = (string?)r["node"],
            Start = (DateTimeOffset?)r["startTime"],
            End = (DateTimeOffset?)r["completionTime"],
            CpuSeconds = (double?)r["cpuSeconds"],
            PeakMemoryBytes = (long?)r["peakMemoryBytes"],
            ExitCode = (int?)r["exitCode"],
        }),
    ];

    public static List<InputRecord> ParseInputs(string json) =>
        [.. JsonNode.Parse(json)!.AsArray().Select(i => new InputRecord(i!["path"]!.GetValue<string>(), i["sha256"]!.GetValue<string>()))];

    public static Dictionary<string, FileRecord> ParseFiles(string json) => JsonNode.Parse(json)!.AsObject().ToDictionary(
        f => f.Key, f => new FileRecord(f.Value!["sha256"]!.GetValue<string>(), f.Value["size"]!.GetValue<long>(), f.Value["fileName"]!.GetValue<string>(), f.Value["fileCount"]?.GetValue<int>())
        {
            Listing = f.Value["listing"] is JsonArray listing ? new FileListing([.. listing.Select(e => new ListedFile((string)e!["path"]!, (string)e["sha256"]!, (long)e["size"]!))]) : null,
        });

    public static Dictionary<string, ValueRecord> ParseValues(string json) => JsonNode.Parse(json)!.AsObject().ToDictionary(
        v => v.Key, v => new ValueRecord(v.Value!["sha256"]!.GetValue<string>(), CelJson.ToCompactJson(v.Value["value"])));

    /// <summary>A run as the API shows it.</summary>
    public static JsonObject Run(RunRecord run) => new()
    {
        ["name"] = run.Name,
        ["namespace"] = run.Namespace,
        ["uid"] = run.Uid,
        ["flow"] = run.Flow,
        ["params"] = JsonNode.Parse(run.Params),
        ["interval"] = run.Interval is { } interval ? JsonNode.Parse(interval) : null,
        ["cause"] = run.Cause is { } cause ? JsonNode.Parse(cause) : null,
        ["phase"] = run.Phase,
        ["message"] = run.Message,
        ["startTime"] = Time(run.Start),
        ["completionTime"] = Time(run.End),
    };

    /// <summary>An attempt as the API shows it.</summary>
    public static JsonObject Attempt(AttemptRecord attempt) => new()
    {
        ["path"] = attempt.Path.Text,
        ["task"] = attempt.Task,
        ["index"] = attempt.Index,
        ["item"] = attempt.Item,
        ["attempt"] = attempt.Number,
        ["pod"] = attempt.Pod,
        ["podUid"] = attempt.PodUid,
        ["node"] = attempt.Node,
        ["image"] = attempt.Image,
        ["imageDigest"] = attempt.ImageDigest,
        ["command"] = new JsonArray([.. attempt.Command.Select(c => (JsonNode?)c)]),
        ["params"] = JsonNode.Parse(attempt.Params),
        ["queuedTime"] = Time(attempt.Queued),
        ["scheduledTime"] = Time(attempt.Scheduled),
        ["pulledTime"] = Time(attempt.Pulled),
        ["startTime"] = Time(attempt.Start),
        ["completionTime"] = Time(attempt.End),
        ["cpuSeconds"] = attempt.CpuSeconds,
        ["peakMemoryBytes"] = attempt.PeakMemoryBytes,
        ["peakMemorySource"] = attempt.PeakMemorySource,
        ["storageReadBytes"] = attempt.StorageReadBytes,
        ["storageWrittenBytes"] = attempt.StorageWrittenBytes,
        ["networkReceivedBytes"] = attempt.NetworkReceivedBytes,
        ["networkSentBytes"] = attempt.NetworkSentBytes,
        ["memoryLimitBytes"] = attempt.MemoryLimitBytes,
        ["cpuRequestMilli"] = attempt.CpuRequestMilli,
        ["exitCode"] = attempt.ExitCode,
        ["reason"] = attempt.Reason,
        ["message"] = attempt.Message,
        ["inputs"] = Inputs(attempt),
        ["files"] = Files(attempt),
        ["values"] = Values(attempt),
        ["replicas"] = attempt.Replicas.Count == 0 ? null : Replicas(attempt),
    };

    /// <summary>Reads what <see cref="Attempt"/> has written.</summary>
    public static AttemptRecord Parse(JsonObject json) => new()
    {
        Path = TaskPath.TryParse((string?)json["path"]) ?? throw new FormatException($"the record's path {json["path"]} is none"),
        Number = (int)json["attempt"]!,
        Item = (string?)json["item"],
        Pod = (string?)json["pod"] ?? "",
        PodUid = (string?)json["podUid"] ?? "",
        Node = (string?)json["node"],
        Image = (string?)json["image"] ?? "",
        ImageDigest = (string?)json["imageDigest"],
        Command = [.. (json["command"]?.AsArray() ?? []).Select(c => (string)c!)],
        Params = CelJson.ToCompactJson(json["params"]),
        Queued = Time(json, "queuedTime"),
        Scheduled = Time(json, "scheduledTime"),
        Pulled = Time(json, "pulledTime"),
        Start = Time(json, "startTime"),
        End = Time(json, "completionTime") ?? throw new FormatException("the record has no completionTime"),
        CpuSeconds = (double?)json["cpuSeconds"],
        PeakMemoryBytes = (long?)json["peakMemoryBytes"],
        PeakMemorySource = (string?)json["peakMemorySource"],
        StorageReadBytes = (long?)json["storageReadBytes"],
        StorageWrittenBytes = (long?)json["storageWrittenBytes"],
        NetworkReceivedBytes = (long?)json["networkReceivedBytes"],
        NetworkSentBytes = (long?)json["networkSentBytes"],
        MemoryLimitBytes = (long?)json["memoryLimitBytes"],
        CpuRequestMilli = (long?)json["cpuRequestMilli"],
        ExitCode = (int?)json["exitCode"],
        Reason = (string)json["reason"]!,
        Message = (string?)json["message"] ?? "",
        Inputs = ParseInputs(json["inputs"]!.ToJsonString()),
        Files = ParseFiles(json["files"]!.ToJsonString()),
        Values = ParseValues(json["values"]!.ToJsonString()),
    };

    /// <summary>A time that the API shows; null for none.</summary>
    public static DateTimeOffset? Time(JsonObject json, string name) =>
        (string?)json[name] is { } text ? DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture, System.Globalization.DateTimeStyles.AssumeUniversal) : null;

    private static string? Time(DateTimeOffset? time) => time is { } known ? Time(known) : null;

    /// <summary>A time as the API shows it.</summary>
    public static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", System.Globalization.CultureInfo.InvariantCulture);
}
