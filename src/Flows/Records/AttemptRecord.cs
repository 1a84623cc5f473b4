using System.Text.Json.Nodes;
using Slipway.Api.Cel;
using Slipway.Api.Kinds;

namespace Slipway.Flows;

/// <summary>A stored file or directory.</summary>
/// <param name="Sha256">Hash of its content, 64 hex digits; of a directory, that of its <see cref="DirectoryManifest"/>.</param>
/// <param name="Size">Its size in bytes; of a directory, that of all files in it.</param>
/// <param name="FileName">Its name, without where it lay.</param>
/// <param name="FileCount">How many files a directory has; null for a file.</param>
public sealed record FileRecord(string Sha256, long Size, string FileName, int? FileCount = null)
{
    /// <summary>Whether it is a directory.</summary>
    public bool IsDirectory => FileCount is not null;

    /// <summary>Which files lie in it, where expressions of the run or checks of its test may read that; null otherwise.</summary>
    public FileListing? Listing { get; init; }
}

/// <summary>A value that a task wrote.</summary>
/// <param name="Sha256">Hash of its text.</param>
/// <param name="Json">Its text.</param>
public sealed record ValueRecord(string Sha256, string Json)
{
    private CelValue? parsed;

    /// <summary>The value as expressions see it.</summary>
    public CelValue Value => parsed ??= CelJson.ToCel(JsonNode.Parse(Json));
}

/// <summary>A file that a task read.</summary>
/// <param name="Path">Where the task found it, such as <c>/in/raw</c>.</param>
/// <param name="Sha256">Hash of its content.</param>
public sealed record InputRecord(string Path, string Sha256);

/// <summary>What the ledger holds of one attempt of a task, once it has ended.</summary>
public sealed record AttemptRecord
{
    /// <summary>Where in the run.</summary>
    public required TaskPath Path { get; init; }

    /// <summary>Which task of the definition: its name, after those of the calls that it lies in, such as <c>etl.clean</c>.</summary>
    public string Task => Path.Task;

    /// <summary>Index in forEach; null for a task without.</summary>
    public int? Index => Path.Index;

    /// <summary>Number of the attempt, from 1.</summary>
    public required int Number { get; init; }

    /// <summary>The item as the task's SLIPWAY_ITEM has it; null for a task without forEach.</summary>
    public string? Item { get; init; }

    /// <summary>Name of the pod; empty for what a person has decided.</summary>
    public required string Pod { get; init; }

    /// <summary>Uid of the pod.</summary>
    public required string PodUid { get; init; }

    /// <summary>Node that ran it; null if none did.</summary>
    public string? Node { get; init; }

    /// <summary>Image as the flow names it.</summary>
    public required string Image { get; init; }

    /// <summary>The image that ran, by digest; null if none did.</summary>
    public string? ImageDigest { get; init; }

    /// <summary>The command with all expressions evaluated.</summary>
    public IReadOnlyList<string> Command { get; init; } = [];

    /// <summary>The run's parameters as JSON.</summary>
    public string Params { get; init; } = "{}";

    /// <summary>When it could have run, but for what it had to wait for room, locks and a node: what it needs had ended, and the pause before a retry was over. Null for what no pod was made for.</summary>
    public DateTimeOffset? Queued { get; init; }

    /// <summary>When it was given a node, to a second; null if it was not.</summary>
    public DateTimeOffset? Scheduled { get; init; }

    /// <summary>When its image was on the node and its container was made; null if that is not known.</summary>
    public DateTimeOffset? Pulled { get; init; }

    /// <summary>When the command was started; null if it was not.</summary>
    public DateTimeOffset? Start { get; init; }

    /// <summary>When the attempt ended.</summary>
    public required DateTimeOffset End { get; init; }

    /// <summary>CPU time of the command and its children, in seconds.</summary>
    public double? CpuSeconds { get; init; }

    /// <summary>Peak memory in bytes, without the cache of files; of what was killed at its limit, with it.</summary>
    public long? PeakMemoryBytes { get; init; }

    /// <summary>Where the peak comes from: memory.peak, memory.max_usage_in_bytes, sampled or ru_maxrss.</summary>
    public string? PeakMemorySource { get; init; }

    /// <summary>Bytes that the command and its children read from storage; null if that is not known.</summary>
    public long? StorageReadBytes { get; init; }

    /// <summary>Bytes that they wrote to storage; null if that is not known.</summary>
    public long? StorageWrittenBytes { get; init; }

    /// <summary>Bytes that the pod received while the command ran; null if that is not known, or its network is the node's.</summary>
    public long? NetworkReceivedBytes { get; init; }

    /// <summary>Bytes that the pod sent meanwhile; null as above.</summary>
    public long? NetworkSentBytes { get; init; }

    /// <summary>Memory limit in bytes; null for none.</summary>
    public long? MemoryLimitBytes { get; init; }

    /// <summary>CPU set aside, in thousandths; null for none.</summary>
    public long? CpuRequestMilli { get; init; }

    /// <summary>Exit code; null if the command was not started or its end is not known.</summary>
    public int? ExitCode { get; init; }

    /// <summary>One word; <see cref="AttemptReason.Succeeded"/> for success.</summary>
    public required string Reason { get; init; }

    /// <summary>For a failure: what happened and what to change, in one line. For an approval: who gave it.</summary>
    public string Message { get; init; } = "";

    /// <summary>Files that were read.</summary>
    public IReadOnlyList<InputRecord> Inputs { get; init; } = [];

    /// <summary>Files that were stored, by name of the output.</summary>
    public IReadOnlyDictionary<string, FileRecord> Files { get; init; } = new Dictionary<string, FileRecord>();

    /// <summary>Values that were stored, by name of the output.</summary>
    public IReadOnlyDictionary<string, ValueRecord> Values { get; init; } = new Dictionary<string, ValueRecord>();

    /// <summary>Of a task with replicas: what became of each; empty for any other.</summary>
    public IReadOnlyList<ReplicaRecord> Replicas { get; init; } = [];

    /// <summary>Names of the pods of the attempt, those that were never there included.</summary>
    public IEnumerable<string> Pods => Replicas.Count == 0 ? [Pod] : Replicas.Select(r => r.Pod);

    /// <summary>Hashes of all that was stored.</summary>
    public IEnumerable<string> OutputHashes => Files.Values.Select(f => f.Sha256).Concat(Values.Values.Select(v => v.Sha256));

    /// <summary>Whether the command ended with 0 and all its outputs are stored.</summary>
    public bool Succeeded => Reason == AttemptReason.Succeeded;
}

/// <summary>Why an attempt ended.</summary>
public static class AttemptReason
{
    public const string Succeeded = "Succeeded";
    public const string Error = "Error";
    public const string Signal = "Signal";
    public const string OutOfMemory = "OutOfMemory";
    public const string Timeout = "Timeout";
    public const string CommandNotFound = "CommandNotFound";
    public const string ImagePull = "ImagePull";
    public const string StartFailed = "StartFailed";
    public const string ReportMissing = "ReportMissing";
    public const string Deleted = "Deleted";
    public const string RunStopped = "RunStopped";
    public const string RunTimeout = "RunTimeout";
    public const string ServiceFailed = "ServiceFailed";
    public const string Denied = "Denied";
    public const string PodRefused = "PodRefused";
    public const string WaitLimit = "WaitLimit";
    public const string InputLost = "InputLost";
    public const string Evicted = "Evicted";
    public const string Preempted = "Preempted";
    public const string NodeLost = "NodeLost";
    public const string NodeRefused = "NodeRefused";
    public const string RegistryUnavailable = "RegistryUnavailable";

    /// <summary>Whether the cluster ended the attempt, and nothing that is the task's.</summary>
    public static bool IsFault(string reason) => reason is Evicted or Preempted or NodeLost or NodeRefused or RegistryUnavailable;
}
