using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Api.Kinds;
using Slipway.Cli.Output;
using Slipway.Cli.Resources;

namespace Slipway.Cli.Runs;

/// <summary>Text of what the ledger holds of runs.</summary>
internal static class RunRecordView
{
    /// <summary>A line for each run.</summary>
    /// <param name="records">The runs.</param>
    /// <param name="open">Those of them that have not ended, which know what they wait for.</param>
    /// <param name="now">The present, for how long something takes.</param>
    /// <param name="withNamespace">Whether a first column has their namespaces.</param>
    public static string Runs(IReadOnlyCollection<JsonObject> records, IReadOnlyCollection<FlowRun> open, DateTimeOffset now, bool withNamespace = false)
    {
        var known = open.ToLookup(r => r.Metadata.Uid ?? "");
        List<IReadOnlyList<string>> lines = [[.. withNamespace ? ["NAMESPACE"] : Array.Empty<string>(), "RUN", "FLOW", "PHASE", "STARTED", "TOOK", "BY", "MESSAGE"]];
        lines.AddRange(records.Select(run => (IReadOnlyList<string>)
        [
            .. withNamespace ? [Text(run, "namespace")] : Array.Empty<string>(), Text(run, "name"), Text(run, "flow"), Text(run, "phase"), Local(Time(run, "startTime")), Took(run, now), By(Cause(run)),
            known[Text(run, "uid")].Select(RunNow.Line).FirstOrDefault(Text(run, "message")),
        ]));
        return TableView.Pad(lines);
    }

    /// <summary>A run that is not recorded yet, because it has not started or nothing in it has ended, as its record will say it.</summary>
    public static JsonObject Of(FlowRun run) => new()
    {
        ["name"] = run.Metadata.Name,
        ["namespace"] = run.Metadata.NamespaceProperty,
        ["uid"] = run.Metadata.Uid,
        ["flow"] = run.Spec.Flow,
        ["params"] = new JsonObject((run.Spec.Params ?? []).Select(p => KeyValuePair.Create(p.Key, p.Value?.DeepClone()))),
        ["interval"] = JsonSerializer.SerializeToNode(run.Spec.Interval, KindsJson.Default.DataInterval),
        ["cause"] = JsonSerializer.SerializeToNode(RunCause.Of(run), KindsJson.Default.RunCause),
        ["phase"] = run.Status?.Phase ?? FlowPhase.Pending,
        ["message"] = run.Status?.Message ?? "",
        ["startTime"] = run.Status?.StartTime is { } start ? start.ToUniversalTime().ToString(PreciseTimeConverter.Format, CultureInfo.InvariantCulture) : null,
        ["completionTime"] = null,
    };

    /// <summary>A run with each attempt's record, and what its tasks left.</summary>
    /// <param name="run">Its record.</param>
    /// <param name="now">The present, for how long something takes.</param>
    /// <param name="open">What it does now, in lines; empty if it has ended.</param>
    public static string Run(JsonObject run, DateTimeOffset now, string open = "")
    {
        var attempts = Attempts(run).ToList();
        var text = new StringBuilder();
        Fact("Run", Text(run, "name"));
        Fact("Flow", Text(run, "flow"));
        Fact("Phase", Text(run, "phase"));
        if (Text(run, "message") is { Length: > 0 } message) Fact("Message", message);
        Fact("Started", Local(Time(run, "startTime")));
        Fact("Took", Took(run, now));
        if (Cause(run) is { } cause) Fact("By", $"{By(cause)}{(cause.Message is { Length: > 0 } why ? $": {why}" : "")}");
        if (run["params"] is JsonObject { Count: > 0 } parameters)
            Fact("Parameters", string.Join(", ", parameters.Select(p => $"{p.Key}={Plain(p.Value)}")));
        foreach (var image in attempts.Where(a => Text(a, "image").Length > 0).GroupBy(a => Text(a, "image")))
            Fact("Image", $"{image.Key}{(image.Select(a => Text(a, "imageDigest")).FirstOrDefault(d => d.Length > 0) is { } digest ? $" ({digest})" : "")}");

        if (open.Length > 0) text.Append('\n').Append(open);
        List<IReadOnlyList<string>> lines = [["TASK", "ITEM", "TRY", "RESULT", "WAITED", "TOOK", "CPU", "MEMORY", "READ", "WRITTEN", "EXIT", "NODE"]];
        foreach (var attempt in attempts.OrderBy(a => Time(a, "startTime") ?? Time(a, "completionTime")))
        {
            Add(attempt, Name(attempt), Plain(attempt["attempt"]));
            foreach (var replica in attempt["replicas"]?.AsArray().OfType<JsonObject>() ?? [])
                Add(replica, $"  replica {Plain(replica["index"])}", "");
        }

        if (lines.Count > 1) text.Append('\n').Append(TableView.Pad(lines));

        foreach (var failure in attempts.Where(a => Text(a, "message").Length > 0))
            text.Append(CultureInfo.InvariantCulture, $"\n{Name(failure)}, attempt {Plain(failure["attempt"])}: {TerminalText.Escape(Text(failure, "message"))}");
        if (attempts.Any(a => Text(a, "message").Length > 0)) text.Append('\n');
        foreach (var memory in run["memory"]?.AsArray().OfType<JsonObject>() ?? [])
        {
            var peak = (long?)memory["peakMemoryBytes"] is { } bytes ? $", with a peak of {Units.Bytes(bytes)}" : "";
            text.Append(CultureInfo.InvariantCulture, $"\n{Text(memory, "task")} declares {Text(memory, "declared")} of memory and needed {Text(memory, "limit")}{peak}; set its resources.memory to {Text(memory, "proposed")} in the flow.\n");
        }

        List<IReadOnlyList<string>> outputs = [["OUTPUT", "SIZE", "SHA256"]];
        foreach (var output in run["outputs"]?.AsArray().OfType<JsonObject>() ?? [])
            outputs.Add([OutputName(output), output["count"] is { } count ? $"{count} files" : output["fileName"] is null ? "value" : Size(output), Short(output)]);
        foreach (var attempt in attempts)
        {
            foreach (var (output, file) in attempt["files"]?.AsObject() ?? [])
                outputs.Add([$"{Name(attempt)}/{output}", Size(file), Short(file)]);
            foreach (var (output, value) in attempt["values"]?.AsObject() ?? [])
                outputs.Add([$"{Name(attempt)}/{output}", "value", Short(value)]);
        }
        if (outputs.Count > 1) text.Append('\n').Append(TableView.Pad(outputs));
        return text.ToString();

        void Add(JsonObject a, string name, string number) => lines.Add(
        [
            name, ItemLabel.Of(Text(a, "item")), number, Text(a, "reason"), Waited(a), Took(a, now),
            a["cpuSeconds"] is { } cpu ? Units.Duration(TimeSpan.FromSeconds((double)cpu)) : "",
            Memory(a), Bytes(a, "storageReadBytes"), Bytes(a, "storageWrittenBytes"), Plain(a["exitCode"]), Text(a, "node"),
        ]);

        void Fact(string name, string value) => text.Append(CultureInfo.InvariantCulture, $"{name,-12}{TerminalText.Escape(value)}\n");
    }

    /// <summary>The values of a run that are lists of records, as tables with a title.</summary>
    public static string Results(JsonObject run)
    {
        var text = new StringBuilder();
        foreach (var attempt in Attempts(run).Where(a => Text(a, "reason") == "Succeeded"))
            foreach (var (output, value) in attempt["values"]?.AsObject() ?? [])
                if (RecordTable.From(value?["value"]) is { } table)
                    text.Append(CultureInfo.InvariantCulture, $"\n{Name(attempt)}/{output}\n\n{RecordTable.Format(table)}");
        return text.ToString();
    }

    /// <summary>The files that the tasks nobody else reads from have left: what the run was made for.</summary>
    public static IReadOnlyList<string> FinalFiles(JsonObject run)
    {
        var read = Attempts(run).SelectMany(a => a["inputs"]?.AsArray() ?? []).Select(i => (string?)i?["sha256"]).ToHashSet();
        return [.. from attempt in Attempts(run)
                   where Text(attempt, "reason") == "Succeeded"
                   from file in attempt["files"]?.AsObject() ?? []
                   where !read.Contains((string?)file.Value?["sha256"])
                   select $"{Name(attempt)}/{file.Key}"];
    }

    private static RunCause? Cause(JsonObject run) => run["cause"]?.Deserialize(KindsJson.Default.RunCause);

    private static string By(RunCause? cause) => cause switch
    {
        null => "",
        { Type: RunCause.User, By: null } => "a user",
        { Type: RunCause.User, By: { } user } => user,
        { Type: var type, By: var by } => $"{type.ToLowerInvariant()} {by}".TrimEnd(),
    };

    private static IEnumerable<JsonObject> Attempts(JsonObject run) => run["attempts"]?.AsArray().OfType<JsonObject>() ?? [];

    private static string Name(JsonObject attempt) => Text(attempt, "path");

    private static string Memory(JsonObject attempt)
    {
        var peak = (long?)attempt["peakMemoryBytes"] is { } bytes ? Units.Bytes(bytes) : "-";
        return (long?)attempt["memoryLimitBytes"] is { } limit ? $"{peak} / {Units.Bytes(limit)}" : peak;
    }

    /// <summary>What a task or call left as <c>TASK/OUTPUT</c>; of what the run itself left, the name alone.</summary>
    public static string OutputName(JsonObject output) => Text(output, "path") is { Length: > 0 } path ? $"{path}/{Text(output, "name")}" : Text(output, "name");

    /// <summary>The size of a file or directory; empty for a value.</summary>
    public static string Size(JsonNode? file)
    {
        if ((long?)file?["size"] is not { } size)
            return "";
        var bytes = Units.Bytes(size);
        return (int?)file["fileCount"] is { } count ? $"{bytes} in {count} file{(count == 1 ? "" : "s")}" : bytes;
    }

    private static string Took(JsonObject document, DateTimeOffset now) =>
        Time(document, "startTime") is { } start ? Units.Duration((Time(document, "completionTime") ?? now) - start) : "";

    /// <summary>How long an attempt could have run before its command was started.</summary>
    private static string Waited(JsonObject attempt) =>
        Time(attempt, "queuedTime") is { } queued && Time(attempt, "startTime") is { } start && start >= queued ? Units.Duration(start - queued) : "";

    private static string Bytes(JsonObject attempt, string name) => (long?)attempt[name] is { } bytes ? Units.Bytes(bytes) : "";

    private static DateTimeOffset? Time(JsonObject document, string name) =>
        (string?)document[name] is { } text && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, out var time) ? time : null;

    private static string Local(DateTimeOffset? time) => time is { } t ? t.LocalDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) : "";

    private static string Short(JsonNode? artifact) => (string?)artifact?["sha256"] is { Length: > 12 } hash ? hash[..12] : "";

    private static string Text(JsonObject document, string name) => (string?)document[name] ?? "";

    private static string Plain(JsonNode? value) => value is null ? "" : value is JsonValue scalar && scalar.TryGetValue<string>(out var text) ? text : value.ToJsonString();
}
