using System.Text.Json;
using System.Text.Json.Nodes;

namespace Slipway.Flows;

/// <summary>
/// What slipway-task says about an attempt: the JSON of the termination message, or of the stored report when that is too
/// long for it.
/// </summary>
public sealed record TaskReport
{
    public required int ExitCode { get; init; }

    public int Signal { get; init; }

    public string Reason { get; init; } = "";

    public string Message { get; init; } = "";

    public DateTimeOffset? Start { get; init; }

    public DateTimeOffset? End { get; init; }

    public double? CpuSeconds { get; init; }

    public long? PeakMemoryBytes { get; init; }

    public string? PeakMemorySource { get; init; }

    public DateTimeOffset? Pulled { get; init; }

    public long? BytesRead { get; init; }

    public long? BytesWritten { get; init; }

    public long? NetworkReceived { get; init; }

    public long? NetworkSent { get; init; }

    /// <summary>Hash of the whole report, when this one has no outputs for want of room; empty if it could not be stored.</summary>
    public string? Stored { get; init; }

    public IReadOnlyDictionary<string, FileRecord> Files { get; init; } = new Dictionary<string, FileRecord>();

    public IReadOnlyDictionary<string, FileRecord> Values { get; init; } = new Dictionary<string, FileRecord>();

    /// <summary>
    /// The report of an attempt whose steps ran one after the other, this one last: it has begun with the first of them, has used what all have used together, and
    /// what it needed is the most that one of them needed. What one of them does not say of its time on a processor, storage or network, nobody knows of all.
    /// </summary>
    /// <param name="before">The reports of the steps before, in their order.</param>
    public TaskReport After(IReadOnlyList<TaskReport> before)
    {
        if (before.Count == 0)
            return this;
        TaskReport[] all = [.. before, this];
        var largest = all.MaxBy(r => r.PeakMemoryBytes)!;
        return this with
        {
            Start = all.Min(r => r.Start),
            Pulled = before[0].Pulled,
            CpuSeconds = Array.TrueForAll(all, r => r.CpuSeconds is not null) ? all.Sum(r => r.CpuSeconds) : null,
            PeakMemoryBytes = largest.PeakMemoryBytes,
            PeakMemorySource = largest.PeakMemorySource,
            BytesRead = Sum(r => r.BytesRead),
            BytesWritten = Sum(r => r.BytesWritten),
            NetworkReceived = Sum(r => r.NetworkReceived),
            NetworkSent = Sum(r => r.NetworkSent),
        };

        long? Sum(Func<TaskReport, long?> of) => Array.TrueForAll(all, r => of(r) is not null) ? all.Sum(of) : null;
    }

    /// <summary>Reads a report; null if the text is none: a command may write there too, and kubelets cut it.</summary>
    public static TaskReport? Parse(string? text)
    {
        if (string.IsNullOrEmpty(text) || text[0] != '{')
            return null;
        try
        {
            if (JsonNode.Parse(text) is not JsonObject json || json["version"]?.GetValue<int>() != 1)
                return null;
            return new TaskReport
            {
                ExitCode = json["exitCode"]?.GetValue<int>() ?? 0,
                Signal = json["signal"]?.GetValue<int>() ?? 0,
                Reason = json["reason"]?.GetValue<string>() ?? "",
                Message = json["message"]?.GetValue<string>() ?? "",
                Start = json["start"]?.GetValue<DateTimeOffset>(),
                End = json["end"]?.GetValue<DateTimeOffset>(),
                CpuSeconds = json["cpuSeconds"]?.GetValue<double>(),
                PeakMemoryBytes = json["peakMemoryBytes"]?.GetValue<long>(),
                PeakMemorySource = json["peakMemorySource"]?.GetValue<string>(),
                Pulled = json["pulled"]?.GetValue<DateTimeOffset>(),
                BytesRead = json["bytesRead"]?.GetValue<long>(),
                BytesWritten = json["bytesWritten"]?.GetValue<long>(),
                NetworkReceived = json["networkReceived"]?.GetValue<long>(),
                NetworkSent = json["networkSent"]?.GetValue<long>(),
                Stored = json["report"]?.GetValue<string>(),
                Files = Outputs(json["files"]),
                Values = Outputs(json["values"]),
            };
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }

    private static Dictionary<string, FileRecord> Outputs(JsonNode? node) => (node as JsonObject ?? []).ToDictionary(
        p => p.Key,
        p => new FileRecord(
            p.Value?["sha256"]?.GetValue<string>() ?? "",
            p.Value?["size"]?.GetValue<long>() ?? 0,
            p.Value?["fileName"]?.GetValue<string>() ?? p.Key,
            p.Value?["fileCount"]?.GetValue<int>()));
}
