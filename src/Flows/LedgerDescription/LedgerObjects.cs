using static Slipway.Flows.LedgerDescription.LedgerFieldType;

namespace Slipway.Flows.LedgerDescription;

/// <summary>The objects that the ledger's API shows, and what their fields say, as <see cref="AttemptJson"/> writes them.</summary>
internal static class LedgerObjects
{
    public const string Run = "Run", RunList = "RunList", Attempt = "Attempt", File = "File", ListedFile = "ListedFile", Value = "Value", Input = "Input", Replica = "Replica", Cause = "Cause", Interval = "Interval", Memory = "Memory", Output = "Output";

    private static readonly LedgerField Kind = new("kind", Text, "Kind of the object."), Version = new("apiVersion", Text, $"{LedgerApi.Group}/{LedgerApi.Version}.");

    /// <summary>The objects by name, with what they are and their fields.</summary>
    public static readonly IReadOnlyDictionary<string, (string Description, IReadOnlyList<LedgerField> Fields)> All = new Dictionary<string, (string, IReadOnlyList<LedgerField>)>
    {
        [Run] = ("A run of a flow as the ledger records it, which outlives its FlowRun. What is not known is null.",
        [
            Version, Kind,
            new("name", Text, "Name of the FlowRun. Names may come again; the newest run of a name is meant by it."),
            new("namespace", Text, "Namespace of the FlowRun."),
            new("uid", Text, "Uid of the FlowRun."),
            new("flow", Text, "Name of the flow."),
            new("params", LedgerFieldType.Object, "The parameters of the run, by name."),
            new("interval", LedgerFieldType.Object, "The interval of data that the run was for; null for none.", Interval),
            new("cause", LedgerFieldType.Object, "Who started the run, and why; null if that is not known.", Cause),
            new("phase", Text, "Running, Succeeded or Failed."),
            new("message", Text, "Why it failed, in one line."),
            new("startTime", Time, "When it started."),
            new("completionTime", Time, "When it ended; null while it runs."),
            new("attempts", List, "The attempts of its tasks that have ended. Lists of runs leave them out.", Attempt),
            new("memory", List, "What tasks should declare whose memory onOutOfMemory has raised; left out where there are none, and in lists of runs.", Memory),
            new("outputs", List, "What the run and its calls have left by the outputs of their flow or template. Lists of runs leave them out.", Output),
        ]),
        [RunList] = ("Runs of a namespace, or of all, the newest first.",
        [
            Version, Kind,
            new("items", List, "The runs, without their attempts.", Run),
        ]),
        [Interval] = ("An interval of data.",
        [
            new("start", Time, "Its beginning, which belongs to it."),
            new("end", Time, "Its end, which does not belong to it."),
        ]),
        [Cause] = ("Who has started a run, and why.",
        [
            new("type", Text, "User, Schedule, Backfill, Trigger, Rerun or Test."),
            new("by", Text, "The user; name of the schedule, backfill or trigger."),
            new("message", Text, "Why, in one line."),
        ]),
        [Memory] = ("What a task should declare whose memory onOutOfMemory has raised.",
        [
            new("task", Text, "Which task of the definition it is: its name, after those of the calls that it lies in."),
            new("declared", Text, "The memory that it declares, such as 1Gi."),
            new("limit", Text, "The most that an attempt succeeded with."),
            new("peakMemoryBytes", Number, "The highest peak that was measured of these, in bytes; null if none is known."),
            new("proposed", Text, "What would be enough."),
        ]),
        [Output] = ("What a run or a call has left by an output.",
        [
            new("path", Text, "The call, such as etl[3]; empty for the run itself."),
            new("name", Text, "Name of the output."),
            new("type", Text, "File, Directory, Files or Value."),
            new("sha256", Text, "Hash of its content; of a directory, that of the list of its files. A list of files has none."),
            new("size", Number, "Size in bytes of a file, or of all files of a directory."),
            new("fileName", Text, "Name of a file or directory, without where it lay."),
            new("fileCount", Number, "How many files a directory has."),
            new("value", Any, "The value of a Value."),
            new("count", Number, "How many files a list has."),
        ]),
        [Attempt] = ("An attempt of a task that has ended. What is not known is null.",
        [
            new("path", Text, "Where in the run it is: names of calls and of the task, with the index of items and the number of rounds, such as etl.clean[3]."),
            new("task", Text, "Which task of the definition it is of: its name, after those of the calls that it lies in."),
            new("index", Number, "Index in forEach; null for a task without."),
            new("item", Text, "The item of forEach; null for a task without."),
            new("attempt", Number, "Number of the attempt, from 1."),
            new("pod", Text, "Name of the pod; empty for what a person has decided."),
            new("podUid", Text, "Uid of the pod."),
            new("node", Text, "The node that ran it; null if none did."),
            new("image", Text, "The image as the flow names it."),
            new("imageDigest", Text, "The image that ran, by its digest; null if none did."),
            new("command", Texts, "The command, with all expressions evaluated."),
            new("params", LedgerFieldType.Object, "The parameters that the task was given, by name."),
            new("queuedTime", Time, "When it could have run, but for what it had to wait for room, locks and a node."),
            new("scheduledTime", Time, "When it was given a node, to a second."),
            new("pulledTime", Time, "When its image was on the node, and its container was made."),
            new("startTime", Time, "When the command was started; null if it was not."),
            new("completionTime", Time, "When the attempt ended."),
            new("cpuSeconds", Real, "CPU time of the command and its children, in seconds."),
            new("peakMemoryBytes", Number, "The most memory that it had, in bytes."),
            new("peakMemorySource", Text, "Where that comes from: memory.peak, memory.max_usage_in_bytes, sampled or ru_maxrss."),
            new("storageReadBytes", Number, "Bytes that the command and its children read from storage."),
            new("storageWrittenBytes", Number, "Bytes that they wrote to storage."),
            new("networkReceivedBytes", Number, "Bytes that the pod received while the command ran; null if its network is the node's."),
            new("networkSentBytes", Number, "Bytes that the pod sent meanwhile; null if its network is the node's."),
            new("memoryLimitBytes", Number, "The limit of memory in bytes; null for none."),
            new("cpuRequestMilli", Number, "The CPU set aside for it, in thousandths; null for none."),
            new("exitCode", Number, "Exit code; null if the command was not started or its end is not known."),
            new("reason", Text, "Why it ended, in one word; Succeeded for success."),
            new("message", Text, "For a failure what happened and what to change, in one line; for an approval who gave it."),
            new("inputs", List, "The files that it read.", Input),
            new("files", Map, "The files and directories that it left, by name of the output.", File),
            new("values", Map, "The values that it left, by name of the output.", Value),
            new("replicas", List, "What became of each replica; null for a task without.", Replica),
        ]),
        [Input] = ("A file that a task read.",
        [
            new("path", Text, "Where the task found it, such as /in/raw."),
            new("sha256", Text, "Hash of its content."),
        ]),
        [File] = ("A file or directory that a task left.",
        [
            new("sha256", Text, "Hash of its content; of a directory, that of the list of its files."),
            new("size", Number, "Its size in bytes; of a directory, that of all files in it."),
            new("fileName", Text, "Its name, without where it lay."),
            new("fileCount", Number, "How many files a directory has; a file has none."),
            new("listing", List, "The files of a directory by their paths, where expressions of the run read them; left out otherwise.", ListedFile),
        ]),
        [ListedFile] = ("A file in a directory.",
        [
            new("path", Text, "Where it lies in the directory."),
            new("sha256", Text, "Hash of its content."),
            new("size", Number, "Its size in bytes."),
        ]),
        [Value] = ("A value that a task left.",
        [
            new("sha256", Text, "Hash of its text."),
            new("value", Any, "The value."),
        ]),
        [Replica] = ("What became of a replica of a task. What is not known is null.",
        [
            new("index", Number, "Its index, from 0."),
            new("pod", Text, "Name of its pod, which was perhaps never there."),
            new("node", Text, "The node that ran it; null if none did."),
            new("reason", Text, "Why it ended, in one word."),
            new("startTime", Time, "When its command was started; null if it was not."),
            new("completionTime", Time, "When it ended; null if it was never there."),
            new("cpuSeconds", Real, "CPU time in seconds."),
            new("peakMemoryBytes", Number, "The most memory that it had, in bytes."),
            new("exitCode", Number, "Exit code; null if its command was not started or its end is not known."),
        ]),
    };
}
