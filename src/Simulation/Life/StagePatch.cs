using System.Buffers;
using System.Globalization;
using System.Text.Json;

namespace Slipway.Simulation;

/// <summary>
/// What a stage changes in a pod's status, as a strategic merge patch. It carries the version of the pod that was decided on: if the pod
/// has changed meanwhile it is refused, and the change brings a decision of its own.
/// </summary>
internal static class StagePatch
{
    public static ReadOnlyMemory<byte> Of(SimulatedPod pod, PodStep step, PodRule rule, string nodeAddress, string podAddress, DateTimeOffset now)
    {
        var buffer = new ArrayBufferWriter<byte>(2048);
        using var json = new Utf8JsonWriter(buffer);
        var time = Time(now.UtcDateTime);
        json.WriteStartObject();
        json.WriteStartObject("metadata");
        json.WriteString("uid", pod.Metadata.Uid);
        json.WriteString("resourceVersion", pod.Metadata.ResourceVersion);
        json.WriteEndObject();
        json.WriteStartObject("status");
        switch (step.Stage)
        {
            case PodStage.Start:
                WriteStart(json, pod, rule, nodeAddress, podAddress, time);
                break;
            case PodStage.Ready:
                WriteConditions(json, pod, time, true, true, null);
                WriteContainers(json, pod, ready: true, Running(pod, time));
                break;
            case PodStage.Restart:
                WriteContainers(json, pod, ready: pod.Condition("Ready")?.Status == "True", new(time, null, 0, "", Last: new(StartedAt(pod, time), time, step.ExitCode, ReasonOf(step, rule))), restarts: 1);
                break;
            default:
                WriteEnd(json, pod, step, rule, time);
                break;
        }
        json.WriteEndObject();
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenMemory;
    }

    private static void WriteStart(Utf8JsonWriter json, SimulatedPod pod, PodRule rule, string nodeAddress, string podAddress, string time)
    {
        var ready = PodLife.IsReadyAtOnce(pod, rule);
        json.WriteString("phase", "Running");
        json.WriteString("startTime", time);
        json.WriteString("hostIP", nodeAddress);
        WriteAddresses(json, "hostIPs", nodeAddress);
        json.WriteString("podIP", podAddress);
        WriteAddresses(json, "podIPs", podAddress);
        if (pod.Metadata.Generation is { } generation)
            json.WriteNumber("observedGeneration", generation);
        WriteConditions(json, pod, time, rule.ReadyDelay == default, ready, null, starts: true);
        WriteContainers(json, pod, ready: rule.ReadyDelay == default, new(time, null, 0, "", null));
    }

    private static void WriteEnd(Utf8JsonWriter json, SimulatedPod pod, PodStep step, PodRule rule, string time)
    {
        var succeeded = step.ExitCode == 0;
        json.WriteString("phase", succeeded ? "Succeeded" : "Failed");
        WriteConditions(json, pod, time, false, false, succeeded ? "PodCompleted" : "PodFailed");
        WriteContainers(json, pod, ready: false, new(StartedAt(pod, time), time, step.ExitCode, ReasonOf(step, rule), null));
    }

    private static string ReasonOf(PodStep step, PodRule rule) => step.ExitCode == 0 ? "Completed" : step.ExitCode == rule.ExitCode ? rule.Reason : "Error";

    private static void WriteConditions(Utf8JsonWriter json, SimulatedPod pod, string time, bool containersReady, bool ready, string? ended, bool starts = false)
    {
        json.WriteStartArray("conditions");
        if (starts)
        {
            Write("PodReadyToStartContainers", true, null);
            Write("Initialized", true, null);
        }
        Write("ContainersReady", containersReady, ended ?? "ContainersNotReady");
        Write("Ready", ready, ended ?? (containersReady ? "ReadinessGatesNotReady" : "ContainersNotReady"));
        json.WriteEndArray();

        void Write(string type, bool status, string? reason)
        {
            var text = status ? "True" : "False";
            json.WriteStartObject();
            json.WriteString("type", type);
            json.WriteString("status", text);
            if (pod.Condition(type) is not { } before || before.Status != text)
                json.WriteString("lastTransitionTime", time);
            // A merge keeps what it does not name.
            if (!status && reason is not null)
                json.WriteString("reason", reason);
            else if (!starts)
                json.WriteNull("reason");
            json.WriteEndObject();
        }
    }

    private static void WriteContainers(Utf8JsonWriter json, SimulatedPod pod, bool ready, ContainerTimes times, int restarts = 0)
    {
        json.WriteStartArray("containerStatuses");
        foreach (var container in pod.Spec.Containers ?? [])
            WriteContainer(json, pod, container, ready, times, (pod.Main?.RestartCount ?? 0) + restarts);
        json.WriteEndArray();
        if (pod.Spec.InitContainers is not { Count: > 0 } initial)
            return;
        json.WriteStartArray("initContainerStatuses");
        foreach (var container in initial)
            if (container.RestartPolicy == "Always")
                WriteContainer(json, pod, container, ready, times with { Last = null }, 0);
            else
                WriteContainer(json, pod, container, true, new(times.StartedAt, times.StartedAt, 0, "Completed", null), 0);
        json.WriteEndArray();
    }

    private static void WriteContainer(Utf8JsonWriter json, SimulatedPod pod, ContainerView container, bool ready, ContainerTimes times, int restarts)
    {
        json.WriteStartObject();
        json.WriteString("name", container.Name);
        json.WriteString("image", container.Image);
        json.WriteString("imageID", container.Image);
        json.WriteString("containerID", $"simulated://{pod.Metadata.Uid}/{container.Name}/{restarts}");
        json.WriteNumber("restartCount", restarts);
        json.WriteBoolean("ready", ready);
        json.WriteBoolean("started", times.FinishedAt is null);
        json.WriteStartObject("state");
        if (times.FinishedAt is null)
        {
            json.WriteStartObject("running");
            json.WriteString("startedAt", times.StartedAt);
            json.WriteEndObject();
        }
        else
            WriteTerminated(json, times.StartedAt, times.FinishedAt, times.ExitCode, times.Reason);
        json.WriteEndObject();
        json.WriteStartObject("lastState");
        if (times.Last is { } last)
            WriteTerminated(json, last.StartedAt, last.FinishedAt, last.ExitCode, last.Reason);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteTerminated(Utf8JsonWriter json, string startedAt, string finishedAt, int exitCode, string reason)
    {
        json.WriteStartObject("terminated");
        json.WriteNumber("exitCode", exitCode);
        json.WriteString("reason", reason);
        json.WriteString("startedAt", startedAt);
        json.WriteString("finishedAt", finishedAt);
        json.WriteEndObject();
    }

    private static void WriteAddresses(Utf8JsonWriter json, string field, string address)
    {
        json.WriteStartArray(field);
        json.WriteStartObject();
        json.WriteString("ip", address);
        json.WriteEndObject();
        json.WriteEndArray();
    }

    private static ContainerTimes Running(SimulatedPod pod, string time) => new(StartedAt(pod, time), null, 0, "", null);

    private static string StartedAt(SimulatedPod pod, string time) => (pod.Main?.State?.Running?.StartedAt ?? pod.Status.StartTime) is { } started ? Time(started) : time;

    private static string Time(DateTime time) => time.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private sealed record ContainerTimes(string StartedAt, string? FinishedAt, int ExitCode, string Reason, PastRun? Last);

    private sealed record PastRun(string StartedAt, string FinishedAt, int ExitCode, string Reason);
}
