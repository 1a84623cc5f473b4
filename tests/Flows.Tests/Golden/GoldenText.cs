using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Slipway.Golden;

/// <summary>What a run came to, as a text that is the same wherever it ran: in process, with simulated pods, or in containers.</summary>
internal static class GoldenText
{
    private const int Digits = 8;

    /// <summary>The run and its record.</summary>
    /// <param name="run">The FlowRun, as the API has it.</param>
    /// <param name="attempts">Its attempts, as the ledger shows them.</param>
    public static string Of(JsonNode run, IEnumerable<JsonNode> attempts)
    {
        var text = new StringBuilder();
        var status = run["status"]!;
        text.Append(CultureInfo.InvariantCulture, $"run {run["metadata"]!["name"]}: {$"{status["phase"]} {status["progress"]}".TrimEnd()}{((bool?)status["late"] == true ? ", late" : "")}\n");
        if (status["message"] is { } message)
            text.Append(CultureInfo.InvariantCulture, $"  {message}\n");
        foreach (var task in status["tasks"]?.AsArray() ?? [])
            text.Append(CultureInfo.InvariantCulture, $"  {task!["name"]} {task["phase"]}{Counts(task["counts"])}\n");
        foreach (var attempt in attempts.OrderBy(a => (string?)a["path"], StringComparer.Ordinal).ThenBy(a => (int)a["attempt"]!))
            Append(text, attempt);
        return text.ToString();
    }

    private static string Counts(JsonNode? counts) => (int?)counts?["total"] is not > 1 ? "" : string.Concat(
        new[] { "succeeded", "failed", "skipped" }.Select(k => (Kind: k, Count: (int?)counts![k] ?? 0)).Where(c => c.Count > 0).Select(c => $" {c.Count} {c.Kind}"));

    private static void Append(StringBuilder text, JsonNode attempt)
    {
        var reason = (string)attempt["reason"]!;
        // What a command that was killed ends with is the kernel's affair.
        var exit = reason == "Error" ? $" {attempt["exitCode"]}" : "";
        text.Append(CultureInfo.InvariantCulture, $"attempt {attempt["path"]}#{attempt["attempt"]}: {reason}{exit}\n");
        if (attempt["command"]!.AsArray() is { Count: > 0 } command)
            text.Append(CultureInfo.InvariantCulture, $"  ran {string.Join(' ', command.Select(c => Quoted((string)c!)))}\n");
        if ((long?)attempt["memoryLimitBytes"] is { } memory)
            text.Append(CultureInfo.InvariantCulture, $"  with {memory >> 20} MiB\n");
        foreach (var replica in attempt["replicas"]?.AsArray() ?? [])
            text.Append(CultureInfo.InvariantCulture, $"  replica {replica!["index"]}: {replica["reason"]}\n");
        foreach (var input in attempt["inputs"]!.AsArray())
            text.Append(CultureInfo.InvariantCulture, $"  read {input!["path"]} {Short(input)}\n");
        foreach (var (name, file) in attempt["files"]!.AsObject())
            text.Append(CultureInfo.InvariantCulture, $"  left {name}: {file!["fileName"]}, {file["size"]} bytes {Short(file)}\n");
        foreach (var (name, value) in attempt["values"]!.AsObject())
            text.Append(CultureInfo.InvariantCulture, $"  left {name} = {value!["value"]?.ToJsonString() ?? "null"}\n");
        if ((string?)attempt["message"] is { Length: > 0 } message)
            text.Append(CultureInfo.InvariantCulture, $"  {message}\n");
    }

    private static string Short(JsonNode artifact) => ((string)artifact["sha256"]!)[..Digits];

    private static string Quoted(string word) =>
        word.Length > 0 && !word.Any(c => char.IsWhiteSpace(c) || c is '"' or '\'') ? word : $"'{word.Replace("\n", "\\n", StringComparison.Ordinal)}'";
}
