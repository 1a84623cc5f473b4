namespace Slipway.Wrapper;

/// <summary>
/// Runs a task's command and reports on it: starts it, passes signals on, reaps, measures, stores the declared outputs when it
/// has ended with 0, and writes the report as the container's termination message.
/// </summary>
internal static class TaskRun
{
    /// <summary>Exit code when the command succeeded, or was never started, and the wrapper failed.</summary>
    public const int OwnFailure = 125;

    /// <summary>128 and SIGKILL: what a command gets that the kernel kills itself.</summary>
    private const int KilledForMemory = 137;

    private const string OutputDirectory = "/out";

    /// <summary>In what getrusage(2) counts storage. By it what a command writes counts when it is written, as cgroups count it when it has come to the disk: after the end, or never.</summary>
    private const int StorageBlock = 512;

    private static readonly TimeSpan SampleInterval = TimeSpan.FromMilliseconds(250);

    public static int Run(TaskArguments task, TimeProvider clock)
    {
        if (Libc.getpid() != 1)
            _ = Libc.prctl(Libc.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); // orphans come here to be reaped, as to process 1
        EnsureOutputDirectory();

        using var memory = MemoryGroup.OfThisProcess();
        var killsBefore = memory.KillCount;
        var pulled = Made(task.TerminationLog);
        var network = NetworkBytes.Read();
        var start = clock.GetUtcNow();
        var (report, stopped) = Execute(task, memory, clock, start);
        report = report with { Pulled = pulled, Network = NetworkBytes.Between(network, NetworkBytes.Read()) };

        // The kernel may have killed a child of the command, whose parent then ended with any code at all, 0 included: what it
        // left behind is not to be trusted.
        if (memory.KillCount > killsBefore)
            report = report with { ExitCode = report.ExitCode == 0 ? KilledForMemory : report.ExitCode, Reason = "OutOfMemory", Message = "" };
        _ = Libc.getrusage(Libc.RUSAGE_CHILDREN, out var usage);
        var (peak, source) = memory.Peak(usage.MaxResidentKilobytes, report.Reason == "OutOfMemory");
        report = report with { CpuSeconds = usage.CpuSeconds, PeakMemoryBytes = peak, PeakMemorySource = source };
        if (File.Exists("/proc/self/io"))
            report = report with { BytesRead = usage.BlocksRead * StorageBlock, BytesWritten = usage.BlocksWritten * StorageBlock };

        using var endpoint = new ArtifactEndpoint(task.Socket, stopped);
        if (report.ExitCode == 0)
            report = StoreOutputs(task, report, endpoint) with { End = clock.GetUtcNow() };
        if (report.ExitCode != 0 && report.Message.Length > 0)
            StandardStreams.Error($"slipway-task: {report.Message}");
        WriteTerminationMessage(task.TerminationLog, report, endpoint);
        return report.ExitCode;
    }

    private static (TaskReport Report, bool Stopped) Execute(TaskArguments task, MemoryGroup memory, TimeProvider clock, DateTimeOffset start)
    {
        var error = Child.Start(task.Command, out var pid);
        if (error != 0)
        {
            var (code, reason, message) = Child.Explain(error, task.Command[0], Environment.GetEnvironmentVariable("PATH"));
            return (new TaskReport { ExitCode = code, Reason = reason, Message = message, Start = start, End = clock.GetUtcNow() }, false);
        }

        var end = Child.Wait(pid, memory.CanBeSampled ? SampleInterval : null, memory.Sample);
        var report = new TaskReport
        {
            ExitCode = end.ExitCode,
            Signal = end.Signal,
            Reason = end.Signal != 0 ? "Signal" : end.ExitCode != 0 ? "Error" : "",
            Start = start,
            End = clock.GetUtcNow(),
        };
        return (report, end.Stopped);
    }

    private static TaskReport StoreOutputs(TaskArguments task, TaskReport report, ArtifactEndpoint endpoint)
    {
        var files = new List<StoredOutput>();
        var values = new List<StoredOutput>();
        foreach (var (kind, outputs, stored) in new[] { ("file", task.Files, files), ("value", task.Values, values) })
        {
            foreach (var (name, path) in outputs)
            {
                if (Problem(kind, name, path) is var (reason, message))
                    return Failed(reason, message);
                try
                {
                    stored.Add(endpoint.Send(kind, name, path));
                }
                catch (RefusedException e)
                {
                    return Failed("OutputNotStored", $"output {name} ({path}) could not be stored: {e.Message}");
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException)
                {
                    return Failed("OutputNotStored", $"output {name} ({path}) cannot be read: {e.Message}");
                }
                catch (StoppedException)
                {
                    return Failed("OutputNotStored", $"output {name} ({path}) could not be stored: the task was stopped while it waited for the artifact endpoint");
                }
            }
        }

        return report with { Files = files, Values = values };

        TaskReport Failed(string reason, string message) => report with { ExitCode = OwnFailure, Reason = reason, Message = message };
    }

    private static (string Reason, string Message)? Problem(string kind, string name, string path)
    {
        if (Directory.Exists(path))
            return kind == "value" ? ("OutputMissing", $"output {name}: {path} is a directory, and a value is a file with JSON; declare it under files") : null;
        if (!File.Exists(path))
            return ("OutputMissing", $"output {name}: the command ended with 0 but did not write {path}");
        if (kind == "value" && new FileInfo(path).Length is > ArtifactEndpoint.ValueLimit and var length)
            return ("OutputTooLarge", $"output {name}: {path} has {length} bytes, and a value can have {ArtifactEndpoint.ValueLimit}; declare it under files");
        return null;
    }

    private static void WriteTerminationMessage(string path, TaskReport report, ArtifactEndpoint endpoint)
    {
        try
        {
            string? stored = null;
            var json = report.ToJson();
            if (json.Length > TaskReport.TerminationMessageLimit)
                stored = endpoint.SendReport(json);
            File.WriteAllBytes(path, report.ToTerminationMessage(stored));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or RefusedException or StoppedException)
        {
            // Without a report the pod's own status decides; the log says what is missing.
            StandardStreams.Error($"slipway-task: the report could not be written: {e.Message}");
        }
    }

    /// <summary>When the file for the termination message was made: kubelets make it when the image is there, right before the container. Null if there is none.</summary>
    private static DateTimeOffset? Made(string terminationLog)
    {
        try
        {
            return File.Exists(terminationLog) ? new DateTimeOffset(File.GetLastWriteTimeUtc(terminationLog)) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static void EnsureOutputDirectory()
    {
        try
        {
            Directory.CreateDirectory(OutputDirectory);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A read-only root without the volume: a command that writes there will say so itself.
        }
    }
}
