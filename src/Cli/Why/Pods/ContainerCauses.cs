using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.Cli.Why.Pods;

/// <summary>Why a container does not run, keeps ending, or is not ready.</summary>
internal static class ContainerCauses
{
    // A container that has run for so long is no longer taken for one that keeps failing: its node forgets the back-off.
    private static readonly TimeSpan Settled = TimeSpan.FromMinutes(10);

    /// <summary>The causes; none when the container does what it should.</summary>
    /// <param name="inquiry">The cluster.</param>
    /// <param name="pod">The pod.</param>
    /// <param name="status">The container's status.</param>
    /// <param name="isInit">Whether it is an init container.</param>
    /// <param name="declared">Where it is declared.</param>
    public static IEnumerable<Cause> Of(Inquiry inquiry, JsonObject pod, JsonObject status, bool isInit, Declaration declared)
    {
        var name = status.Text("name") ?? "";
        var (state, last) = (status.Object("state") ?? [], status.Object("lastState")?.Object("terminated"));
        var label = isInit ? $"Init container {name}" : $"Container {name}";
        if (state.Object("waiting") is { } waiting)
            return Waiting(inquiry, pod, name, label, waiting, last, declared);
        if (state.Object("terminated") is { } ended)
            return ended.Integer("exitCode") is 0 && ended.Text("reason") is "Completed" or null ? [] : [ExitCauses.Of(inquiry, pod, name, label, ended, previous: false, declared)];
        if (state.Object("running") is not { } running)
            return [];
        if (last is not null && FailedLately(inquiry, last))
            return [ExitCauses.Of(inquiry, pod, name, $"{label} runs again, but its last run failed: it", last, previous: true, declared)];
        if (isInit && !IsSidecar(pod, name))
        {
            var hint = LogHints.Of(inquiry, pod, name, inquiry.Log(pod, name, previous: false), declared);
            return [new Cause($"{label} still runs, and the others wait for it") { Evidence = LogTail.Evidence(inquiry, pod, name, previous: false), Because = hint is null ? [] : [hint] }];
        }
        return status.Boolean("ready") == true ? ProbeCauses.NotMade(inquiry, pod, name, label, declared) : ProbeCauses.NotReady(inquiry, pod, name, label, running, declared);
    }

    /// <summary>A container as the pod's spec declares it.</summary>
    public static JsonObject? Declared(JsonObject pod, string name) =>
        (pod.Object("spec")?.Objects("containers") ?? []).Concat(pod.Object("spec")?.Objects("initContainers") ?? []).FirstOrDefault(container => container.Text("name") == name);

    private static bool IsSidecar(JsonObject pod, string name) => Declared(pod, name)?.Text("restartPolicy") == "Always";

    private static bool FailedLately(Inquiry inquiry, JsonObject ended) =>
        ended.Integer("exitCode") != 0 && Meta.ParseTime(ended.Text("finishedAt")) is { } finished && inquiry.Now - finished < Settled;

    private static IEnumerable<Cause> Waiting(Inquiry inquiry, JsonObject pod, string name, string label, JsonObject waiting, JsonObject? last, Declaration declared)
    {
        switch (waiting.Text("reason"))
        {
            case "ErrImagePull" or "ImagePullBackOff" or "InvalidImageName" or "ErrImageNeverPull" or "ImageInspectError" or "RegistryUnavailable":
                return [ImageCauses.Of(inquiry, pod, name, waiting, declared)];
            case "CreateContainerConfigError":
                return [ConfigurationCauses.Of(inquiry, pod, name, label, waiting.Text("message") ?? "", declared)];
            case "CreateContainerError" or "RunContainerError" or "StartError" or "PostStartHookError":
                return [ExitCauses.NotStarted(pod, name, label, waiting.Text("message") ?? "", declared)];
            case "CrashLoopBackOff" when last is not null:
                return [ExitCauses.Of(inquiry, pod, name, $"{label} keeps ending: it", last, previous: true, declared)];
            case "CrashLoopBackOff":
                return [new Cause($"{label} keeps ending") { Evidence = LogTail.Evidence(inquiry, pod, name, previous: true) }];
            case "ContainerCreating" or "PodInitializing" or null:
                // Volumes, the sandbox or an init container: told of the pod as a whole.
                return [];
            case var reason:
                return [new Cause($"{label} waits: {reason}") { Evidence = waiting.Text("message") is { Length: > 0 } message ? [Words.OneLine(message)] : [] }];
        }
    }
}
